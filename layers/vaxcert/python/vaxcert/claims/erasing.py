"""What becomes of a certificate that is over (D22): a released one keeps nothing sealed, and each goes after its time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import Item, N, Op, S, text, update
from vaxcert.aws.sweeping import swept
from vaxcert.claims.items import from_item, list_key
from vaxcert.claims.model import Status

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class CertificateEraser:
    """Goes through all certificates. `kept`: how long one is kept after its end, for its access log belongs to it (D11)."""

    def __init__(self, client: DynamoDBClient, table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def sweep(self, now: datetime) -> int:
        """Take the sealed name out of released certificates, and say when released and closed ones go; how many items were changed.

        A closed one stays on its holder's list as long as it is there, for the list tells the reason.
        """
        del now  # what is over has its own time
        return swept(self._client, self._table, self._ops)

    def _ops(self, item: Item) -> list[Op]:
        if text(item, "sk") != "C":
            return []
        certificate = from_item(item)
        released = certificate.standing.status is Status.RELEASED
        if not certificate.standing.final or ("ttl" in item and not (released and "name" in item)):
            return []
        ttl = {":ttl": N(epoch(certificate.changed_at + self._kept))}
        over = update(
            self._table,
            {"pk": item["pk"], "sk": item["sk"]},
            "SET #ttl = :ttl REMOVE #name" if released else "SET #ttl = :ttl",
            "#version = :version",
            {"#ttl": "ttl", "#version": "version"} | ({"#name": "name"} if released else {}),
            {**ttl, ":version": N(certificate.version)},
        )
        listed = update(
            self._table,
            list_key(certificate),
            "SET #ttl = :ttl",
            "certificate_id = :own",
            {"#ttl": "ttl"},
            {**ttl, ":own": S(certificate.certificate_id)},
        )
        return [over, listed]


def certificate_eraser_of(
    env: Mapping[str, str], dynamodb: DynamoDBClient, kept: timedelta
) -> CertificateEraser:
    """The eraser of a deployment: CERTIFICATES_TABLE."""
    return CertificateEraser(dynamodb, env["CERTIFICATES_TABLE"], kept)
