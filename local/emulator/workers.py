"""Three things that MiniStack's Lambda workers leave to be wished for: shared layers, an end to their number, and a word on failure.

MiniStack writes out a layer's 40 MB anew for each worker it starts, in the process that serves everything else: ten
requests at once then wait for seconds. As on Lambda, where a layer is a mount, workers share one unpacked copy here.
A worker is a process of 100 MB: of any number at once, 200 clients made a machine swap. Here so many run at the same time as it has
processors for, eightfold, since they wait most of the time, and what comes meanwhile waits: slower, not dead.
As on Lambda, too, an error that a function does not handle is logged with its traceback (`.local/logs/emulator.log`),
and goes by the name of its class: the nightly state machine tells a refused feed from a passing fault by it.
"""

import hashlib
import logging
import os
import re
import tempfile
import threading
import types
import zipfile
from pathlib import Path
from typing import Any

AT_ONCE = 8 * (os.cpu_count() or 1)
"""How many workers run at the same time."""
_unpacking = threading.Lock()
# The last line of a traceback: the class with its module, and perhaps what it says.
_RAISED = re.compile(r"^(?:\w+\.)*(\w+)(?:: .*)?$")


class SharedUnpacking(zipfile.ZipFile):
    """A `ZipFile` that, asked to unpack into a folder `layer_<n>`, links to the copy that is there already."""

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        """Unpack, or link to what was unpacked before."""
        if path is None or not Path(path).name.startswith("layer_"):
            super().extractall(path, members, pwd)
            return
        for entry in self._unpacked().iterdir():
            Path(path, entry.name).symlink_to(entry)

    def _unpacked(self) -> Path:
        contents = "\n".join(f"{info.filename} {info.CRC} {info.file_size}" for info in self.infolist())
        folder = Path(tempfile.gettempdir(), "layers", hashlib.sha256(contents.encode()).hexdigest())
        with _unpacking:
            if not folder.exists():
                partial = folder.with_suffix(".partial")
                super().extractall(partial)
                partial.rename(folder)
        return folder


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

    shared = types.ModuleType("zipfile")
    vars(shared).update(vars(zipfile), ZipFile=SharedUnpacking)
    lambda_runtime.zipfile = shared


def raised(log: str) -> str | None:
    """The class of the error whose traceback a log ends with."""
    _, found, trace = log.rpartition("Traceback (most recent call last):")
    lines = [line for line in trace.splitlines() if line and not line[0].isspace()]
    named = _RAISED.match(lines[0]) if found and lines else None
    return named.group(1) if named else None
