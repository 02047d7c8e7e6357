"""CPU time of a function's start: a fresh process imports its module, from layers built as they are shipped.

`python -m bench.cold_start [runs] [checkout]` prints the median and quartiles of CPU milliseconds per function; with
another checkout, its own as well, run by turns. `authorize_request` starts as on Lambda and refuses a token; the others
are imported and make a client of DynamoDB. AWS is not asked.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AUTHORIZER = "authorize_request"
_IMPORT = """
import importlib, os, sys
app = importlib.import_module(f"{sys.argv[1]}.app")
"""
_CLIENT = """
from vaxcert.aws.clients import client
client("dynamodb")
"""
_REFUSE = """
try:
    app.handler({"multiValueHeaders": {"Authorization": ["Bearer " + "A" * 300]}, "methodArn": "a/b/GET/c"}, None)
except Exception as refused:
    assert str(refused) == "Unauthorized"
"""
# What a process does when it ends is no part of a start.
_END = "sys.stdout.flush(); os._exit(0)"
_AWS = {
    "AWS_DEFAULT_REGION": "cn-north-1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
}
_LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": AUTHORIZER,
    "KEYS_TABLE": "keys",
    "SESSIONS_TABLE": "sessions",
}


def _built(checkout: Path, folder: Path) -> Path:
    """Both layers and the functions, below one folder."""
    path = os.pathsep.join([str(ROOT / ".local/bin"), os.environ["PATH"]])
    for layer in ("runtime", "vaxcert"):
        target = folder / layer
        target.mkdir(parents=True)
        subprocess.run(
            ["make", "-s", f"build-{layer.capitalize()}Layer", f"ARTIFACTS_DIR={target}", "PLATFORM=host"],
            cwd=checkout / "layers" / layer,
            env={**os.environ, "PATH": path},
            check=True,
        )
    shutil.copytree(checkout / "functions", folder / "functions")
    compiled = [
        sys.executable,
        "-m",
        "compileall",
        "-q",
        "--invalidation-mode",
        "unchecked-hash",
        "functions",
    ]
    subprocess.run(compiled, cwd=folder, env={"PATH": path}, check=True)
    return folder


def _cpu_ms(built: Path, function: str) -> float:
    whole = function == AUTHORIZER
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [
            str(ROOT / ".local/venvs/lambda/bin/python"),
            "-c",
            _IMPORT + (_REFUSE if whole else _CLIENT) + _END,
            function,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{built / 'functions'}:{built / 'runtime/python'}:{built / 'vaxcert/python'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": str(built),
            **_AWS,
            **(_LAMBDA if whole else {}),
        },
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Print a line for each function."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    checkouts = [ROOT, *(Path(each).resolve() for each in sys.argv[2:])]
    with tempfile.TemporaryDirectory() as folder:
        builds = [_built(each, Path(folder, str(number))) for number, each in enumerate(checkouts)]
        for function in sorted(path.parent.name for path in ROOT.glob("functions/*/app.py")):
            rounds = [[_cpu_ms(built, function) for built in builds] for _ in range(runs + 1)][1:]
            print(f"{function:22}", *map(_told, zip(*rounds, strict=True)))


def _told(taken: tuple[float, ...]) -> str:
    low, middle, high = statistics.quantiles(taken, n=4)
    return f"{middle:7.0f} ms CPU ({low:.0f}-{high:.0f})"


if __name__ == "__main__":
    main()
