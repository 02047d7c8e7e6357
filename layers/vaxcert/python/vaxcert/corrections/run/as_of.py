"""The feed's "as of": the item that says which feed was applied last (D2). `vaxcert.corrections.run.runs` writes it, anybody may read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

from vaxcert.aws.dynamodb import Item, S, get, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FEED: Final = "FEED"


def as_of_key() -> Item:
    """The primary key of "as of"."""
    return {"pk": S(FEED), "sk": S("AS_OF")}


class FeedDatesStore:
    """Port `FeedDates` of `vaxcert.records.service`: no more is loaded than reading it takes."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def as_of(self) -> date | None:
        """See `FeedDates.as_of`; eventually consistent, since it moves once a night."""
        item = get(self._client, self._table, as_of_key(), consistent=False)
        return None if item is None else date.fromisoformat(text(item, "business_date"))


def feed_dates_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> FeedDatesStore:
    """A function that says "as of" has RUNS_TABLE."""
    return FeedDatesStore(dynamodb, env["RUNS_TABLE"])
