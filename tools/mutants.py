"""Mutation testing: change one thing of a module, run the tests, and see whether they notice.

`python -m tools.mutants identity grants --sample 20 --seed 1` draws 20 mutants of each room (or module path) and prints those that live.
A mutant lives if every test that reaches its lines passes. Which test reaches which line is found once for a tree, by a
run of every test that needs no stack, and kept in .local/. The tree is copied first; what stands in the checkout is
never changed.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData

from tools.paths import ROOT

PRODUCT = Path("layers/vaxcert/python/vaxcert")
_COPIED = (
    "layers",
    "functions",
    "local",
    "tests",
    "tools",
    "reference",
    "events",
    "docs",
    "bench",
    "statemachines",
    "requirements",
    "template.yaml",
    "samconfig.toml",
    "pyproject.toml",
    "Makefile",
)
# What may reach a line; each mutant's tests run in this order, so that most are noticed within seconds.
_TESTS = ("tests/unit", "tests/contract", "tests/integration", "tests/hostile", "tests/faults")
_LIMIT_SECONDS = 600
_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_TURNED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
}


@dataclass(frozen=True)
class Mutant:
    """One change: the node's place in the order of `ast.walk`, and what is done to it."""

    module: Path
    line: int
    last_line: int
    node: int
    change: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.change}"


def mutants_of(module: Path) -> Iterator[Mutant]:
    """Every change that can be made to the module, each at one place."""
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    told = _words(tree)
    for number, node in enumerate(ast.walk(tree)):
        change = _change(node)
        if change and node not in told:
            first = getattr(node, "lineno", 0)
            yield Mutant(module, first, getattr(node, "end_lineno", first), number, change)


def mutated(mutant: Mutant) -> str:
    """The module's text with this one change."""
    tree = ast.parse((ROOT / mutant.module).read_text("utf-8"))
    nodes = list(ast.walk(tree))
    target = nodes[mutant.node]
    match target:
        case ast.Compare():
            target.ops[0] = _SWAPPED[type(target.ops[0])]()
        case ast.BoolOp():
            target.op = ast.Or() if isinstance(target.op, ast.And) else ast.And()
        case ast.BinOp():
            target.op = _TURNED[type(target.op)]()
        case ast.Constant(value=bool(value)):
            target.value = not value
        case ast.Constant(value=int(value)):
            target.value = value + 1
        case ast.If() | ast.IfExp():
            target.test = ast.UnaryOp(ast.Not(), target.test)
        case ast.UnaryOp(op=ast.Not()):
            target.op, target.operand = ast.Not(), ast.UnaryOp(ast.Not(), target.operand)
        case ast.Return():
            target.value = ast.Constant(None)
        case ast.Raise():
            _replace(tree, target, ast.Pass())
    return ast.unparse(ast.fix_missing_locations(tree))


def _change(node: ast.AST) -> str | None:  # noqa: PLR0911  # a row for each kind of change
    match node:
        case ast.Compare(ops=[only]) if type(only) in _SWAPPED:
            return f"{type(only).__name__} → {_SWAPPED[type(only)].__name__}"
        case ast.BoolOp(op=op):
            return f"{type(op).__name__} → {'Or' if isinstance(op, ast.And) else 'And'}"
        case ast.BinOp(op=op) if type(op) in _TURNED:
            return f"{type(op).__name__} → {_TURNED[type(op)].__name__}"
        case ast.Constant(value=bool(value)):
            return f"{value} → {not value}"
        case ast.Constant(value=int(value)):
            return f"{value} → {value + 1}"
        case ast.If() | ast.IfExp():
            return "condition turned"
        case ast.UnaryOp(op=ast.Not()):
            return "not removed"
        case ast.Return(value=ast.expr()):
            return "returns None"
        case ast.Raise():
            return "does not raise"
        case _:
            return None


def _words(tree: ast.AST) -> set[ast.AST]:
    """Nodes that only types and messages hold: annotations, decorators of classes, Protocol bodies, and what
    stands under TYPE_CHECKING.
    """
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        match node:
            case ast.AnnAssign(annotation=annotation):
                parts = [annotation]
            case ast.arg(annotation=annotation):
                parts = [annotation]
            case ast.FunctionDef(returns=returns):
                parts = [returns]
            case ast.ClassDef(bases=bases) if any(
                isinstance(b, ast.Name) and b.id == "Protocol" for b in bases
            ):
                parts = [node]
            case ast.ClassDef(decorator_list=decorators):
                parts = [*decorators]
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                parts = [node]
        for part in parts:
            if part is not None:
                found.update(ast.walk(part))
    return found


def _replace(tree: ast.AST, old: ast.stmt, new: ast.stmt) -> None:
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(node, block, None)
            if isinstance(statements, list) and old in statements:
                statements[statements.index(old)] = new


def reaching(mutant: Mutant, reached: CoverageData) -> list[str]:
    """The tests that reach the mutant's lines, quick ones first. A line that runs when its module is imported
    is reached by every test of the module.
    """
    by_line = reached.contexts_by_lineno(str(ROOT / mutant.module))
    of_lines = [by_line.get(line, []) for line in range(mutant.line, mutant.last_line + 1)]
    at_import = any(context == "" for contexts in of_lines for context in contexts)
    taken = by_line.values() if at_import else of_lines
    # The function of the test without its parameters, since these may hold any character.
    tests = {
        context.rsplit("|", 1)[0].split("[", 1)[0] for contexts in taken for context in contexts if context
    }
    room = "tests/unit/" + _room(str(mutant.module.relative_to(PRODUCT)))

    def place(test: str) -> tuple[bool, int, str]:
        return (
            not test.startswith(room),
            next((n for n, of in enumerate(_TESTS) if test.startswith(of)), -1),
            test,
        )

    return sorted(tests, key=place)


def _lives(mutant: Mutant, copy: Path, reached: CoverageData) -> bool:
    tests = reaching(mutant, reached)
    target = copy / mutant.module
    whole = target.read_text("utf-8")
    target.write_text(mutated(mutant), "utf-8")
    try:
        return not (tests and _fails(copy, tests))
    finally:
        target.write_text(whole, "utf-8")


def _fails(copy: Path, tests: list[str]) -> bool:
    """Whether a test fails. A run that never ends is noticed as well."""
    asked = copy / "asked.txt"
    asked.write_text("\n".join(tests), "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        f"@{asked}",
        "-x",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
    ]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return (
            subprocess.run(
                command, check=False, cwd=copy, env=env, capture_output=True, timeout=_LIMIT_SECONDS
            ).returncode
            != 0
        )
    except subprocess.TimeoutExpired:
        return True


def _reached() -> CoverageData | None:
    """Which test reaches which line of the product. None if a test fails without any change."""
    tree = hashlib.sha256()
    for name in ("layers", "functions", "local", "tests", "reference", "events", "template.yaml"):
        for path in sorted((ROOT / name).rglob("*") if (ROOT / name).is_dir() else [ROOT / name]):
            if path.is_file() and "__pycache__" not in path.parts:
                tree.update(
                    f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest()
                )
    kept = ROOT / f".local/reached-{tree.hexdigest()[:12]}.coverage"
    if not kept.exists():
        print("Which test reaches which line? Every test that needs no stack runs once.", file=sys.stderr)
        making = kept.with_suffix(".making")
        command = [sys.executable, "-m", "pytest", *_TESTS, "-n", "auto", "-q", "-p", "no:cacheprovider"]
        command += [f"--cov={PRODUCT}", "--cov-context=test", "--cov-report="]
        if subprocess.run(
            command, check=False, cwd=ROOT, env={**os.environ, "COVERAGE_FILE": str(making)}
        ).returncode:
            return None
        making.rename(kept)
    reached = CoverageData(str(kept))
    reached.read()
    return reached


def main() -> int:
    """Try the mutants that are drawn; 1 if one lives."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rooms", nargs="+", help="rooms of the product, or paths below it")
    parser.add_argument("--sample", type=int, default=20, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    living = tried = 0
    reached = _reached()
    if reached is None:
        print("The tests fail without any change: mend these first.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(
                    source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
                )
            else:
                shutil.copy(source, copy / name)
        (copy / ".local").symlink_to(ROOT / ".local")
        for room in asked.rooms:
            modules = sorted(path.relative_to(ROOT) for path in _modules(room))
            drawn = [mutant for module in modules for mutant in mutants_of(module)]
            for mutant in random.Random(asked.seed).sample(drawn, min(asked.sample, len(drawn))):  # noqa: S311  # repeatable, no secret
                lives = _lives(mutant, copy, reached)
                tried, living = tried + 1, living + lives
                print("lives " if lives else "killed", mutant, flush=True)
    print(f"{tried - living} of {tried} killed")
    return 1 if living else 0


def _room(name: str) -> str:
    return Path(name).parts[0]


def _modules(room: str) -> Iterator[Path]:
    path = ROOT / PRODUCT / room
    return path.rglob("*.py") if path.is_dir() else iter([path])


if __name__ == "__main__":
    sys.exit(main())
