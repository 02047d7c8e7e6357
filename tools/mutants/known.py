"""Faults that once lived, planted by hand: each is noticed by the test that was written for it.

`python -m tools.mutants --known` plants them. `tests/unit/tools/test_mutants.py` looks that each still has its place
and its test.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from tools import paths
from tools.mutants.changes import PRODUCT
from tools.mutants.trying import Trial


@dataclass(frozen=True)
class Planted:
    """`old` stands in the module exactly once and becomes `new`; `test` (without its case) has to fail."""

    what: str
    module: str
    old: str
    new: str
    test: str

    def trial(self) -> Trial:
        """As it is tried. Raises ValueError if `old` does not stand there exactly once."""
        path = paths.ROOT / (self.module if self.module.startswith("functions/") else PRODUCT / self.module)
        text = path.read_text("utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.module}: {self.old!r} stands there {text.count(self.old)} times")
        return Trial(str(path), ast.parse(text.replace(self.old, self.new)), {self.test: 60}, at_load=True)


PLANTED: Final[tuple[Planted, ...]] = ()
