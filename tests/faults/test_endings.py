"""Every item that a function writes says when it goes, or is of a kind that stays (D11, D22, invariant 5).

The items are those that the recordings (`story.py`) write. One of a new kind fails until its row says how long it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final

import pytest

from tests.faults import repeating, story
from tests.faults.expressions import Item
from tests.faults.memory import TABLES
from tests.faults.region import Region
from tests.faults.story import Recording
from vaxcert.aws.clock import SHANGHAI

pytestmark = pytest.mark.timeout(300)

type Ends = Callable[[Item, datetime], datetime | None]
"""When an item goes that is written now."""


def _for(**long: float) -> Ends:
    return lambda _, now: now + timedelta(**long)


def _after(attribute: str, **long: float) -> Ends:
    """From the moment that it names; it stays while it names none."""
    return lambda item, _: _moment(item[attribute]) + timedelta(**long) if attribute in item else None


def _entry(item: Item, now: datetime) -> datetime:
    del now
    return datetime.fromisoformat(item["sk"]["S"].split("#")[0]) + timedelta(days=1095)


def _visit(item: Item, now: datetime) -> datetime:
    del item
    return datetime.combine(now.astimezone(SHANGHAI).date(), time(), SHANGHAI) + timedelta(days=30)


def _key(item: Item, now: datetime) -> datetime | None:
    """An offline pack still names one while somebody might hold a code of it."""
    return now + timedelta(days=7) if "killed" in item else _after("retire_at", days=7)(item, now)


def _follower(item: Item, now: datetime) -> datetime | None:
    """While it follows anything, it stays."""
    stays = any("off_at" not in follow["M"] for follow in item["follows"]["M"].values())
    return None if stays else now + timedelta(days=2)


def _moment(value: Item) -> datetime:
    at = value.get("S") or int(value["N"])
    return datetime.fromisoformat(at) if isinstance(at, str) else datetime.fromtimestamp(at, UTC)


GOES: Final[dict[str, Ends]] = {
    "AccessLog C# *": _entry,
    "Appointments C# E#": _after("ends_at", days=90),
    "Appointments C# OPEN": _after("ends_at", days=90),
    "Appointments S# *": _after("ends_at", days=90),
    "Codes B#": _for(days=3, minutes=1),
    "FeedRuns LOOK# *": _for(days=180),
    "FeedRuns OWN# a1:": _for(days=180),
    "FeedRuns PART# APPLY#": _for(days=180),
    "FeedRuns PART# CHECK#": _for(days=180),
    "FeedRuns SEEN# ARCHIVE": _for(days=180),
    "Idempotency I#": _for(days=1),
    "Keys code *": _key,
    "Keys device *": _key,
    "Keys document *": _key,
    "Keys session *": _key,
    "Reminders F# v1:": _follower,
    "Sessions E#": _for(hours=12, minutes=5),
    "Sessions J#": _for(minutes=6),
    "Sessions N#": _for(minutes=10),
    "Sessions S#": lambda *_: datetime.fromtimestamp(2**33, UTC) + timedelta(minutes=5),
    "Visits C# V": _visit,
    "Visits L# *": _visit,
    "Visits Q# *": _visit,
    "Visits Q# COUNTER": _visit,
    "Visits V# O#": _visit,
}
OF_A_FUNCTION: Final[dict[str, dict[str, Ends]]] = {
    # forty days after the certificate was released
    "erase_ended": dict.fromkeys(
        (
            "Certificates C# C",
            "Certificates C# T#",
            "Certificates O# C#",
            "Documents C# D#",
            "Documents D# D",
            "Grants C# S#",
        ),
        _for(days=1095 - 40),
    ),
    "erase_person": {"Sessions E#": _for(days=1)},
}
STAYS: Final = """
    AccessChain C# E#, AccessChain H# C#, Archives a1:, Certificates C# C, Certificates C# T#, Certificates H# C#, Certificates O# C#, Certificates P# LIVE,
    Clinics B# RECALLED, Clinics CITY# *, Clinics CLINICS *, Clinics W# *, Devices D#, Documents C# D#, Documents D# D,
    FeedRuns FEED AS_OF, FeedRuns FEED LOCK, FeedRuns FEED RULE, FeedRuns FEED S#, FeedRuns REJUDGE *,
    Grants C# D#, Grants C# S#, Grants D# C#, Handles a1:, Handles n1:, Handles v1:, Keys data *, Keys published *,
    Kinship v1: kin#, Kinship v1: self#, Reminders RUN *, Reports C# R#, Reports N# N, Reports OPEN *, Visits F# *"""
_STAYING: Final = frozenset(one.strip() for one in STAYS.split(","))


def _kind(table: str, partition: str, place: str) -> str:
    pk = re.match(r"[A-Z]+#|[A-Za-z_]+$|[a-z]\d:", partition)
    sk = re.match(r"[A-Z_]+(#|$)|(kin|self)#|[a-z]\d:", place)
    return " ".join([table, pk[0] if pk else "*", *([sk[0] if sk else "*"] if place else [])])


def _goes(recording: Recording, item: Item, kind: str, now: datetime) -> str:
    """What is wrong with when the item goes, if anything is."""
    ends = OF_A_FUNCTION.get(recording.function, {}).get(kind) or GOES.get(kind)
    if ends is None and kind not in _STAYING:
        return f"{kind}: how long is it kept?"
    due = ends(item, now) if ends else None
    goes = _moment(item["ttl"]) if "ttl" in item else None
    alike = goes == due if goes is None or due is None else abs(goes - due) <= timedelta(minutes=1)
    return "" if alike else f"{recording.label}: {kind} goes {goes}, and not {due}"


def test_d22_every_item_goes_when_it_has_to_and_not_before() -> None:
    names = {table: name.removesuffix("Table") for name, table in TABLES.items()}
    wrong, seen = set[str](), set[str]()
    region = Region()
    with region.lived_in():
        for recording in story.played(region).values():
            after = repeating.played(region, recording, {}).stands
            for table, items in after.tables.items():
                before = recording.before.tables[table]
                for place in (place for place, item in items.items() if before.get(place) != item):
                    kind = _kind(names[table], *place)
                    seen.add(kind)
                    wrong.add(_goes(recording, items[place], kind, after.now))
    assert wrong == {""}
    assert seen == {*GOES, *_STAYING}
