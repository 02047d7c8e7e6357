"""Lets modules import late what a start does not need: `python3.13 late.py SITE`, after the wheels are there.

Powertools' doors import all that the package can do, for every kind of event that Lambda knows; boto3's and botocore's import what
writes their documentation. A function uses a tenth of it, and its start would pay for all. Here an import is moved: to the statements
of functions that use its names, and for others who ask the module for such a name, to the moment when they ask (PEP 562). Nothing is
left out and no other line is changed; tests/architecture compares name by name.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# By module: the packages that it need not import at once.
LATE: dict[str, tuple[str, ...]] = {
    "aws_lambda_powertools": ("aws_lambda_powertools",),
    "aws_lambda_powertools.event_handler": ("aws_lambda_powertools.event_handler",),
    "aws_lambda_powertools.event_handler.openapi": ("aws_lambda_powertools.event_handler.openapi",),
    "aws_lambda_powertools.package_logger": ("aws_lambda_powertools.logging",),
    "aws_lambda_powertools.utilities.data_classes": ("aws_lambda_powertools.utilities.data_classes",),
    "boto3.docs": ("boto3.docs",),
    "boto3.docs.docstring": ("boto3.docs",),
    "botocore.docs": ("botocore.docs",),
    "botocore.docs.docstring": ("botocore.docs",),
    "pydantic.plugin._loader": ("importlib.metadata",),
    "s3transfer.compat": ("multiprocessing.managers",),
    "urllib3.http2": ("importlib.metadata",),
}
_ASKED = """

_LATE = {table!r}


def __getattr__(name):
    if name not in _LATE:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    import importlib

    module, attribute = _LATE[name]
    value = globals()[name] = getattr(importlib.import_module(module), attribute)
    return value
"""


def main(site: Path) -> None:
    """Rewrite the modules in place."""
    for module, sources in LATE.items():
        path = site / module.replace(".", "/")
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        path.write_text(late(path, module, sources), "utf-8")


def late(path: Path, module: str, sources: tuple[str, ...]) -> str:
    """The module's text, with its imports from `sources` moved."""
    text = path.read_text("utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    # A submodule hides a name of the door that is its own as soon as it is imported.
    beside = {each.stem for each in path.parent.iterdir()} if path.name == "__init__.py" else set()
    at_once = beside | {name for statement in tree.body for name in _used_at_once(statement)}
    table: dict[str, tuple[str, str]] = {}
    moved: list[ast.ImportFrom] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and _source(statement, module).startswith(sources):
            later = [alias for alias in statement.names if (alias.asname or alias.name) not in at_once]
            table |= {alias.asname or alias.name: (_source(statement, module), alias.name) for alias in later}
            moved.append(statement)
    if not table:
        raise SystemExit(f"{module} has nothing to import late")
    for number, inserted in sorted(_imports(tree, table).items(), reverse=True):
        lines[number - 1 : number - 1] = sorted(inserted)
    for statement in moved:  # they stand above all functions, so that their lines are where they were
        now = [alias for alias in statement.names if (alias.asname or alias.name) not in table]
        first, end = statement.lineno - 1, statement.end_lineno or statement.lineno
        kept = f"from {_source(statement, module)} import {', '.join(map(ast.unparse, now))}" if now else ""
        lines[first:end] = [kept, *[""] * (end - first - 1)]
    return "\n".join(lines) + _ASKED.format(table=table)


def _used_at_once(statement: ast.AST) -> Iterator[str]:
    """Names that are needed while the module is imported: all but those in the bodies and annotations of functions."""
    inner: Any = ast.iter_child_nodes(statement)
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        inner = [
            *statement.decorator_list,
            *statement.args.defaults,
            *filter(None, statement.args.kw_defaults),
        ]
    if isinstance(statement, ast.Name):
        yield statement.id
    for each in inner:
        yield from _used_at_once(each)


def _imports(tree: ast.Module, table: dict[str, tuple[str, str]]) -> dict[int, set[str]]:
    """The imports that functions need now, by the line above which each is put: that of the statement that uses the name."""
    found: dict[int, set[str]] = {}
    places: list[tuple[ast.AST, ast.stmt | None]] = [(tree, None)]
    while places:
        node, statement = places.pop()
        if isinstance(node, ast.Name) and node.id in table and statement is not None:
            source, attribute = table[node.id]
            line = f"{' ' * statement.col_offset}from {source} import {attribute} as {node.id}"
            found.setdefault(statement.lineno, set()).add(line)
        statement = node if isinstance(node, ast.stmt) else statement
        places += [(each, statement) for each in ast.iter_child_nodes(node)]
    return found


def _source(statement: ast.ImportFrom, module: str) -> str:
    """What an import takes its names from."""
    return f"{module}.{statement.module}" if statement.level == 1 else statement.module or ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
