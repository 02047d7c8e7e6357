"""Workers that need no start of their own: forks of a process that has loaded the product once.

MiniStack starts an interpreter for each worker. Two thirds of a second of work to import the same packages again, for one of forty
functions and for every request more that comes at the same time, was most of what a local stack had to do. Here the first worker of some
layers starts a process that loads them (`local.emulator.forking`), and every worker is a fork of it: it is there in hundredths of a second.
It has an environment, a folder and pipes of its own, builds its function itself, and ends as any other process.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from local.emulator import forking

_WORKER = "_worker.py"


class Forked:
    """A fork, as far as MiniStack asks anything of a `subprocess.Popen`."""

    def __init__(self, pid: int, ended: int, stdin: TextIO, stdout: TextIO, stderr: TextIO) -> None:
        self.pid, self.stdin, self.stdout, self.stderr = pid, stdin, stdout, stderr
        self.returncode: int | None = None
        # Nothing is written to it: it can be read when the other end is gone, and that is when the worker is.
        self._ended = ended
        self._look = select.poll()
        self._look.register(ended, select.POLLIN | select.POLLHUP)

    def __del__(self) -> None:
        os.close(self._ended)

    def poll(self) -> int | None:
        """None while it lives."""
        return self._seen(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        :raises subprocess.TimeoutExpired: it lives on
        """
        seen = self._seen(None if timeout is None else timeout * 1000)
        if seen is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return seen

    def terminate(self) -> None:
        """SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _seen(self, milliseconds: float | None) -> int | None:
        if self.returncode is None and self._look.poll(milliseconds):
            self.returncode = -signal.SIGTERM
        return self.returncode


class Nursery:
    """The process that has some layers loaded. It ends when this one does."""

    def __init__(self, interpreter: str, layers: Sequence[Path]) -> None:
        self._door, theirs = socket.socketpair()
        self._asking = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [interpreter, forking.__file__, str(theirs.fileno()), *map(str, layers)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def fork(self, script: str, folder: str, environment: Mapping[str, str]) -> Forked:
        """A process as `python <script>` would be, in this folder and with exactly this environment.

        :raises OSError: the process that has the layers loaded is gone
        """
        (their_in, our_in), (our_out, their_out), (our_err, their_err), (ended, alive) = (
            os.pipe() for _ in range(4)
        )
        asked = json.dumps([script, folder, dict(environment)]).encode()
        theirs, pid = [their_in, their_out, their_err, alive], 0
        try:
            with self._asking:
                socket.send_fds(self._door, [len(asked).to_bytes(4)], theirs)
                self._door.sendall(asked)
                pid = int.from_bytes(self._door.recv(4))
            if pid == 0:
                raise ConnectionResetError("The process that workers are forked from has ended.")
        finally:
            for file in theirs if pid else (*theirs, our_in, our_out, our_err, ended):
                os.close(file)
        reading = (os.fdopen(file, encoding="utf-8") for file in (our_out, our_err))
        return Forked(pid, ended, os.fdopen(our_in, "w", 1, "utf-8"), *reading)

    def close(self) -> None:
        """Let it end; its forks live on."""
        self._door.close()
        self._process.wait()


class Nurseries:
    """Stands in for the module `subprocess`: Python workers are forks, everything else is started as ever."""

    def __init__(self) -> None:
        self._of: dict[tuple[Path, ...], Nursery] = {}
        self._making = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    @property
    def made(self) -> list[Nursery]:
        """Those that workers are forked from."""
        return list(self._of.values())

    def Popen(self, command: Sequence[str], **given: Any) -> Any:  # noqa: N802 - it answers to subprocess's own name
        """A fork where a Python worker is started."""
        if command[0] != sys.executable or not command[1].endswith(_WORKER):
            return subprocess.Popen(command, **given)
        layers = tuple(_unpacked(given["env"].get("_LAMBDA_LAYERS_DIRS", "")))
        with self._making:
            if layers not in self._of:
                self._of[layers] = Nursery(command[0], layers)
            nursery = self._of[layers]
        try:
            return nursery.fork(command[1], given["cwd"], given["env"])
        except OSError:
            with self._making:
                self._of.pop(layers, None)
            raise


def _unpacked(layers: str) -> list[Path]:
    """Where a worker's layers stand for all (`local.emulator.workers`): its own folders are links to them."""
    return [Path(layer).resolve() for layer in filter(None, layers.split(os.pathsep))]
