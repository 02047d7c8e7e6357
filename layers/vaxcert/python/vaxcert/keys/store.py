"""Signing keys of codes, sessions and device tokens: ordered by when they begin, the newest signs, all verify.

A key is one item: its public half as a JWK, its private half wrapped by KMS under the encryption context
{purpose, kid}, so that a wrapped half copied to another key or purpose does not unwrap. This module only reads;
`rotate_keys` alone makes, retires and kills keys (`vaxcert.keys.register`). What is read is kept for at most 30 seconds, and
API Gateway keeps the authorizer's answer for 30 more: a killed key is dead everywhere within a minute (docs/runbook/keys.md), and
a token of unknown origin costs no call at all.

A key's suite is the `alg` of its record; a key of a suite that this release does not know is no key to it (ADR 0007).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.serialization import load_der_private_key

from vaxcert.aws.clock import Clock, from_epoch
from vaxcert.aws.dynamodb import Item, S, blob, flag, maybe_number, number, query_all, text
from vaxcert.errors import Unavailable
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.model import KeyRecord, Purpose

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

FRESH: Final = timedelta(seconds=30)
_SIZE: Final = 32


class KeyStore:
    """The keys of every purpose. `kms` and `wrap_key_id` serve `signing` alone: a function that only verifies gives none."""

    def __init__(
        self, dynamodb: DynamoDBClient, table: str, kms: KMSClient | None, wrap_key_id: str, clock: Clock
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._kms = kms
        self._wrap_key_id = wrap_key_id
        self._clock = clock
        self._read_at: dict[Purpose, datetime] = {}
        self._records: dict[Purpose, tuple[KeyRecord, ...]] = {}
        self._public: dict[Purpose, dict[str, EllipticCurvePublicKey]] = {}
        self._private: dict[tuple[Purpose, str], EllipticCurvePrivateKey] = {}

    def signing(self, purpose: Purpose) -> SigningKey:
        """The newest key that has begun. Raises `Unavailable` (`keys_missing`) before `rotate_keys` has ever run."""
        now = self._clock()
        able = [record for record in self._fresh(purpose, now) if record.signs(now)]
        if not able:
            raise Unavailable("keys_missing")
        newest = max(able, key=lambda record: (record.not_before, record.kid))
        known = (purpose, newest.kid)
        if known not in self._private:
            self._private[known] = self._unwrap(newest)
        return SigningKey(newest.kid, self._private[known])

    def public(self, purpose: Purpose) -> Mapping[str, EllipticCurvePublicKey]:
        """The public halves by key id, of all keys whose signatures count now."""
        now = self._clock()
        records = self._fresh(purpose, now)
        return {record.kid: self._public[purpose][record.kid] for record in records if record.verifies(now)}

    def counts(self, purpose: Purpose, kid: str) -> bool:
        """Whether signatures of a key that our own register names count now. One that is not known is looked for anew: it may have been
        made since, in place of a killed one. Never for an id out of a token, which would cost its sender nothing and us a call.
        """
        if kid not in self.public(purpose):
            self._read_at.pop(purpose, None)
        return kid in self.public(purpose)

    def _fresh(self, purpose: Purpose, now: datetime) -> tuple[KeyRecord, ...]:
        read_at = self._read_at.get(purpose)
        if read_at is None or not timedelta() <= now - read_at < FRESH:
            records = tuple(read_keys(self._dynamodb, self._table, purpose))
            known = tuple(record for record in records if record.public_jwk.get("alg") in LOADERS)
            self._public[purpose] = {record.kid: public_key(record.public_jwk) for record in known}
            self._records[purpose] = known
            # Nothing found is not kept: in the minute of a first deployment the keys are just being made.
            if records:
                self._read_at[purpose] = now
        return self._records[purpose]

    def _unwrap(self, record: KeyRecord) -> EllipticCurvePrivateKey:
        if self._kms is None:
            raise Unavailable("keys_missing")
        plain = self._kms.decrypt(
            KeyId=self._wrap_key_id,
            CiphertextBlob=record.wrapped,
            EncryptionContext=encryption_context(record.purpose, record.kid),
        )["Plaintext"]
        private = load_der_private_key(plain, None)
        if not isinstance(private, EllipticCurvePrivateKey) or not isinstance(private.curve, SECP256R1):
            raise Unavailable("keys_missing")
        return private


def read_keys(dynamodb: DynamoDBClient, table: str, purpose: Purpose) -> Iterator[KeyRecord]:
    """All stored keys of a purpose, strongly consistent: killed and retired ones, and ones that have not begun."""
    items = query_all(
        dynamodb,
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": S(purpose)},
    )
    return (key_from_item(item, purpose) for item in items)


def key_from_item(item: Item, purpose: Purpose) -> KeyRecord:
    """The key that an item holds."""
    retire_at = maybe_number(item, "retire_at")
    return KeyRecord(
        purpose=purpose,
        kid=text(item, "sk"),
        public_jwk=json.loads(text(item, "public_jwk")),
        wrapped=blob(item, "wrapped"),
        not_before=from_epoch(number(item, "not_before")),
        retire_at=None if retire_at is None else from_epoch(retire_at),
        killed=flag(item, "killed"),
    )


def encryption_context(purpose: str, kid: str) -> dict[str, str]:
    """What a wrapped half is bound to."""
    return {"purpose": purpose, "kid": kid}


def public_key(jwk: Mapping[str, str]) -> EllipticCurvePublicKey:
    """The key of a JWK of ours, loaded as its `alg` says. Raises ValueError for a point off the curve, KeyError for another `alg`."""
    return LOADERS[jwk["alg"]](jwk)


def _p256(jwk: Mapping[str, str]) -> EllipticCurvePublicKey:
    """RFC 7518 §6.2."""
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=")) for name in ("x", "y"))
    return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()


LOADERS: Final[dict[str, Callable[[Mapping[str, str]], EllipticCurvePublicKey]]] = {"ES256": _p256}
"""How a public half is read, by the `alg` of its record."""


def public_jwk(key: EllipticCurvePublicKey, kid: str) -> dict[str, str]:
    """The JWK of a public key (RFC 7517): coordinates of 32 bytes, base64url without padding."""
    numbers = key.public_numbers()
    x, y = (
        base64.urlsafe_b64encode(value.to_bytes(_SIZE)).decode().rstrip("=")
        for value in (numbers.x, numbers.y)
    )
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": "ES256", "use": "sig"}


def signing_keys_of(
    env: Mapping[str, str], dynamodb: DynamoDBClient, kms: KMSClient, clock: Clock
) -> KeyStore:
    """The keys of a function that signs: KEYS_TABLE, and WRAP_KEY_ID, which unwraps them."""
    return KeyStore(dynamodb, env["KEYS_TABLE"], kms, env["WRAP_KEY_ID"], clock)


def public_keys_of(env: Mapping[str, str], dynamodb: DynamoDBClient, clock: Clock) -> KeyStore:
    """The keys of a function that verifies and unwraps nothing: KEYS_TABLE."""
    return KeyStore(dynamodb, env["KEYS_TABLE"], None, "", clock)
