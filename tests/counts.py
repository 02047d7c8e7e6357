"""How much the suites try: little on every change, much with VAXCERT_PROVE=1, as `make prove` runs them (CONTRIBUTING.md).

What has an end is tried whole then. What has none (races, histories, lives, generated values) is tried as often as fits into two hours
on two cores, so that a proof is run as a whole; VAXCERT_PROVE=10 tries ten times as many, a suite's own variable any number.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

PROVE: Final = int(os.environ.get("VAXCERT_PROVE") or 0)
"""How many times what `make prove` tries: 0 where nothing is to be proved."""


def tries(variable: str, few: int, many: int) -> int:
    """How many of something: what this variable says, else `many` to prove, else `few`."""
    return int(os.environ.get(variable) or often(few, many))


def often(few: int, many: int) -> int:
    """How many of something that has no variable of its own."""
    return many * PROVE if PROVE else few


def examples(usual: int) -> int:
    """How many examples of Hypothesis, where its profile (tests/conftest.py) has too few or too many: an eighth of `usual`, to prove threefold."""
    return usual * 3 * PROVE if PROVE else max(10, usual // 8)


def tell(figures: str) -> None:
    """Say what was tried and found: on the terminal (`pytest -s`), and in the file that VAXCERT_FIGURES names."""
    sys.stdout.write(f"\n{figures.strip()}\n")
    if file := os.environ.get("VAXCERT_FIGURES"):
        with Path(file).open("a", encoding="utf-8") as kept:
            kept.write(f"{figures.strip()}\n")
