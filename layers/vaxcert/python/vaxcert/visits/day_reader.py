"""Reads what a clinic's day has left in the visits table: its board, its refused scans, what was given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from vaxcert.aws.dynamodb import S, batch_get, query_all, text
from vaxcert.devices.model import Station
from vaxcert.visits import items
from vaxcert.visits.board import BoardEntry
from vaxcert.visits.model import Visit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DayReader:
    """Eventually consistent, as a board is asked for again in a few seconds, and a day that is over changes no more."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def entries(self, clinic_code: str, day: date) -> Sequence[BoardEntry]:
        """See `Board.entries`: one query."""
        found = query_all(
            self._client,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(items.board_pk(clinic_code, day))},
        )
        return [items.from_board_item(item) for item in found if text(item, "sk") != items.COUNTER]

    def refused(self, clinic_code: str, day: date) -> Mapping[str, int]:
        """See `Days.refused`: one query over small items."""
        found = query_all(
            self._client,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(items.refused_pk(clinic_code, day))},
        )
        return Counter(map(items.refused_reason, found))

    def doses(self, visits: Iterable[Visit]) -> int:
        """See `Counted.doses`: one batch read for a hundred visits."""
        keys = [(self._table, items.outcome_key(visit, Station.VACCINATION)) for visit in visits]
        found = batch_get(self._client, keys, consistent=False)
        return sum(len(items.given_from_item(item)) for item in found.values())
