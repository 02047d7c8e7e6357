"""A line between pages and the service that loses requests and answers, answers for a busy gateway, and is cut."""

from __future__ import annotations

import http.client
import json
import random
import threading
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

_HOPS: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "host", "content-length"})
_TIMEOUT_SECONDS: Final = 60
_WRITES: Final = ("/v1/scans", "/outcomes", "/calls")

type _Sent = tuple[int, list[tuple[str, str]], bytes]


class FaultyLine:
    """A proxy before a stack. Writes of a desk meet a fault in `rate` of the cases, by dice that a seed repeats."""

    FATES: Final = ("request lost", "answer lost", "504 when done", "503 busy", "429 throttled", "sent twice")

    def __init__(self, api: str, seed: int) -> None:
        self._stack = urllib.parse.urlsplit(api)
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self.rate = 0.0
        self.cut = False
        self.met: Counter[str] = Counter()
        self.url = ""

    @contextmanager
    def open(self) -> Iterator[FaultyLine]:
        """Serve on a free port; `url` is the API through it."""
        line = self

        class Handler(BaseHTTPRequestHandler):
            """One request, and what becomes of it."""

            def handle_one_request(self) -> None:
                """As the base class does, for any method."""
                self.raw_requestline = self.rfile.readline(65537)
                if self.raw_requestline and self.parse_request():
                    body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    if answer := line.carry(self.command, self.path, dict(self.headers), body):
                        line.tell(self, answer)
                self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                """Nothing: browsers tell enough."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        self.url = f"http://127.0.0.1:{server.server_port}{self._stack.path}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            serving.join()

    def carry(self, method: str, path: str, headers: dict[str, str], body: bytes) -> _Sent | None:
        """Pass a request on as its fate wants it; None where no answer comes."""
        if self.cut:
            self.met["cut"] += 1
            return None
        fate = self._fate(method, path)
        self.met[fate or "carried"] += 1
        if fate == "request lost":
            return None
        if fate in ("503 busy", "429 throttled"):
            return _busy(int(fate[:3]))
        answer = self._pass_on(method, path, headers, body)
        if fate == "sent twice":
            return self._pass_on(method, path, headers, body)
        if fate == "504 when done":
            return 504, [("Content-Type", "application/json")], b'{"message": "Endpoint request timed out"}'
        return None if fate == "answer lost" else answer

    def _fate(self, method: str, path: str) -> str | None:
        if method != "POST" or not path.endswith(_WRITES):
            return None
        with self._lock:
            return self._dice.choice(self.FATES) if self._dice.random() < self.rate else None

    def _pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> _Sent:
        kept = {name: value for name, value in headers.items() if name.lower() not in _HOPS}
        way = http.client.HTTPConnection(self._stack.netloc, timeout=_TIMEOUT_SECONDS)
        try:
            way.request(method, path, body or None, kept)
            answer = way.getresponse()
            data = answer.read()
            told = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOPS]
            return answer.status, told, data
        finally:
            way.close()

    @staticmethod
    def tell(to: BaseHTTPRequestHandler, answer: _Sent) -> None:
        """Write an answer to whoever is still there."""
        status, headers, data = answer
        try:
            to.send_response_only(status)
            for name, value in headers:
                to.send_header(name, value)
            to.send_header("Content-Length", str(len(data)))
            to.send_header("Connection", "close")
            to.end_headers()
            to.wfile.write(data)
        except OSError:
            pass  # the page was left meanwhile


def _busy(status: int) -> _Sent:
    body = {"status": status, "code": "busy", "title": "服务繁忙", "detail": "请稍后重试。"}
    headers = [("Content-Type", "application/problem+json"), ("Retry-After", "1")]
    return status, headers, json.dumps(body).encode()
