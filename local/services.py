"""The small servers beside the emulator, each a process of ours on a loopback port."""

import os
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local import processes
from local.emulator.server import HOST, answers, require_free_port
from local.homes import Home
from local.keys import write_private
from tools.problems import LocalProblem

ISSUER = "https://identity.vaxcert.local"
AUDIENCE = "vaxcert"
_START_SECONDS = 20
_STOP_SECONDS = 5


@dataclass(frozen=True)
class Service:
    """One module of `local` that serves on a port."""

    home: Home
    name: str
    module: str
    port: int
    variable: str
    """What chooses its port: `make run <variable>=…`."""

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def start(self, *arguments: str) -> None:
        """Start and wait until it answers.

        :raises LocalProblem: the port is taken, or it did not come up
        """
        require_free_port(self.port, self.variable)
        command = [sys.executable, "-m", self.module, "--port", str(self.port), *arguments]
        started = processes.start(self.home, self.name, command, {"PATH": os.defpath, "PYTHONUTF8": "1"})
        deadline = time.monotonic() + _START_SECONDS
        while not answers(self.port):
            if not started.is_alive() or time.monotonic() > deadline:
                started.stop(_STOP_SECONDS)
                raise LocalProblem(
                    f"{self.name} did not start. Its log ends:\n{processes.log_tail(self.home, self.name)}"
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """End it if it runs."""
        if running := processes.find(self.home, self.name):
            running.stop(_STOP_SECONDS)
        processes.forget(self.home, self.name)


def identity_platform(home: Home, port: int) -> Service:
    """The stand-in of the identity platform."""
    return Service(home, "identity-platform", "local.platform.server", port, "PLATFORM_PORT")


def start_identity_platform(service: Service, pages: str) -> None:
    """Start it with the key and the client secret of its home; it sends people back to the origin `pages`, by address or by name."""
    home = service.home
    arguments = ["--issuer", ISSUER, "--audience", AUDIENCE, "--key-file", str(home.keys / "platform.jwk")]
    client_secret(home)
    arguments += ["--client-secret-file", str(_client_secret_file(home)), "--people-file", str(home.people)]
    for origin in (pages, pages.replace(HOST, "localhost")):
        arguments += ["--return-origin", origin]
    service.start(*arguments)


def client_secret(home: Home) -> str:
    """What the product shows the platform to exchange a code; made once per state."""
    file = _client_secret_file(home)
    if not file.exists():
        write_private(file, secrets.token_urlsafe(32))
    return file.read_text(encoding="utf-8")


def _client_secret_file(home: Home) -> Path:
    return home.keys / "platform-client.secret"


def api_page(home: Home, port: int) -> Service:
    """The API document as a page that can be tried out."""
    return Service(home, "api-page", "tools.api_page", port, "PAGE_PORT")
