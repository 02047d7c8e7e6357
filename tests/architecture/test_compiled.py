"""What the build compiles for starts is what Python would have compiled (tools/compiled.py, vaxcert/aws/compiled.py)."""

from __future__ import annotations

import json
import marshal
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.paths import ROOT
from vaxcert.aws.compiled import FORMAT

# Told of a start: what text was compiled in it, and of all that is loaded the methods of each dataclass and named tuple, and each pattern.
_TOLD = """
import builtins, collections, dataclasses, hashlib, importlib, inspect, json, re, sys, typing
late = []
def noted(compiled):
    def note(text, *more, **options):
        if isinstance(text, str | bytes):
            late.append(repr(text))
        return compiled(text, *more, **options)
    return note
builtins.compile = noted(compile)
re._parser.parse = noted(re._parser.parse)
for name in sys.argv[1].split(","):
    importlib.import_module(f"{name}.app")
at_start = list(late)

def code(function):
    told = function.__code__
    consts = [code_of(each) for each in told.co_consts]
    takes = [told.co_argcount, told.co_posonlyargcount, told.co_kwonlyargcount, told.co_flags]
    given = [function.__defaults__, function.__kwdefaults__, function.__annotations__]
    signature = re.sub(" at 0x[0-9a-f]+", "", repr(given))
    return [told.co_code.hex(), told.co_names, told.co_varnames, consts, told.co_qualname, takes, signature]

def code_of(each):
    if isinstance(each, frozenset):
        return sorted(each)
    return each.co_code.hex() if hasattr(each, "co_code") else repr(each)

def text(name, pattern):
    # PyJWT puts this one together from a set, whose order is not the same in two processes.
    return sorted(re.findall("[A-Z0-9 ]+", repr(pattern))) if name == "jwt.utils:_PEM_MARKER_RE" else repr(pattern)

told = {}
for module in list(sys.modules.values()):
    for name, value in list(vars(module).items()) if module else []:
        if isinstance(value, re.Pattern):
            at = f"{module.__name__}:{name}"
            told[at] = [text(at, value.pattern), value.flags, value.groups, dict(value.groupindex)]
        elif isinstance(value, type) and (dataclasses.is_dataclass(value) or hasattr(value, "_fields")):
            methods = {key: each for key, each in sorted(vars(value).items()) if inspect.isfunction(each)}
            methods = {key: getattr(each, "__wrapped__", each) for key, each in methods.items()}
            told[f"{module.__name__}:{name}"] = {key: code(each) for key, each in methods.items()}
print(json.dumps([at_start, told]))
"""


def _start(functions: Path, names: list[str]) -> tuple[list[str], dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", _TOLD, ",".join(names)],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": os.pathsep.join(map(str, (functions, ROOT / "layers/vaxcert/python"))),
            "PYTHONHASHSEED": "0",  # PyJWT puts a pattern together from a set
            "PYDANTIC_DISABLE_PLUGINS": "__all__",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    late, told = json.loads(done.stdout)
    return late, told


def test_nothing_is_changed_by_what_the_build_compiled(functions_built: Path) -> None:
    """Every class and pattern of every function: the same code, names, signatures and groups as compiled on the spot."""
    names = sorted(path.parent.name for path in functions_built.glob("*/app.py"))
    assert _start(functions_built, names)[1] == _start(ROOT / "functions", names)[1]


def test_a_start_compiles_nothing_itself(functions_built: Path) -> None:
    """So the build left no function out, and the standard library looks where it is meant to."""
    assert _start(functions_built, ["verify_scan"])[0] == []
    assert len(_start(ROOT / "functions", ["verify_scan"])[0]) > 500


def _used(path: Path, then: str) -> str:
    script = f"from vaxcert.aws.compiled import use\nuse({str(path)!r})\n{then}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT / "layers/vaxcert/python")},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


_UNKNOWN = """
import collections, dataclasses, re, typing
@dataclasses.dataclass(frozen=True)
class Unheard:
    of: int
    by: str = "nobody"
Pair = collections.namedtuple("Pair", "left right")
print(Unheard(1), Unheard.__init__.__annotations__["of"], Pair(1, 2), typing.ForwardRef("list[int]"), re.fullmatch("u(n+)heard", "unnheard")[1])
"""
_SAID = "Unheard(of=1, by='nobody') <class 'int'> Pair(left=1, right=2) ForwardRef('list[int]') nn"


def test_what_the_file_does_not_hold_is_compiled_as_ever(functions_built: Path) -> None:
    assert _used(functions_built / "compiled.bin", _UNKNOWN) == _SAID


def test_a_file_of_another_python_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "compiled.bin"
    other.write_bytes(marshal.dumps(((b"other", FORMAT[1]), {}, {})))
    assert _used(other, _UNKNOWN + "print(hasattr(dataclasses, 'exec'))") == f"{_SAID}\nFalse"
