"""Counts by clinic and day, which stay when the visits they were counted from are gone.

| table | pk | sk | |
|---|---|---|---|
| visits | `F#<yyyy-mm>` | `<clinic_code>#<dd>` | what was counted of a day at a clinic: its name and numbers |
| visits | `F#<yyyy-mm>` | `#<dd>` | the day was counted, written after everything of it |

Nothing of a person stands in them, and so they have no end. What is counted twice is put in its own place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from vaxcert.aws.dynamodb import Item, M, N, S, number, put, query_all, single, text
from vaxcert.visits.day_reader import DayReader
from vaxcert.visits.month import Counts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_DAY: Final = ""  # what no clinic is called


class MonthStore(DayReader):
    """Ports `Counted` and `Months`."""

    def keep(self, day: date, counted: Iterable[Counts]) -> None:
        """See `Months.keep`: a write for each clinic, and the day's last."""
        for one in counted:
            counts = {name: N(count) for name, count in one.counts.items()}
            body = {"clinic_name": S(one.clinic_name), "counts": M(counts)}
            self._put({**_key(day, one.clinic_code), **body})
        self._put(_key(day, _DAY))

    def days(self, month: date) -> frozenset[date]:
        """See `Months.days`: one query of small items."""
        found = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :day)",
            ExpressionAttributeValues={":pk": S(_pk(month)), ":day": S(f"{_DAY}#")},
        )
        return frozenset(_place(item, month)[1] for item in found)

    def counts(self, month: date) -> Sequence[tuple[date, Counts]]:
        """See `Months.counts`: one query."""
        found = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(_pk(month))},
        )
        return [_counted(item, month) for item in found if not text(item, "sk").startswith(f"{_DAY}#")]

    def _put(self, item: Item) -> None:
        single(self._client, put(self._table, item))


class FigureBucket:
    """Where an operator finds a month's file."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, name: str, content: bytes) -> str:
        """Keep a file under `figures/`; its whole key."""
        key = f"figures/{name}"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType="text/csv; charset=utf-8")
        return key


def _pk(month: date) -> str:
    return f"F#{month:%Y-%m}"


def _key(day: date, what: str) -> Item:
    return {"pk": S(_pk(day)), "sk": S(f"{what}#{day:%d}")}


def _place(item: Item, month: date) -> tuple[str, date]:
    what, _, day = text(item, "sk").rpartition("#")
    return what, month.replace(day=int(day))


def _counted(item: Item, month: date) -> tuple[date, Counts]:
    clinic_code, day = _place(item, month)
    counts = {name: number(item["counts"]["M"], name) for name in item["counts"]["M"]}
    return day, Counts(clinic_code, text(item, "clinic_name"), counts)


def months_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> MonthStore:
    """A function that counts days has VISITS_TABLE."""
    return MonthStore(dynamodb, env["VISITS_TABLE"])


def figures_of(env: Mapping[str, str], s3: S3Client) -> FigureBucket:
    """A month's file goes to FEED_BUCKET."""
    return FigureBucket(s3, env["FEED_BUCKET"])
