"""How every stack of the tests begins: the template deployed, the demo's first feed applied. It is made once, and each stack is a copy.

To deploy and to live through the night is 22 s of work, a copy 2. What was made is kept in `.local/build` until the day, the build, the
local stack or how it is made is another. A copy has processes, state, keys' files and ports of its own: nothing that is done to one
reaches another. They share what workers only read, the unpacked packages.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from local.demo.feeds import today_in_shanghai
from local.emulator.layers import LAYERS
from local.emulator.server import free_port
from local.homes import Home
from local.stack import LocalStack, temporary_stack
from tools.build import LOCAL_BUILD, build, fingerprint
from tools.paths import ROOT

_KEPT: Final = LOCAL_BUILD.parent / "beginning"
# Beside the build itself: what deploys it, what the demo is, what runs it.
_MADE_OF: Final = ("local", "requirements", "tests/stack/beginning.py", "tests/stack/conftest.py")

type FirstNight = Callable[[LocalStack], None]


@contextmanager
def begun_stack(
    parameters: Mapping[str, str], first_night: FirstNight, *, snapshots: bool = False
) -> Iterator[LocalStack]:
    """A copy of the beginning, running on free ports and gone afterwards.

    :param first_night: what is done to the stack that all are copies of, once it is deployed
    :raises LocalProblem: it could not be made, or did not come up
    """
    with tempfile.TemporaryDirectory(prefix="vaxcert-stack-", ignore_cleanup_errors=True) as temporary:
        beginning = made(parameters, first_night)
        home, unpacked = Home(Path(temporary)), beginning / "unpacked"
        stack = LocalStack(home, free_port(), free_port(), snapshots, keeps=snapshots, unpacked=unpacked)
        with (beginning / "used").open("a", encoding="utf-8") as used:
            fcntl.flock(used, fcntl.LOCK_SH)
            stack.endpoints = _copied(stack, beginning)
            try:
                stack.start()
                yield stack
            finally:
                stack.stop()


def made(parameters: Mapping[str, str], first_night: FirstNight) -> Path:
    """The folder of the beginning: the one that is kept, or a new one in its place."""
    build()
    _KEPT.mkdir(parents=True, exist_ok=True)
    wanted = _KEPT / _name(parameters)
    # Whoever comes meanwhile waits for what is being made. Nobody makes another while a copy is taken: it would be of the same name.
    with (_KEPT / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            for old in _KEPT.glob("*/"):
                _dropped(old)
            partial = wanted.with_suffix(".partial")
            partial.mkdir()
            with temporary_stack(parameters, partial) as stack:
                first_night(stack)
                endpoints = dict(stack.endpoints)
            (partial / "endpoints.json").write_text(json.dumps(endpoints), encoding="utf-8")
            partial.rename(wanted)
    return wanted


def _dropped(old: Path) -> None:
    """Drop a beginning, unless a copy of it still runs: its workers are unpacked there."""
    with (old / "used").open("a", encoding="utf-8") as used, suppress(BlockingIOError):
        fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(old)


def _name(parameters: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for said in (
        fingerprint(),
        today_in_shanghai().isoformat(),
        json.dumps(dict(parameters), sort_keys=True),
    ):
        digest.update(said.encode() + b"\0")
    for name in _MADE_OF:
        source = ROOT / name
        for path in [source] if source.is_file() else sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _copied(stack: LocalStack, made: Path) -> dict[str, Any]:
    """Copy the state into the stack's home, its ports in the place of those that it was made under; what `endpoints` says then."""
    told = (made / "endpoints.json").read_bytes()
    was = json.loads(told)
    ports = {
        was["aws_endpoint_url"].encode(): stack.emulator.url.encode(),
        was["identity_platform"].encode(): stack.platform.url.encode(),
    }

    def moved(text: bytes) -> bytes:
        for old, new in ports.items():
            text = text.replace(old, new)
        return text

    def copy(source: str, target: str) -> None:
        if source.endswith(".json") and Path(source).parent.name == "emulator":
            Path(target).write_bytes(moved(Path(source).read_bytes()))
        elif not {"s3", "lambda-blobs", LAYERS}.isdisjoint(Path(source).parts[len(made.parts) :]):
            _linked(source, target)
        else:
            shutil.copy2(source, target)

    shutil.copytree(made / "state", stack.home.state, copy_function=copy)
    endpoints: dict[str, Any] = json.loads(moved(told))
    return endpoints


def _linked(source: str, target: str) -> None:
    """The packages are 400 MB. An object is never written where it lies: a new one takes its place."""
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)
