"""What issues papers, checks them and makes their keys, over tables and keys whose calls fail as planned (D20)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.documents import FakeTypesetter
from tests.fakes.household import HOTLINE, LOG_KEPT
from tests.fakes.key_register import DATA_KEY_AGE
from tests.fakes.papers import CHECK_URL
from tests.faults.expressions import Item, holds
from tests.faults.faults import Client, Plan
from tests.faults.memory import TABLES, MemoryDynamoDB, MemoryKms
from vaxcert.archives.store import archives_of
from vaxcert.aws.dynamodb import B, N, S
from vaxcert.aws.kms import RootKey
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.store import certificates_of
from vaxcert.corrections.run.as_of import as_of_key, feed_dates_of
from vaxcert.documents.checking import CheckService
from vaxcert.documents.service import DocumentService, Making
from vaxcert.documents.sheet import Issuer
from vaxcert.documents.store import documents_of, register_of, standings_of
from vaxcert.grants.access import rights_of
from vaxcert.grants.delegates import delegates_of
from vaxcert.idempotency.store import answers_of
from vaxcert.keys.keyset import Root, root
from vaxcert.keys.published import PublishedReader, published_of
from vaxcert.keys.register import key_register_of
from vaxcert.keys.rotate import Rotation
from vaxcert.keys.sealing import sealer_of
from vaxcert.keys.store import public_keys_of, signing_keys_of
from vaxcert.records.reading import Reader
from vaxcert.trail.store import access_log_of

PER_DAY: Final = 10
ROOT: Final = ec.derive_private_key(4711, ec.SECP256R1())
ENV: Final = {re.sub(r"(?<!^)([A-Z])", r"_\1", name).upper(): table for name, table in TABLES.items()} | {
    "RUNS_TABLE": TABLES["FeedRunsTable"],
    "WRAP_KEY_ID": "wrap",
    "SEAL_KEY_ID": "seal",
}
"""What each function is told, by the names that `template.yaml` gives them."""


class PaperTables(MemoryDynamoDB):
    """Tables that answer what papers ask beside the night: single attributes, counts, the newest of a partition."""

    def __init__(self) -> None:
        super().__init__(page=100)

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False, **asked: Any) -> Item:
        # "As of" moves once a night, and may be read late.
        found = super().get_item(
            TableName=TableName, Key=Key, ConsistentRead=ConsistentRead or as_of_key() == Key
        )
        if "ProjectionExpression" in asked and "Item" in found:
            names = asked["ExpressionAttributeNames"].values()
            found["Item"] = {name: value for name, value in found["Item"].items() if name in names}
        return found

    def query(
        self,
        *,
        TableName: str,
        KeyConditionExpression: str,
        ScanIndexForward: bool = True,
        Limit: int | None = None,
        Select: str | None = None,
        **request: Any,
    ) -> Item:
        if Select is None and ScanIndexForward and Limit is None:
            return super().query(
                TableName=TableName, KeyConditionExpression=KeyConditionExpression, **request
            )
        assert request["ConsistentRead"]
        with self._lock:
            rows = sorted(
                (place, item)
                for place, item in self.partition(TableName, KeyConditionExpression, request)
                if holds(KeyConditionExpression, item, request)
            )
        if not ScanIndexForward:
            rows.reverse()
        found = [dict(item) for _, item in rows[:Limit]]
        return {"Count": len(found)} if Select == "COUNT" else {"Count": len(found), "Items": found}

    def scan(
        self,
        *,
        TableName: str,
        Limit: int,
        Segment: int = 0,
        TotalSegments: int = 1,
        Select: str | None = None,
        **request: Any,
    ) -> Item:
        found = super().scan(
            TableName=TableName, Segment=Segment, TotalSegments=TotalSegments, Limit=Limit, **request
        )
        return {"Count": len(found["Items"])} if Select == "COUNT" else found


class PaperKms(MemoryKms):
    """Wraps as well, and holds the root key."""

    def encrypt(self, *, KeyId: str, Plaintext: bytes, EncryptionContext: Mapping[str, str]) -> Item:
        assert KeyId
        return {"CiphertextBlob": EncryptionContext["kid"].encode() + Plaintext}

    def generate_data_key_without_plaintext(
        self,
        *,
        KeyId: str,
        KeySpec: str,
        EncryptionContext: Mapping[str, str],
    ) -> Item:
        assert KeySpec == "AES_256"
        return self.encrypt(KeyId=KeyId, Plaintext=bytes(range(32)), EncryptionContext=EncryptionContext)

    def get_public_key(self, *, KeyId: str) -> Item:
        assert KeyId
        return {"PublicKey": ROOT.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)}

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> Item:
        assert (KeyId, MessageType, SigningAlgorithm) == ("root", "DIGEST", "ECDSA_SHA_256")
        assert len(Message) == hashlib.sha256().digest_size
        return {"Signature": ROOT.sign(Message, ec.ECDSA(Prehashed(hashes.SHA256())))}


@dataclass
class Press:
    """Papers and their keys over what outlives every process. `plan` says which of their calls fail."""

    clock: FakeClock = field(default_factory=FakeClock)
    plan: Plan = field(default_factory=Plan)
    dynamodb: MemoryDynamoDB = field(default_factory=PaperTables)
    per_day: int = PER_DAY

    def __post_init__(self) -> None:
        self.register = key_register_of(ENV, stands_in(self.dynamodb), _kms())

    def data_key(self, kid: str) -> None:
        """The data key that the tests' archives are sealed with."""
        key = {"wrapped": B(kid.encode() + bytes(range(32))), "not_before": N(0)}
        self.put("KeysTable", {"pk": S("data"), "sk": S(kid), **key})

    def put(self, table: str, item: Item) -> None:
        """What stands in a table already."""
        self.dynamodb.put_item(TableName=TABLES[table], Item=item)

    def rows(self, table: str) -> list[Item]:
        """What stands in a table, sorted by key."""
        return [item for _, item in sorted(self.dynamodb.tables[TABLES[table]].items())]

    def issuing(self) -> DocumentService:
        """What `issue_document` is built of, as a new process."""
        dynamodb, kms = self._failing("dynamodb", self.dynamodb), self._failing("kms", PaperKms())
        sealer, settings = sealer_of(ENV, dynamodb, kms, self.clock), Settings()
        answers = answers_of(ENV, dynamodb, sealer)
        return DocumentService(
            reader=Reader(
                certificates=certificates_of(ENV, dynamodb),
                register=archives_of(ENV, dynamodb),
                rights=rights_of(settings, delegates_of(ENV, dynamodb)),
                log=access_log_of(ENV, dynamodb, os.urandom, LOG_KEPT),
            ),
            documents=documents_of(ENV, dynamodb, answers.op, random_bytes=os.urandom, log_kept=LOG_KEPT),
            feed=feed_dates_of(ENV, dynamodb),
            keys=signing_keys_of(ENV, dynamodb, kms, self.clock),
            answers=answers,
            opener=sealer,
            typesetter=FakeTypesetter,
            making=Making(
                CHECK_URL,
                Issuer("示范单位", HOTLINE, rabies_shown=False),
                self.per_day,
                ClaimRules.of(settings),
            ),
            random_bytes=os.urandom,
        )

    def checking(self) -> tuple[CheckService, PublishedReader]:
        """What `check_document` is built of, as a new process."""
        dynamodb = self._failing("dynamodb", self.dynamodb)
        return CheckService(
            register_of(ENV, dynamodb),
            standings_of(ENV, dynamodb, rabies=False),
            public_keys_of(ENV, dynamodb, self.clock),
        ), published_of(ENV, dynamodb)

    def rotation(self) -> Rotation:
        """What `rotate_keys` is built of, as a new process."""
        kms = self._failing("kms", PaperKms())
        register = key_register_of(ENV, self._failing("dynamodb", self.dynamodb), kms)
        signer, life = RootKey(kms, "root"), timedelta(hours=1)
        return Rotation(
            register,
            root(signer.public_der(), signer.sign),
            {"code": life, "session": life, "device": life},
            60,
            DATA_KEY_AGE,
        )

    @staticmethod
    def root() -> Root:
        """The root key's public half, as whoever verifies has it."""
        signer = RootKey(_kms(), "root")
        return root(signer.public_der(), signer.sign)

    def _failing(self, service: str, inner: object) -> Any:
        return stands_in(Client(inner, service, self.plan))


def _kms() -> Any:
    return stands_in(PaperKms())
