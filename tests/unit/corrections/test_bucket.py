"""What the feed bucket asks S3 for: a piece at a time of a part, and no more of a document than it may have."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes.clients import stands_in
from vaxcert.corrections.feed import bucket as module
from vaxcert.corrections.feed.bucket import FeedBucket, TooBig

CONTENT = bytes(range(25))


def test_a_part_comes_in_pieces_of_one_size_each_its_own_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece is held in memory, and a request costs its time."""
    monkeypatch.setattr(module, "_PIECE", 10)

    def answer(Range: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - S3's own word
        first, last = map(int, re.findall("[0-9]+", Range))
        return {"ContentRange": f"{Range}/{len(CONTENT)}", "Body": io.BytesIO(CONTENT[first : last + 1])}

    pieces = list(FeedBucket(stands_in(SimpleNamespace(get_object=answer)), "feeds").stream("k", "v1"))
    assert pieces == [CONTENT[:10], CONTENT[10:20], CONTENT[20:]]


def test_of_a_document_that_is_too_large_one_byte_too_much_is_read() -> None:
    body = io.BytesIO(CONTENT)
    bucket = FeedBucket(stands_in(SimpleNamespace(get_object=lambda **_: {"Body": body})), "feeds")
    with pytest.raises(TooBig):
        bucket.read("2026-03-01/manifest.json", 20)
    assert body.tell() == 21
