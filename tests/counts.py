"""How much the suites try: little on every change, the whole with VAXCERT_PROVE=1, as `make prove` runs them (CONTRIBUTING.md)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

PROVE: Final = bool(os.environ.get("VAXCERT_PROVE"))


def tries(variable: str, few: int, whole: int) -> int:
    """How many of something: what this variable says, else `whole` to prove, else `few`."""
    return int(os.environ.get(variable) or (whole if PROVE else few))


def examples(usual: int) -> int:
    """How many examples of Hypothesis, where its profile (tests/conftest.py) has too few or too many: a sixth of `usual`, to prove tenfold."""
    return usual * 10 if PROVE else max(10, usual // 6)


def tell(figures: str) -> None:
    """Say what was tried and found: on the terminal (`pytest -s`), and in the file that VAXCERT_FIGURES names."""
    sys.stdout.write(f"\n{figures.strip()}\n")
    if file := os.environ.get("VAXCERT_FIGURES"):
        with Path(file).open("a", encoding="utf-8") as kept:
            kept.write(f"{figures.strip()}\n")
