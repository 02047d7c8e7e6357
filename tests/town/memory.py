"""What the town stands on: tables in memory that find a partition at once, AWS that fails now and then, and threads that take turns."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self

import pytest

from tests.faults.expressions import Item, holds
from tests.faults.faults import Crash, Kind, Part, Plan
from tests.faults.memory import TABLES, MemoryDynamoDB
from tests.faults.papers import PaperTables
from tools import reblind
from vaxcert.aws import dynamodb, patience, together
from vaxcert.corrections.steps import apart, applying, closing, judging, opening, rejudging, weighing

_WRITES: Final = frozenset({"transact_write_items", "put_item", "update_item", "delete_item"})
_ALWAYS: Final = (Kind.THROTTLE, Kind.SERVER_ERROR, Kind.TIMEOUT_BEFORE, Kind.CRASH_BEFORE)
_KINDS: Final = (*_ALWAYS, Kind.TIMEOUT_AFTER, Kind.LOST_ANSWER, Kind.CRASH_AFTER)

type Place = tuple[str, str]


class Rows(dict[Place, Item]):
    """A table that knows its partitions."""

    def __init__(self, rows: Mapping[Place, Item] | None = None) -> None:
        super().__init__()
        self.partitions: dict[str, dict[Place, None]] = {}
        for place, item in (rows or {}).items():
            self[place] = item

    def __setitem__(self, place: Place, item: Item) -> None:
        super().__setitem__(place, item)
        self.partitions.setdefault(place[0], {})[place] = None

    def __delitem__(self, place: Place) -> None:
        self.pop(place)

    def pop(self, place: Place, *default: Any) -> Any:
        """See dict."""
        if (among := self.partitions.get(place[0])) is not None:
            among.pop(place, None)
        return super().pop(place, *default)


class TownTables(PaperTables):
    """Tables of a whole town."""

    def __init__(self) -> None:
        MemoryDynamoDB.__init__(self, page=100, eventual=True)
        self.tables = {name: Rows() for name in TABLES.values()}

    def partition(
        self, table: str, condition: str, request: Mapping[str, Any]
    ) -> Iterator[tuple[Place, Item]]:
        """See `MemoryDynamoDB.partition`."""
        assert condition.startswith("pk = :pk")
        rows: Any = self.tables[table]
        wanted = request["ExpressionAttributeValues"][":pk"]["S"]
        return ((place, rows[place]) for place in rows.partitions.get(wanted, ()))

    def scan(self, *, TableName: str, Segment: int = 0, TotalSegments: int = 1, **request: Any) -> Item:  # noqa: N803
        """A whole segment in one page."""
        found = [
            dict(item)
            for place, item in sorted(self.tables[TableName].items())
            if TotalSegments == 1 or zlib.crc32(place[0].encode()) % TotalSegments == Segment
        ]
        wanted = request.get("FilterExpression")
        found = [item for item in found if wanted is None or holds(wanted, item, request)]
        return {"Count": len(found)} if request.get("Select") == "COUNT" else {"Items": found}

    def sweep(self, now: int) -> int:
        """TTL cleans, at some time or other (invariant 5)."""
        over = [
            (rows, place)
            for rows in self.tables.values()
            for place, item in rows.items()
            if "ttl" in item and int(item["ttl"]["N"]) < now
        ]
        for rows, place in over:
            rows.pop(place)
        return len(over)


@dataclass
class Weather(Plan):
    """Fails calls by the dice, where it is bad weather."""

    dice: random.Random = field(default_factory=random.Random)
    share: float = 0.0

    def fault(self, operation: str, request: Any) -> Kind | Part | None:
        """See `Plan.fault`."""
        self.calls += 1
        if not self.share or self.dice.random() >= self.share:
            return None
        kind = self.dice.choice(_KINDS if operation in _WRITES else _ALWAYS)
        self.injected[kind] += 1
        return kind


class _Inline:
    """An executor that does at once what it is given."""

    def __init__(self, *_: object) -> None:
        """As many workers as you like."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to do."""

    def submit(self, act: Callable[[], Any]) -> Future[Any]:
        """See `Executor.submit`."""
        done: Future[Any] = Future()
        try:
            done.set_result(act())
        except (Exception, Crash) as error:  # noqa: BLE001 - as an executor does
            done.set_exception(error)
        return done

    @staticmethod
    def map(act: Callable[..., Any], *given: Any) -> Iterator[Any]:
        """See `Executor.map`."""
        return iter([act(*one) for one in zip(*given, strict=False)])


@contextmanager
def in_turn() -> Iterator[None]:
    """Threads take turns and nobody pauses, so that a seed says all that happens."""
    inline = _Inline()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(together, "_pool", lambda: inline)
        patch.setattr(dynamodb, "_pause", lambda *_: None)
        patch.setattr(patience, "FIRST_PAUSE", 0.0)
        for one in (reblind, apart, applying, closing, judging, opening, rejudging, weighing):
            patch.setattr(one, "ThreadPoolExecutor", _Inline)
        yield
