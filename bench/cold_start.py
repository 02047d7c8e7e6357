"""CPU time of a function's start: a fresh process imports its module, as Lambda does first.

`python -m bench.cold_start [runs]` prints the median of CPU milliseconds per function, and what of it the bare interpreter costs.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_IMPORT = "import {name}.app"


def _cpu_ms(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join((str(ROOT / "layers/vaxcert/python"), str(ROOT / "functions"))),
            "LAMBDA_TASK_ROOT": str(ROOT),
        },
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Print a line for the interpreter and one for each function."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    floor = statistics.median(_cpu_ms("pass") for _ in range(runs))
    print(f"{'interpreter':22} {floor:7.0f} ms CPU")
    for app in sorted(ROOT.glob("functions/*/app.py")):
        code = _IMPORT.format(name=app.parent.name)
        _cpu_ms(code)
        median = statistics.median(_cpu_ms(code) for _ in range(runs))
        print(f"{app.parent.name:22} {median:7.0f} ms CPU")


if __name__ == "__main__":
    main()
