"""The form of a certificate's id: one text for each eight bytes (ADR 4)."""

from __future__ import annotations

import pytest

from vaxcert.claims.ids import bytes_of, certificate_id, certificate_id_of, is_certificate_id


@pytest.mark.parametrize("octets", [bytes(8), bytes(range(8)), b"\xff" * 8])
def test_eight_bytes_come_back_from_their_id(octets: bytes) -> None:
    text = certificate_id_of(octets)
    assert is_certificate_id(text)
    assert (bytes_of(text), certificate_id(text)) == (octets, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c",
        "c" + "a" * 12,
        "c" + "a" * 14,
        "g" + "a" * 13,
        "C" + "a" * 13,
        "c" + "A" * 13,
        "c" + "1" * 13,
        "c" + "a" * 12 + "b",  # four bits more than the eight bytes have
        "c" + "a" * 13 + "\n",
    ],
)
def test_what_is_no_id_is_refused_by_whoever_reads_one(text: str) -> None:
    assert not is_certificate_id(text)
    for read in (bytes_of, certificate_id):
        with pytest.raises(ValueError, match="id"):
            read(text)
