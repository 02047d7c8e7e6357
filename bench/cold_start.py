"""Cold starts beside three rivals: a fresh process, from layers as they are shipped, against a stub of AWS over TLS.

    python -m bench.cold_start [--runs 15] [--before CHECKOUT] [--only cold-scan,cold-auth,cold-all] [--uncounted]

`cold-scan`: `verify_scan` until its first accepted scan, at the ticket machine, beside Chalice, Powertools and FastAPI doing the same
job (bench/rivals/job.py); the same for junk that is refused. `cold-auth`: `authorize_request` until it knows a device, beside an
authorizer of Chalice. `cold-all`: each function until it is ready, with its clients made, beside Chalice with its client.
With the checkout of an earlier state, its functions as well, by turns. Instructions are counted by valgrind, unless `--uncounted`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench import report
from bench.report import Bar, Result, Table, Target
from bench.starting.cases import FUNCTIONS, ROOT, Bench, Case, Figures, bench

_VERSIONS = ("boto3", "aws-lambda-powertools", "pydantic", "pyjwt")
_NOTE = (
    "Each start is a process of its own on the interpreter that the functions run on, with compiled modules, and waits for "
    "nobody: its processor time, in user space and in the kernel, is what it takes. Instructions are of user space, under valgrind, "
    "with PYTHONHASHSEED=0."
)


def _table(found: dict[str, Figures], by: str) -> Table:
    base = found[by]
    rows: list[list[report.Cell]] = []
    for label, figures in found.items():
        low, middle, high = figures.cpu()
        counted = figures.instructions
        share = counted / base.instructions if counted and base.instructions else None
        rows.append(
            [
                label,
                round(middle),
                f"{low:.0f}–{high:.0f}",
                middle / base.cpu()[1],
                None if counted is None else round(counted),
                share,
                figures.taken[0].modules,
            ]
        )
    columns = ["", "CPU ms", "quartiles", f"× {by}", "10⁶ instructions", f"× {by}", "modules"]
    return Table("", columns, rows)


def _bars(found: dict[str, Figures], cases: Sequence[Case]) -> list[Bar]:
    ours = {case.label for case in cases if case.ours}
    bars = []
    for label, figures in found.items():
        low, middle, high = figures.cpu()
        bars.append(Bar(label, round(middle, 1), round(low, 1), round(high, 1), label in ours))
    return bars


def _target(found: dict[str, Figures], ours: str, theirs: str, wanted: float, why: str) -> list[Target]:
    """By processor time and, where they were counted, by instructions."""
    targets = []
    one, other, before = found[ours], found[theirs], found.get(f"{ours}, before")
    targets.append(
        Target(
            f"CPU × {theirs}",
            wanted,
            one.cpu()[1] / other.cpu()[1],
            before=None if before is None else before.cpu()[1] / other.cpu()[1],
            why=why,
        )
    )
    if one.instructions and other.instructions:
        targets.append(
            Target(
                f"instructions × {theirs}",
                wanted,
                one.instructions / other.instructions,
                before=before.instructions / other.instructions if before and before.instructions else None,
                why=why,
            )
        )
    return targets


def cold_scan(with_: Bench, builds: Sequence[tuple[str, Path]], runs: int, *, count: bool) -> Result:
    """A scan accepted, and junk refused."""
    tables, targets, bars = [], [], []
    for kind, title in (("ours", "A scan accepted at the ticket machine"), ("junk", "Junk refused")):
        rivals = with_.rivals("rivals" if kind == "ours" else "junk")
        cases = [
            with_.function("verify_scan", built, kind, f"verify_scan{label}") for label, built in builds
        ] + rivals
        found = with_.compare(cases, runs, count=count)
        tables.append(replace(_table(found, "Chalice"), title=title))
        if kind == "ours":
            bars = _bars(found, cases)
            targets += _target(found, "verify_scan", "Chalice", 1.0, _WHY)
            targets += _target(found, "verify_scan", "Powertools", 0.72, _WHY)
    return Result(
        "cold-scan",
        10,
        "cold-scan",
        "`verify_scan`: fresh process → import → first answer, over TLS to a stub of AWS. The rivals check the device's token and the "
        "code with PyJWT and make four calls of DynamoDB; of ours the token is `authorize_request`'s (cold-auth), and a scan makes "
        "one batch of reads, the ticket's number and one transaction on ten items, and at the first start it reads the codes' keys and the "
        "data key and has KMS unwrap it, by a client and a connection of its own.",
        tables,
        targets,
        bars,
        "CPU ms",
        report.versions(*_VERSIONS),
        [_NOTE],
    )


_WHY = (
    "of the start reading 590 compiled modules is 24 %, where Chalice has 466, and finding them 7 %, building the handler with two "
    "clients 9 %, what is left of 131 dataclasses once their methods come compiled 7 %, and the first answer with its three TLS "
    "connections and KMS, of which the rivals have one and none, 15 %; fewer modules would mean no Powertools or no pydantic"
)


def cold_auth(with_: Bench, builds: Sequence[tuple[str, Path]], runs: int, *, count: bool) -> Result:
    """A device known."""
    chalice = with_.rival("Chalice", "chalice_app", "authorizer", "authorize")
    cases = [
        *(
            with_.function("authorize_request", built, "authorizer", f"authorize_request{label}")
            for label, built in builds
        ),
        chalice,
    ]
    found = with_.compare(cases, runs, count=count)
    return Result(
        "cold-auth",
        20,
        "cold-auth",
        "`authorize_request`: fresh process → import → a device's token verified by PyJWT, with one call of DynamoDB; beside an "
        "authorizer of Chalice with the same.",
        [_table(found, "Chalice")],
        _target(
            found,
            "authorize_request",
            "Chalice",
            0.75,
            "what is left is boto3 with its session and one client, cryptography and PyJWT, which the authorizer of Chalice has too",
        ),
        _bars(found, cases),
        "CPU ms",
        report.versions(*_VERSIONS),
    )


def cold_all(with_: Bench, builds: Sequence[tuple[str, Path]], runs: int, *, count: bool) -> Result:
    """Every function, ready."""
    cases = [
        with_.function(name, built, label=f"{name}{label}") for name in FUNCTIONS for label, built in builds
    ]
    found = with_.compare([*cases, with_.rival("Chalice", "chalice_app", "")], runs, count=count)
    base = found["Chalice"]

    def worst(label: str) -> tuple[float, str]:
        return max((found[f"{name}{label}"].cpu()[1] / base.cpu()[1], name) for name in FUNCTIONS)

    seen, slowest = worst("")
    before = worst(", before")[0] if len(builds) > 1 else None
    return Result(
        "cold-all",
        30,
        "cold-all",
        "Each function until it could answer: imported, built, its clients made, its secrets read; beside Chalice imported, with its "
        "client made and PyJWT there.",
        [_table(found, "Chalice")],
        [
            Target(
                f"CPU × Chalice, the slowest ({slowest})",
                1.1,
                seen,
                before=before,
                why=f"what `{slowest}` loads and makes beside what Chalice does: `python -X importtime` tells by module",
            )
        ],
        versions=report.versions(*_VERSIONS),
    )


def main() -> None:
    """Measure, and write the results."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=15)
    asked.add_argument("--before", type=Path)
    asked.add_argument("--only", default="cold-scan,cold-auth,cold-all")
    asked.add_argument("--uncounted", action="store_true")
    chosen = asked.parse_args()
    benches = {"cold-scan": cold_scan, "cold-auth": cold_auth, "cold-all": cold_all}
    with bench() as with_:
        names = chosen.only.split(",")
        pages = "cold-all" in names
        builds = [("", with_.checkout(ROOT, pages=pages))]
        if chosen.before:
            builds.append((", before", with_.checkout(chosen.before.resolve(), pages=pages)))
        for name in names:
            result = benches[name](with_, builds, chosen.runs, count=not chosen.uncounted)
            report.show(result)
            report.write(result)


if __name__ == "__main__":
    main()
