"""Compile what starts would compile anew each time: `python -m tools.compiled FOLDER`, the package of the functions.

`make build` does it. Every function is imported once, here, by the packages of the tests, which are those of the layers: the same texts come out whatever
machine a layer is built for. The package gets what was compiled as one file, and each function an `__init__.py` that has it used
(`vaxcert.aws.compiled`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools.paths import ROOT

NAME: Final = "compiled.bin"
_DOOR: Final = f'''"""Written by the build (tools/compiled.py)."""

import os

from vaxcert.aws.compiled import use

use(os.path.join(os.path.dirname(os.path.dirname(__file__)), "{NAME}"))
'''


def write(folder: Path, *copies: Path) -> None:
    """Into `folder`, which holds the functions, and into others that hold the same."""
    names = sorted(path.parent.name for path in folder.glob("*/app.py"))
    path = os.pathsep.join(map(str, (folder, ROOT / "layers/vaxcert/python", ROOT)))
    subprocess.run(
        [sys.executable, "-m", "tools.recorded", str(folder / NAME), *names],
        env={
            "PATH": os.defpath,
            "PYTHONPATH": path,
            "PYTHONHASHSEED": "0",  # the same sources give the same file
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_DEFAULT_REGION": "cn-north-1",
        },
        check=True,
    )
    for copy in copies:
        shutil.copyfile(folder / NAME, copy / NAME)
    for each in (folder, *copies):
        for name in names:
            (each / name / "__init__.py").write_text(_DOOR, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
