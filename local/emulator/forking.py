"""Has the product loaded and forks workers of itself; it runs on the functions' own interpreter and sees nothing but their layers.

    python forking.py <socket> <layer>…

`local.emulator.nursery` asks it. What is loaded beforehand is the product's package with all that it imports: its modules read no
environment and build nothing until a function asks them to. So is what each function would load with its first request, and finds the
same: what Powertools imports late, and botocore's session with what it reads for the clients asked most. The functions' own modules, clients and
credentials are left to each worker.
"""

import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import traceback
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import NoReturn

PRODUCT = "vaxcert"
AHEAD = "VAXCERT_CLOCK_AHEAD"
"""Seconds that the functions' clock is ahead: a variable of the emulator's own process, which functions do not have, here or on AWS."""


def load(layers: list[str]) -> None:
    """Import the product and what it stands on, as far as these layers have it: the rest is for who has its layer."""
    for layer in layers:
        sys.path[:0] = [layer, str(Path(layer, "python"))]
    with suppress(ImportError):
        for module in pkgutil.walk_packages(importlib.import_module(PRODUCT).__path__, f"{PRODUCT}."):
            with suppress(ImportError):
                importlib.import_module(module.name)


def look_ahead() -> None:
    """Load what the first request of every function would."""
    with suppress(ImportError):
        importlib.import_module("aws_lambda_powertools.event_handler.middlewares.openapi_validation")
        core = importlib.import_module(f"{PRODUCT}.aws.clients")._session()._session  # noqa: SLF001 - it is the session that they share
        for service in ("dynamodb", "kms"):
            # Nobody's: what is read for it stays with the session.
            core.create_client(service, "nowhere-1", aws_access_key_id="-", aws_secret_access_key="-")  # noqa: S106


def go_ahead(seconds: int) -> None:
    """Let the product's one clock tell a later time."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Later":
            return super().now(tz) + timedelta(seconds=seconds)

    # `system_clock` is held by many; what it looks at is the module's own name.
    importlib.import_module(f"{PRODUCT}.aws.clock").datetime = Later  # type: ignore[attr-defined]


def serve(door: socket.socket, path: list[str]) -> None:
    """Fork a worker whenever it is asked for, and tell its number, until nobody is left who could ask."""
    # Workers are nobody's to be waited for: their end is seen by a pipe.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        head, files, _, _ = socket.recv_fds(door, 4, 4)
        if not head:
            return
        script, folder, environment = json.loads(door.recv(int.from_bytes(head), socket.MSG_WAITALL))
        worker = os.fork()
        if worker == 0:
            door.close()
            sys.path[:] = [str(Path(script).parent), *path]
            become(script, folder, environment, files)
        for file in files:
            os.close(file)
        door.sendall(worker.to_bytes(4))


def become(script: str, folder: str, environment: dict[str, str], files: list[int]) -> NoReturn:
    """In the fork: be the process that `python <script>` would have started. The fourth file stays open as long as it lives."""
    code = 1
    try:
        for number, file in enumerate(files[:3]):
            os.dup2(file, number)
            os.close(file)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [script]
        exec(compile(Path(script).read_text("utf-8"), script, "exec"), {"__name__": "__main__"})  # noqa: S102
        sys.stdout.flush()
        code = 0
    except BaseException:  # noqa: BLE001 - as an interpreter does at its end
        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    """Load, then serve."""
    path = sys.path[1:]
    load(sys.argv[2:])
    look_ahead()
    if ahead := int(os.environ.get(AHEAD, "0")):
        go_ahead(ahead)
    # What stands is shared by all forks; a collection in one of them would copy it.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as door:
        serve(door, path)


if __name__ == "__main__":
    main()
