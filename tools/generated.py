"""Documents that are generated: written by `make docs`, and compared with what is committed by `make lint`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def write_or_check(document: Path, made: str, told_by: str) -> int:
    """Write `made`; with `--check` on the command line answer 1 where the committed document differs. `told_by` is who says what it says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="fail where the committed document differs")
    if not parser.parse_args().check:
        document.parent.mkdir(parents=True, exist_ok=True)
        document.write_text(made, "utf-8")
        return 0
    if document.exists() and document.read_text("utf-8") == made:
        return 0
    print(f"{document.name} is not what {told_by}: run `make docs`", file=sys.stderr)
    return 1
