"""What functions compile when they start, recorded: `python -m tools.recorded FILE FUNCTION…`, in a process of its own.

It imports what `vaxcert.aws.compiled` does and nothing more before it records: what is imported already compiles nothing any more.
"""

from __future__ import annotations

import builtins
import importlib
import marshal
import re
import sys
from collections.abc import Callable
from typing import Any, Final

from vaxcert.aws.compiled import FORMAT, PLACES

_SERVICES: Final = ("dynamodb", "events", "kms", "s3", "secretsmanager")


class Record:
    """Texts and patterns that are compiled from now on, with what they are compiled into."""

    def __init__(self) -> None:
        self.codes: dict[str, dict[str, bytes]] = {kind: {} for _, _, kind in PLACES}
        self.patterns: dict[tuple[Any, int], bytes] = {}
        for module, name, kind in PLACES:
            setattr(module, name, self._compiling(getattr(builtins, name), self.codes[kind], kind))
        self._spy_on_patterns(re._compiler)  # type: ignore[attr-defined]  # noqa: SLF001

    def _compiling(
        self, builtin: Callable[..., Any], codes: dict[str, bytes], kind: str
    ) -> Callable[..., Any]:
        def compiling(text: Any, *more: Any) -> Any:
            code = text
            if isinstance(text, str):
                code = compile(text, "<string>", kind, dont_inherit=True)
                codes[text] = marshal.dumps(code)
            return code if builtin is compile else builtin(code, *more)

        return compiling

    def _spy_on_patterns(self, compiler: Any) -> None:
        compiled, sre = compiler.compile, compiler._sre  # noqa: SLF001

        class Spy:
            """Python's engine, which is given a pattern's code."""

            parts: tuple[Any, ...] = ()

            def __getattr__(self, name: str) -> Any:
                return getattr(sre, name)

            def compile(self, pattern: Any, flags: int, code: list[int], *more: Any) -> Any:
                self.parts = (pattern, int(flags), list(map(int, code)), *more)
                return sre.compile(pattern, flags, code, *more)

        spy = compiler._sre = Spy()  # noqa: SLF001

        def compiling(text: Any, flags: int = 0) -> Any:
            found = compiled(text, flags)
            if isinstance(text, str | bytes):
                self.patterns[text, int(flags)] = marshal.dumps(spy.parts)
            return found

        compiler.compile = compiling


def main(path: str, names: list[str]) -> None:
    """Import the functions, make their routes and the clients of AWS, and write the record."""
    record = Record()
    for name in names:
        app = importlib.import_module(f"{name}.app")
        if hasattr(app, "describe"):
            app.describe()
    clients = importlib.import_module("vaxcert.aws.clients")
    for service in _SERVICES:
        clients.client(service)
    with open(path, "wb") as file:  # noqa: PTH123 - as there
        marshal.dump((FORMAT, record.codes, record.patterns), file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
