"""Suites are chosen by the key's record, never by the code (ADR 0007)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.fakes.signing import key_pair
from tests.unit.codes.test_token import KEY, MINUTE, a_code
from vaxcert.codes.model import Fault
from vaxcert.codes.token import LONGEST, read, write
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.suites import ES256, SUITES, Suite, suite_of


def holds(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


# Any algorithm of 64 bytes that this Python can compute stands for the one that a regulator may ask for.
OTHER = Suite("Ed25519", -8, 64, Ed25519PrivateKey, Ed25519PublicKey, lambda key, data: key.sign(data), holds)
BOTH = (*SUITES, OTHER)


_OTHER_PRIVATE: Any = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
NEXT = SigningKey("cgx11", _OTHER_PRIVATE)


def keys() -> dict[str, Any]:
    return {KEY.kid: KEY.private.public_key(), NEXT.kid: NEXT.private.public_key()}


def test_a_second_suite_is_one_more_row_and_both_run_side_by_side() -> None:
    codes = [write(a_code(slot=slot), key, BOTH) for slot, key in ((1, KEY), (2, NEXT))]
    assert [read(text, keys, MINUTE, BOTH) for text in codes] == [a_code(slot=1), a_code(slot=2)]
    assert all(len(text) <= LONGEST for text in codes)


def test_the_code_does_not_choose_its_suite() -> None:
    """A header that names the other suite under our key's id, well signed by the other's key, is no code of ours."""
    impostor = SigningKey(KEY.kid, NEXT.private)
    assert read(write(a_code(), impostor, BOTH), keys, MINUTE, BOTH) is Fault.BAD_SIGNATURE
    turned = key_pair(NEXT.kid)
    assert read(write(a_code(), turned, BOTH), keys, MINUTE, BOTH) is Fault.BAD_SIGNATURE


def test_a_suite_that_this_release_does_not_know_is_another_form() -> None:
    def none() -> dict[str, Any]:
        raise AssertionError("it must not cost a key")

    assert read(write(a_code(), NEXT, BOTH), none, timedelta(minutes=1)) is Fault.MALFORMED


def test_r28_a_code_that_a_picture_does_not_hold_is_none_of_ours() -> None:
    """A suite of longer signatures would need another symbol: until then nothing that long is read."""
    bulky = replace(
        OTHER, signature_bytes=65, sign=lambda key, data: key.sign(data) + b"\0", holds=lambda *_: True
    )
    longest, shorter = a_code(slot=10, grant_version=0xFFFFF), SigningKey("c" * 6, NEXT.private)
    texts = [write(longest, key, [bulky]) for key in (shorter, replace(shorter, kid="c" * 8))]
    assert [len(text) - LONGEST for text in texts] == [-1, 2]
    published = {"c" * 6: NEXT.private.public_key(), "c" * 8: NEXT.private.public_key()}
    found = [read(text, lambda: published, MINUTE, [bulky]) for text in texts]
    assert found == [longest, Fault.MALFORMED]


def test_the_table() -> None:
    assert suite_of(KEY.private) is suite_of(KEY.private.public_key()) is ES256
    assert len({suite.cose_alg for suite in SUITES}) == len({suite.name for suite in SUITES}) == len(SUITES)
    with pytest.raises(LookupError):
        suite_of(Ed448PrivateKey.generate())
