"""Sealing of names, numbers and phones: AES-256-GCM under data keys that KMS wraps.

A sealed value is `version (1) | key id (8) | nonce (12) | ciphertext and tag`, bound by its additional data to the table, key
and attribute that it was sealed for, so that a blob moved to another row does not open.
Data keys are few and long-lived: a nightly run must not call KMS for each row, nor a screen for each name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaxcert.aws.clock import Clock, epoch
from vaxcert.aws.dynamodb import S, blob, get, number, query_all, text
from vaxcert.errors import Unavailable, VaxcertError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

_FORM = b"\x01"
_KID = 8
_NONCE = 12
_HEAD = len(_FORM) + _KID + _NONCE
_CURRENT_SECONDS = 3600
PURPOSE: Final = "data"
DATA_KEY_BYTES: Final = 32


class NotSealedHere(VaxcertError):
    """The blob was not sealed for this place, or was changed since."""

    code = "internal_error"


class DataKeySource(Protocol):
    """Where data keys come from. Key ids are eight ASCII characters."""

    def current(self) -> str:
        """The id of the key that new values are sealed with."""
        ...

    def by_id(self, kid: str) -> bytes:
        """The 32 bytes of the key `kid`; `NotSealedHere` where there is none."""
        ...


class DataKeys:
    """Data keys in the keys table, wrapped by KMS under the encryption context {purpose, kid}; each unwrapped once."""

    def __init__(
        self, dynamodb: DynamoDBClient, table: str, kms: KMSClient, seal_key_id: str, clock: Clock
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._kms = kms
        self._seal_key_id = seal_key_id
        self._clock = clock
        self._plain: dict[str, bytes] = {}
        self._current: tuple[str, int] | None = None

    def current(self) -> str:
        now = epoch(self._clock())
        if self._current is None or now - self._current[1] > _CURRENT_SECONDS:
            items = query_all(
                self._dynamodb,
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": S(PURPOSE)},
            )
            valid = [item for item in items if number(item, "not_before") <= now]
            if not valid:
                raise Unavailable("keys_missing")
            newest = max(valid, key=lambda item: (number(item, "not_before"), text(item, "sk")))
            # Unwrapped first: the nightly run seals from several threads, and none of them has to read it again.
            self._unwrap(text(newest, "sk"), blob(newest, "wrapped"))
            self._current = (text(newest, "sk"), now)
        return self._current[0]

    def by_id(self, kid: str) -> bytes:
        if kid not in self._plain:
            item = get(self._dynamodb, self._table, {"pk": S(PURPOSE), "sk": S(kid)})
            if item is None:
                raise NotSealedHere
            self._unwrap(kid, blob(item, "wrapped"))
        return self._plain[kid]

    def _unwrap(self, kid: str, wrapped: bytes) -> None:
        if kid not in self._plain:
            self._plain[kid] = self._kms.decrypt(
                KeyId=self._seal_key_id,
                CiphertextBlob=wrapped,
                EncryptionContext={"purpose": PURPOSE, "kid": kid},
            )["Plaintext"]


class Sealer:
    """Seals and opens single texts. `random_bytes` is passed in, so that tests can be repeated."""

    def __init__(self, keys: DataKeySource, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._keys = keys
        self._random_bytes = random_bytes
        self._ciphers: dict[str, AESGCM] = {}

    def seal(self, plain: str, *, table: str, key: str, attribute: str) -> bytes:
        """The text sealed for one attribute of one item; `key` is its pk, or `pk|sk`."""
        kid = self._keys.current()
        nonce = self._random_bytes(_NONCE)
        cipher = self._cipher(kid)
        return (
            _FORM
            + kid.encode()
            + nonce
            + cipher.encrypt(nonce, plain.encode(), _bound(table, key, attribute))
        )

    def open(self, sealed: bytes, *, table: str, key: str, attribute: str) -> str:
        """The text again. Raises `NotSealedHere` for a blob of another place or one that was changed."""
        if len(sealed) <= _HEAD or sealed[:1] != _FORM:
            raise NotSealedHere
        kid = sealed[1 : 1 + _KID].decode("ascii", "replace")
        cipher = self._cipher(kid)
        try:
            plain = cipher.decrypt(sealed[1 + _KID : _HEAD], sealed[_HEAD:], _bound(table, key, attribute))
        except InvalidTag:
            raise NotSealedHere from None
        return plain.decode()

    def _cipher(self, kid: str) -> AESGCM:
        if kid not in self._ciphers:
            self._ciphers[kid] = AESGCM(self._keys.by_id(kid))
        return self._ciphers[kid]


def sealer_of(env: Mapping[str, str], dynamodb: DynamoDBClient, kms: KMSClient, clock: Clock) -> Sealer:
    """The sealer of a function: KEYS_TABLE and SEAL_KEY_ID name where its data keys are and what unwraps them."""
    return Sealer(DataKeys(dynamodb, env["KEYS_TABLE"], kms, env["SEAL_KEY_ID"], clock))


def _bound(table: str, key: str, attribute: str) -> bytes:
    return f"{table}\0{key}\0{attribute}".encode()
