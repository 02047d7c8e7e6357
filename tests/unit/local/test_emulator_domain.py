"""The local `CheckUrl`: it leads to the page of the API that is deployed now, and nowhere else (D20)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from local.emulator.domain import in_front_of


def _asked(path: str, method: str = "GET", apis: tuple[str, ...] = ("old", "new")) -> tuple[list[Any], bool]:
    """What was sent, and whether MiniStack itself was asked."""
    sent: list[Any] = []
    reached: list[str] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        reached.append(scope["path"])

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path}
    asyncio.run(in_front_of(inner, lambda: apis)(scope, send, send))
    return sent, bool(reached)


@pytest.mark.parametrize("path", ["/check", "/check/"])
def test_d20_the_address_on_a_paper_leads_to_the_page_of_today(path: str) -> None:
    (start, _), reached = _asked(path)
    assert start["status"] == 302
    assert dict(start["headers"])[b"location"] == b"/restapis/new/live/_user_request_/check/"
    assert not reached


@pytest.mark.parametrize(
    ("path", "method", "apis"),
    [("/check/", "PUT", ("a",)), ("/check/", "GET", ()), ("/checks/", "GET", ("a",)), ("/", "GET", ("a",))],
)
def test_everything_else_is_ministacks(path: str, method: str, apis: tuple[str, ...]) -> None:
    assert _asked(path, method, apis) == ([], True)
