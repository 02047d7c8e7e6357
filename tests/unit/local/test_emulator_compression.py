"""The emulator compresses as API Gateway does, so that what a page weighs locally is what it weighs on AWS."""

from __future__ import annotations

import gzip

import pytest

from local.emulator.compression import compressed

_LONG = b"a" * 2000
_TYPE = {"Content-Type": "text/css"}


def test_who_accepts_gzip_gets_it() -> None:
    headers, body = compressed(_TYPE, _LONG, {"accept-encoding": "br, gzip;q=0.8"}, "1024")
    assert headers == {**_TYPE, "Content-Encoding": "gzip"}
    assert gzip.decompress(body) == _LONG


@pytest.mark.parametrize(
    ("answer", "body", "accepted", "minimum"),
    [
        (_TYPE, _LONG, "", 1024),
        (_TYPE, _LONG, "br", 1024),
        (_TYPE, b"short", "gzip", 1024),
        (_TYPE, _LONG, "gzip", None),
        ({**_TYPE, "content-encoding": "br"}, _LONG, "gzip", 1024),
    ],
    ids=["nobody asks", "another coding", "too short", "not set", "coded already"],
)
def test_everything_else_goes_out_as_it_is(
    answer: dict[str, str], body: bytes, accepted: str, minimum: int | None
) -> None:
    assert compressed(answer, body, {"accept-encoding": accepted}, minimum) == (answer, body)
