"""What the brake must say of a feed (D14), the simple way: counted from its rows as told and the registers around its night."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.faults.reference import REGISTERS, Register, Told, expected, read_number
from tests.unit.corrections.samples import RULES, archive_key
from vaxcert.archives.model import GONE, Archive
from vaxcert.claims.model import Certificate, Kind, comes_of_age_on


@dataclass(frozen=True)
class Weight:
    """What D14 asks of one feed, of its rows as told and of the registers before and after its night."""

    rows: int
    bad: int
    touched: frozenset[str]
    lost: frozenset[str]

    def refused(self, percent: int, count: int) -> bool:
        """More rows with a malformed or lost number than `count`, and than `percent` of all."""
        return self.bad > count and self.bad / max(1, self.rows) > percent / 100

    def held(self, percent: int, count: int) -> bool:
        """More certificates suspended or closed than `count`, and than `percent` of those touched."""
        return (
            len(self.lost) > count and len(self.lost) / max(1, len(self.touched | self.lost)) > percent / 100
        )


def weighed(
    rows: int,
    good: Iterable[Told],
    stands: dict[str, Archive],
    before: Register,
    after: Register,
    today: date,
) -> Weight:
    """One feed: `rows` in all, those of them that have their form, and the archives that they meet."""
    bad, records = 0, set[str]()
    for row in good:
        register = str(REGISTERS.get(row["system"], row["system"]))
        told = expected(row, register, archive_key(row["archive_no"], register), today)
        old = stands.get(told.key)
        newer = old is None or old.version < told.version
        numbers = [row["person"].get("id_no"), *(one.get("id_no") for one in row["guardians"])]
        malformed = any(read_number(id_no)[1] == "malformed" for id_no in numbers)
        contradicts = told.number_fault == "contradicts_birth"
        bad += malformed or contradicts or (old is not None and newer and _loses(old, told))
        if newer:
            records |= {one.record_id for one in (old, told) if one is not None}
    live = {name: one for name, one in before.certificates.items() if not one.standing.final}
    return Weight(
        rows=rows,
        bad=bad,
        touched=frozenset(name for name, one in live.items() if one.record_id in records),
        lost=frozenset(
            name for name, one in live.items() if _ended(one, after.certificates[name].standing, today)
        ),
    )


def _loses(old: Archive, told: Archive) -> bool:
    if told.status in GONE:
        return False
    parents = [{one.key for one in each.guardians if one.key} for each in (old, told)]
    nameless = any(one.number_fault == "missing" for one in told.guardians)
    own = old.person_key is not None and told.number_fault == "missing"
    return own or (nameless and bool(parents[0] - parents[1]))


def _ended(one: Certificate, standing: Any, today: date) -> bool:
    if one.kind is Kind.CHILD and today >= comes_of_age_on(one.birth_date, RULES.adult_age):
        return False
    return bool(standing.final) or bool(
        standing.status != one.standing.status and standing.status == "suspended"
    )
