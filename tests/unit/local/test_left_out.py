"""A machine that lacks a library: its tests are left out, the others run, and the last line says what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.paths import ROOT

PICTURES = "tests/unit/codes/test_picture.py"
INSTALL = "apt-get install libzbar0"
WITHOUT = os.environ | {"VAXCERT_WITHOUT": "zbar", "VAXCERT_FIGURES": ""}


def test_the_last_line_says_what_was_left_out_and_what_to_install(tmp_path: Path) -> None:
    kept = tmp_path / "left-out"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", PICTURES, "-q", "-p", "no:cacheprovider", "-k", "both_formats"],
        cwd=ROOT,
        env=WITHOUT | {"VAXCERT_LEFT_OUT": str(kept)},
        capture_output=True,
        text=True,
        check=True,
    )
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"left out: 2 tests of {PICTURES}; zbar is missing.")
    assert INSTALL in last
    assert kept.read_text("utf-8") == f"{last}\n"


def test_without_root_the_tools_name_the_library_and_go_on() -> None:
    script = next(ROOT.glob("*/bootstrap.sh"))
    done = subprocess.run(
        [script, "libraries"], cwd=ROOT, env=WITHOUT, capture_output=True, text=True, check=True
    )
    assert INSTALL in done.stderr
