"""The mutation tool changes one thing at a time, and nothing that only types and messages hold."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from coverage import CoverageData

from tools import mutants

_MODULE = '''
from dataclasses import dataclass
from typing import Protocol

@dataclass(frozen=True)
class Age:
    years: int

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
    told = [ast.unparse(ast.parse(_MODULE).body[n]) for n in (2, 3)]
    assert all(part in mutants.mutated(mutant) for mutant in mutants.mutants_of(module) for part in told)


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


def test_a_mutant_is_tried_by_the_tests_that_reach_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    module = mutants.PRODUCT / "grants/model.py"
    reached = CoverageData(str(tmp_path / "reached"))
    for context, lines in {
        "": [1, 2, 7],
        "tests/unit/codes/test_a.py::test_a|run": [9, 10],
        "tests/contract/test_b.py::test_b[x::y|z]|run": [9],
        "tests/unit/grants/test_c.py::test_c|setup": [9],
        "tests/unit/codes/test_d.py::test_d|run": [11],
    }.items():
        reached.set_context(context)
        reached.add_lines({str(tmp_path / module): lines})

    def tests(line: int, last: int) -> list[str]:
        return mutants.reaching(mutants.Mutant(module, line, last, 0, ""), reached)

    own, other = "tests/unit/grants/test_c.py::test_c", "tests/unit/codes/test_a.py::test_a"
    assert tests(9, 10) == [own, other, "tests/contract/test_b.py::test_b"]
    assert tests(11, 12) == ["tests/unit/codes/test_d.py::test_d"]
    assert tests(12, 12) == []
    # What runs at import is reached by every test of the module.
    assert len(tests(7, 7)) == 4
