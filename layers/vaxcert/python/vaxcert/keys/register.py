"""The writing half of the keys table: `rotate_keys` alone holds these rights, and no request ever does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from vaxcert.aws.clock import epoch, from_epoch
from vaxcert.aws.dynamodb import (
    BOOL,
    B,
    Cancelled,
    N,
    S,
    blob,
    number,
    put,
    query_all,
    single,
    text,
    update,
)
from vaxcert.keys.data_keys import DataKey
from vaxcert.keys.model import KeyRecord, Published, Purpose
from vaxcert.keys.published import published_key
from vaxcert.keys.sealing import DATA_KEY_BYTES
from vaxcert.keys.sealing import PURPOSE as DATA_PURPOSE
from vaxcert.keys.store import encryption_context, public_jwk, public_key, read_keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

# What KMS says of a ciphertext that is not what it wrapped under this key and context. Anything else is KMS's own trouble.
_DOES_NOT_OPEN: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
# Kept long enough that an offline pack can still name a killed key while somebody might hold a code of it.
_KEPT_AFTER: Final = timedelta(days=7)


class KeyRegister:
    """Port `Register` over the keys table and two KMS keys: one wraps signing keys, the other data keys."""

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        table: str,
        kms: KMSClient,
        wrap_key_id: str,
        seal_key_id: str,
        sealed: Sequence[SealedTable],
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._sealed = tuple(sealed)
        self._kms = kms
        self._wrap_key_id = wrap_key_id
        self._seal_key_id = seal_key_id

    def keys(self, purpose: Purpose) -> tuple[KeyRecord, ...]:
        """All keys of a purpose, as they stand."""
        return tuple(read_keys(self._dynamodb, self._table, purpose))

    def make(self, purpose: Purpose, kid: str, not_before: datetime) -> bool:
        """Make a key pair unless the id is taken (by another rotation at the same time); whether it was made."""
        private = ec.generate_private_key(ec.SECP256R1())
        wrapped = self._kms.encrypt(
            KeyId=self._wrap_key_id,
            Plaintext=private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            EncryptionContext=encryption_context(purpose, kid),
        )["CiphertextBlob"]
        return self._add(
            {
                "pk": S(purpose),
                "sk": S(kid),
                "public_jwk": S(json.dumps(public_jwk(private.public_key(), kid))),
                "wrapped": B(wrapped),
                "not_before": N(epoch(not_before)),
            }
        )

    def make_data_key(self, kid: str, not_before: datetime) -> bool:
        """Make a data key that only KMS can open, unless the id is taken; whether it was made."""
        wrapped = self._kms.generate_data_key_without_plaintext(
            KeyId=self._seal_key_id,
            KeySpec="AES_256",
            EncryptionContext=encryption_context(DATA_PURPOSE, kid),
        )["CiphertextBlob"]
        return self._add(
            {"pk": S(DATA_PURPOSE), "sk": S(kid), "wrapped": B(wrapped), "not_before": N(epoch(not_before))}
        )

    def data_keys(self) -> tuple[DataKey, ...]:
        """All data keys, as they stand."""
        items = query_all(
            self._dynamodb,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(DATA_PURPOSE)},
        )
        return tuple(
            DataKey(text(item, "sk"), blob(item, "wrapped"), from_epoch(number(item, "not_before")))
            for item in items
        )

    def holds_sealed_data(self) -> bool:
        """Whether anything was ever sealed that is still there."""
        return any(table.holds_any() for table in self._sealed)

    def opens(self, key: KeyRecord | DataKey) -> bool:
        """Whether KMS opens a key's wrapped half, and what comes out is that key."""
        if isinstance(key, DataKey):
            plain = self._opened(self._seal_key_id, DATA_PURPOSE, key.kid, key.wrapped)
            return plain is not None and len(plain) == DATA_KEY_BYTES
        plain = self._opened(self._wrap_key_id, key.purpose, key.kid, key.wrapped)
        return plain is not None and _is_pair(plain, key)

    def _opened(self, key_id: str, purpose: str, kid: str, wrapped: bytes) -> bytes | None:
        try:
            answer = self._kms.decrypt(
                KeyId=key_id, CiphertextBlob=wrapped, EncryptionContext=encryption_context(purpose, kid)
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _DOES_NOT_OPEN:
                raise
            return None
        return answer["Plaintext"]

    def retire(self, purpose: Purpose, kid: str, at: datetime | None) -> None:
        """Say when a key retires; with None, that it does not."""
        if at is None:
            self._change(purpose, kid, "REMOVE retire_at, #ttl", {"#ttl": "ttl"}, {})
            return
        self._change(
            purpose,
            kid,
            "SET retire_at = :at, #ttl = :ttl",
            {"#ttl": "ttl"},
            {":at": N(epoch(at)), ":ttl": N(epoch(at + _KEPT_AFTER))},
        )

    def kill(self, purpose: Purpose, kid: str, now: datetime) -> None:
        """Kill a key for good. Killing it again changes nothing that counts. One of documents is named as killed ever after."""
        if purpose == "document":
            self._change(purpose, kid, "SET killed = :yes", {}, {":yes": BOOL(True)})
            return
        self._change(
            purpose,
            kid,
            "SET killed = :yes, #ttl = :ttl",
            {"#ttl": "ttl"},
            {":yes": BOOL(True), ":ttl": N(epoch(now + _KEPT_AFTER))},
        )

    def publish(self, name: str, published: Published) -> None:
        """Put a published document in place, unless a newer one stands there already."""
        item = {
            **published_key(name),
            "body": S(published.body),
            "etag": S(published.etag),
            "issued_at": N(epoch(published.issued_at)),
        }
        try:
            single(
                self._dynamodb,
                put(
                    self._table,
                    item,
                    "attribute_not_exists(pk) OR issued_at <= :at",
                    values={":at": N(epoch(published.issued_at))},
                ),
            )
        except Cancelled:
            return

    def _add(self, item: dict[str, Any]) -> bool:
        try:
            single(self._dynamodb, put(self._table, item, "attribute_not_exists(pk)"))
        except Cancelled as cancelled:
            # A committed put whose answer was lost comes back as refused: it was made if what stands there is ours.
            standing = cancelled.reasons[0].item
            return standing is not None and standing.get("wrapped") == item["wrapped"]
        return True

    def _change(
        self, purpose: Purpose, kid: str, expression: str, names: dict[str, str], values: dict[str, Any]
    ) -> None:
        key = {"pk": S(purpose), "sk": S(kid)}
        try:
            single(
                self._dynamodb,
                update(self._table, key, expression, "attribute_exists(pk)", names, values),
            )
        except Cancelled:
            return  # gone since it was read: nothing is left to change


class SealedTable:
    """A table that holds sealed values: whether there are any is told by counting to one, and nothing is read of it."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def holds_any(self) -> bool:
        """Whether anything is in it."""
        found = self._dynamodb.scan(TableName=self._table, Select="COUNT", Limit=1, ConsistentRead=True)
        return found["Count"] > 0


def _is_pair(private_der: bytes, key: KeyRecord) -> bool:
    try:
        private = load_der_private_key(private_der, None)
        stated = public_key(key.public_jwk).public_numbers()
    except (ValueError, KeyError):
        return False
    return isinstance(private, ec.EllipticCurvePrivateKey) and private.public_key().public_numbers() == stated


def key_register_of(env: Mapping[str, str], dynamodb: DynamoDBClient, kms: KMSClient) -> KeyRegister:
    """The function that makes keys has KEYS_TABLE, WRAP_KEY_ID for signing keys, SEAL_KEY_ID for data keys, and the tables that
    hold what these sealed."""
    tables = (env["ARCHIVES_TABLE"], env["CERTIFICATES_TABLE"], env["GRANTS_TABLE"], env["REPORTS_TABLE"])
    sealed = [SealedTable(dynamodb, table) for table in tables]
    return KeyRegister(dynamodb, env["KEYS_TABLE"], kms, env["WRAP_KEY_ID"], env["SEAL_KEY_ID"], sealed)
