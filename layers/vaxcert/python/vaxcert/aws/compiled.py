"""What the build compiled, for starts: the methods of dataclasses, named tuples, string annotations and regular expressions.

Python compiles source files once and keeps the result (`.pyc`). These four it compiles anew in every process, from text that is the
same each time: a quarter of a start. The build writes what a start compiles into one file (tools/compiled.py), and a function's
package has Python look there first (ADR 20). A text that is not in it is compiled as ever, so a file that is old or missing costs time
and changes nothing.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]
import builtins
import collections
import dataclasses
import gc
import marshal
import re
import typing
from collections.abc import Callable
from importlib.util import MAGIC_NUMBER
from types import CodeType
from typing import Any, Final

FORMAT: Final = (MAGIC_NUMBER, _sre.MAGIC)
"""Of compiled code: a Python that compiles into another one does not read the file."""
PLACES: Final[tuple[tuple[Any, str, str], ...]] = (
    (dataclasses, "exec", "exec"),
    (collections, "eval", "eval"),
    (typing, "compile", "eval"),
)
"""The modules of the standard library that compile text, the builtin that each calls for it, and the kind of text."""


def use(path: str) -> None:
    """Have them find what the file holds, and put garbage collection off until the function is there (`runtime.start`).

    A start makes what stays; looking through it forty times is a twelfth of its time.
    """
    gc.disable()
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib is one more import
        form, codes, patterns = marshal.load(file)  # noqa: S302 - written by the build, shipped with the code
    if form == FORMAT:
        for module, name, kind in PLACES:
            setattr(module, name, _found(getattr(builtins, name), kind, codes[kind]))
        _compiler().compile = _pattern(_compiler().compile, patterns)


def _found(builtin: Callable[..., Any], kind: str, codes: dict[str, bytes]) -> Callable[..., Any]:
    """The builtin, with text replaced by the code that it has been compiled into."""

    def found(text: str | CodeType, *more: Any) -> Any:
        code = text
        if isinstance(text, str):
            packed = codes.get(text)
            # A text that is not there must not inherit this module's `from __future__`.
            code = marshal.loads(packed) if packed else compile(text, "<string>", kind, dont_inherit=True)  # noqa: S302
        return code if builtin is compile else builtin(code, *more)

    return found


def _pattern(compiled: Callable[..., Any], patterns: dict[tuple[Any, int], bytes]) -> Callable[..., Any]:
    def pattern(text: Any, flags: int = 0) -> Any:
        packed = patterns.get((text, int(flags))) if isinstance(text, str | bytes) else None
        return compiled(text, flags) if packed is None else _sre.compile(*marshal.loads(packed))  # noqa: S302

    return pattern


def _compiler() -> Any:
    return re._compiler  # type: ignore[attr-defined]  # noqa: SLF001
