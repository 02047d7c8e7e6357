"""The AWS emulator as a process of ours: loopback only, IAM enforced, state kept over a stop."""

import os
import random
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import processes
from local.aws import client
from local.emulator.forking import AHEAD
from local.emulator.snapshots import KEEPS, VARIABLE
from local.emulator.workers import UNPACKED
from local.homes import Home
from tools.paths import TOOLS
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from local.processes import Recorded

NAME = "emulator"
# The region that the product is made for; the emulator's own ARNs say `aws` all the same.
REGION = "cn-north-1"
ACCOUNT = "000000000000"
# The emulator's root caller. Not a secret: it opens nothing but a process on this machine's loopback.
ACCESS_KEY_ID = "vaxcert-local"
SECRET_ACCESS_KEY = "vaxcert-local-only"  # noqa: S105 - see above
HOST = "127.0.0.1"
START_SECONDS = 60
# State is written on the way out; a large one takes a while.
STOP_SECONDS = 60
_LISTENED_AT = range(20_000, 32_000)
"""Ports below those that Linux gives to connections (from 32768 on)."""


@dataclass(frozen=True)
class Emulator:
    """A MiniStack on one port, with its state in one home."""

    home: Home
    port: int
    snapshots: bool = False
    """Whether state is written every half minute, too, so that it survives a hard kill."""
    ahead: int = 0
    """Seconds that the functions' clock is ahead of this machine's (local.emulator.forking)."""
    keeps: bool = True
    """Whether the state is written on the way out. What nobody comes back to need not be: it takes seconds."""

    unpacked: Path | None = None
    """Where packages are unpacked, if not for this stack alone: by what they hold, so that any number of stacks may share it."""

    @property
    def url(self) -> str:
        """Where AWS is, for this stack."""
        return f"http://{HOST}:{self.port}"

    @property
    def access(self) -> dict[str, str]:
        """What a client needs, in the words of `endpoints.json`."""
        return {
            "aws_endpoint_url": self.url,
            "aws_access_key_id": ACCESS_KEY_ID,
            "aws_secret_access_key": SECRET_ACCESS_KEY,
            "region": REGION,
        }

    def client(self, service: str) -> Any:
        """A client of the emulator as its root caller."""
        return client(self.access, service)

    def start(self) -> None:
        """Start and wait until it answers.

        :raises LocalProblem: the port is taken, or the process ended or stayed silent
        """
        require_free_port(self.port, "PORT")
        self.home.prepare()
        interpreter = _interpreter("emulator")
        started = processes.start(
            self.home,
            NAME,
            [interpreter, "-m", "local.emulator.entry", _interpreter("lambda")],
            self._environment(),
        )
        self._wait_until_healthy(started)

    def stop(self) -> None:
        """End it if it runs, state saved, and drop its temporary files."""
        if running := processes.find(self.home, NAME):
            running.stop(STOP_SECONDS)
        processes.forget(self.home, NAME)
        self.home.clean_temporary()

    def _environment(self) -> dict[str, str]:
        # Whole, not added to ours: functions inherit it, and must not see a developer's AWS_PROFILE or PYTHONPATH.
        state = self.home.state / "emulator"
        return {
            "PATH": os.defpath,
            "HOME": str(self.home.temporary),
            "TMPDIR": str(self.home.temporary),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONUTF8": "1",
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            # Step Functions' retries without their minutes of waiting; a night that fails says so soon.
            "SFN_WAIT_SCALE": "0.02",
            # What was kept is loaded in any case.
            "PERSIST_STATE": "1",
            KEEPS: "1" if self.keeps else "0",
            VARIABLE: "1" if self.snapshots else "0",
            AHEAD: str(self.ahead),
            UNPACKED: str(self.unpacked or self.home.temporary / "unpacked"),
            # Requests that wait for a worker wait in a thread (local.emulator.workers), and what workers ask for meanwhile needs its own.
            "MINISTACK_WORKER_THREADS": "512",
            "STATE_DIR": str(state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "s3"),
        }

    def _wait_until_healthy(self, started: "Recorded") -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if answers(self.port):
                return
            if not started.is_alive():
                break
            time.sleep(0.1)
        started.stop(STOP_SECONDS)
        raise LocalProblem(
            f"The emulator did not start. Its log ends:\n{processes.log_tail(self.home, NAME)}"
        )


def answers(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def require_free_port(port: int, variable: str) -> None:
    """:raises LocalProblem: somebody else listens there"""
    if answers(port):
        raise LocalProblem(
            f"Port {port} of {HOST} is taken. Choose another: make run {variable}={port + 100}"
        )


def free_port() -> int:
    """A port that is free now, for tests; not one of those that the system gives to connections, which might take it in the meantime.

    :raises LocalProblem: none of them is free
    """
    for port in random.sample(_LISTENED_AT, len(_LISTENED_AT)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise LocalProblem(f"no port of {HOST} is free from {_LISTENED_AT[0]} to {_LISTENED_AT[-1]}")


def _interpreter(purpose: str) -> str:
    path: Path = TOOLS / "venvs" / purpose / "bin" / "python"
    if not path.exists():
        raise LocalProblem(f"{path} is missing. Run: tools/bootstrap.sh emulator")
    return str(path)
