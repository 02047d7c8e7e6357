"""Asking the platform: one address each, no redirects, no proxy, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Final
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, Request

SECONDS: Final = 2.0
LARGEST: Final = 64 * 1024
_CHUNK: Final = 8 * 1024
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform answered. The body may hold a person's data and stays out of its repr (invariant 7)."""

    status: int
    body: bytes = field(repr=False)


def fetcher(url: str, seconds: float = SECONDS, largest: int = LARGEST) -> Callable[[], bytes]:
    """A function that answers the bytes at `url`, or raises OSError.

    Plain HTTP is taken for the loopback interface only (the local stack). Raises ValueError for any other
    address.
    """
    ask = _asker(url, {}, seconds, largest)

    def fetch() -> bytes:
        reply = ask(None)
        if reply.status != 200:
            raise OSError("the key set was not given")
        return reply.body

    return fetch


def sender(
    url: str, headers: Mapping[str, str], seconds: float = SECONDS, largest: int = LARGEST
) -> Callable[[bytes], Reply]:
    """A function that posts a body to `url` with `headers` and answers the reply, whatever its status, or raises OSError.

    Addresses are taken as by `fetcher`. Raises ValueError.
    """
    return _asker(url, headers, seconds, largest)


def _asker(
    url: str, headers: Mapping[str, str], seconds: float, largest: int
) -> Callable[[bytes | None], Reply]:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("the platform must be asked over HTTPS")
    # Built by hand: the default opener would follow redirects, obey proxy variables and read file: addresses.
    opener = OpenerDirector()
    opener.add_handler(HTTPHandler())
    opener.add_handler(HTTPSHandler())
    sent = {"Accept": "application/json", "Connection": "close", **headers}

    def ask(body: bytes | None) -> Reply:
        request = Request(url, data=body, headers=sent)  # noqa: S310 - checked above
        end = time.monotonic() + seconds
        try:
            with opener.open(request, timeout=seconds) as response:
                return _reply(response, end, largest)
        except HTTPException as error:
            raise OSError("the platform's answer could not be read") from error

    return ask


def _reply(response: HTTPResponse, end: float, largest: int) -> Reply:
    body = b""
    while chunk := response.read1(
        _CHUNK
    ):  # what has arrived, so that a slow sender meets the end of its time
        body += chunk
        if len(body) > largest or time.monotonic() > end:
            raise OSError("the platform's answer came too slowly or is too large")
    return Reply(response.status, body)
