"""The mutation tool changes one thing at a time, and nothing that only types and messages hold."""

from __future__ import annotations

import ast
import gc
from dataclasses import replace
from pathlib import Path

import pytest

from tools import paths
from tools.mutants import argued, changes, known, loading
from tools.mutants.reach import Reach

_MODULE = '''
from dataclasses import dataclass
from typing import Protocol

@dataclass(frozen=True)
class Age:
    years: int

class Port(Protocol):
    def read(self, limit: int = 3) -> bool: ...

_PAGE: Final = 40

def judge(age: int, *, known: bool = True) -> str | None:
    """At 18, or pk = :pk AND age = :age."""
    if not known and age < 18:
        log.info("at most", limit=3)
        raise ValueError(age)
    lives = 0 < age <= 130
    pairs = list(zip([age], [1], strict=True))
    note(age, f"age = {age}", "#age = :age AND attribute_exists(pk)", Limit=age)
    return "adult" if age + 1 >= 19 else "child"
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "model.py").write_text(_MODULE, "utf-8")
    return Path("model.py")


def test_each_mutant_differs_from_the_module_and_from_every_other(module: Path) -> None:
    made = [ast.unparse(changes.mutated(mutant)) for mutant in changes.mutants_of(module)]
    assert len(set(made)) == len(made) > 10
    assert ast.unparse(ast.parse(_MODULE)) not in made


def test_ports_annotations_texts_and_log_lines_are_left_alone(module: Path) -> None:
    tree = ast.parse(_MODULE)
    left = [ast.unparse(tree.body[n]) for n in (2, 3)]
    left += ["_PAGE: Final = 40", "strict=True", "'at most', limit=3", "At 18, or pk = :pk AND age = :age."]
    for mutant in changes.mutants_of(module):
        assert all(part in ast.unparse(changes.mutated(mutant)) for part in left), mutant


def test_every_kind_of_change_is_made(module: Path) -> None:
    assert {mutant.change for mutant in changes.mutants_of(module)} >= {
        "Lt → LtE",
        "GtE → Gt",
        "1. Lt → LtE",
        "2. LtE → Lt",
        "And: 'age < 18' dropped",
        "Add → Sub",
        "18 → 19",
        "True → False",
        "never",
        "always",
        "not removed",
        "returns None",
        "does not raise",
        "note not called",
        "Limit dropped",
        "condition always: #age = :age",
        "condition always: attribute_exists(pk)",
    }


def test_a_mutant_keeps_its_lines_so_that_loaded_functions_take_its_code(module: Path) -> None:
    path = str(paths.ROOT / module)
    before = loading.compiled(ast.parse("def judge(age):\n    return age < 18\n"), path)
    after = loading.compiled(ast.parse("def judge(age):\n    return age <= 18\n"), path)
    space: dict[str, object] = {}
    exec(before, space)  # noqa: S102  # a module, as it is loaded
    judge = space["judge"]
    assert callable(judge)
    assert not judge(18)
    gc.freeze()  # as pytest's collection is (tests/conftest.py): what is frozen takes it too
    loading.put_into(loading.functions_below([path]), before, after)
    gc.freeze()
    assert judge(18)


def test_a_function_that_loses_a_free_variable_is_loaded_anew() -> None:
    before, after, bound = (
        loading.compiled(ast.parse(f"class A(B):\n    def f(self):\n        {line}\n"), "a.py")
        for line in ("super().f(1)", "pass", "super().f(2)")
    )
    assert not loading.fits(before, after)
    assert loading.fits(before, bound)


def test_a_mutant_is_tried_by_the_tests_that_reach_its_lines_nearest_first() -> None:
    module = changes.PRODUCT / "grants/model.py"
    tests = [
        "tests/unit/codes/test_a.py::test_a",
        "tests/contract/test_b.py::test_b[x::y|z]",
        "tests/unit/grants/test_c.py::test_c",
        "tests/unit/codes/test_d.py::test_d",
    ]
    reached = Reach(
        tests,
        [1.0, 2.0, 3.0, 4.0],
        {str(module): {9: [0, 1, 2], 10: [0], 11: [3]}},
        {str(module): {1, 2, 7}},
    )

    def of(line: int, last: int, budget: float = 60) -> list[str]:
        return list(reached.tests_of(changes.Mutant(module, line, last, 0, ""), budget))

    assert of(9, 10) == [tests[2], tests[0], tests[1]]
    assert of(9, 10, 4) == [tests[2], tests[0]]
    assert of(9, 10, 2.5) == [tests[0]], "one that does not fit leaves its time to the others"
    assert of(11, 12) == [tests[3]]
    assert of(12, 12) == []
    # What takes long waits for all that is quick, wherever that is.
    quick = replace(reached, seconds=[1.0, 0.1, 3.0, 4.0])
    assert list(quick.tests_of(changes.Mutant(module, 9, 9, 0, ""), 3.5)) == [tests[1], tests[2]]
    # What runs when the module is loaded is reached by every test of the module.
    assert len(of(7, 7)) == 4
    # Where nothing of it runs later: by the tests of its room.
    reached = replace(reached, lines={})
    assert of(7, 7) == [tests[2]]


def test_a_mutant_of_a_function_is_tried_by_the_functions_own_tests_first() -> None:
    module = Path("functions/issue_qr/app.py")
    tests = ["tests/unit/codes/test_a.py::test_a", "tests/integration/test_issue_qr.py::test_b"]
    reached = Reach(tests, [1.0, 2.0], {str(module): {9: [0, 1]}}, {})
    mutant = changes.Mutant(module, 9, 9, 0, "")
    assert list(reached.tests_of(mutant, 60)) == tests[::-1]


def test_every_row_of_the_list_is_a_mutant_of_today() -> None:
    assert argued.outdated() == []


@pytest.mark.parametrize("planted", known.PLANTED, ids=lambda planted: planted.what)
def test_every_known_fault_has_its_place_and_its_test(planted: known.Planted) -> None:
    assert planted.trial()
    file, *_, name = planted.test.split("::")
    assert f"def {name}(" in (paths.ROOT / file).read_text("utf-8")
