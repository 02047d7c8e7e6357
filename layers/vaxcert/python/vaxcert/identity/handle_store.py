"""Handles in DynamoDB: one item per key, (`v1:…`, `n1:…`, `a1:…` and those of further peppers) with its `handle`; a visitor's goes by `ttl`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Final

from vaxcert.aws.clock import Clock
from vaxcert.aws.dynamodb import (
    Cancelled,
    Item,
    N,
    Op,
    S,
    batch_get,
    check,
    delete,
    get,
    maybe_number,
    put,
    scan_all,
    single,
    text,
    transact,
    update,
)
from vaxcert.identity.blinding import Cover
from vaxcert.identity.handles import Handles, Kept, KnownHandles, Wanted, drawn

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from vaxcert.aws.secrets import Peppers

_AT_ONCE: Final = 25
"""Handles a transaction: few enough that two nights' workers seldom get in each other's way over a name that many have."""
_PAGE: Final = 1000
_TURNS: Final = 10
_NOT_THERE: Final = "attribute_not_exists(pk)"


class HandleReader:
    """Port `KeptHandles`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, keys: Collection[str]) -> dict[str, Kept]:
        """See `KeptHandles.find`: one round trip per hundred."""
        found = batch_get(self._client, [(self._table, {"pk": S(key)}) for key in keys])
        return {pk: _kept(item) for (_, pk, _), item in found.items()}


class HandleStore(HandleReader):
    """Port `HandleTable`."""

    def make(self, wanted: Sequence[Wanted]) -> set[str]:
        """See `HandleTable.make`: one transaction for each twenty-five, and one more for those that were not in the way."""
        made: set[str] = set()
        for some in batched(wanted, _AT_ONCE, strict=False):
            made |= self._made(some)
        return made

    def prolong(self, key: str, kept: Kept, ends: int | None) -> bool:
        """See `HandleTable.prolong`. It holds only as it was read: what is kept for good by now never gets an end again."""
        names, values = {"#ttl": "ttl"}, {":handle": S(kept.handle), ":was": N(kept.ends or 0)}
        change = "REMOVE #ttl" if ends is None else "SET #ttl = :ends"
        if ends is not None:
            values[":ends"] = N(ends)
        condition = "handle = :handle AND #ttl = :was"
        try:
            single(self._client, update(self._table, {"pk": S(key)}, change, condition, names, values))
        except Cancelled:
            return False
        return True

    def keep(self, there: Sequence[Wanted], new: Sequence[Wanted]) -> bool:
        """See `HandleTable.keep`: one transaction, of as many operations for what was there as for what was not."""
        ops = [op for one in new for op in self._new(one)]
        for one in there:
            values = {":handle": S(one.kept.handle)}
            ops += [
                update(
                    self._table,
                    {"pk": S(one.key)},
                    "REMOVE #ttl",
                    "handle = :handle",
                    {"#ttl": "ttl"},
                    values,
                ),
                *self._alone(one),
            ]
        try:
            transact(self._client, ops)
        except Cancelled:
            return False
        return True

    def _new(self, one: Wanted) -> list[Op]:
        return [put(self._table, _item(one.key, one.kept), _NOT_THERE), *self._alone(one)]

    def _alone(self, one: Wanted) -> list[Op]:
        return [check(self._table, {"pk": S(other)}, _NOT_THERE) for other in one.others]

    def _made(self, wanted: Sequence[Wanted]) -> set[str]:
        while wanted:
            ops, owner = list[Op](), list[str]()
            for one in wanted:
                own = self._new(one)
                ops += own
                owner += [one.key] * len(own)
            try:
                transact(self._client, ops)
            except Cancelled as cancelled:
                met = {key for place, key in enumerate(owner) if cancelled.failed(place)}
                wanted = [one for one in wanted if one.key not in met]
            else:
                return {one.key for one in wanted}
        return set()


class Doubled(Exception):
    """A key stands under the pepper before and under the next, so that it cannot be moved."""


@dataclass(frozen=True, slots=True)
class Mover:
    """Moves handles from the keys of one pepper to those of the next, while both are read (D23). Several may be at work, and stop anywhere."""

    client: DynamoDBClient
    table: str
    cover: Cover

    def segment(self, number: int, of: int) -> int:
        """Go through one of so many parts of the table; how many keys of the version before were met."""
        found = scan_all(
            self.client,
            TableName=self.table,
            ConsistentRead=True,
            Segment=number,
            TotalSegments=of,
            Limit=_PAGE,
        )
        old = (item for item in found if self.cover.covers(text(item, "pk")))
        return sum(map(self._some, batched(old, _AT_ONCE, strict=False)))

    def _some(self, items: Sequence[Item]) -> int:
        try:
            transact(self.client, [op for item in items for op in self._moved(item)])
        except Cancelled:
            for item in items:
                self._one(text(item, "pk"))
        return len(items)

    def _one(self, key: str) -> None:
        """Move a key as it stands by now: it was kept meanwhile, has ended, or another has moved it."""
        for _ in range(_TURNS):
            item = get(self.client, self.table, {"pk": S(key)})
            if item is None:
                return
            try:
                transact(self.client, self._moved(item))
            except Cancelled:
                continue
            return
        # Never while everybody keeps to the rule of `Handles`: one of the two would have to be given up.
        raise Doubled

    def _moved(self, item: Item) -> list[Op]:
        key, values = text(item, "pk"), {":handle": item["handle"]}
        condition = "handle = :handle AND " + (
            "#ttl = :ttl" if "ttl" in item else "attribute_not_exists(#ttl)"
        )
        if "ttl" in item:
            values[":ttl"] = item["ttl"]
        return [
            put(self.table, item | {"pk": S(self.cover.over(key))}, _NOT_THERE),
            delete(self.table, {"pk": S(key)}, condition, {"#ttl": "ttl"}, values),
        ]


def _item(key: str, kept: Kept) -> Item:
    item: Item = {"pk": S(key), "handle": S(kept.handle)}
    return item if kept.ends is None else item | {"ttl": N(kept.ends)}


def _kept(item: Item) -> Kept:
    return Kept(text(item, "handle"), maybe_number(item, "ttl"))


def handles_of(env: Mapping[str, str], dynamodb: DynamoDBClient, peppers: Peppers, clock: Clock) -> Handles:
    """A function that turns a number into a handle has HANDLES_TABLE."""
    return Handles(HandleStore(dynamodb, env["HANDLES_TABLE"]), peppers, clock, drawn)


def known_handles_of(env: Mapping[str, str], dynamodb: DynamoDBClient, peppers: Peppers) -> KnownHandles:
    """As `handles_of`, for a function that only looks."""
    return KnownHandles(HandleReader(dynamodb, env["HANDLES_TABLE"]), peppers, drawn)
