"""Certificates follow the archives (D5, D6, R7–R10, invariant 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from local.demo.numbers import with_check_digit
from tests.fakes.sealing import fake_sealer
from tests.unit.corrections.samples import (
    ADULT,
    CHILD,
    FATHER,
    MOTHER,
    RULES,
    SIBLING,
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
from vaxcert.claims.model import RELEASED, Certificate, Status, StatusReason, suspended
from vaxcert.corrections.run.model import PersonRef
from vaxcert.corrections.steps.certificates import Keeper
from vaxcert.errors import Unavailable

SUSPENDED, ACTIVE, CLOSED = Status.SUSPENDED, Status.ACTIVE, Status.CLOSED


def claimed_night(**first: Any) -> Night:
    """The mother has claimed the child's certificate `c1`."""
    night = fake_night()
    night.settle([row(**first)])
    night.claim(record_of(CHILD), subject(MOTHER))
    return night


def certificate(night: Night, certificate_id: str = "c1") -> Certificate:
    found: Certificate = night.certificates.by_id[certificate_id]
    return found


def standing(night: Night, certificate_id: str = "c1") -> tuple[Status, StatusReason | None]:
    found = certificate(night, certificate_id).standing
    return found.status, found.reason


def born(day: str) -> str:
    """A number of that birth date: a birth date corrected without its number would name nobody (D13)."""
    return with_check_digit(f"320600{day.replace('-', '')}001")


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"guardians": [guardian(FATHER, "father")]}, SUSPENDED, StatusReason.GUARDIAN_REMOVED),
        ({"guardians": []}, SUSPENDED, StatusReason.GUARDIAN_REMOVED),
        ({"guardians": [guardian("123")]}, SUSPENDED, StatusReason.GUARDIAN_REMOVED),
        ({"status": "transferred_out"}, SUSPENDED, StatusReason.OUT_OF_CARE),
        ({"clinic": {"code": "1", "name": "外市", "city": "320500"}}, SUSPENDED, StatusReason.OUT_OF_CARE),
        ({"op": "void"}, SUSPENDED, StatusReason.ARCHIVE_VOID),
        ({"id_no": born("2016-12-31")}, SUSPENDED, StatusReason.NOT_ELIGIBLE),
        ({"id_no": born("2017-01-01")}, ACTIVE, None),
        ({"status": "deceased"}, CLOSED, StatusReason.DECEASED),
        ({"id_no": born("2008-03-01")}, CLOSED, StatusReason.CAME_OF_AGE),
        ({"guardians": [guardian(MOTHER), guardian(FATHER, "father")]}, ACTIVE, None),
        ({"name": "张三丰"}, ACTIVE, None),
    ],
)
def test_a_correction_moves_the_certificate_d5_d6(
    changes: dict[str, Any], status: Status, reason: StatusReason | None
) -> None:
    night = claimed_night()
    night.settle([row(version=2, **changes)])
    assert standing(night) == (status, reason)
    live = night.certificates.live([record_of(changes.get("id_no", CHILD))])
    assert bool(live) == (status is not CLOSED)


def test_d16_who_is_no_guardian_any_more_keeps_the_name_that_they_had_a_right_to() -> None:
    night = claimed_night()
    night.settle([row(version=2)])
    before = certificate(night)
    night.settle([row(version=3, name="张三丰", guardians=[guardian(FATHER, "father")])])
    after = certificate(night)
    assert standing(night) == (SUSPENDED, StatusReason.GUARDIAN_REMOVED)
    assert before.name_key is not None
    assert (after.name_key, after.name, after.birth_date, after.relation) == (
        before.name_key,
        before.name,
        before.birth_date,
        before.relation,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"guardians": []},
        {"status": "transferred_out"},
        {"op": "void"},
        {"birth_date": "2016-12-31"},
        {"clinic": {"code": "1", "name": "外市", "city": "320500"}},
    ],
)
def test_a_suspension_lifts_when_its_cause_goes_d5(changes: dict[str, Any]) -> None:
    night = claimed_night()
    night.settle([row(version=2, **changes)])
    assert standing(night)[0] is SUSPENDED
    figures = night.settle([row(version=3)])
    assert figures["certificates_restored"] == 1
    assert standing(night) == (ACTIVE, None)
    assert certificate(night).archive_keys == (archive_key("A1"),)


@pytest.mark.parametrize("order", [(2, 3), (3, 2)])
@pytest.mark.parametrize("passing", [{"status": "deceased"}, {"birth_date": "2000-01-01"}])
def test_what_a_later_row_of_the_feed_corrects_closes_nothing_whatever_comes_first_d5(
    passing: dict[str, Any], order: tuple[int, int]
) -> None:
    """Closing is final, and the rows of one feed have no order: certificates are looked at once the whole feed stands."""
    night = claimed_night()
    night.settle([row(version=version, **(passing if version == 2 else {})) for version in order], parts=2)
    assert standing(night) == (ACTIVE, None)
    assert certificate(night).version == 1  # nobody saw it flicker


@pytest.mark.parametrize("order", [("A1", "A2"), ("A2", "A1")])
def test_of_two_archives_one_void_and_one_corrected_the_certificate_follows_the_one_that_stands(
    order: tuple[str, str],
) -> None:
    night = fake_night()
    night.settle([row("A1"), row("A2")])
    night.claim(record_of(CHILD), subject(MOTHER))
    changes: dict[str, dict[str, Any]] = {"A1": {"op": "void"}, "A2": {"id_no": SIBLING}}
    night.settle([row(name, 2, **changes[name]) for name in order], parts=2)
    assert certificate(night).record_id == record_of(SIBLING)
    assert standing(night) == (ACTIVE, None)


def test_the_relation_follows_where_it_alone_changes_r10() -> None:
    night = claimed_night(guardians=[guardian(MOTHER, "other_guardian")])
    assert certificate(night).relation == "other_guardian"
    figures = night.settle([row(version=2)])
    assert (certificate(night).relation, standing(night)) == ("mother", (ACTIVE, None))
    assert figures["certificates_relinked"] == 1
    night.settle([row(version=3, guardians=[])])
    assert certificate(night).relation == "mother"  # who is no guardian any more keeps the word they had


def test_closed_is_final() -> None:
    night = claimed_night()
    night.settle([row(version=2, status="deceased")])
    night.settle([row(version=3)])
    assert standing(night) == (CLOSED, StatusReason.DECEASED)


def test_a_second_reason_replaces_the_first() -> None:
    night = claimed_night()
    night.settle([row(version=2, guardians=[])])
    night.settle([row(version=3, guardians=[], status="transferred_out")])
    assert standing(night) == (SUSPENDED, StatusReason.OUT_OF_CARE)


def test_an_adult_loses_and_regains_the_right_with_the_dose_r7() -> None:
    night = fake_night()
    night.settle([adult_row()])
    night.claim(record_of(ADULT), subject(ADULT))
    assert night.settle([adult_row(version=2, doses=[dose(), dose("2026-02-01", "d2")])])["replaced"] == 1
    night.settle([adult_row(version=3, doses=[dose("2020-11-30")])])
    assert standing(night) == (SUSPENDED, StatusReason.NOT_ELIGIBLE)
    night.settle([adult_row(version=4, doses=[dose("2020-12-01")])])
    assert standing(night) == (ACTIVE, None)
    night.settle([adult_row(version=5, doses=[dose("2026-01-01", vaccine_code="2801")])])
    assert standing(night) == (SUSPENDED, StatusReason.NOT_ELIGIBLE)  # rabies never counts (R43)


def test_the_archives_of_a_certificate_are_kept_in_step() -> None:
    night = claimed_night()
    night.settle([row("A2"), row("A9", system="rabies", guardians=[])])
    keys = tuple(sorted([archive_key("A1"), archive_key("A2"), archive_key("A9", "rabies")]))
    assert certificate(night).archive_keys == keys
    night.settle([row("A1", 2, op="void")])
    assert certificate(night).archive_keys == tuple(key for key in keys if key != archive_key("A1"))
    assert standing(night) == (ACTIVE, None)


def test_out_of_care_here_and_in_care_there_stays_active_r8() -> None:
    night = claimed_night()
    night.settle([row("A1", 2, status="transferred_out"), row("A2")])
    assert standing(night) == (ACTIVE, None)


def test_a_number_added_or_corrected_takes_the_certificate_along() -> None:
    """An archive whose person changes moves its links, and its certificate follows."""
    night = claimed_night()
    night.settle([row(version=2, id_no=SIBLING)])
    assert certificate(night).record_id == record_of(SIBLING)
    assert certificate(night).person_key == subject(SIBLING)
    assert standing(night) == (ACTIVE, None)
    assert night.certificates.live([record_of(CHILD)]) == {}
    assert night.register.own_links(subject(CHILD)) == ()
    night.settle([row(version=3, id_no=None)])
    assert certificate(night).record_id == record_of(archive_no="A1")
    assert standing(night) == (SUSPENDED, StatusReason.NOT_ELIGIBLE)  # R9: no number, no certificate
    night.settle([row(version=4)])
    assert certificate(night).record_id == record_of(CHILD)
    assert standing(night) == (ACTIVE, None)


def test_a_corrected_number_of_somebody_claimed_already_suspends_invariant_1() -> None:
    night = claimed_night()
    night.settle([row("A2", id_no=SIBLING)])
    night.claim(record_of(SIBLING), subject(MOTHER), "c2")
    night.settle([row(version=2, id_no=SIBLING)])
    assert standing(night, "c1") == (SUSPENDED, StatusReason.ARCHIVE_VOID)
    assert standing(night, "c2") == (ACTIVE, None)
    assert certificate(night, "c2").archive_keys == tuple(sorted([archive_key("A1"), archive_key("A2")]))


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"guardians": []}, SUSPENDED, StatusReason.GUARDIAN_REMOVED),
        ({"id_no": born("2008-03-01")}, CLOSED, StatusReason.CAME_OF_AGE),
        ({}, ACTIVE, None),
    ],
)
def test_a_certificate_moves_and_stands_in_one_transition_invariant_4(
    changes: dict[str, Any], status: Status, reason: StatusReason | None
) -> None:
    """Were it two, a process that dies between them would leave nobody who looks at the person moved to."""
    night = claimed_night()
    corrected = {"id_no": SIBLING} | changes
    figures = night.settle([row(version=2, **corrected)])
    assert certificate(night).record_id == record_of(corrected["id_no"])
    assert standing(night) == (status, reason)
    assert certificate(night).version == 2
    assert figures["certificates_followed"] == 1


def test_where_one_of_two_archives_gets_another_number_the_certificate_stays() -> None:
    night = claimed_night()
    night.settle([row("A2")])
    night.settle([row("A2", 2, id_no=SIBLING)])
    assert certificate(night).record_id == record_of(CHILD)
    assert certificate(night).archive_keys == (archive_key("A1"),)


def test_an_adult_whose_number_was_another_persons_is_suspended_r9() -> None:
    night = fake_night()
    night.settle([adult_row()])
    night.claim(record_of(ADULT), subject(ADULT))
    other = with_check_digit("32060019700505007")
    night.settle([adult_row(version=2, id_no=other)])
    assert certificate(night).record_id == record_of(
        ADULT
    )  # nothing of the other person is shown to the claimant
    assert standing(night) == (SUSPENDED, StatusReason.ARCHIVE_VOID)


def merge(archive_no: str, into: str, version: int = 2, **changes: Any) -> dict[str, Any]:
    return row(archive_no, version, op="merge", into=into, **changes)


def test_a_merge_into_the_same_person_only_changes_the_archives() -> None:
    night = claimed_night()
    night.settle([row("A2")])
    figures = night.settle([merge("A1", "A2")])
    assert figures["merges_followed"] == 1
    assert certificate(night).archive_keys == (archive_key("A2"),)
    assert standing(night) == (ACTIVE, None)


def test_d13_a_merge_into_an_archive_of_the_number_under_another_name_is_followed() -> None:
    """A name may differ where one of two archives is merged: whose a merged archive was is what the merge says."""
    night = claimed_night()
    night.settle([row("A2", name="换名甲")])
    assert certificate(night).archive_keys == (archive_key("A1"),)
    night.settle([merge("A1", "A2")])
    assert certificate(night).archive_keys == (archive_key("A2"),)
    assert standing(night) == (ACTIVE, None)


def test_a_merged_archives_certificate_follows_to_the_survivor() -> None:
    night = fake_night()
    night.settle([row("A1"), row("A2", id_no=SIBLING)])
    night.claim(record_of(CHILD), subject(MOTHER))
    night.settle([merge("A1", "A2")])
    assert certificate(night).record_id == record_of(SIBLING)
    assert certificate(night).archive_keys == (archive_key("A2"),)
    assert standing(night) == (ACTIVE, None)


def test_a_merge_into_somebody_claimed_already_suspends_invariant_1() -> None:
    night = fake_night()
    night.settle([row("A1"), row("A2", id_no=SIBLING)])
    night.claim(record_of(CHILD), subject(MOTHER), "c1")
    night.claim(record_of(SIBLING), subject(MOTHER), "c2")
    night.settle([merge("A1", "A2")])
    assert standing(night, "c1") == (SUSPENDED, StatusReason.ARCHIVE_VOID)
    assert standing(night, "c2") == (ACTIVE, None)


def test_a_survivor_that_knows_other_guardians_suspends_d5() -> None:
    night = fake_night()
    night.settle([row("A1"), row("A2", id_no=SIBLING, guardians=[guardian(FATHER, "father")])])
    night.claim(record_of(CHILD), subject(MOTHER))
    night.settle([merge("A1", "A2")])
    assert certificate(night).record_id == record_of(SIBLING)
    assert standing(night) == (SUSPENDED, StatusReason.GUARDIAN_REMOVED)


@pytest.mark.parametrize("parts", [1, 3])
def test_a_target_may_come_later_in_the_feed_and_chains_are_followed(parts: int) -> None:
    night = claimed_night()
    figures = night.settle([merge("A1", "A2"), merge("A2", "A3"), row("A3", id_no=SIBLING)], parts=parts)
    assert figures["merges_followed"] == 2
    assert certificate(night).record_id == record_of(SIBLING)
    assert standing(night) == (ACTIVE, None)


def test_merges_in_a_circle_are_refused_and_suspend() -> None:
    night = claimed_night()
    figures = night.settle([merge("A1", "A2"), merge("A2", "A3"), merge("A3", "A1")])
    assert figures["merges_in_a_circle"] == 3
    assert standing(night) == (SUSPENDED, StatusReason.ARCHIVE_VOID)


def test_a_merge_into_a_void_archive_suspends() -> None:
    night = claimed_night()
    night.settle([row("A2", op="void")])
    figures = night.settle([merge("A1", "A2")])
    assert figures["merges_into_void"] == 1
    assert standing(night) == (SUSPENDED, StatusReason.ARCHIVE_VOID)


def test_a_target_of_a_later_feed_is_waited_for() -> None:
    night = claimed_night()
    assert night.settle([merge("A1", "A2")])["merges_without_target"] == 1
    assert standing(night) == (SUSPENDED, StatusReason.ARCHIVE_VOID)
    night.settle([row("A7", id_no=FATHER, birth_date="1988-08-08", guardians=[])])
    assert standing(night) == (SUSPENDED, StatusReason.ARCHIVE_VOID)
    night.settle([row("A2", id_no=SIBLING)])
    assert certificate(night).record_id == record_of(SIBLING)
    assert standing(night) == (ACTIVE, None)


def test_a_merge_undone_in_the_same_feed_changes_nothing() -> None:
    night = claimed_night()
    figures = night.settle([row("A2"), merge("A1", "A2"), row("A1", 3)])
    assert figures["merges_undone"] == 1
    assert certificate(night).record_id == record_of(CHILD)
    assert standing(night) == (ACTIVE, None)


def test_a_merging_row_that_also_corrects_the_number_takes_the_certificate_along() -> None:
    night = claimed_night()
    night.settle([merge("A1", "A2", id_no=SIBLING), row("A2", id_no=SIBLING)])
    assert certificate(night).record_id == record_of(SIBLING)
    assert certificate(night).archive_keys == (archive_key("A2"),)
    assert standing(night) == (ACTIVE, None)


def test_a_rabies_archive_carries_no_certificate_r43() -> None:
    night = claimed_night()
    night.settle([row("A9", system="rabies")])
    night.settle([row(version=2, id_no=SIBLING)])
    assert certificate(night).record_id == record_of(SIBLING)
    night.settle([row(version=3, id_no=SIBLING, op="void")])
    assert standing(night) == (SUSPENDED, StatusReason.ARCHIVE_VOID)


class Rival:
    """Certificates where somebody else is quicker, once."""

    def __init__(self, night: Night, deed: Callable[[Certificate], None]) -> None:
        self._certificates = night.certificates
        self._deed: Callable[[Certificate], None] | None = deed

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        found: dict[str, Certificate] = self._certificates.live(record_ids)
        return found

    def change(self, before: Certificate, after: Certificate) -> bool:
        deed, self._deed = self._deed, None
        if deed is not None:
            deed(before)
        changed: bool = self._certificates.change(before, after)
        return changed


def _settle_against(night: Night, deed: Callable[[Certificate], None]) -> dict[str, int]:
    keeper = Keeper(night.register, Rival(night, deed), RULES, fake_sealer(), night.clock)
    return keeper.settle(PersonRef(record_of(CHILD), subject(CHILD), archive_key("A1")))


def _uncorrected() -> Night:
    """The archive says that the mother is no guardian any more, and nobody has looked at the certificate yet."""
    night = claimed_night()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(night.keeper, "settle", lambda _ref, **_given: {})
        night.settle([row(version=2, guardians=[])])
    assert standing(night) == (ACTIVE, None)
    return night


def test_a_certificate_that_somebody_changed_meanwhile_is_looked_at_again() -> None:
    night = _uncorrected()

    def quicker(before: Certificate) -> None:
        after = before.moved_to(suspended(StatusReason.OUT_OF_CARE), night.clock.now)
        assert night.certificates.change(before, after)

    assert _settle_against(night, quicker) == {"certificates_suspended": 1}
    assert standing(night) == (SUSPENDED, StatusReason.GUARDIAN_REMOVED)
    assert certificate(night).version == 3


def test_a_certificate_released_meanwhile_is_left_alone_d5() -> None:
    night = _uncorrected()

    def quicker(before: Certificate) -> None:
        assert night.certificates.change(before, before.moved_to(RELEASED, night.clock.now))

    assert _settle_against(night, quicker) == {}
    assert standing(night) == (Status.RELEASED, None)


def test_a_certificate_that_never_holds_still_ends_the_attempt() -> None:
    night = _uncorrected()

    class Restless(Rival):
        def change(self, before: Certificate, after: Certificate) -> bool:
            return False

    keeper = Keeper(night.register, Restless(night, lambda _: None), RULES, fake_sealer(), night.clock)
    with pytest.raises(Unavailable):
        keeper.settle(PersonRef(record_of(CHILD), subject(CHILD), archive_key("A1")))
