"""Handles over a table in a dict: when a visitor's are put off, and when we give up (R3, D22)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.handles import fixed
from vaxcert.aws.clock import epoch
from vaxcert.errors import Unavailable
from vaxcert.identity.blinding import subject
from vaxcert.identity.handles import Handles, Kept, KnownHandles, Wanted, drawn
from vaxcert.keys.base64url import decode

WHO, NAME = "320600199001010015", "沈测试"
VISIT = timedelta(days=7)


class _Table:
    """Port `HandleTable` for one caller at a time."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.looked_for: list[str] = []

    def find(self, keys: Collection[str]) -> dict[str, Kept]:
        self.looked_for += keys
        return {key: self.kept[key] for key in keys if key in self.kept}

    def make(self, wanted: Sequence[Wanted]) -> set[str]:
        self.kept |= {one.key: one.kept for one in wanted}
        return {one.key for one in wanted}

    def prolong(self, key: str, kept: Kept, ends: int | None) -> bool:
        self.kept[key] = Kept(kept.handle, ends)
        return True

    def keep(self, there: Sequence[Wanted], new: Sequence[Wanted]) -> bool:
        self.kept |= {one.key: Kept(one.kept.handle) for one in (*there, *new)}
        return True


class _Overtaken(_Table):
    """Somebody else makes the first handle in the moment between the look and the write."""

    def make(self, wanted: Sequence[Wanted]) -> set[str]:
        if not self.kept:
            self.kept[wanted[0].key] = Kept("v.theirs")
            return {one.key for one in wanted[1:]}
        return super().make(wanted)


class _Contested(_Table):
    """Somebody else is quicker each time, and what they made has gone before it is looked for again."""

    def __init__(self) -> None:
        super().__init__()
        self.tried = 0

    def make(self, wanted: Sequence[Wanted]) -> set[str]:
        self.tried += 1
        return set()

    def keep(self, there: Sequence[Wanted], new: Sequence[Wanted]) -> bool:
        self.tried += 1
        return False


@pytest.mark.parametrize(
    ("left", "put_off"), [(24 * 3600 + 1, False), (24 * 3600, False), (24 * 3600 - 1, True)]
)
def test_d22_a_visitors_end_is_put_off_once_less_than_a_day_is_left(left: int, put_off: bool) -> None:
    clock, table = FakeClock(), _Table()
    handles = Handles(table, fixed(b"p" * 64), clock, drawn)
    first = handles.visitor(WHO, NAME)
    ends = epoch(clock() + VISIT)
    clock.now += VISIT - timedelta(seconds=left)
    assert handles.visitor(WHO, NAME) == first
    assert {kept.ends for kept in table.kept.values()} == {epoch(clock() + VISIT) if put_off else ends}


def test_d22_a_visitor_whom_somebody_else_asks_for_is_kept_for_good_at_once() -> None:
    table = _Table()
    handles = Handles(table, fixed(b"p" * 64), FakeClock(), drawn)
    who, _ = handles.visitor(WHO, NAME)
    assert handles.of([subject(WHO)]) == {subject(WHO): who}
    assert {kept.handle: kept.ends is None for kept in table.kept.values()}[who]


def test_d23_who_stands_under_the_newest_pepper_is_not_looked_for_under_an_older() -> None:
    table = _Table()
    handles = Handles(table, fixed(b"p" * 64, b"q" * 64), FakeClock(), drawn)
    handles.visitor(WHO, NAME)
    table.looked_for.clear()
    handles.visitor(WHO, NAME)
    assert sorted(table.looked_for) == sorted(table.kept)


def test_r3_a_handle_is_128_random_bits_behind_its_letter() -> None:
    kind, _, bits = drawn(subject(WHO)).partition(".")
    assert (kind, len(decode(bits))) == ("v", 16)
    assert drawn(subject(WHO)) != drawn(subject(WHO))


def test_r3_who_is_overtaken_takes_what_the_other_made() -> None:
    handles = Handles(_Overtaken(), fixed(b"p" * 64), FakeClock(), drawn)
    assert handles.of([subject(WHO)]) == {subject(WHO): "v.theirs"}


def test_d23_who_stands_under_an_older_pepper_is_found() -> None:
    table, clock = _Table(), FakeClock()
    before = Handles(table, fixed(b"p" * 64), clock, drawn)
    after = Handles(table, fixed(b"p" * 64, b"q" * 64), clock, drawn)
    who = before.visitor(WHO, NAME)
    assert after.visitor(WHO, NAME) == after.person(WHO, NAME) == who
    assert KnownHandles(table, fixed(b"p" * 64, b"q" * 64), drawn).known(WHO, NAME) == who


def test_r3_who_is_overtaken_every_time_gives_up_and_may_ask_again() -> None:
    table = _Contested()
    handles = Handles(table, fixed(b"p" * 64), FakeClock(), drawn)
    with pytest.raises(Unavailable):
        handles.of([subject(WHO)])
    assert table.tried > 1
    with pytest.raises(Unavailable):
        handles.visitor(WHO, NAME)
    with pytest.raises(Unavailable):
        handles.person(WHO, NAME)
