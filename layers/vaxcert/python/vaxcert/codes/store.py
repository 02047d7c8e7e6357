"""What showing a code reads: the certificate, its grants and the session's end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vaxcert.aws.dynamodb import batch_get
from vaxcert.claims.items import certificate_key
from vaxcert.claims.items import from_item as certificate_from_item
from vaxcert.codes.service import Holding
from vaxcert.grants.items import from_item as grant_from_item
from vaxcert.grants.items import slot_key
from vaxcert.grants.model import SLOTS
from vaxcert.identity.model import Session
from vaxcert.identity.store import end_keys, ended

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class HoldingStore:
    """Port `Holdings`: one batch read. It asks for every slot: which one is the caller's is not known yet, and a limit that was lowered
    ends no grant.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        certificates_table: str,
        grants_table: str,
        sessions_table: str,
    ) -> None:
        self._client = client
        self._certificates = certificates_table
        self._grants = grants_table
        self._sessions = sessions_table
        self._slots = range(1, SLOTS + 1)

    def find(self, certificate_id: str, session: Session) -> Holding:
        """See `Holdings.find`."""
        slots = [slot_key(certificate_id, slot) for slot in self._slots]
        found = batch_get(
            self._client,
            [
                (self._certificates, certificate_key(certificate_id)),
                *((self._sessions, key) for key in end_keys(session)),
                *((self._grants, slot) for slot in slots),
            ],
        )
        certificate = found.get((self._certificates, f"C#{certificate_id}", "C"))
        places = ((self._grants, slot["pk"]["S"], slot["sk"]["S"]) for slot in slots)
        return Holding(
            certificate=None if certificate is None else certificate_from_item(certificate),
            grants=tuple(grant_from_item(found[place]) for place in places if place in found),
            signed_out=ended(session, found, self._sessions),
        )


def holdings_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> HoldingStore:
    """A function that shows codes has CERTIFICATES_TABLE, GRANTS_TABLE and SESSIONS_TABLE."""
    return HoldingStore(
        dynamodb,
        certificates_table=env["CERTIFICATES_TABLE"],
        grants_table=env["GRANTS_TABLE"],
        sessions_table=env["SESSIONS_TABLE"],
    )
