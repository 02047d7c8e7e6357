"""A certificate's states, and what the nightly sync should make of one (D5, D6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from tests.fakes.household import RULES
from tests.fakes.people import FATHER, FATHER_NO, MOTHER_NO, an_adult, an_archive, guardian
from vaxcert.archives.model import ArchiveStatus, System
from vaxcert.claims.eligibility import standing_of
from vaxcert.claims.model import (
    ACTIVE,
    CAME_OF_AGE,
    DECEASED,
    REASONS,
    RELEASED,
    REPLACED,
    Agreement,
    Certificate,
    Kind,
    Standing,
    Status,
    StatusReason,
    suspended,
)

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
TODAY = date(2026, 7, 1)
ALL = [Standing(status, reason) for status, reasons in REASONS.items() for reason in reasons]


def certificate(**fields: Any) -> Certificate:
    values: dict[str, Any] = {
        "certificate_id": "c1",
        "record_id": "r1",
        "person_key": "v1:child",
        "holder": FATHER,
        "relation": "father",
        "kind": Kind.CHILD,
        "standing": ACTIVE,
        "version": 1,
        "birth_date": date(2020, 5, 1),
        "archive_keys": ("a1:1",),
        "claimed_at": NOW,
        "changed_at": NOW,
        "agreement": Agreement("2024-08-10", ("basic_service",), NOW, "app", "face"),
    }
    return Certificate(**(values | fields))


@pytest.mark.parametrize(("before", "after"), list(product(ALL, ALL)))
def test_d5_the_state_machine_as_a_table(before: Standing, after: Standing) -> None:
    live = {Status.ACTIVE, Status.SUSPENDED}
    expected = before.status in live and before != after
    if after == REPLACED:
        expected = before.status is Status.SUSPENDED
    assert before.can_transition_to(after) is expected
    if expected:
        moved = certificate(standing=before).moved_to(after, NOW)
        assert (moved.standing, moved.version) == (after, 2)
    else:
        with pytest.raises(ValueError, match="cannot become"):
            certificate(standing=before).moved_to(after, NOW)


def test_released_and_closed_are_final_and_the_others_are_not() -> None:
    assert [one.final for one in (ACTIVE, suspended(StatusReason.OUT_OF_CARE))] == [False, False]
    assert all(one.final for one in (RELEASED, REPLACED, CAME_OF_AGE, DECEASED))


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.ACTIVE, StatusReason.DECEASED), (Status.SUSPENDED, None), (Status.CLOSED, None)],
)
def test_a_status_has_its_own_reasons_only(status: Status, reason: StatusReason | None) -> None:
    with pytest.raises(ValueError, match="no reason"):
        Standing(status, reason)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_d6_a_childs_certificate_closes_by_itself_on_the_eighteenth_birthday(days: int) -> None:
    born = date(2008, 7, 1)
    today = TODAY + timedelta(days=days)
    child = certificate(birth_date=born)
    assert child.usable_on(today, 18) is (days < 0)
    assert child.standing_on(today, 18) == (ACTIVE if days < 0 else CAME_OF_AGE)
    assert child.held_by(FATHER, today, 18) is (days < 0)
    held = certificate(birth_date=born, standing=suspended(StatusReason.OUT_OF_CARE))
    assert held.standing_on(today, 18).final is (days >= 0)
    assert certificate(birth_date=born, standing=RELEASED).standing_on(today, 18) == RELEASED
    assert certificate(birth_date=born, kind=Kind.ADULT).usable_on(today, 18)


def test_d20_why_it_was_suspended_is_kept_of_one_that_ended_so_and_of_no_other() -> None:
    """Papers of a certificate that was restored are taken back no more."""
    reason = StatusReason.GUARDIAN_REMOVED
    held = certificate(standing=suspended(reason))
    followed = [held.moved_to(after, NOW) for after in ALL if held.standing.can_transition_to(after)]
    assert {one.standing: one.ended_from for one in followed} == {
        one.standing: reason if one.standing.final else None for one in followed
    }
    assert {one.standing.final for one in followed} == {False, True}
    assert certificate().moved_to(RELEASED, NOW).ended_from is None


def test_times_of_a_change_are_whole_seconds() -> None:
    later = NOW + timedelta(microseconds=987_654)
    moved = certificate().moved_to(RELEASED, later)
    relinked = certificate().relinked(
        record_id="r2", person_key=None, archive_keys=["a"], birth_date=TODAY, now=later
    )
    assert moved.changed_at == relinked.changed_at == NOW


def test_relinking_makes_a_next_version_with_the_archives_in_order_and_once_each() -> None:
    moved = certificate().relinked(
        record_id="r2", person_key=None, archive_keys=["b", "a", "b"], birth_date=TODAY, now=NOW
    )
    assert (moved.record_id, moved.person_key, moved.archive_keys) == ("r2", None, ("a", "b"))
    assert (moved.version, moved.birth_date, moved.standing) == (2, TODAY, ACTIVE)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ACTIVE),
        ({"guardians": (guardian(MOTHER_NO, "mother"),)}, suspended(StatusReason.GUARDIAN_REMOVED)),
        ({"guardians": ()}, suspended(StatusReason.GUARDIAN_REMOVED)),
        ({"guardians": (guardian(None, fault="malformed"),)}, suspended(StatusReason.GUARDIAN_REMOVED)),
        ({"guardians": (guardian(None, fault="missing"),)}, suspended(StatusReason.GUARDIAN_REMOVED)),
        ({"status": ArchiveStatus.TRANSFERRED_OUT}, suspended(StatusReason.OUT_OF_CARE)),
        ({"city": "320500"}, suspended(StatusReason.OUT_OF_CARE)),
        ({"status": ArchiveStatus.VOID}, suspended(StatusReason.ARCHIVE_VOID)),
        ({"status": ArchiveStatus.DECEASED}, DECEASED),
        ({"number": None, "fault": "malformed"}, suspended(StatusReason.NOT_ELIGIBLE)),
        ({"system": System.OBSTETRICS}, suspended(StatusReason.NOT_ELIGIBLE)),
        ({"born": date(2016, 12, 31)}, suspended(StatusReason.NOT_ELIGIBLE)),
        ({"born": date(2008, 7, 1)}, CAME_OF_AGE),
    ],
)
def test_d5_what_a_correction_makes_of_a_childs_certificate(
    changed: dict[str, Any], expected: Standing
) -> None:
    assert standing_of(certificate(), [an_archive(**changed)], TODAY, RULES) == expected


def test_d5_an_adults_certificate_is_suspended_while_no_dose_counts() -> None:
    adult = certificate(kind=Kind.ADULT, relation="self")
    assert standing_of(adult, [an_adult()], TODAY, RULES) == ACTIVE
    without = standing_of(adult, [an_adult(doses=())], TODAY, RULES)
    assert without == suspended(StatusReason.NOT_ELIGIBLE)


def test_r9_an_adults_certificate_does_not_follow_a_number_corrected_to_somebody_elses() -> None:
    adult = certificate(kind=Kind.ADULT, relation="self", holder="v1:other")
    answer = standing_of(adult, [an_adult(FATHER_NO)], TODAY, RULES)
    assert answer == suspended(StatusReason.NOT_ELIGIBLE)


def test_an_adults_certificate_whose_person_turns_out_to_be_a_child_is_suspended() -> None:
    adult = certificate(kind=Kind.ADULT)
    assert standing_of(adult, [an_archive()], TODAY, RULES) == suspended(StatusReason.NOT_ELIGIBLE)
    own = replace(adult, holder=an_archive().person_key or "", relation="self")
    assert standing_of(own, [an_archive()], TODAY, RULES) == suspended(StatusReason.NOT_ELIGIBLE)
