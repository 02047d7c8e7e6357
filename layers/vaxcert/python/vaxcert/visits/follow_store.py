"""What a family that follows its visit reads, in DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import N, S, batch_get, get
from vaxcert.claims.items import certificate_key
from vaxcert.claims.items import from_item as certificate_from_item
from vaxcert.claims.model import Certificate
from vaxcert.devices.model import Station
from vaxcert.visits import items
from vaxcert.visits.doses import Given
from vaxcert.visits.model import Visit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class FollowStore:
    """Port `Follows`."""

    def __init__(self, client: DynamoDBClient, *, visits_table: str, certificates_table: str) -> None:
        self._client = client
        self._visits = visits_table
        self._certificates = certificates_table

    def look(self, certificate_id: str) -> tuple[Certificate | None, Visit | None]:
        """See `Follows.look`: one batch read."""
        keys = (
            (self._certificates, certificate_key(certificate_id)),
            (self._visits, items.visit_key(certificate_id)),
        )
        found = batch_get(self._client, keys)
        certificate, visit = (found.get((table, key["pk"]["S"], key["sk"]["S"])) for table, key in keys)
        return (
            None if certificate is None else certificate_from_item(certificate),
            None if visit is None else items.from_item(visit),
        )

    def before(self, visit: Visit, now: datetime) -> int:
        """See `Follows.before`: one query that counts, over the small items of those who wait before it.

        Eventually consistent, as it is asked for again in a few seconds. One page holds thousands of them.
        """
        page = self._client.query(
            TableName=self._visits,
            Select="COUNT",
            KeyConditionExpression="pk = :pk AND sk < :own",
            FilterExpression="over_at > :now",
            ExpressionAttributeValues={
                ":pk": S(items.line_pk(visit)),
                ":own": S(f"{items.line_sk(visit.turn)}#{visit.ticket}"),
                ":now": N(epoch(now)),
            },
        )
        return int(page["Count"])

    def given(self, visit: Visit) -> tuple[Given, ...]:
        """See `Follows.given`: one read."""
        return items.given_from_item(
            get(self._client, self._visits, items.outcome_key(visit, Station.VACCINATION))
        )


def follows_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> FollowStore:
    """A function by which families follow has VISITS_TABLE and CERTIFICATES_TABLE."""
    return FollowStore(
        dynamodb, visits_table=env["VISITS_TABLE"], certificates_table=env["CERTIFICATES_TABLE"]
    )
