"""What the feed bucket takes of what it asks S3 for."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes.clients import stands_in
from vaxcert.corrections.feed.bucket import NotVersioned, TooBig, feeds_of


def test_of_a_document_that_is_too_large_one_byte_too_much_is_read() -> None:
    body = io.BytesIO(bytes(25))
    client = stands_in(SimpleNamespace(get_object=lambda **_: {"Body": body}))
    with pytest.raises(TooBig):
        feeds_of({"FEED_BUCKET": "feeds"}, client).read("2026-03-01/manifest.json", 20)
    assert body.tell() == 21


@pytest.mark.parametrize("version", [{}, {"VersionId": "null"}, {"VersionId": ""}])
def test_d2_what_has_no_version_of_its_own_is_not_applied(version: dict[str, Any]) -> None:
    """S3 says `null` where versions were switched off: what is read by it may be another object each time."""
    answers = SimpleNamespace(
        get_object=lambda **_: {"Body": io.BytesIO(b"{}"), **version}, head_object=lambda **_: version
    )
    feeds = feeds_of({"FEED_BUCKET": "feeds"}, stands_in(answers))
    with pytest.raises(NotVersioned):
        feeds.read("2026-03-01/manifest.json", 5)
    with pytest.raises(NotVersioned):
        feeds.pin("2026-03-01/archives-00001.ndjson.gz")
