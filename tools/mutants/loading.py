"""How a changed module gets into tests that run: by the import system, and into functions that are loaded already.

Nothing in the checkout is written. What runs in a process of its own (a verifier, a build) sees the module as it stands.
"""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from inspect import CO_OPTIMIZED
from types import CodeType, FunctionType, ModuleType
from typing import Any

type Key = tuple[str, str, int]
"""A function: file, qualified name, first line."""


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, made: Callable[[str], CodeType | None]) -> None:
        super().__init__(name, path)
        self._made = made

    def get_code(self, fullname: str) -> CodeType | None:
        return self._made(self.path) or super().get_code(fullname)


class Finder:
    """Loads modules below some folders by `made`, which answers a file's code, or None to leave it as it is."""

    def __init__(self, folders: Sequence[str], made: Callable[[str], CodeType | None]) -> None:
        self._folders = tuple(folders)
        self._made = made

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See `importlib.abc.MetaPathFinder`."""
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin and spec.origin.startswith(self._folders):
            spec.loader = _Loader(name, spec.origin, self._made)
            return spec
        return None

    def install(self) -> None:
        """Asked before every other finder from now on."""
        finders: list[Any] = sys.meta_path
        finders.insert(0, self)


def within(code: CodeType) -> Iterator[CodeType]:
    """The code and all that is defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from within(constant)


def compiled(tree: ast.Module, path: str) -> CodeType:
    """The module's code, as if it had been read from there."""
    return compile(tree, path, "exec", dont_inherit=True)


def functions_below(folders: Sequence[str]) -> dict[Key, list[FunctionType]]:
    """Every function of the files below these folders that is loaded."""
    found: dict[Key, list[FunctionType]] = {}
    gc.unfreeze()  # what a test session or a function's door has frozen is in no list otherwise
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(tuple(folders)):
            found.setdefault(_key(one.__code__), []).append(one)
    return found


def put_into(loaded: dict[Key, list[FunctionType]], before: CodeType, after: CodeType) -> None:
    """Give the loaded functions of a module the code that has changed: what holds the change, and what stands around it."""
    for old, new in zip(within(before), within(after), strict=False):
        if old != new:
            for function in loaded.get(_key(old), ()):
                if function.__code__.co_freevars == new.co_freevars:
                    function.__code__ = new


def fits(before: CodeType, after: CodeType) -> bool:
    """Whether `put_into` can put in the whole change: no function has other free variables by it, as one does that loses its `super()`."""
    pairs = zip(within(before), within(after), strict=False)
    return all(old.co_freevars == new.co_freevars for old, new in pairs if old != new)


def at_load(before: CodeType, after: CodeType) -> bool:
    """Whether the change is, in part, in what runs when the module is loaded: outside of functions, or a function's defaults."""
    if before.co_flags & CO_OPTIMIZED:  # a function: it runs later
        return False
    nested = [
        [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for code in (before, after)
    ]
    return _own(before) != _own(after) or any(at_load(*pair) for pair in zip(*nested, strict=True))


def _own(code: CodeType) -> tuple[object, ...]:
    constants = [constant for constant in code.co_consts if not isinstance(constant, CodeType)]
    return code.co_code, [type(constant) for constant in constants], constants, code.co_names


def _key(code: CodeType) -> Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno
