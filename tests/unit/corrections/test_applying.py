"""Rows become archives: versions, kinship, progress (R8–R10, R37, R38, R41, R43, invariant 6)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.fakes.sealing import fake_sealer
from tests.unit.corrections.samples import (
    ADULT,
    CHILD,
    FATHER,
    MOTHER,
    Context,
    Night,
    adult_row,
    archive_key,
    dose,
    fake_night,
    guardian,
    record_of,
    row,
    subject,
)
from vaxcert.archives.model import Archive, ArchiveStatus, System
from vaxcert.archives.personal import archive_no_of, id_no_of, name_of


def stored(night: Night, archive_no: str = "A1", register: str = "child") -> Archive:
    archive: Archive = night.register.all()[archive_key(archive_no, register)]
    return archive


def children_of(night: Night, id_no: str) -> set[tuple[str, str | None]]:
    return {(link.record_id, link.relation) for link in night.register.links(subject(id_no))}


def test_a_row_is_stored_whole_with_personal_data_sealed_r9_invariant_7() -> None:
    night = fake_night()
    given = dose(site="left_arm", origin="other_province", clinic_name="外省门诊")
    night.settle([row("20209876543", doses=[given])])
    archive = stored(night, "20209876543")
    assert (archive.version, archive.system, archive.status) == (1, System.CHILD, ArchiveStatus.IN_CARE)
    assert archive.person_key == subject(CHILD)
    assert archive.record_id == record_of(CHILD)
    assert archive.as_of == date(2026, 3, 1)
    assert archive.doses[0].clinic_name == "外省门诊"  # R33: backfilled doses show
    assert name_of(fake_sealer(), archive) == "张三"
    assert id_no_of(fake_sealer(), archive) == CHILD
    assert archive_no_of(fake_sealer(), archive) == "20209876543"
    assert CHILD not in repr(archive)
    assert "20209876543" not in repr(archive)


@pytest.mark.parametrize(("id_no", "fault"), [(None, "missing"), ("12345", "malformed"), ("", "missing")])
def test_without_a_valid_number_the_archive_is_a_person_of_its_own_r9(id_no: str | None, fault: str) -> None:
    night = fake_night()
    night.settle([row(id_no=id_no)])
    archive = stored(night)
    assert (archive.person_key, archive.number_fault) == (None, fault)
    assert archive.record_id == record_of(archive_no="A1")
    assert children_of(night, MOTHER) == {(archive.record_id, "mother")}


def test_a_higher_version_replaces_and_a_lower_or_equal_one_is_skipped_invariant_6() -> None:
    night = fake_night()
    assert night.settle([row(version=5)])["inserted"] == 1
    assert night.settle([row(version=5, doses=[]), row("A2")])["skipped"] == 1
    assert night.settle([row(version=4, doses=[])])["skipped"] == 1
    assert len(stored(night).doses) == 1
    assert night.settle([row(version=6, doses=[dose(), dose(dose_id="d2")])])["replaced"] == 1
    assert (stored(night).version, len(stored(night).doses)) == (6, 2)


def test_of_one_archive_twice_in_a_feed_the_higher_version_stays() -> None:
    night = fake_night()
    figures = night.settle(
        [row(version=3, name="丙"), row(version=2, name="乙"), row(version=4, name="丁")], parts=2
    )
    assert (figures["inserted"], figures["skipped"], figures["relinked"]) == (1, 1, 1)
    assert stored(night).version == 4


def test_kinship_follows_guardians_and_numbers_r10() -> None:
    night = fake_night()
    night.settle([row(guardians=[guardian(MOTHER), guardian(FATHER, "父亲"), guardian(None, "sibling")])])
    record = record_of(CHILD)
    assert children_of(night, MOTHER) == {(record, "mother")}
    assert children_of(night, FATHER) == {(record, "father")}
    assert children_of(night, CHILD) == {(record, None)}
    assert night.settle([row(version=2)])["relinked"] == 1
    assert children_of(night, FATHER) == set()


def test_archives_of_one_number_are_one_person_rabies_too_r43() -> None:
    night = fake_night()
    night.settle(
        [adult_row(), adult_row("B1", system="rabies"), row("B1", id_no=ADULT, birth_date="1970-05-05")]
    )
    assert {archive.record_id for archive in night.everything()} == {record_of(ADULT)}
    assert len(night.register.own_links(subject(ADULT))) == 3
    assert stored(night, "B1", "rabies").system is System.RABIES


def test_a_newborns_archive_keeps_its_number_when_obstetrics_hands_it_over_r41() -> None:
    night = fake_night()
    night.settle([row("N1", id_no=None, system="obstetrics")])
    assert night.settle([row("N1", 2, id_no=None, system="child")])["relinked"] == 1
    (archive,) = night.everything()
    assert archive.system is System.CHILD


def test_void_and_merged_archives_link_to_nobody() -> None:
    night = fake_night()
    night.settle([row("A1"), row("A2")])
    night.settle([row("A1", 2, op="void"), row("A2", 2, op="merge", into="A1")])
    assert children_of(night, MOTHER) == set()
    assert stored(night, "A2").merged_into == archive_key("A1")


def test_a_part_that_ran_out_of_time_goes_on_where_it_was() -> None:
    answers = [900_000, 900_000, 10_000]
    night = fake_night(stretch=4, context=lambda: Context(answers))
    figures = night.settle([row(f"A{number}") for number in range(10)])
    assert figures["inserted"] == 10
    assert answers == []


def test_a_stretch_that_may_not_come_to_its_end_is_not_begun() -> None:
    """Where the table is throttled a stretch takes minutes, and one that the function's end cuts off is done again."""
    answers = [900_000, 500_000, 100_000]  # 400 seconds each: a third one has no room
    night = fake_night(stretch=4)
    night.feed([row(f"A{number}") for number in range(20)])
    opened = night.open({"run": "run-1"}, Context())
    feed = {name: opened[name] for name in ("run", "sequence", "manifest_sha256")} | {
        "part": opened["parts"][0]
    }
    night.accept(feed, opened["parts"])
    assert night.apply(feed, Context(answers))["status"] == "more"
    assert len(night.register.all()) == 8
    assert night.apply(feed, Context())["status"] == "done"
    assert len(night.register.all()) == 20


def test_a_repeated_step_changes_nothing() -> None:
    night = fake_night()
    night.feed([row()])
    opened = night.open({"run": "r"}, Context())
    feed = {name: opened[name] for name in ("run", "sequence", "manifest_sha256")}
    for _ in range(2):
        night.check({**feed, "part": opened["parts"][0]}, Context())
    judged = [night.close({**feed, "phase": "judge"}, Context()) for _ in range(2)]
    decided = [night.decide(feed, opened["parts"]) for _ in range(2)]
    applied = [night.apply({**feed, "part": opened["parts"][0]}, Context()) for _ in range(2)]
    closed = [night.close({**feed, "phase": "close"}, Context()) for _ in range(2)]
    assert judged[0] == judged[1]
    assert decided[0] == decided[1]
    assert applied[0] == applied[1]
    assert closed[0] == closed[1]
    assert night.apply({**feed, "part": opened["parts"][0]}, Context())["status"] == "done"
    assert night.runs.as_of().sequence == 1


def test_a_rabies_archive_shows_itself_to_no_guardian_r43() -> None:
    night = fake_night()
    night.settle([row("R1", system="rabies"), row("R1", id_no=None)])
    assert [link.archive_key for link in night.register.own_links(subject(CHILD))] == [
        archive_key("R1", "rabies")
    ]
    assert children_of(night, MOTHER) == {(record_of(archive_no="R1"), "mother")}


def test_r8_every_clinic_that_has_somebody_in_care_is_told_once_for_a_part_and_named_as_the_feed_names_it() -> (
    None
):
    """Families find it among the clinics, whether it takes appointments or not."""
    night = fake_night(stretch=2)
    other = {"code": "3202000001", "name": "无锡示范门诊", "city": "320200"}
    gone = {"code": "3206009999", "name": "已撤门诊", "city": "320600"}
    night.settle(
        [
            *(row(f"A{number}") for number in range(5)),
            row("A8", clinic=other),
            row("A9", clinic=gone, status="transferred_out"),
        ]
    )
    assert sorted((one.clinic_code, one.name, one.city, as_of) for one, as_of in night.clinics.told) == [
        ("3202000001", "无锡示范门诊", "320200", date(2026, 3, 1)),
        ("3206020101", "城东街道预防接种门诊", "320600", date(2026, 3, 1)),
    ]
