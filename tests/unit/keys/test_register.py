"""Whether KMS opens what it wrapped: the key's own trouble, and that of KMS (D23)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.signing import key_pair
from vaxcert.aws.dynamodb import B
from vaxcert.keys.data_keys import DataKey
from vaxcert.keys.model import KeyRecord
from vaxcert.keys.register import KeyRegister
from vaxcert.keys.store import public_jwk

KEY = DataKey("d0000001", b"wrapped", FakeClock()())
PRIVATE = key_pair("s0001").private
SIGNING = KeyRecord("session", "s0001", public_jwk(PRIVATE.public_key(), "s0001"), b"wrapped", FakeClock()())


def _der(private: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class _Kms:
    """A KMS that opens everything as one text, or has one trouble."""

    def __init__(self, plain: bytes = b"", trouble: str = "") -> None:
        self._plain, self._trouble = plain, trouble

    def decrypt(self, **_: Any) -> dict[str, Any]:
        if self._trouble:
            raise ClientError({"Error": {"Code": self._trouble}}, "Decrypt")
        return {"Plaintext": self._plain}

    def generate_data_key_without_plaintext(self, **_: Any) -> dict[str, Any]:
        return {"CiphertextBlob": b"ours"}


def _register(kms: _Kms) -> KeyRegister:
    return KeyRegister(stands_in(None), "keys", stands_in(kms), "wrap", "seal", ())


@pytest.mark.parametrize(("length", "opens"), [(16, False), (32, True), (33, False)])
def test_d23_a_data_key_of_another_length_does_not_open(length: int, opens: bool) -> None:
    assert _register(_Kms(bytes(length))).opens(KEY) is opens


@pytest.mark.parametrize("key", [KEY, SIGNING], ids=["data", "signing"])
@pytest.mark.parametrize("trouble", ["InvalidCiphertextException", "IncorrectKeyException"])
def test_d23_what_kms_did_not_wrap_does_not_open(trouble: str, key: DataKey | KeyRecord) -> None:
    assert not _register(_Kms(trouble=trouble)).opens(key)


@pytest.mark.parametrize("key", [KEY, SIGNING], ids=["data", "signing"])
@pytest.mark.parametrize("trouble", ["ThrottlingException", "KMSInternalException", "DisabledException"])
def test_d23_a_trouble_of_kms_says_nothing_of_the_key(trouble: str, key: DataKey | KeyRecord) -> None:
    """Somebody would be called for a key that opens again by itself."""
    with pytest.raises(ClientError, match=trouble):
        _register(_Kms(trouble=trouble)).opens(key)


@pytest.mark.parametrize(
    ("plain", "opens"),
    [
        (_der(PRIVATE), True),
        (_der(key_pair("s0002").private), False),
        (_der(Ed25519PrivateKey.generate()), False),
        (b"no key", False),
        (b"", False),
    ],
)
def test_d23_only_the_private_half_of_what_is_published_is_the_key(plain: bytes, opens: bool) -> None:
    assert _register(_Kms(plain)).opens(SIGNING) is opens


@pytest.mark.parametrize(
    ("standing", "made"),
    [({"wrapped": B(b"ours")}, True), ({"wrapped": B(b"theirs")}, False), ({}, False), (None, False)],
)
def test_a_key_whose_making_was_not_answered_is_taken_for_made_if_it_is_ours(
    standing: dict[str, Any] | None, made: bool
) -> None:
    register = KeyRegister(stands_in(_Taken(standing)), "keys", stands_in(_Kms()), "wrap", "seal", ())
    assert register.make_data_key("d0000001", FakeClock()()) is made


class _Taken:
    """A table in which the id is taken, by an item that the refusal shows or not."""

    def __init__(self, standing: dict[str, Any] | None) -> None:
        self._refusal: Any = {"Error": {"Code": "ConditionalCheckFailedException"}}
        if standing is not None:
            self._refusal["Item"] = standing

    def put_item(self, **_: Any) -> Any:
        raise ClientError(self._refusal, "PutItem")
