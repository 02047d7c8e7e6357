"""The access log and the feed's "as of" in DynamoDB.

Access log: (`C#<certificate_id>`, `<UTC time to the microsecond>#<random>`), put if absent and never changed; kept as long as the
setting says. `vaxcert.records.chaining` chains what is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from vaxcert.aws.clock import epoch, rfc3339
from vaxcert.aws.dynamodb import (
    Cancelled,
    Item,
    N,
    S,
    get,
    maybe_number,
    maybe_text,
    put,
    single,
    text,
    transact,
)
from vaxcert.grants.items import GrantOps
from vaxcert.grants.model import Grant
from vaxcert.records.model import Access, Entry

_RANDOM = 4
_OPTIONAL = ("grant_id", "clinic_code", "station", "result")


def entry_to_item(certificate_id: str, entry: Entry, random_hex: str, kept: timedelta) -> Item:
    """The item of an entry, to be kept so long."""
    moment = entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    item: Item = {
        "pk": S(f"C#{certificate_id}"),
        "sk": S(f"{moment}#{random_hex}"),
        "kind": S(entry.access),
        "actor": S(entry.actor),
        "slot": N(entry.slot),
        "ttl": N(epoch(entry.at + kept)),
    }
    for name in _OPTIONAL:
        value = getattr(entry, name)
        if value is not None:
            item[name] = S(value)
    return item


def entry_from_item(item: Item) -> Entry:
    """The entry that an item holds; scans are written by the scan's own transaction."""
    moment = text(item, "sk").partition("#")[0]
    return Entry(
        datetime.fromisoformat(moment),
        Access(text(item, "kind")),
        text(item, "actor"),
        maybe_number(item, "slot") or 0,
        *(maybe_text(item, name) for name in _OPTIONAL),
    )


class AccessLogStore:
    """Port `AccessLog`."""

    def __init__(
        self,
        client: Any,
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
        item = entry_to_item(certificate_id, entry, self._random_bytes(_RANDOM).hex(), self._kept)
        line = put(self._table, item, "attribute_not_exists(pk)")
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
        condition, values = "pk = :pk", {":pk": S(f"C#{certificate_id}")}
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


class FeedDatesStore:
    """Port `FeedDates`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def as_of(self) -> date | None:
        """See `FeedDates.as_of`; eventually consistent, since it moves once a night."""
        item = get(self._client, self._table, {"pk": S("FEED"), "sk": S("AS_OF")}, consistent=False)
        return None if item is None else date.fromisoformat(text(item, "business_date"))
