"""Coverage-guided fuzzing (atheris, libFuzzer) of the code's decoder and of the authorizer.

`python -m bench.fuzz [seconds]` runs each target so long in a process of its own and prints executions, edges of `vaxcert` that
were covered, answers by kind, wrong accepts and uncaught exceptions. What a target is and what counts as a wrong accept:
`tests/hostile/targets.py`. Without atheris (it has wheels for Linux) it says so and ends.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("codes", "tokens")


def main() -> None:
    """Run both targets; the status is 1 where anything was found."""
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed here: nothing is fuzzed")
        return
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    found = [_run(name, seconds) for name in TARGETS]
    sys.exit(1 if any(found) else 0)


def _run(name: str, seconds: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        done = subprocess.run(
            [sys.executable, "-m", "bench.fuzz", "--child", name, str(seconds), folder],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        told = json.loads(figures.read_text("utf-8"))
    edges = re.findall(r"cov: (\d+)", done.stderr)
    answers = ", ".join(f"{kind} {count}" for kind, count in sorted(told["answers"].items()))
    print(
        f"{name}: {told['executions']} executions in {seconds} s, {edges[-1] if edges else '?'} edges covered; "
        f"{answers}; wrong accepts {len(told['wrong'])}, uncaught {len(told['uncaught'])}"
    )
    for kind in ("wrong", "uncaught"):
        for one in told[kind][:5]:
            print(f"  {kind}: {one}")
    return bool(told["wrong"] or told["uncaught"])


def _child(name: str, seconds: int, folder: str) -> None:
    import atheris  # type: ignore[import-not-found,unused-ignore]

    with atheris.instrument_imports(include=["vaxcert", "base45"]):
        from tests.hostile.targets import TARGETS as FUNCTIONS
        from tests.hostile.targets import WrongAccept, seeds
    corpus = Path(folder) / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed{number}").write_bytes(seed)
    told: dict[str, object] = {}
    answers: dict[str, int] = {}
    wrong: list[str] = []
    uncaught: list[str] = []
    executions = 0
    target = FUNCTIONS[name]

    def write() -> None:
        told.update(executions=executions, answers=answers, wrong=wrong, uncaught=uncaught)
        (Path(folder) / "figures.json").write_text(json.dumps(told), "utf-8")

    def one(data: bytes) -> None:
        nonlocal executions
        executions += 1
        try:
            answer = target(data)
            answers[answer] = answers.get(answer, 0) + 1
        except WrongAccept:
            wrong.append(data.hex())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            uncaught.append(f"{type(error).__name__} {data.hex()}")
        if executions % 500 == 0:
            write()

    write()
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={seconds}", "-max_len=400", "-print_final_stats=1", str(corpus)],
        one,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main()
