"""Getting the platform's key set: one address, no redirects, no proxy, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, Request

SECONDS: Final = 2.0
LARGEST: Final = 64 * 1024
_CHUNK: Final = 8 * 1024
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


def fetcher(url: str, seconds: float = SECONDS, largest: int = LARGEST) -> Callable[[], bytes]:
    """A function that answers the bytes at `url`, or raises OSError.

    Plain HTTP is taken for the loopback interface only (the local stack). Raises ValueError for any other
    address.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("the platform's key set must be fetched over HTTPS")
    # Built by hand: the default opener would follow redirects, obey proxy variables and read file: addresses.
    opener = OpenerDirector()
    opener.add_handler(HTTPHandler())
    opener.add_handler(HTTPSHandler())
    request = Request(url, headers={"Accept": "application/json", "Connection": "close"})  # noqa: S310 - checked above

    def fetch() -> bytes:
        end = time.monotonic() + seconds
        try:
            with opener.open(request, timeout=seconds) as response:
                return _body(response, end, largest)
        except HTTPException as error:
            raise OSError("the key set could not be read") from error

    return fetch


def _body(response: Any, end: float, largest: int) -> bytes:
    if not isinstance(response, HTTPResponse) or response.status != 200:
        raise OSError("the key set was not given")
    body = b""
    while chunk := response.read1(
        _CHUNK
    ):  # what has arrived, so that a slow sender meets the end of its time
        body += chunk
        if len(body) > largest or time.monotonic() > end:
            raise OSError("the key set came too slowly or is too large")
    return body
