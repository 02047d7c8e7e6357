"""Base64url in its one spelling (RFC 7515 §2): a text that is read is the text that would have been written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.keys.base64url import decode, encode


@given(st.binary(min_size=1, max_size=80))
def test_what_is_written_is_read_again(data: bytes) -> None:
    assert decode(encode(data)) == data


@pytest.mark.parametrize(
    "text", ["", "A", "AAAAA", "AB", "AA==", "AA=", "A A", "AA\n", "A+", "A/", "ＡＡ", "é"]
)
def test_another_spelling_and_nothing_at_all_are_no_bytes(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - ours or the codec's
        decode(text)
