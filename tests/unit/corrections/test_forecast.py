"""The register and certificates as a dry run foresees them: what stands, with the feed's in its place (D14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.unit.corrections.fakes import FakeForecast, FakeProgress, FakeRegister
from tests.unit.corrections.samples import (
    CHILD,
    MOTHER,
    RULES,
    SIBLING,
    adult_row,
    archive_key,
    archive_of,
    dose,
    fake_night,
    record_of,
    row,
    subject,
)
from vaxcert.archives.personal import id_no_of, name_of
from vaxcert.claims.model import DECEASED, Certificate
from vaxcert.corrections.steps.brake import is_lost
from vaxcert.corrections.steps.forecast import (
    ForeseenArchives,
    ForeseenCertificates,
    Reads,
    Unsealed,
    essence,
)

LEDGER = "000000002#0"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (row(doses=[dose("2020-01-05", "a"), dose("2021-01-05", "b")]), ["b"]),
        (row(doses=[dose("2021-01-05", "a"), dose("2020-01-05", "b")]), ["a"]),
        (row(doses=[dose("2021-01-05", "a"), dose("2021-01-05", "b")]), ["a", "b"]),
        (adult_row(doses=[dose("2021-01-05", "a"), dose("2022-01-05", "b", vaccine_code="2801")]), ["a"]),
        (row(system="rabies", doses=[dose("2021-01-05", "a")]), []),
        (row(doses=[]), []),
    ],
)
def test_d14_a_forecast_keeps_no_name_and_of_the_doses_the_last_that_counts_r7_invariant_7(
    given: dict[str, Any], kept: list[str]
) -> None:
    archive = archive_of(given)
    found = essence(archive)
    assert [one.dose_id for one in found.doses] == kept
    assert replace(found, doses=archive.doses, sealed=archive.sealed) == archive
    assert name_of(Unsealed(), found) == ""
    assert id_no_of(Unsealed(), found) is None
    assert Unsealed().seal("张三", table="archives", key=found.key, attribute="name") == found.sealed.name


def test_d14_an_archive_stands_as_the_higher_version_has_it_in_the_order_asked() -> None:
    register, forecast = FakeRegister(FakeProgress(), RULES.adult_dose_from), FakeForecast()
    stands = [archive_of(row(number, 2)) for number in ("A1", "A2", "A3", "A4")]
    told = [
        archive_of(row(number, version)) for number, version in (("A2", 3), ("A3", 2), ("A4", 1), ("A5", 1))
    ]
    register.write_all(stands, 1)
    for one in told:
        forecast.keep(LEDGER, one)
    reads = Reads()
    foreseen = ForeseenArchives(LEDGER, register, forecast, reads)
    asked = [archive_key(number) for number in ("A5", "A1", "A9", "A2", "A3", "A4", "A1")]
    assert foreseen.archives(asked) == (essence(told[3]), stands[0], essence(told[0]), *stands[2:])
    assert reads.count == 2 * 6


def test_d14_whose_an_archive_is_and_will_be_both_count_once_each() -> None:
    register, forecast = FakeRegister(FakeProgress(), RULES.adult_dose_from), FakeForecast()
    register.write_all([archive_of(row("A1")), archive_of(row("A2"))], 1)
    for given in (row("A1", 2), row("A2", 2, id_no=SIBLING), row("A3")):
        forecast.keep(LEDGER, archive_of(given))
    reads = Reads()
    foreseen = ForeseenArchives(LEDGER, register, forecast, reads)

    def keys(id_no: str) -> list[str]:
        return [link.archive_key for link in foreseen.own_links(subject(id_no))]

    assert sorted(keys(CHILD)) == sorted(map(archive_key, ("A1", "A2", "A3")))
    assert keys(SIBLING) == [archive_key("A2")]
    assert keys(MOTHER) == []
    assert reads.count == 3 + 1 + 1  # an answer of nothing is a read too


class Foreseen:
    """Two children's certificates as they stand, and as the night would leave them."""

    def __init__(self, *, lost: tuple[str, ...] = ()) -> None:
        night = fake_night()
        night.settle([row("A1"), row("B1", id_no=SIBLING)])
        self.first = night.claim(record_of(CHILD), subject(MOTHER))
        self.second = night.claim(record_of(SIBLING), subject(MOTHER), "c2")
        self.moved = replace(self.first, record_id="r9", version=2)
        self.reads = Reads()
        self.port = ForeseenCertificates(night.certificates, self.reads, _counts, lost)

    def live(self, *record_ids: str) -> list[Certificate]:
        return list(self.port.live(record_ids).values())


def _counts(before: Certificate, after: Certificate) -> bool:
    return is_lost(before, after, date(2026, 3, 2), RULES.adult_age)


def test_d14_a_certificate_that_moved_is_met_where_it_went_and_no_more_where_it_was() -> None:
    foreseen = Foreseen()
    assert foreseen.live(record_of(CHILD)) == [foreseen.first]
    assert foreseen.reads.count == 2  # whose it is, and it
    assert foreseen.port.change(foreseen.first, foreseen.moved) is True
    assert foreseen.live(record_of(CHILD)) == []
    assert foreseen.live("r9", record_of(SIBLING)) == [foreseen.second, foreseen.moved]


def test_invariant_1_the_dry_run_moves_no_certificate_to_a_person_who_has_one_by_then() -> None:
    foreseen = Foreseen()
    assert foreseen.port.change(foreseen.first, foreseen.moved) is True
    other = replace(foreseen.second, record_id="r9", version=2)
    assert foreseen.port.change(foreseen.second, other) is False
    assert foreseen.live("r9", record_of(SIBLING)) == [foreseen.second, foreseen.moved]
    again = replace(foreseen.moved, version=3)
    assert foreseen.port.change(foreseen.moved, again) is True  # its own is in nobody's way
    assert foreseen.live("r9") == [again]


def test_d14_a_certificate_that_leaves_a_person_takes_no_others_along() -> None:
    foreseen = Foreseen()
    newcomer = replace(foreseen.second, record_id=record_of(CHILD), version=2)
    assert foreseen.port.change(foreseen.second, newcomer)
    assert foreseen.port.change(foreseen.first, foreseen.moved)
    assert foreseen.live(record_of(CHILD), "r9") == [newcomer, foreseen.moved]


def test_d14_what_is_lost_is_weighed_against_what_stood_at_first() -> None:
    foreseen = Foreseen(lost=("c7",))
    dead = replace(foreseen.moved, standing=DECEASED, version=3)
    assert foreseen.port.change(foreseen.first, foreseen.moved)
    assert (foreseen.port.lost, foreseen.port.lost_of(record_of(CHILD))) == (1, frozenset())
    assert foreseen.port.change(foreseen.moved, dead)
    assert (foreseen.port.lost, foreseen.port.lost_of(record_of(CHILD))) == (2, frozenset({"c1"}))
    assert foreseen.live("r9") == []
    assert foreseen.port.change(dead, foreseen.moved)
    assert (foreseen.port.lost, foreseen.port.lost_of(record_of(CHILD))) == (1, frozenset())
    assert foreseen.port.lost_of("r9") == frozenset()
