"""Grants in DynamoDB: reading, and the writes of a claimant and of a delegate's visit. The form is in `vaxcert.grants.items`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vaxcert.aws.dynamodb import (
    Cancelled,
    Item,
    S,
    batch_get,
    get,
    number,
    query_all,
    single,
    text,
)
from vaxcert.claims.items import CertificateOps
from vaxcert.claims.model import Certificate
from vaxcert.claims.store import Remembering, SignedIn
from vaxcert.grants.items import GrantOps, delegate_key, ended_position, from_item, slot_key
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class GrantReader:
    """Reads grants, strongly consistent, and writes what a delegate's visit finds."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._ops = GrantOps(table)

    def slots(self, certificate_id: str) -> tuple[Grant, ...]:
        """See `Grants.slots`: one query."""
        return self._between(certificate_id, "S#", "S~")

    def ended(self, certificate_id: str, before: str | None, limit: int) -> tuple[Grant, ...]:
        """See `Grants.ended`: one query of so many, however many there are."""
        upper = "X~" if before is None else ended_position(before)
        # BETWEEN includes both ends: one more is asked for, and the one at `before` itself left out.
        page = self._client.query(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
            ExpressionAttributeValues={
                ":pk": S(f"C#{certificate_id}"),
                ":low": S("X#"),
                ":high": S(upper),
            },
            ScanIndexForward=False,
            Limit=limit + 1,
        )
        found = tuple(from_item(item) for item in page["Items"] if text(item, "sk") != upper)
        return found[:limit]

    def history(self, certificate_id: str) -> tuple[Grant, ...]:
        """See `Grants.history`: one query."""
        return self._between(certificate_id, "S#", "X~")

    def lent_to(self, delegate: str) -> tuple[Grant, ...]:
        """See `LentGrants.lent_to`: one query and one read."""
        pointers = list(
            query_all(
                self._client,
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": S(f"D#{delegate}")},
            )
        )
        found = batch_get(self._client, [(self._table, _pointed(pointer)) for pointer in pointers])
        return tuple(
            grant for pointer in pointers for grant in _same(pointer, found.get(self._place(pointer)))
        )

    def of_delegate(self, certificate_id: str, delegate: str) -> Grant | None:
        """See `LentGrants.of_delegate`: two reads."""
        pointer = get(self._client, self._table, delegate_key(certificate_id, delegate))
        if pointer is None:
            return None
        return next(iter(_same(pointer, get(self._client, self._table, _pointed(pointer)))), None)

    def see(self, grant: Grant, status: GrantStatus) -> Commit:
        """See `LentGrants.see`: one write."""
        try:
            single(self._client, self._ops.seen(grant, status))
        except Cancelled:
            return Commit.STALE
        return Commit.DONE

    def _between(self, certificate_id: str, low: str, high: str) -> tuple[Grant, ...]:
        items = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
            ExpressionAttributeValues={":pk": S(f"C#{certificate_id}"), ":low": S(low), ":high": S(high)},
        )
        return tuple(from_item(item) for item in items)

    def _place(self, pointer: Item) -> tuple[str, str, str]:
        key = _pointed(pointer)
        return self._table, key["pk"]["S"], key["sk"]["S"]


class GrantStore(GrantReader):
    """Port `Grants`: a claimant's writes too, each one transaction."""

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        grants_table: str,
        certificates_table: str,
        sessions_table: str,
        remembering: Remembering,
    ) -> None:
        super().__init__(client, grants_table)
        self._certificates = CertificateOps(certificates_table)
        self._signed_in = SignedIn(client, sessions_table)
        self._remembering = remembering

    def add(
        self,
        grant: Grant,
        before: Grant | None,
        *,
        certificate: Certificate,
        session: Session,
        remembered: Remembered,
    ) -> Commit:
        """See `Grants.add`."""
        return self._signed_in.write(
            session,
            [
                self._remembering(remembered),
                self._certificates.unchanged(certificate),
                *self._ops.made(grant, before),
            ],
        )

    def revoke(self, before: Grant, after: Grant, session: Session) -> Commit:
        """See `Grants.revoke`."""
        return self._signed_in.write(session, self._ops.revoked(before, after))

    def change_phone(self, grant: Grant, phone: bytes, session: Session) -> Commit:
        """See `Grants.change_phone`."""
        return self._signed_in.write(session, [self._ops.phone_changed(grant, phone)])


def _pointed(pointer: Item) -> Item:
    return slot_key(text(pointer, "certificate_id"), number(pointer, "slot"))


def _same(pointer: Item, item: Item | None) -> tuple[Grant, ...]:
    """The grant that is pointed at, where the slot still holds it."""
    if item is None or text(item, "grant_id") != text(pointer, "grant_id"):
        return ()
    return (from_item(item),)


def grants_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> GrantReader:
    """A function that reads grants has GRANTS_TABLE."""
    return GrantReader(dynamodb, env["GRANTS_TABLE"])


def granting_of(env: Mapping[str, str], dynamodb: DynamoDBClient, remembering: Remembering) -> GrantStore:
    """A function that writes grants has GRANTS_TABLE, CERTIFICATES_TABLE and SESSIONS_TABLE."""
    return GrantStore(
        dynamodb,
        grants_table=env["GRANTS_TABLE"],
        certificates_table=env["CERTIFICATES_TABLE"],
        sessions_table=env["SESSIONS_TABLE"],
        remembering=remembering,
    )
