"""A night of corrections, and where every paper stands after it (D20).

`VAXCERT_DOCUMENTS=10000` issues so many papers and corrects a tenth of their archives; the default is small. The figures are in docs/paper.md.
"""

from __future__ import annotations

import time
from collections import Counter
from functools import cache
from math import ceil
from typing import Any, Final

import pytest

from bench.capacity import item_bytes
from tests.counts import PROVE, tell, tries
from tests.faults.faults import Kind, Plan
from tests.faults.papers import ENV
from tests.faults.superseding import CORRECTIONS, LATE, Calls, Papers
from vaxcert.archives.store import from_item
from vaxcert.documents.model import Status

DOCUMENTS: Final = tries("VAXCERT_DOCUMENTS", 200, 5_000)
_FEW: Final = 100

pytestmark = pytest.mark.timeout(7200 if PROVE or DOCUMENTS > 1000 else 300)


def test_d20_after_a_night_every_paper_stands_as_what_it_prints_does() -> None:
    calls = Calls()
    papers = Papers(DOCUMENTS, calls)
    service = papers.press.issuing()
    looked_at = [number for number in range(0, DOCUMENTS - DOCUMENTS // LATE, 10) if _printable(number)]
    before = {number: papers.printed(number, papers.papers[number], service) for number in looked_at}
    assert Counter(papers.statuses()) == {Status.CURRENT: DOCUMENTS}
    start = time.process_time()
    calls.watching = True
    papers.night()
    calls.watching = False
    took = time.process_time() - start
    start = time.process_time()
    found = papers.statuses()
    checked = time.process_time() - start
    assert found == [papers.expected(number) for number in range(DOCUMENTS)]

    # Superseded exactly where another paper, issued now, would print something else.
    service = papers.press.issuing()
    for number in looked_at:
        anew = papers.printed(number, papers.issue(number, service), service)
        assert (anew == before[number]) is (found[number] is Status.CURRENT), number

    assert "DocumentsTable" not in {table for _, table in calls.made}
    rows = [item for _, item in sorted(papers.cloud.dynamodb.tables[ENV["ARCHIVES_TABLE"]].items())]
    written = [item for item in rows if item["version"]["N"] == "2"]
    assert len(written) == len(papers.corrected)
    sizes = [(item_bytes(item), item_bytes(_without(item))) for item in written]
    units, without = (sum(ceil(size / 1024) for size in column) for column in zip(*sizes, strict=True))
    start = time.process_time()
    for item in written:
        assert from_item(item).content == item["content"]["S"]
    digest = time.process_time() - start
    told = Counter(status.value for status in found)
    tell(
        f"{DOCUMENTS} papers, {len(papers.corrected)} corrections: {dict(told)}; the night {took:.1f} s of CPU in memory, "
        f"{sum(calls.made.values())} calls, none of them for papers; {units} write units of archives, {without} without content versions "
        f"({sizes[0][0] - sizes[0][1]} bytes an item); at most {1e6 * digest / len(written):.0f} µs an archive to read it and digest it; "
        f"{1e3 * checked / DOCUMENTS:.2f} ms of CPU a check\n"
    )


def _printable(number: int) -> bool:
    """Whether the certificate is active after the night, so that its family can have a paper."""
    return CORRECTIONS[number // 10 % len(CORRECTIONS)][0].__name__ not in {"_void", "_moved"}


def _without(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "content"}


def test_d20_the_night_asks_for_the_same_whether_papers_were_issued_or_not() -> None:
    made = []
    for evening in (_evening(), Papers(_FEW, papers=False)):
        calls = Calls(watching=True)
        evening.once_more(calls).night()
        made.append(calls.made)
    assert made[0] == made[1]
    assert made[0].total() > _FEW


@cache
def _evening() -> Papers:
    return Papers(_FEW)


@pytest.mark.parametrize("kind", Kind)
def test_d20_whatever_fails_at_night_papers_stand_as_they_should_invariant_6(kind: Kind) -> None:
    """Each content version stands beside the archive that it is of, whichever call of the night fails."""
    evening, counted = _evening(), Plan()
    evening.once_more(counted).night()
    assert counted.calls > 100
    for at in range(1 + list(Kind).index(kind), counted.calls + 1, 1 if PROVE else 29):
        papers = evening.once_more(Plan(kind=kind, at=at))
        papers.night()
        assert papers.plan.injected == {kind: 1}
        assert papers.statuses() == [papers.expected(number) for number in range(_FEW)], at
