"""Which archives a certificate stands on when they move, are renamed or are told apart: the keeper itself (D5, D13, D16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.unit.corrections.samples import (
    ADULT,
    CHILD,
    FATHER,
    MOTHER,
    SIBLING,
    Night,
    adult_row,
    archive_key,
    archive_of,
    dose,
    fake_night,
    guardian,
    record_of,
    row,
    subject,
)
from vaxcert.claims.model import ACTIVE, CAME_OF_AGE, Certificate, Standing, StatusReason, suspended
from vaxcert.corrections.run.model import Counts, PersonRef

CONFLICT = suspended(StatusReason.IDENTITY_CONFLICT)
VOID = suspended(StatusReason.ARCHIVE_VOID)
OUT_OF_CARE = suspended(StatusReason.OUT_OF_CARE)
NOT_ELIGIBLE = suspended(StatusReason.NOT_ELIGIBLE)
REMOVED = suspended(StatusReason.GUARDIAN_REMOVED)
OTHERS = [guardian(FATHER, "father")]
"""Guardians of whom the holder is none."""


def _claimed(*first: dict[str, Any]) -> Night:
    """The mother has claimed the child's certificate `c1`."""
    night = fake_night()
    night.settle(list(first) or [row("A1")])
    night.claim(record_of(CHILD), subject(MOTHER))
    return night


def _settled(night: Night, *rows: dict[str, Any], **given: Any) -> tuple[Certificate, Counts]:
    """The certificate once the archives are these, and what was done to it."""
    for one in rows:
        night.register.write(archive_of(one), 2)
    counts = night.keeper.settle(PersonRef(record_of(CHILD), subject(CHILD), archive_key("A1")), **given)
    found: Certificate = night.certificates.by_id["c1"]
    return found, counts


def _name_key(name: str) -> str:
    return archive_of(row(name=name)).name_key


@pytest.mark.parametrize("left", [{"op": "merge", "into": "B1"}, {"id_no": SIBLING}])
def test_d5_a_certificate_whose_archive_left_waits_until_it_is_to_follow(left: dict[str, Any]) -> None:
    """A later row of the feed may undo it, or claim the place that it would go to."""
    night = _claimed(row("A1"), row("B1", id_no=SIBLING))
    claimed = night.certificates.by_id["c1"]
    assert _settled(night, row("A1", 2, **left)) == (claimed, {})
    (survivor,) = night.register.archives([archive_key("B1")])
    after, counts = _settled(night, follow=True, survivor=survivor if "into" in left else None)
    assert counts["certificates_followed"] == 1
    assert (after.record_id, after.standing) == (record_of(SIBLING), ACTIVE)


@pytest.mark.parametrize(
    ("renamed", "newcomer", "stays"),
    [
        ("张三", "张三", True),
        ("张三", "吴小例", False),
        ("吴小例", "吴小例", True),  # a name that its own archive had at the end
        ("吴小例", "张三", True),  # the one that the certificate keeps
    ],
)
def test_d13_where_its_archive_is_void_another_of_the_number_carries_it_under_a_name_that_it_had(
    renamed: str, newcomer: str, stays: bool
) -> None:
    night = _claimed()
    after, _ = _settled(night, row("A1", 2, op="void", name=renamed), row("A2", name=newcomer))
    assert after.standing == (ACTIVE if stays else VOID)
    assert after.archive_keys == (archive_key("A2" if stays else "A1"),)


@pytest.mark.parametrize("name", ["张三", "吴小例"])
def test_r41_where_its_archive_is_void_a_newborns_of_the_number_carries_it_and_is_not_eligible(
    name: str,
) -> None:
    """Obstetrics may have another name: it joins the person (D13), who has no clinic's archive any more."""
    night = _claimed()
    after, _ = _settled(night, row("A1", 2, op="void"), row("N1", system="obstetrics", name=name))
    assert (after.standing, after.archive_keys) == (NOT_ELIGIBLE, (archive_key("N1"),))


def test_d13_an_archive_held_apart_takes_its_survivor_to_no_certificate_that_never_stood_on_it() -> None:
    night = _claimed()
    rows = [row("A9", 2, name="吴小例", op="merge", into="B9"), row("B9", name="吴小例")]
    night.register.write_all([archive_of(one) for one in rows], 2)
    (survivor,) = night.register.archives([archive_key("B9")])
    ref = PersonRef(record_of(CHILD), subject(CHILD), archive_key("A9"))
    assert night.keeper.settle(ref, follow=True, survivor=survivor) == {}
    assert night.certificates.by_id["c1"].archive_keys == (archive_key("A1"),)


@pytest.mark.parametrize("later", [{"status": "deceased"}, {"id_no": SIBLING}])
def test_d6_who_came_of_age_meanwhile_is_closed_by_age_whatever_the_archive_says_later(
    later: dict[str, Any],
) -> None:
    night = _claimed()
    night.clock.now = datetime(2038, 1, 2, tzinfo=UTC)
    after, counts = _settled(night, row("A1", 2, **later), follow=True)
    assert (after.record_id, after.standing) == (record_of(CHILD), CAME_OF_AGE)
    assert counts == {"certificates_closed": 1}


def test_d13_where_one_of_its_archives_is_renamed_a_certificate_keeps_both() -> None:
    night = _claimed(row("A1"), row("A2"))
    after, _ = _settled(night, row("A2", 2, name="吴小例"))
    assert (after.standing, len(after.archive_keys)) == (ACTIVE, 2)


def test_r10_out_of_care_the_holder_keeps_the_word_that_they_had() -> None:
    night = _claimed()
    after, _ = _settled(night, row("A1", 2, status="transferred_out", name="张三丰"))
    assert (after.standing, after.relation) == (OUT_OF_CARE, "mother")


def test_d13_an_adults_own_archives_carry_the_certificate_under_whatever_name() -> None:
    night = fake_night()
    night.settle([adult_row("B1")])
    night.claim(record_of(ADULT), subject(ADULT))
    for one in (adult_row("B1", 2, op="void"), adult_row("B2", name="吴小例")):
        night.register.write(archive_of(one), 2)
    night.keeper.settle(PersonRef(record_of(ADULT), subject(ADULT), archive_key("B1", "adult")))
    after = night.certificates.by_id["c1"]
    assert (after.standing, after.archive_keys) == (ACTIVE, (archive_key("B2", "adult"),))


def test_r10_an_adult_who_is_entered_as_their_own_guardian_stays_the_person_themselves() -> None:
    night = fake_night()
    night.settle([adult_row("B1")])
    before = night.claim(record_of(ADULT), subject(ADULT))
    own = [guardian(ADULT, "father")]
    night.settle([adult_row("B1", 2, guardians=own, doses=[dose(), dose("2026-02-01", "d2")])])
    assert night.certificates.by_id["c1"].relation == before.relation


@pytest.mark.parametrize(("guardians", "named"), [([guardian(MOTHER)], True), (OTHERS, False)])
def test_d16_a_certificate_that_moves_takes_name_and_birth_date_if_its_holder_is_still_named(
    guardians: list[dict[str, Any]], named: bool
) -> None:
    night = _claimed()
    before = night.certificates.by_id["c1"]
    moved = row("A1", 2, id_no=SIBLING, name="吴小例", guardians=guardians)
    after, _ = _settled(night, moved, follow=True)
    assert (after.record_id, after.standing) == (record_of(SIBLING), ACTIVE if named else REMOVED)
    if named:
        assert (after.birth_date, after.name_key) == (date(2021, 3, 4), _name_key("吴小例"))
        assert after.name != before.name
    else:
        kept = (before.birth_date, before.name_key, before.name)
        assert (after.birth_date, after.name_key, after.name) == kept


# ---- certificates of before D13, which knew no name


def _before_d13(night: Night, *archive_nos: str) -> Night:
    claimed = night.certificates.by_id["c1"]
    keys = tuple(sorted(map(archive_key, archive_nos)))
    night.certificates.by_id["c1"] = replace(claimed, archive_keys=keys, name_key=None, name=None)
    return night


@pytest.mark.parametrize(
    ("rows", "standing", "stands_on"),
    [
        # The one that names the holder, of two under one number.
        ([row("A1"), row("A2", name="吴小例", guardians=OTHERS)], ACTIVE, ["A1"]),
        ([row("A1", guardians=OTHERS), row("A2", name="吴小例")], ACTIVE, ["A2"]),
        # Both do, or neither: nobody can say whose it is.
        ([row("A1"), row("A2", name="吴小例")], CONFLICT, ["A1", "A2"]),
        ([row("A1", guardians=OTHERS), row("A2", name="吴小例", guardians=OTHERS)], CONFLICT, ["A1", "A2"]),
        # Of two that name the holder the one that has not left.
        ([row("A1", id_no=SIBLING), row("A2", name="吴小例")], ACTIVE, ["A2"]),
        ([row("A1"), row("A2", id_no=SIBLING, name="吴小例")], ACTIVE, ["A1"]),
        # What is no clinic's, or is void, says of nobody who it is.
        ([row("A1"), row("A2", name="吴小例", op="void")], ACTIVE, ["A1"]),
        ([row("A1"), row("A2", name="张三之子", system="obstetrics")], ACTIVE, ["A1", "A2"]),
        # Under one name there is nothing to tell apart.
        ([row("A1"), row("A2")], ACTIVE, ["A1", "A2"]),
        ([row("A1", guardians=OTHERS), row("A2", guardians=OTHERS)], REMOVED, ["A1", "A2"]),
        ([row("A1", op="void"), row("A2", op="void")], VOID, ["A1", "A2"]),
    ],
)
def test_d13_a_certificate_on_several_persons_archives_takes_those_that_name_its_holder(
    rows: list[dict[str, Any]], standing: Standing, stands_on: list[str]
) -> None:
    night = _before_d13(_claimed(), "A1", "A2")
    after, _ = _settled(night, *({**one, "version": 2} for one in rows))
    assert (after.record_id, after.standing) == (record_of(CHILD), standing)
    assert after.archive_keys == tuple(sorted(map(archive_key, stands_on)))
    told = standing in {ACTIVE, REMOVED}
    first = next(one for one in rows if one["archive_no"] == stands_on[0])
    assert after.name_key == (_name_key(first["person"]["name"]) if told else None)


def test_d13_it_goes_where_the_only_archives_that_name_its_holder_went() -> None:
    night = _before_d13(_claimed(), "A1", "A2", "A3")
    after, counts = _settled(
        night,
        row("A1", 2, id_no=SIBLING),
        row("A2", name="吴小例", guardians=OTHERS),
        row("A3", id_no=SIBLING, recorded_at="2026-02-27T10:00:00+08:00"),
    )
    assert counts["certificates_followed"] == 1
    assert (after.record_id, after.person_key, after.standing) == (
        record_of(SIBLING),
        subject(SIBLING),
        ACTIVE,
    )
    assert after.archive_keys == tuple(sorted(map(archive_key, ("A1", "A3"))))
    assert (after.name_key, after.birth_date) == (_name_key("张三"), date(2021, 3, 4))
    assert after.name is not None


def test_d13_another_archive_of_the_number_that_it_does_not_stand_on_is_none_of_its_persons() -> None:
    night = _before_d13(_claimed(), "A1")
    after, _ = _settled(night, row("A3", name="吴小例"))
    assert (after.standing, after.archive_keys) == (ACTIVE, (archive_key("A1"),))


def test_d13_one_that_moves_on_without_its_holder_keeps_no_name_and_is_known_by_the_archives() -> None:
    night = _before_d13(_claimed(), "A1")
    after, _ = _settled(night, row("A1", 2, id_no=SIBLING, guardians=OTHERS), follow=True)
    assert (after.record_id, after.standing) == (record_of(SIBLING), REMOVED)
    assert (after.name_key, after.name) == (_name_key("张三"), None)
