"""The mutation tool changes one thing at a time, and nothing that only types and messages hold."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools import mutants

_MODULE = '''
from typing import Protocol

class Port(Protocol):
    def read(self, limit: int = 3) -> bool: ...

def judge(age: int, *, known: bool = True) -> str | None:
    """At 18."""
    if not known and age < 18:
        raise ValueError(age)
    return "adult" if age + 1 >= 19 else None
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    (tmp_path / "model.py").write_text(_MODULE, "utf-8")
    return Path("model.py")


def test_each_mutant_differs_from_the_module_and_from_every_other(module: Path) -> None:
    made = [mutants.mutated(mutant) for mutant in mutants.mutants_of(module)]
    assert len(set(made)) == len(made) > 10
    assert ast.unparse(ast.parse(_MODULE)) not in made


def test_ports_and_annotations_are_left_alone(module: Path) -> None:
    port = ast.unparse(ast.parse(_MODULE).body[1])
    assert all(port in mutants.mutated(mutant) for mutant in mutants.mutants_of(module))


def test_every_kind_of_change_is_made(module: Path) -> None:
    assert {mutant.change for mutant in mutants.mutants_of(module)} >= {
        "Lt → LtE",
        "GtE → Gt",
        "And → Or",
        "Add → Sub",
        "18 → 19",
        "True → False",
        "condition turned",
        "not removed",
        "returns None",
        "does not raise",
    }
