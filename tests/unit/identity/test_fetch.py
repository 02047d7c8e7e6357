"""Fetching the key set: one address, no redirect, bounded in time and size."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vaxcert.identity.fetch import fetcher

_OVER = threading.Event()
"""Sites that would go on for a minute end with the tests."""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/keys")
            self.end_headers()
            return
        if self.path == "/missing":
            self.send_error(404)
            return
        if self.path == "/silent":
            _OVER.wait(60)
            return
        if self.path == "/garbled":
            self.wfile.write(b"no HTTP\r\n\r\n")
            return
        self.send_response(200)
        self.end_headers()
        if self.path.startswith("/bytes/"):
            self.wfile.write(bytes(int(self.path[7:])))
            return
        for _ in range({"/keys": 1, "/large": 40, "/slow": 600}[self.path]):
            with suppress(OSError):  # who asked has hung up
                self.wfile.write(b"x" * 10 if self.path == "/slow" else b"x" * 1000)
            if self.path == "/slow" and _OVER.wait(0.1):
                return

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    _OVER.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_bytes_at_the_address(site: str) -> None:
    assert fetcher(f"{site}/keys")() == b"x" * 1000


def test_an_answer_may_be_as_large_as_is_agreed(site: str) -> None:
    assert len(fetcher(f"{site}/keys", largest=1000)()) == 1000
    with pytest.raises(OSError, match="too large"):
        fetcher(f"{site}/keys", largest=999)()


def test_a_key_set_may_have_64_kilobytes(site: str) -> None:
    assert len(fetcher(f"{site}/bytes/65536")()) == 65_536
    with pytest.raises(OSError, match="too large"):
        fetcher(f"{site}/bytes/65537")()


@pytest.mark.parametrize("path", ["/moved", "/missing", "/silent", "/garbled", "/large", "/slow"])
def test_anything_but_a_prompt_small_answer_is_an_oserror(site: str, path: str) -> None:
    started = time.monotonic()
    with pytest.raises(OSError, match=r"key set|answer|timed out|Connection|remote end|without response"):
        fetcher(f"{site}{path}", seconds=0.3, largest=20_000)()
    assert time.monotonic() - started < 20, "a third of a second, on the busiest machine"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nobody_listening_is_an_oserror(scheme: str) -> None:
    with pytest.raises(OSError, match="refused"):
        fetcher(f"{scheme}://127.0.0.1:9/keys")()


def test_proxies_of_the_environment_are_not_obeyed(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert fetcher(f"{site}/keys")()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://platform.example.cn/jwks.json",
        "http://127.0.0.1.example.cn/jwks.json",
        "http://localhost@platform.example.cn/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "//platform.example.cn",
    ],
)
def test_only_https_is_taken_off_the_machine(url: str) -> None:
    with pytest.raises(ValueError, match="HTTPS"):
        fetcher(url)


def test_https_and_loopback_addresses_are_taken() -> None:
    for url in ("https://platform.example.cn/jwks.json", "http://localhost:1/", "http://[::1]:1/"):
        assert callable(fetcher(url))
