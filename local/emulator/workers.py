"""Five things that MiniStack's Lambda workers leave to be wished for: packages, a start, an end of their number, of waiting, and of riddles.

MiniStack writes out a function's 200 files and a layer's 40 MB anew for each worker it starts, in the process that serves everything
else: ten requests at once then wait for seconds. As on Lambda, where both are mounts, workers share one unpacked copy here, and so do
stacks that are told to (`VAXCERT_UNPACKED`). What they import from it is imported once, too (`local.emulator.nursery`).
A worker is a process of its own: of any number at once, 200 clients made a machine swap. Here so many run at the same time as it has
processors for, eightfold, since they wait most of the time, and what comes meanwhile waits: slower, not dead.
A function that logs nothing was waited for, 50 ms each time, in case it might; now each worker says when it has said all.
As on Lambda, too, an error that a function does not handle is logged with its traceback (`.local/logs/emulator.log`),
and goes by the name of its class: the nightly state machine tells a refused feed from a passing fault by it.
"""

import hashlib
import io
import logging
import os
import queue
import re
import shutil
import tempfile
import threading
import types
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, Final

from local.emulator.nursery import Nurseries

AT_ONCE = 8 * (os.cpu_count() or 1)
"""How many workers run at the same time."""
_unpacking = threading.Lock()
_spawning = threading.local()
UNPACKED: Final = "VAXCERT_UNPACKED"
"""Where packages are unpacked, by what they hold; the emulator's temporary folder where it is not said."""
_WHERE: Final = ".unpacked"
_ALL_SAID: Final = "\x04"
"""The last line that a worker writes of a call."""
_SAYS_SO: Final = (
    "        _real_stdout.flush()\n\nrun()",
    '        print("\\x04")\n        _real_stdout.flush()\n\nrun()',
)
# The last line of a traceback: the class with its module, and perhaps what it says.
_RAISED = re.compile(r"^(?:\w+\.)*(\w+)(?:: .*)?$")


class SharedUnpacking(zipfile.ZipFile):
    """A `ZipFile` that, asked to unpack a stub of a package into a folder, lets the folder be the copy that is there already."""

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        """Unpack, or link to what was unpacked before."""
        if self.namelist() != [_WHERE]:
            super().extractall(path, members, pwd)
            return
        Path(path).rmdir()
        Path(path).symlink_to(self.read(_WHERE).decode())


@cache
def stub_of(package: bytes) -> bytes:
    """A package's archive in small: where it is unpacked, once for all workers."""
    everything = Path(os.environ.get(UNPACKED) or Path(tempfile.gettempdir(), "unpacked"))
    folder = everything / hashlib.sha256(package).hexdigest()
    with _unpacking:
        if not folder.exists():
            everything.mkdir(parents=True, exist_ok=True)
            partial = tempfile.mkdtemp(dir=everything)
            with zipfile.ZipFile(io.BytesIO(package)) as whole:
                whole.extractall(partial)
            try:
                Path(partial).rename(folder)
            except OSError:  # another stack was faster
                shutil.rmtree(partial)
    stub = io.BytesIO()
    with zipfile.ZipFile(stub, "w") as archive:
        archive.writestr(_WHERE, str(folder))
    return stub.getvalue()


def apply() -> None:
    """Let MiniStack's workers unpack with this, and tell what went wrong."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    invoke = lambda_runtime.Worker.invoke

    def telling_invoke(worker: Any, *args: Any, **kwargs: Any) -> Any:
        answer = invoke(worker, *args, **kwargs)
        if answer.get("status") == "error":
            told = "\n".join(filter(None, (answer.get("log"), answer.get("trace") or answer.get("error"))))
            logging.getLogger("lambda").error("Lambda %s failed:\n%s", worker.func_name, told)
        return answer

    lambda_runtime.Worker.invoke = telling_invoke

    execute = lambda_svc._execute_function_warm  # noqa: SLF001 - it has no public name

    # No function of ours invokes another, so that none waits for the place that it holds itself.
    places = threading.BoundedSemaphore(AT_ONCE)

    def naming_execute(*args: Any, **kwargs: Any) -> Any:
        with places:
            answer = execute(*args, **kwargs)
        if answer.get("error") and answer["body"].get("errorType") == "Runtime.HandlerError":
            answer["body"]["errorType"] = raised(answer.get("log") or "") or "Runtime.HandlerError"
        return answer

    lambda_svc._execute_function_warm = naming_execute  # noqa: SLF001

    resolve, spawn = lambda_svc._resolve_layer_zip, lambda_runtime.Worker._spawn  # noqa: SLF001

    def resolve_in_small(attachment: Any) -> Any:
        layer = resolve(attachment)
        return stub_of(layer) if layer and getattr(_spawning, "now", False) else layer

    def spawn_in_small(worker: Any) -> None:
        package, _spawning.now = worker.code_zip, True
        worker.code_zip = stub_of(package)
        try:
            spawn(worker)
        finally:
            worker.code_zip, _spawning.now = package, False

    lambda_svc._resolve_layer_zip = resolve_in_small  # noqa: SLF001
    lambda_runtime.Worker._spawn = spawn_in_small  # noqa: SLF001
    shared = types.ModuleType("zipfile")
    vars(shared).update(vars(zipfile), ZipFile=SharedUnpacking)
    lambda_runtime.zipfile = shared
    lambda_runtime.subprocess = Nurseries()

    before, after = _SAYS_SO
    if before not in lambda_runtime._PYTHON_WORKER_SCRIPT:  # noqa: SLF001
        raise LookupError("MiniStack's worker is not the one that is mended here.")
    lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(before, after)  # noqa: SLF001
    read = lambda_runtime.Worker._read_stderr  # noqa: SLF001

    def read_to_the_end(worker: Any) -> None:
        lines = worker._stderr_queue  # noqa: SLF001
        read(worker)
        lines.put(_ALL_SAID)

    lambda_runtime.Worker._read_stderr = read_to_the_end  # noqa: SLF001
    lambda_runtime.Worker._drain_stderr_bounded = lambda worker, **_: said(worker._stderr_queue)  # noqa: SLF001


def said(lines: "queue.Queue[str]") -> str:
    """What a worker wrote during a call: all up to its word that this is all, or to its end."""
    found = []
    while not (line := lines.get()).endswith(_ALL_SAID):
        found.append(line)
    return "\n".join(filter(None, [*found, line.removesuffix(_ALL_SAID)]))


def raised(log: str) -> str | None:
    """The class of the error whose traceback a log ends with."""
    _, found, trace = log.rpartition("Traceback (most recent call last):")
    lines = [line for line in trace.splitlines() if line and not line[0].isspace()]
    named = _RAISED.match(lines[0]) if found and lines else None
    return named.group(1) if named else None
