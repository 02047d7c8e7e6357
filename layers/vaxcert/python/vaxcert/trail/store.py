"""The access log in DynamoDB. The form of the items is in `vaxcert.trail.items`; `vaxcert.trail.chaining` chains what is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vaxcert.aws.clock import rfc3339
from vaxcert.aws.dynamodb import (
    Cancelled,
    S,
    query_all,
    single,
    text,
    transact,
)
from vaxcert.grants.items import GrantOps
from vaxcert.grants.model import Grant
from vaxcert.trail.items import (
    RANDOM_BYTES,
    after_moment,
    entry_from_item,
    entry_to_item,
    log_pk,
    logged,
)
from vaxcert.trail.model import CHANGES, Entry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class AccessLogStore:
    """Port `AccessLog`."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        grants_table: str,
        random_bytes: Callable[[int], bytes],
        kept: timedelta = timedelta(days=1095),
    ) -> None:
        self._client = client
        self._table = table
        self._grants = GrantOps(grants_table)
        self._random_bytes = random_bytes
        self._kept = kept

    def append(self, certificate_id: str, entry: Entry, grant: Grant | None) -> bool:
        """See `AccessLog.append`: one write; a delegate's is one transaction with the grant's last use."""
        item = entry_to_item(certificate_id, entry, self._random_bytes(RANDOM_BYTES).hex(), self._kept)
        line = logged(self._table, item)
        try:
            if grant is None:
                single(self._client, line)
            else:
                transact(self._client, [line, self._grants.used(grant, rfc3339(entry.at))])
        except Cancelled as cancelled:
            # No two entries have one position: what stands there is this one, whose answer was lost.
            return cancelled.failed(0)
        return True

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Entry]], bool]:
        """See `AccessLog.latest`: one query."""
        condition, values = "pk = :pk", {":pk": S(log_pk(certificate_id))}
        if before is not None:
            condition, values = "pk = :pk AND sk < :before", values | {":before": S(before)}
        items = self._client.query(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Limit=limit + 1,
        )["Items"]
        return [(text(item, "sk"), entry_from_item(item)) for item in items[:limit]], len(items) > limit

    def recent(self, certificate_id: str, after: datetime, limit: int) -> Sequence[Entry]:
        """See `vaxcert.records.reading.RecentLog.recent`: one eventually consistent query."""
        items = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk > :after",
            ExpressionAttributeValues={":pk": S(log_pk(certificate_id)), ":after": S(after_moment(after))},
            ScanIndexForward=False,
            Limit=limit,
        )["Items"]
        return [entry_from_item(item) for item in items]


class ChangeReader:
    """Reads what delegates changed, and nothing else of the access log."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def latest_change(self, certificate_id: str, after: datetime) -> datetime | None:
        """When a delegate last moved or cancelled an appointment, if that was later than `after` (D7): one query, newest first."""
        entries = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk > :after",
            ExpressionAttributeValues={":pk": S(log_pk(certificate_id)), ":after": S(after_moment(after))},
            ScanIndexForward=False,
        )
        changes = (entry for entry in map(entry_from_item, entries) if entry.access in CHANGES)
        return next((entry.at for entry in changes), None)


def access_log_of(
    env: Mapping[str, str], dynamodb: DynamoDBClient, random_bytes: Callable[[int], bytes], kept: timedelta
) -> AccessLogStore:
    """A function that writes and shows the access log has ACCESS_LOG_TABLE, and GRANTS_TABLE for what it holds still."""
    return AccessLogStore(dynamodb, env["ACCESS_LOG_TABLE"], env["GRANTS_TABLE"], random_bytes, kept)


def changes_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> ChangeReader:
    """A function that tells of delegates' changes has ACCESS_LOG_TABLE."""
    return ChangeReader(dynamodb, env["ACCESS_LOG_TABLE"])
