"""Background processes: started in a session of their own, recorded on disk, ended only by their recorded id.

A process id alone may have passed to a stranger meanwhile, so the record keeps the moment the process began too.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from local.homes import Home
from tools.paths import ROOT


@dataclass(frozen=True)
class Recorded:
    """A process that we started, here or in an earlier command."""

    name: str
    pid: int
    began: str

    def is_alive(self) -> bool:
        """Whether it is still running, and still the same process."""
        _reap(self.pid)
        return self.began != "" and _began(self.pid) == self.began

    def stop(self, seconds: float) -> None:
        """SIGTERM, so that it saves its state; SIGKILL to its group where that was not heeded in time."""
        if not self.is_alive():
            return
        os.kill(self.pid, signal.SIGTERM)
        if not self._ends_within(seconds):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._ends_within(seconds)

    def _ends_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def start(home: Home, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Recorded:
    """Start a process with exactly this environment; its output goes to `logs/<name>.log`, begun anew."""
    with (home.logs / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    # The record outlives this object: the process is ended by whoever runs `make stop`.
    process.returncode = 0
    return record(home, name, process.pid)


def record(home: Home, name: str, pid: int) -> Recorded:
    """Write down a process that is ours."""
    recorded = Recorded(name, pid, _began(pid))
    _path(home, name).write_text(json.dumps(asdict(recorded)), encoding="utf-8")
    return recorded


def find(home: Home, name: str) -> Recorded | None:
    """The recorded process, if it is alive."""
    recorded = remembered(home, name)
    return recorded if recorded is not None and recorded.is_alive() else None


def remembered(home: Home, name: str) -> Recorded | None:
    """The recorded process, alive or dead; None where none was recorded, or it was stopped as it should be."""
    try:
        return Recorded(**json.loads(_path(home, name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def end_orphans(recorded: Recorded) -> int:
    """End what a process of ours left behind when it was killed: its session outlived it. How many there were.

    As long as one of a session lives its number is given to nobody else; where the number is a living process's, it is another's.
    """
    if _began(recorded.pid):
        return 0
    orphans = [pid for pid, session in _sessions() if session == recorded.pid]
    for pid in orphans:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(orphans)


def forget(home: Home, name: str) -> None:
    """Drop the record of a process that has ended."""
    _path(home, name).unlink(missing_ok=True)


def log_tail(home: Home, name: str, lines: int = 15) -> str:
    """The last lines of a process's log, for a message."""
    try:
        text = (home.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _path(home: Home, name: str) -> Path:
    return home.run / f"{name}.json"


def _began(pid: int) -> str:
    """When a process began, in whatever form the system gives; empty for one that is gone or a zombie."""
    if Path("/proc/self/stat").exists():
        try:
            # The name, in parentheses, may hold spaces; after it come the state and, 19 fields on, the start in ticks.
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return ""
        # A process that is killed is told as a zombie while threads of it still hold its files and its port.
        gone = fields[0] == "Z" and int(fields[17]) <= 1
        return "" if gone else fields[19]
    listing = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, began = listing.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else began.strip()


def _sessions() -> Iterator[tuple[int, int]]:
    """Every process that lives, with its session."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,sess=,stat="], capture_output=True, text=True, check=False
    )
    for line in listing.stdout.splitlines():
        pid, session, state = line.split(maxsplit=2)
        if session.isdigit() and not state.startswith("Z"):
            yield int(pid), int(session)


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
