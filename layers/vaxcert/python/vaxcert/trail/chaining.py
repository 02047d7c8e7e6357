"""Chains the access log from its table's stream, and tells where a chain is broken (D11).

| table | pk | sk | |
|---|---|---|---|
| chain | `C#<certificate_id>` | `E#<position of the entry>` | its link, put if absent: an entry that comes twice is chained once |
| chain | `H#<one hex digit>` | `C#<certificate_id>` | its head: number and digest of the newest link |

Heads stand apart from links, so that a day's heads are read without them. Nothing here is changed but the head, and that only from the one that was read: two writers cannot fork a chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import (
    Cancelled,
    Item,
    N,
    S,
    get,
    maybe_number,
    number,
    put,
    query_all,
    text,
    transact,
)
from vaxcert.errors import Unavailable
from vaxcert.trail.chain import Break, Fault, Head, Link, Logged, breaks, entry_digest, next_link
from vaxcert.trail.items import certificate_of, log_pk, made_at

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS: Final = 16
_HEAD: Final = "H#"
_ENTRY: Final = "E#"
_ATTEMPTS: Final = 5


class AccessChain:
    """The chains of all certificates."""

    def __init__(self, client: DynamoDBClient, chain_table: str, log_table: str) -> None:
        self._client = client
        self._chain = chain_table
        self._log = log_table

    def add(self, item: Item) -> Head | None:
        """Chain an entry as the stream brought it; the new head, or None where it was chained before."""
        pk, position = text(item, "pk"), text(item, "sk")
        for _ in range(_ATTEMPTS):
            head = self._head(pk)
            link = next_link(
                certificate_of(pk), head, position, entry_digest(item), maybe_number(item, "ttl")
            )
            try:
                transact(self._client, [put(self._chain, *_link(pk, link)), self._head_put(pk, head, link)])
            except Cancelled as cancelled:
                if cancelled.failed(0):
                    return None
            else:
                return Head(link.sequence, link.digest)
        raise Unavailable

    def heads(self, shard: int) -> Iterator[tuple[str, Head]]:
        """The heads of a shard (0 to 15) by certificate, as they stand."""
        for item in self._query(self._chain, f"{_HEAD}{shard:x}"):
            yield certificate_of(text(item, "sk")), _head_of(item)

    def repair(self, certificate_id: str, now: datetime) -> int:
        """Chain the entries that never came to the chain; how many they were. Nothing else can be mended from here."""
        _, found = self.verify(certificate_id, now)
        missing = {one.position for one in found if one.fault is Fault.ENTRY_NOT_CHAINED}
        items = self._query(self._log, log_pk(certificate_id)) if missing else []
        return sum(self.add(item) is not None for item in items if text(item, "sk") in missing)

    def verify(
        self, certificate_id: str, now: datetime, anchor: Head | None = None
    ) -> tuple[int, list[Break]]:
        """How many links the chain has, and where it does not hold, `anchor` among it if there is one. The chain is read first: an
        entry that comes meanwhile is new."""
        pk = log_pk(certificate_id)
        for _ in range(_ATTEMPTS):
            head = self._head(pk)
            found = self._query(self._chain, pk)
            # While it was read, the chain may have grown.
            if self._head(pk) == head:
                break
        else:
            raise Unavailable
        links = [_link_of(item) for item in found if text(item, "sk").startswith(_ENTRY)]
        entries = {
            text(item, "sk"): Logged(entry_digest(item), epoch(made_at(item)))
            for item in self._query(self._log, pk)
        }
        return len(links), breaks(certificate_id, entries, links, head, epoch(now), anchor)

    def _head(self, pk: str) -> Head | None:
        item = get(self._client, self._chain, _head_key(pk))
        return None if item is None else _head_of(item)

    def _head_put(self, pk: str, before: Head | None, link: Link) -> dict[str, Any]:
        item = {**_head_key(pk), "sequence": N(link.sequence), "digest": S(link.digest)}
        if before is None:
            return put(self._chain, item, "attribute_not_exists(pk)")
        return put(self._chain, item, "digest = :before", values={":before": S(before.digest)})

    def _query(self, table: str, pk: str) -> list[Item]:
        return list(
            query_all(
                self._client,
                TableName=table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": S(pk)},
            )
        )


def shard_of(certificate_id: str) -> int:
    """The shard that the head of a certificate's chain stands in."""
    return hashlib.sha256(log_pk(certificate_id).encode()).digest()[0] % SHARDS


def _head_key(pk: str) -> Item:
    return {"pk": S(f"{_HEAD}{shard_of(certificate_of(pk)):x}"), "sk": S(pk)}


def _head_of(item: Item) -> Head:
    return Head(number(item, "sequence"), text(item, "digest"))


def _link(pk: str, link: Link) -> tuple[Item, str]:
    item: Item = {
        "pk": S(pk),
        "sk": S(_ENTRY + link.position),
        "sequence": N(link.sequence),
        "entry": S(link.entry),
        "before": S(link.before),
        "digest": S(link.digest),
    }
    if link.kept_until is not None:
        item["kept_until"] = N(link.kept_until)
    return item, "attribute_not_exists(pk)"


def _link_of(item: Item) -> Link:
    return Link(
        number(item, "sequence"),
        text(item, "sk").removeprefix(_ENTRY),
        text(item, "entry"),
        maybe_number(item, "kept_until"),
        text(item, "before"),
        text(item, "digest"),
    )


def chain_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> AccessChain:
    """The chain of a deployment: ACCESS_CHAIN_TABLE beside ACCESS_LOG_TABLE."""
    return AccessChain(dynamodb, env["ACCESS_CHAIN_TABLE"], env["ACCESS_LOG_TABLE"])
