"""The chained access log: whatever is taken away or changed shows, and where (D11)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.trail.chain import Break, Fault, Head, Link, Logged, breaks, entry_digest, next_link

NOW = 2_000_000_000


def chained(
    count: int, kept_until: int | None = NOW + 1000
) -> tuple[dict[str, Logged], list[Link], Head | None]:
    entries: dict[str, Logged] = {}
    links: list[Link] = []
    head: Head | None = None
    for number in range(1, count + 1):
        position, digest = f"2026-07-01T00:00:{number:02d}Z#0", entry_digest({"n": {"N": str(number)}})
        link = next_link("c1", head, position, digest, kept_until)
        entries[position] = Logged(digest, NOW - 10_000)
        links.append(link)
        head = Head(link.sequence, link.digest)
    return entries, links, head


def faults(found: list[Break]) -> list[tuple[Fault, int | None]]:
    return [(one.fault, one.sequence) for one in found]


@given(st.integers(0, 8))
def test_a_whole_chain_holds(count: int) -> None:
    entries, links, head = chained(count)
    assert breaks("c1", entries, reversed(links), head, NOW) == []


@given(st.integers(1, 8).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count - 1))))
def test_an_entry_that_is_removed_or_changed_is_told_by_its_place(place: tuple[int, int]) -> None:
    count, index = place
    entries, links, head = chained(count)
    position = links[index].position
    changed = entries | {position: Logged("0" * 64, NOW - 10_000)}
    assert breaks("c1", changed, links, head, NOW) == [Break(Fault.ENTRY_CHANGED, position, index + 1)]
    del entries[position]
    assert breaks("c1", entries, links, head, NOW) == [Break(Fault.ENTRY_REMOVED, position, index + 1)]


def test_a_link_that_is_removed_with_its_entry_shows() -> None:
    entries, links, head = chained(5)
    gone = links.pop(2)
    del entries[gone.position]
    assert faults(breaks("c1", entries, links, head, NOW)) == [(Fault.LINK_REMOVED, 3)]


def test_links_and_entries_cut_off_at_the_end_show_by_the_head() -> None:
    entries, links, head = chained(5)
    for gone in links[3:]:
        del entries[gone.position]
    assert faults(breaks("c1", entries, links[:3], head, NOW)) == [(Fault.HEAD_CHANGED, None)]


def test_a_forged_link_and_all_that_follow_show() -> None:
    entries, links, head = chained(4)
    forged = next_link("c1", Head(1, links[0].digest), links[1].position, "f" * 64, NOW + 1000)
    entries[forged.position] = Logged("f" * 64, NOW - 10_000)
    found = breaks("c1", entries, [links[0], forged, *links[2:]], head, NOW)
    assert faults(found) == [(Fault.LINK_CHANGED, 3)]
    found = breaks("c1", entries, [links[0], replace(forged, digest=links[1].digest), *links[2:]], head, NOW)
    assert faults(found) == [(Fault.LINK_CHANGED, 2)]


def test_a_chain_of_another_certificate_does_not_fit() -> None:
    entries, links, head = chained(2)
    assert {fault for fault, _ in faults(breaks("c2", entries, links, head, NOW))} == {Fault.LINK_CHANGED}


def test_what_has_had_its_time_has_only_expired() -> None:
    _, links, head = chained(3, kept_until=NOW)
    assert breaks("c1", {}, links, head, NOW) == []
    assert len(breaks("c1", {}, links, head, NOW - 1)) == 3


@pytest.mark.parametrize(("at", "fault"), [(NOW - 300, []), (NOW - 301, [Fault.ENTRY_NOT_CHAINED])])
def test_an_entry_that_never_came_to_the_chain_shows_after_a_while(at: int, fault: list[Fault]) -> None:
    found = breaks("c1", {"p": Logged("d", at)}, [], None, NOW)
    assert [one.fault for one in found] == fault


def test_a_digest_is_the_same_from_stream_and_table() -> None:
    item = {"pk": {"S": "C#1"}, "slot": {"N": "0"}}
    assert entry_digest(item) == entry_digest(json.loads(json.dumps(dict(reversed(item.items())))))
