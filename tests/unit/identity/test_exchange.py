"""Exchanging a page's one-time code at the platform (R13; rulings, "Entry")."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from vaxcert.errors import Unavailable
from vaxcert.identity.assertions import AssertionExpired, AssertionInvalid
from vaxcert.identity.exchange import RETRY_AFTER, PlatformExchange, exchange_of
from vaxcert.identity.fetch import Reply
from vaxcert.keys.jws import LARGEST


class Answering:
    """A platform that answers one thing, and keeps what it was sent."""

    def __init__(self, status: int = 200, body: object = None) -> None:
        self.reply: Reply | None = Reply(
            status, body if isinstance(body, bytes) else json.dumps(body).encode()
        )
        self.sent: list[bytes] = []
        self.notes: list[str] = []

    def __call__(self, body: bytes) -> Reply:
        self.sent.append(body)
        if self.reply is None:
            raise TimeoutError
        return self.reply

    def ask(self) -> str:
        return PlatformExchange(self, self.notes.append).assertion("the-code")


def test_a_code_becomes_an_assertion() -> None:
    platform = Answering(body={"assertion": "a.b.c", "more": 1})
    assert platform.ask() == "a.b.c"
    assert [json.loads(body) for body in platform.sent] == [{"entry_code": "the-code"}]
    assert platform.notes == []


@pytest.mark.parametrize(
    ("told", "error"), [("invalid_grant", AssertionInvalid), ("expired_token", AssertionExpired)]
)
def test_what_the_platform_refuses_has_its_problem(told: str, error: type[Exception]) -> None:
    platform = Answering(400, {"error": told})
    with pytest.raises(error):
        platform.ask()
    assert platform.notes == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {}),
        (200, {"assertion": None}),
        (200, {"assertion": ["a"]}),
        (200, []),
        (200, b""),
        (200, b"\xff"),
        (200, b"[" * 10_000),
        (201, {"assertion": "a.b.c"}),
        (302, b""),
        (400, {"error": "invalid_request"}),
        (400, {"error": ["invalid_grant"]}),
        (400, b"no"),
        (401, {"error": "invalid_client"}),
        (403, {"error": "invalid_grant"}),
        (500, {"error": "expired_token"}),
        (429, {}),
        (500, {"assertion": "a.b.c"}),
    ],
)
def test_anything_else_is_ours_to_try_again_and_an_operators_to_know(status: int, body: object) -> None:
    platform = Answering(status, body)
    with pytest.raises(Unavailable) as caught:
        platform.ask()
    assert caught.value.retry_after == RETRY_AFTER == 5
    assert platform.notes == [f"status_{status}"]


def test_a_platform_that_is_not_reached() -> None:
    platform = Answering()
    platform.reply = None
    with pytest.raises(Unavailable):
        platform.ask()
    assert platform.notes == ["unreachable"]


class _Token(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        seen = {"authorization": self.headers["Authorization"], "type": self.headers["Content-Type"]}
        seen |= json.loads(self.rfile.read(length))
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("Location", "/token")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        answer = json.dumps({"assertion": json.dumps(seen)}).encode()
        self.wfile.write(answer.ljust({"/large": 2 * LARGEST + 1, "/largest": 2 * LARGEST}.get(self.path, 0)))

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(name="site", scope="module")
def _site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Token)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_platform_knows_us_by_id_and_secret(site: str) -> None:
    found: dict[str, Any] = json.loads(
        exchange_of(f"{site}/token", "us:ü", "se cret", _unheard).assertion("c")
    )
    # RFC 6749 §2.3.1: both form-encoded first, so that a colon in the id separates nothing.
    assert found == {
        "authorization": "Basic dXMlM0ElQzMlQkM6c2UrY3JldA==",
        "type": "application/json",
        "entry_code": "c",
    }


def test_an_answer_may_be_twice_as_large_as_a_token(site: str) -> None:
    assert exchange_of(f"{site}/largest", "us", "secret", _unheard).assertion("c")


@pytest.mark.parametrize("path", ["/moved", "/large"])
def test_no_redirect_is_followed_and_nothing_large_is_read(site: str, path: str) -> None:
    with pytest.raises(Unavailable):
        exchange_of(f"{site}{path}", "us", "secret", lambda _why: None).assertion("c")


@pytest.mark.parametrize("url", ["", "http://platform.example.cn/token", "file:///etc/passwd"])
def test_the_secret_leaves_the_machine_over_https_only(url: str) -> None:
    with pytest.raises(ValueError, match="HTTPS"):
        exchange_of(url, "us", "secret", _unheard)


def test_invariant_7_a_reply_shows_nothing_of_its_body() -> None:
    assert "320600" not in repr(Reply(200, b"320600199001010015"))


def _unheard(why: str) -> None:
    raise AssertionError(why)
