"""Which archives are one person (D13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.people import FATHER, GRANDMOTHER_NO, an_archive, guardian
from vaxcert.archives.model import GONE, Archive, ArchiveStatus, System
from vaxcert.archives.persons import CLINIC_SYSTEMS, Joined, joined

BORN = date(2020, 5, 1)


def archive(no: str, name: str = "周小样", **fields: object) -> Archive:
    return an_archive(no, born=BORN, name=name, **fields)  # type: ignore[arg-type]


def keys(archives: tuple[Archive, ...]) -> set[str]:
    return {one.key for one in archives}


def test_d5_d13_whatever_kinship_or_a_certificate_hangs_on_changes_the_digest_and_nothing_else_does() -> None:
    one = archive("1", guardians=(guardian(GRANDMOTHER_NO),))
    (parent,) = one.guardians
    told_apart = [
        one,
        replace(one, record_id="r" + "z" * 26),
        replace(one, person_key="v1:another"),
        replace(one, person_key=None),
        replace(one, stated_key="v1:stated"),
        replace(one, stated_key="v1:another"),
        replace(one, name_key="n1:another"),
        replace(one, status=ArchiveStatus.VOID),
        replace(one, system=System.ADULT),
        replace(one, birth_date=date(2020, 5, 2)),
        replace(one, clinic=replace(one.clinic, city="320200")),
        replace(one, guardians=()),
        replace(one, guardians=(replace(parent, key=None),)),
        replace(one, guardians=(replace(parent, key="v1:another"),)),
        replace(one, guardians=(replace(parent, relation="other_guardian"),)),
    ]
    assert len({each.kin for each in told_apart}) == len(told_apart)
    alike = (
        replace(one, doses=()),
        replace(one, version=one.version + 1),
        replace(one, clinic=replace(one.clinic, name="另一门诊")),
    )
    assert {each.kin for each in alike} == {one.kin}


def test_d13_archives_under_one_name_are_one_person() -> None:
    child, grown = archive("1"), archive("2", system=System.ADULT)
    assert joined([child, grown]) == Joined((child, grown))


def test_r10_a_name_counts_for_kinship_where_a_number_does() -> None:
    """A night looks again at everybody whose archives may be joined otherwise by now, and at nobody else."""
    for one, looked_at in ((archive("1"), True), (archive("1", number=None), False)):
        assert (replace(one, name_key="n1:another").kin != one.kin) is looked_at
    stated = archive("1", number="320600201905010011")
    assert stated.stated_key
    assert replace(stated, name_key="n1:another").kin != stated.kin


def test_d13_a_name_is_compared_as_everywhere_else() -> None:
    """D7: spaces and middle dots make no other name."""
    one, other = archive("1", "阿依古丽·买买提"), archive("2", "阿依古丽 买买提")
    assert joined([one, other]) == Joined((one, other))


def test_d13_archives_under_two_names_are_held_apart_and_nobody_is_the_person() -> None:
    one, other = archive("1"), archive("2", "吴小例")
    assert joined([one, other]) == Joined((), apart=(one, other))


def test_d13_a_certificate_keeps_its_archives_and_the_newcomer_joins_nobody() -> None:
    held, newcomer, second = archive("1"), archive("2", "吴小例"), archive("3")
    assert joined([held, newcomer, second], [held.key]) == Joined((held, second), apart=(newcomer,))


def test_d13_a_rename_within_an_archive_that_a_certificate_stands_on_is_a_correction() -> None:
    held, renamed = archive("1"), archive("2", "周大样")
    assert joined([held, renamed], [held.key, renamed.key]) == Joined((held, renamed))
    assert joined([renamed], [renamed.key]) == Joined((renamed,))


def test_d13_a_renamed_archive_that_names_the_holder_no_longer_leaves_the_certificate() -> None:
    """Nobody reads a name or a dose of whom no archive links to them."""
    held, renamed = archive("1"), archive("2", "吴大样", guardians=(guardian(GRANDMOTHER_NO, "mother"),))
    both = [held.key, renamed.key]
    assert joined([held, renamed], both, FATHER) == Joined((held,), apart=(renamed,))
    assert joined([held, archive("2", "周大样")], both, FATHER).apart == ()
    # Who is named by none of them any more keeps them all: the night suspends that certificate.
    assert joined([held, renamed], both, "v1:nobody") == Joined((held, renamed))


def test_d13_a_newborns_name_at_obstetrics_may_differ() -> None:
    born, child = archive("1", "周某之子", system=System.OBSTETRICS), archive("2")
    assert joined([born, child]) == Joined((born, child))
    assert joined([born, child], [child.key]) == Joined((born, child))


def test_d13_whose_newborn_it_is_cannot_be_said_while_others_are_held_apart() -> None:
    born = archive("1", "周某之子", system=System.OBSTETRICS)
    one, other = archive("2"), archive("3", "吴小例")
    assert joined([born, one, other]) == Joined((), apart=(born, one, other))
    assert joined([born, one, other], [one.key]) == Joined((one,), apart=(born, other))
    same_name = archive("4", system=System.OBSTETRICS)
    assert joined([same_name, one, other], [one.key]) == Joined((same_name, one), apart=(other,))


def test_d13_a_rabies_archive_under_another_name_joins_nobody_and_holds_nobody_apart() -> None:
    child, rabies = archive("1"), archive("2", "吴小例", system=System.RABIES)
    assert joined([child, rabies]) == Joined((child,), alone=(rabies,))
    assert joined([child, rabies], [child.key, rabies.key]) == Joined((child,), alone=(rabies,))
    assert joined([child, archive("3", system=System.RABIES)]).alone == ()


def test_d13_void_and_merged_archives_hold_nobody_apart() -> None:
    child = archive("1")
    for status in GONE:
        gone = archive("2", "吴小例", status=status)
        assert joined([child, gone]) == Joined((child,), alone=(gone,))
        # A certificate that stood on it follows, or is suspended: that is the night's to say.
        assert joined([child, gone], [child.key, gone.key]) == Joined((child, gone))
        assert joined([gone]) == Joined((gone,))


def test_d13_while_nobody_is_the_person_no_rabies_or_gone_archive_stands_with_anybody() -> None:
    """Neither under one of the names nor under a third; and they are not held apart, for no clinic has to look at them."""
    one, other = archive("1"), archive("2", "吴小例")
    for name in ("周小样", "沈某某"):
        rabies = archive("3", name, system=System.RABIES)
        void = archive("4", name, status=ArchiveStatus.VOID)
        assert joined([one, rabies, other, void]) == Joined((), apart=(one, other), alone=(rabies, void))


def test_d13_a_gone_archive_under_the_persons_name_stands_with_them() -> None:
    child = archive("1")
    for status in GONE:
        gone = archive("2", status=status)
        assert joined([child, gone]) == Joined((child, gone))


def test_d13_a_rabies_archive_alone_is_the_person_and_under_the_persons_name_joins_them() -> None:
    rabies, child = archive("1", system=System.RABIES), archive("2")
    assert joined([rabies]) == Joined((rabies,))
    assert joined([rabies, child]) == Joined((rabies, child))


names = st.sampled_from(["周小样", "吴小例", "沈某某"])
archives = st.lists(
    st.builds(
        lambda no, name, system, status: replace(
            archive(str(no), name, system=system, status=status), merged_into=None
        ),
        st.integers(0, 30),
        names,
        st.sampled_from(System),
        st.sampled_from(ArchiveStatus),
    ),
    max_size=5,
    unique_by=lambda one: one.key,
)


@given(archives, st.sets(st.integers(0, 4)))
def test_d13_every_archive_stands_in_one_place_whatever_the_order(
    found: list[Archive], held: set[int]
) -> None:
    stands_on = {one.key for place, one in enumerate(found) if place in held}
    first = joined(found, stands_on)
    for order in list(permutations(found))[:24]:
        told = joined(order, stands_on)
        assert [keys(told.together), keys(told.apart), keys(told.alone)] == [
            keys(first.together),
            keys(first.apart),
            keys(first.alone),
        ]
        assert sorted(one.key for one in (*told.together, *told.apart, *told.alone)) == sorted(
            one.key for one in found
        )


@given(archives, st.sets(st.integers(0, 4)))
def test_d13_a_person_has_one_name_but_for_renames_newborns_and_what_is_gone(
    found: list[Archive], held: set[int]
) -> None:
    stands_on = {one.key for place, one in enumerate(found) if place in held}
    told = joined(found, stands_on)
    standing = [one for one in told.together if one.system in CLINIC_SYSTEMS and one.status not in GONE]
    known = {one.name_key for one in standing if one.key in stands_on}
    if known:
        assert {one.name_key for one in standing} <= known
    else:
        assert len({one.name_key for one in standing}) <= 1
    assert all(one.system is not System.RABIES and one.status not in GONE for one in told.apart)
