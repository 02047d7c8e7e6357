"""What holds a secret, or what it speaks for, shows nothing of it where it is printed (invariant 7)."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.signing import key_pair
from vaxcert.identity.fetch import Reply
from vaxcert.keys.data_keys import DataKey
from vaxcert.keys.jws import Unverified
from vaxcert.keys.model import KeyRecord

NOW = FakeClock()()


@pytest.mark.parametrize(
    "holder",
    [
        KeyRecord("code", "c0001", {}, b"SECRET", NOW),
        DataKey("00000001", b"SECRET", NOW),
        Reply(200, b"SECRET"),
        Unverified("ES256", "t", "k", "SECRET", b"", b""),
        Unverified("ES256", "t", "k", "", b"SECRET", b""),
        Unverified("ES256", "t", "k", "", b"", b"SECRET"),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_invariant_7_nothing_sealed_or_signed_is_printed(holder: object) -> None:
    assert "SECRET" not in repr(holder)


def test_invariant_7_no_private_key_is_printed() -> None:
    assert "private" not in repr(key_pair("s1"))
