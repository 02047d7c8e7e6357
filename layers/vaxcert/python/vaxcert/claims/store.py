"""Certificates in DynamoDB: reading, and a citizen's two writes. The form of the items is in `vaxcert.claims.items`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vaxcert.archives.model import Archive
from vaxcert.archives.store import unchanged
from vaxcert.aws.dynamodb import (
    Cancelled,
    Item,
    Op,
    S,
    batch_get,
    get,
    query_all,
    text,
    transact,
)
from vaxcert.claims.items import CertificateOps, certificate_key, from_item, live_key, released_pk
from vaxcert.claims.model import Actor, Certificate
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.identity.store import SIGNED_IN_CHECKS, signed_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Remembering = Callable[[Remembered], Op]


class SignedIn:
    """Writes of citizens: each is one transaction, and stands only while the citizen's session has not been signed out."""

    def __init__(self, client: DynamoDBClient, sessions_table: str) -> None:
        self._client = client
        self._table = sessions_table

    def write(self, session: Session, ops: Iterable[Op]) -> Commit:
        """Write all of it, or nothing."""
        try:
            transact(self._client, [*signed_in(self._table, session), *ops])
        except Cancelled as cancelled:
            signed_out = any(cancelled.failed(index) for index in range(SIGNED_IN_CHECKS))
            return Commit.SIGNED_OUT if signed_out else Commit.STALE
        return Commit.DONE


class CertificateReader:
    """Reads certificates; strongly consistent."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, certificate_id: str) -> Certificate | None:
        """One certificate: one read."""
        item = get(self._client, self._table, certificate_key(certificate_id))
        return None if item is None else from_item(item)

    def several(self, certificate_ids: Iterable[str]) -> tuple[Certificate, ...]:
        """Those that exist, in the order asked for: one round trip."""
        wanted = list(dict.fromkeys(certificate_ids))
        found = self._items([certificate_key(certificate_id) for certificate_id in wanted])
        return tuple(from_item(found[f"C#{one}", "C"]) for one in wanted if (f"C#{one}", "C") in found)

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        """The live certificates of persons, by record id: two round trips."""
        pointers = self._items([live_key(record_id) for record_id in dict.fromkeys(record_ids)])
        found = self.several(text(pointer, "certificate_id") for pointer in pointers.values())
        # Between the two it may have ended, and its pointer with it: then none is live.
        return {each.record_id: each for each in found if not each.standing.final}

    def held_by(self, subject: str) -> tuple[Certificate, ...]:
        """The holder's list: one query and one read."""
        return self.several(self._lines(f"H#{subject}"))

    def released_by(self, subject: str) -> tuple[Certificate, ...]:
        """What the subject released, or others replaced, as long as it is kept: one query and one read."""
        return self.several(self._lines(released_pk(subject)))

    def _lines(self, pk: str) -> Iterator[str]:
        lines = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(pk)},
        )
        return (text(line, "certificate_id") for line in lines)

    def _items(self, keys: Sequence[Item]) -> dict[tuple[str, str], Item]:
        found = batch_get(self._client, [(self._table, key) for key in keys])
        return {(pk, sk): item for (_, pk, sk), item in found.items()}


class CertificateStore(CertificateReader):
    """Port `Certificates`: reading, and the two writes of a citizen."""

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        certificates_table: str,
        archives_table: str,
        sessions_table: str,
        remembering: Remembering,
    ) -> None:
        super().__init__(client, certificates_table)
        self._ops = CertificateOps(certificates_table)
        self._archives = archives_table
        self._signed_in = SignedIn(client, sessions_table)
        self._remembering = remembering

    def claim(
        self,
        certificate: Certificate,
        *,
        instead_of: tuple[Certificate, Certificate] | None,
        decided_by: Sequence[Archive],
        session: Session,
        remembered: Remembered,
    ) -> Commit:
        """See `Certificates.claim`: one transaction."""
        before = instead_of[0] if instead_of else None
        ops = [self._remembering(remembered), *self._ops.made(certificate, before)]
        if instead_of is not None:
            ops += self._ops.changed(*instead_of, Actor.SUCCESSOR, live_moves=False)
        ops += [unchanged(self._archives, archive) for archive in decided_by]
        return self._signed_in.write(session, ops)

    def release(self, before: Certificate, after: Certificate, session: Session) -> Commit:
        """See `Certificates.release`: one transaction."""
        return self._signed_in.write(session, self._ops.changed(before, after, Actor.HOLDER))

    def apply(self, before: Certificate, after: Certificate, by: Actor) -> Commit:
        """Carry out a change alone, as the nightly sync does inside its own transaction."""
        ops = self._ops.changed(before, after, by)
        try:
            transact(self._client, ops)
        except Cancelled:
            return Commit.STALE
        return Commit.DONE


def certificates_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> CertificateReader:
    """A function that reads certificates has CERTIFICATES_TABLE."""
    return CertificateReader(dynamodb, env["CERTIFICATES_TABLE"])


def claiming_of(
    env: Mapping[str, str], dynamodb: DynamoDBClient, remembering: Remembering
) -> CertificateStore:
    """A function that writes certificates has CERTIFICATES_TABLE, ARCHIVES_TABLE and SESSIONS_TABLE."""
    return CertificateStore(
        dynamodb,
        certificates_table=env["CERTIFICATES_TABLE"],
        archives_table=env["ARCHIVES_TABLE"],
        sessions_table=env["SESSIONS_TABLE"],
        remembering=remembering,
    )
