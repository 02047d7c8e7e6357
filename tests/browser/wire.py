"""A wire between a browser and the stack: every byte that goes over it is kept, and it can be cut (D20, invariant 7)."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_REQUEST = re.compile(rb"(?:^|\r\n)((?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\S+) HTTP/1\.1)\r\n")


class Wire:
    """Listens on a port of its own and carries what comes to another one."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open: set[socket.socket] = set()
        self._listening = self._listen(0)
        self.port: int = self._listening.getsockname()[1]
        self.sent = bytearray()
        """What browsers sent, in the clear."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    def cut(self) -> None:
        """There is no network any more."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def mend(self) -> None:
        """It is back, at the same address."""
        self._listening = self._listen(self.port)

    @property
    def requests(self) -> list[str]:
        """The addresses that were asked for, as they stand in the requests' first lines."""
        return [found[2].decode() for found in _REQUEST.finditer(bytes(self.sent))]

    def _listen(self, port: int) -> socket.socket:
        listening = socket.create_server(("127.0.0.1", port), reuse_port=False)
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
        return listening

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._open |= {near, far}
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, keep: bool) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if keep:
                    self.sent += data
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
