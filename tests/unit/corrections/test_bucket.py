"""What the feed bucket takes of what it asks S3 for."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from tests.fakes.clients import stands_in
from vaxcert.corrections.feed.bucket import TooBig, feeds_of


def test_of_a_document_that_is_too_large_one_byte_too_much_is_read() -> None:
    body = io.BytesIO(bytes(25))
    client = stands_in(SimpleNamespace(get_object=lambda **_: {"Body": body}))
    with pytest.raises(TooBig):
        feeds_of({"FEED_BUCKET": "feeds"}, client).read("2026-03-01/manifest.json", 20)
    assert body.tell() == 21
