"""What calls of DynamoDB take in units, counted as AWS says, over the tables in memory (`tests.faults.memory`).

A strongly consistent read is one unit for each 4 KB begun, an eventually consistent one half of that; a query is as long as all that
it reads. A write is one unit for each KB begun of the item before or after, whichever is longer, and two in a transaction, whether
its conditions hold or not; so is a condition that is only checked. (DynamoDB Developer Guide, *Capacity unit consumption*.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from tests.faults.memory import MemoryDynamoDB

READ, WRITE = 4096, 1024
# "Every partition ... 3,000 read units per second and 1,000 write units": docs.amazonaws.cn, DynamoDB Developer Guide,
# Best practices for designing and using partition keys effectively (bp-partition-key-design).
PARTITION_READS, PARTITION_WRITES = 3_000, 1_000
_SINGLE = {"put_item": "Put", "update_item": "Update", "delete_item": "Delete"}

type Item = dict[str, Any]
type Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Charge:
    """Units that one call takes of one item collection (a table's partition key)."""

    table: str
    pk: str
    reads: float = 0.0
    writes: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call and its charges."""

    name: str
    charges: tuple[Charge, ...]

    @property
    def reads(self) -> float:
        return sum(charge.reads for charge in self.charges)

    @property
    def writes(self) -> float:
        return sum(charge.writes for charge in self.charges)


def item_bytes(item: Item) -> int:
    """DynamoDB's own measure: names and values in UTF-8; maps and lists cost three bytes and one for each member."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Item) -> int:
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + item_bytes(content) + len(content)
    if kind == "L":
        return 3 + sum(_value_bytes(each) + 1 for each in content)
    if kind == "SS":
        return sum(len(each.encode()) for each in content)
    if kind in {"BOOL", "NULL"}:
        return 1
    return ceil(len(content) / 2) + 1 if kind == "N" else len(content.encode() if kind == "S" else content)


class Collections(dict[Place, Item]):
    """A table that knows its item collections, so that a query of one does not walk through all."""

    def __init__(self) -> None:
        super().__init__()
        self.by_pk: MutableMapping[str, dict[str, Item]] = defaultdict(dict)

    def __setitem__(self, place: Place, item: Item) -> None:
        super().__setitem__(place, item)
        self.by_pk[place[0]][place[1]] = item

    def pop(self, place: Place, *default: Any) -> Any:
        self.by_pk[place[0]].pop(place[1], None)
        return super().pop(place, *default)


class Tables(MemoryDynamoDB):
    """The tables in memory, for many items and long pages."""

    def __init__(self) -> None:
        super().__init__(1_000_000, eventual=True)
        self.tables = {name: Collections() for name in self.tables}

    def partition(self, table: str, condition: str, request: Any) -> Iterator[tuple[Place, Item]]:
        """See `MemoryDynamoDB.partition`."""
        assert condition.startswith("pk = :pk")
        pk = request["ExpressionAttributeValues"][":pk"]["S"]
        held = self.tables[table]
        assert isinstance(held, Collections)
        return (((pk, sk), item) for sk, item in held.by_pk.get(pk, {}).items())

    def query(self, **request: Any) -> Item:
        """As a query of one page, from the end where it is asked so."""
        limit = request.pop("Limit", None)
        answer = super().query(**request)
        if "Items" in answer:
            found = answer["Items"]
            found = found if request.get("ScanIndexForward", True) else found[::-1]
            answer["Items"] = found[:limit]
        return answer


class Meter:
    """A client that tells what each of its calls took."""

    def __init__(self, client: Tables, note: Callable[[Call], None]) -> None:
        self._client = client
        self._note = note

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._client, name)

        def counted(**asked: Any) -> Any:
            before = self._written(name, asked)
            answer: Any = None
            try:
                answer = call(**asked)
            finally:
                after = self._written(name, asked)
                self._note(Call(name, tuple(self._charges(name, asked, answer, before, after))))
            return answer

        return counted

    def _written(self, name: str, asked: Item) -> list[tuple[str, str, int]]:
        """Table, partition key and size as it stands (or as it shall be put) of each item that a write is about."""
        if name == "transact_write_items":
            ops = [(kind, op) for each in asked["TransactItems"] for kind, op in each.items()]
        elif name in _SINGLE:
            ops = [(_SINGLE[name], asked)]
        else:
            return []
        found = []
        for kind, op in ops:
            key = op["Item" if kind == "Put" else "Key"]
            stands = self._client.tables[op["TableName"]].get(
                (key["pk"]["S"], key.get("sk", {}).get("S", ""))
            )
            sizes = [item_bytes(item) for item in (stands, op.get("Item")) if item]
            found.append((op["TableName"], key["pk"]["S"], max(sizes, default=0)))
        return found

    def _charges(
        self, name: str, asked: Item, answer: Any, before: list[Any], after: list[Any]
    ) -> Iterator[Charge]:
        if name == "batch_get_item":
            for table, wanted in asked["RequestItems"].items():
                for key in wanted["Keys"]:
                    item = self._client.tables[table].get((key["pk"]["S"], key.get("sk", {}).get("S", "")))
                    yield Charge(table, key["pk"]["S"], _read([item], wanted.get("ConsistentRead")))
        elif name == "get_item":
            items = [(answer or {}).get("Item")]
            yield Charge(
                asked["TableName"], asked["Key"]["pk"]["S"], _read(items, asked.get("ConsistentRead"))
            )
        elif name == "query":
            pk = asked["ExpressionAttributeValues"][":pk"]["S"]
            yield Charge(
                asked["TableName"], pk, _read((answer or {}).get("Items", []), asked.get("ConsistentRead"))
            )
        else:
            times = 2 if name == "transact_write_items" else 1
            for (table, pk, one), (_, _, other) in zip(before, after, strict=True):
                yield Charge(table, pk, writes=times * max(1, ceil(max(one, other) / WRITE)))


def _read(items: list[Item | None], consistent: object) -> float:
    size = sum(item_bytes(item) for item in items if item)
    return max(1, ceil(size / READ)) * (1.0 if consistent else 0.5)
