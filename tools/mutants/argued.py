"""The list of mutants that live because nothing differs: docs/mutants.md.

A row names module, line and change, so that it falls out of the list when its line is written anew.
"""

from __future__ import annotations

import re
from pathlib import Path

from tools import paths
from tools.mutants.changes import PRODUCT, Mutant, mutants_of

LIST = Path("docs/mutants.md")
_ROW = re.compile(r"\| `(?P<module>[^`]+\.py)` \| `(?P<line>.+?)` \| `(?P<change>.+?)` \| (?P<why>.+) \|")

type Key = tuple[str, str, str]
"""Module, line without its indentation, change."""


def key_of(mutant: Mutant) -> Key:
    """The mutant as the list names it."""
    lines = (paths.ROOT / mutant.module).read_text("utf-8").splitlines()
    below = mutant.module.is_relative_to(PRODUCT)
    module = mutant.module.relative_to(PRODUCT) if below else mutant.module
    return str(module), lines[mutant.line - 1].strip(), mutant.change


def listed() -> dict[Key, str]:
    """Every row of the list, with its reason."""
    text = (paths.ROOT / LIST).read_text("utf-8")
    rows = (_ROW.fullmatch(line) for line in text.splitlines())
    return {
        (row["module"], row["line"].replace("\\|", "|"), row["change"].replace("\\|", "|")): row["why"]
        for row in rows
        if row
    }


def outdated() -> list[Key]:
    """Rows that no mutant of today answers to: the line or the code around it has changed."""
    rows = listed()
    modules = {
        module: PRODUCT / module if not module.startswith("functions/") else Path(module)
        for module, *_ in rows
    }
    can_be = {
        key_of(mutant)
        for module in modules.values()
        if (paths.ROOT / module).exists()
        for mutant in mutants_of(module)
    }
    return [row for row in rows if row not in can_be]
