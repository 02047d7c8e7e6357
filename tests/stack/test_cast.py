"""The demo's cast over HTTP: what everybody finds who asks for themselves or as the first guardian (R6–R10, R16, R36, R39–R43, D1, D3, D4, D6).

Every case of `local.demo` has its verdict here, written from the requirements and not taken from the code. The stack is one of its own:
the verdicts are those of after all three feeds, with nothing claimed. Of the ordinary families, who differ in their names and dates only,
`make test` asks three, and `make prove` all.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from local.demo.feeds import ORDINARY_FAMILIES, Demo, today_in_shanghai
from local.demo.numbers import with_check_digit
from local.demo.town import Case, Person
from tests.counts import PROVE
from tests.stack.conftest import World, made_world

pytestmark = pytest.mark.stack

CLAIMABLE, NOBODY = "claimable", "nobody_linked"
CHILD_ITSELF = "guardian_must_claim"  # D4: nobody under 18 claims for themselves


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the person finds about themselves, and their first guardian about them; None where nobody can ask.

    `first`: the same once only the first feed was applied, where a later one changes it (R38, R40, R41).
    """

    cites: str
    own: str | None
    guardian: str | None = None
    first: tuple[str | None, str | None] | None = None


def _child(cites: str, guardian: str = CLAIMABLE, own: str | None = CHILD_ITSELF, **more: Any) -> Verdict:
    return Verdict(cites, own, guardian, **more)


VERDICTS = {
    # the story's family
    "story_child": _child("R6 R10 R16"),
    "story_father": Verdict("R7 R16", CLAIMABLE),
    "story_mother": Verdict("R7 R16", CLAIMABLE),
    "story_grandmother": Verdict("R7 R36", "no_recent_dose"),
    # what a later feed mends
    "guardian_number_corrected": _child("R10 R38", first=(CHILD_ITSELF, NOBODY)),
    "child_number_corrected": _child("R9 R38 D13", first=(NOBODY, "number_contradicts_birth")),
    "adult_number_corrected": Verdict("R9 R38", CLAIMABLE, first=(NOBODY, None)),
    "backfill": _child("R33"),
    "newcomer": _child("R40", first=(NOBODY, NOBODY)),
    "newborn": _child("R41 R42", first=("guardian_must_claim", "with_obstetrics")),
    # what a later feed ends
    "merge_survivor": _child("D5"),
    "merge_duplicate": _child("D5"),
    "void": _child("D5", NOBODY, NOBODY, first=(CHILD_ITSELF, CLAIMABLE)),
    "guardian_removed": _child("R10 D5"),  # the mother is the first guardian then; the father is asked below
    # the day before, the day, the day after
    "born_2016_12_31": _child("R6 D1 D3", "between_groups", "between_groups"),
    "born_2017_01_01": _child("R6 D1"),
    "born_2017_01_02": _child("R6 D1"),
    "dose_2020_11_30": Verdict("R7 D1", "no_recent_dose"),
    "dose_2020_12_01": Verdict("R7 D1", CLAIMABLE),
    "dose_2020_12_02": Verdict("R7 D1", CLAIMABLE),
    "turns_18_today": _child("R7 D6", "adult_claims_own", CLAIMABLE),
    "turns_18_tomorrow": _child("D3 D6", "between_groups", "between_groups"),
    "neither_child_nor_adult": _child("D3", "between_groups", "between_groups"),
    # numbers
    "child_without_number": _child("R9", "identity_number_missing", None),
    "child_number_malformed": _child("R9", "identity_number_malformed", NOBODY),
    "guardians_without_number": _child("R10", NOBODY),
    "guardians_number_malformed": _child("R10", NOBODY),
    "residence_permits": _child("D10"),
    "permanent_residents": _child("D10"),
    "adult_residence_permit": Verdict("D10 R7", CLAIMABLE),
    "adult_permanent_resident": Verdict("D10 R7", CLAIMABLE),
    # families
    "twin_elder": _child("R16"),
    "twin_younger": _child("R16"),
    "three_eldest": _child("R16"),
    "three_twin_elder": _child("R16"),
    "three_twin_younger": _child("R16"),
    "two_guardians": _child("R20"),
    "other_guardian": _child("D4"),
    "name_with_dot": _child("D7"),
    # care
    "transferred_out": _child("R8 R36", "out_of_care"),
    "city_not_pilot": _child("R8 R39", "city_not_pilot"),
    "adult_without_dose": Verdict("R7", "no_recent_dose"),
    "adult_not_pilot": Verdict("R8 R39", "city_not_pilot"),
    "deceased": Verdict("R36 D16", "archive_status_changed"),
    # one person, two archives
    "grown_child_archive": _child("R7 D6", "adult_claims_own", CLAIMABLE),
    "grown_adult_archive": Verdict("R7 D6", CLAIMABLE),
    "rabies_only": Verdict("R43", "not_registered"),
    "rabies_and_adult": Verdict("R43", CLAIMABLE),
    "rabies_of_adult": Verdict("R43", CLAIMABLE),
    "rabies_and_child": _child("R43"),
    "rabies_of_child": _child("R43"),
    **{f"ordinary_{number:02d}": _child("R6") for number in range(1, ORDINARY_FAMILIES + 1)},
}


_ALIKE = {f"ordinary_{number:02d}" for number in range(4, ORDINARY_FAMILIES + 1)}
ASKED = [key for key in VERDICTS if PROVE or key not in _ALIKE]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one asker finds about one person: the verdict, and what they are shown with it."""

    case: str
    role: str
    verdict: str
    shown: dict[str, Any]
    about: Person


def _own(case: Case) -> Person | None:
    """The person of a case as the platform knows them: under their right number."""
    person = case.archive.person
    if person.id_no is None:
        return None
    if person.id_type == "resident":
        return replace(person, id_no=with_check_digit(person.id_no[:17]))
    return person


def _guardian(case: Case) -> Person | None:
    return case.archive.guardians[0].person if case.archive.guardians else None


def _ask(world: World, case: Case, role: str) -> Asked | None:
    asker = _own(case) if role == "own" else _guardian(case)
    if asker is None:
        return None
    lists, about = world.lists(asker), case.archive.person
    found = [(CLAIMABLE, each) for each in lists["claimable"] if each["name"] == about.name]
    found += [(each["code"], each) for each in lists["notices"] if each.get("name") == about.name]
    if not found:
        # Nothing about this person: nobody else may be there either, and the one notice says so (R36).
        assert (lists["claimable"], len(lists["notices"])) == ([], 1), (case.key, role)
        found = [(lists["notices"][0]["code"], lists["notices"][0])]
    assert len(found) == 1, (case.key, role, "once, and not twice")
    assert lists["claimed"] == lists["authorized"] == []
    return Asked(case.key, role, *found[0], about)


@dataclass(frozen=True, slots=True)
class Cast:
    """The world after its feeds, and what was found after the first and after the last."""

    world: World
    first: dict[tuple[str, str], Asked | None]
    last: dict[tuple[str, str], Asked | None]


def _ask_all(world: World, keys: list[str]) -> dict[tuple[str, str], Asked | None]:
    asked = [(key, role) for key in keys for role in ("own", "guardian")]
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda one: _ask(world, world.case(one[0]), one[1]), asked)
        return dict(zip(asked, found, strict=True))


@pytest.fixture(scope="module")
def cast() -> Iterator[Cast]:
    """A stack of its own: the first feed, the questions that it answers otherwise, then the other two and all questions."""
    with made_world() as world:
        first = _ask_all(world, [key for key, verdict in VERDICTS.items() if verdict.first])
        world.night(2)
        world.night(3)
        yield Cast(world, first, _ask_all(world, ASKED))


def test_every_case_of_the_demo_has_its_verdict() -> None:
    """No case is forgotten here, and none is named that is not there."""
    demo = Demo(today_in_shanghai())
    assert [case.key for case in demo.cases if case.key not in VERDICTS] == []
    assert set(VERDICTS) == {case.key for case in demo.cases}


@pytest.mark.parametrize("key", ASKED)
def test_r36_everybody_finds_the_verdict_that_the_requirement_says(cast: Cast, key: str) -> None:
    """As the person and as the first guardian, after all three feeds."""
    verdict = VERDICTS[key]
    for role, expected in (("own", verdict.own), ("guardian", verdict.guardian)):
        _check(cast.last[key, role], expected)


@pytest.mark.parametrize("key", [key for key, verdict in VERDICTS.items() if verdict.first])
def test_r38_before_the_correcting_feed_the_verdict_was_another(cast: Cast, key: str) -> None:
    """After the first feed alone."""
    first = VERDICTS[key].first
    assert first is not None
    for role, expected in zip(("own", "guardian"), first, strict=True):
        _check(cast.first[key, role], expected)


def test_d5_a_guardian_who_was_removed_finds_nothing(cast: Cast) -> None:
    """The father of the third feed's correction is the child's guardian no more."""
    removed = cast.world.case("guardian_removed").states[0].archive.guardians[0].person
    lists = cast.world.lists(removed)
    assert lists["claimable"] == []
    assert [notice["code"] for notice in lists["notices"]] == [NOBODY]


def test_r16_a_parent_finds_their_own_and_all_their_children(cast: Cast) -> None:
    """Twins side by side; the story's father beside his child."""
    twins = cast.world.lists(cast.world.parent("twin_elder"))["claimable"]
    assert sorted(each["name"] for each in twins) == ["卫小样乙", "卫小样甲"]
    story = cast.world.lists(cast.world.parent("story_child"))["claimable"]
    assert {each["name"]: each["kind"] for each in story} == {"周小样": "child", "周示例": "adult"}


def _check(asked: Asked | None, expected: str | None) -> None:
    if expected is None:
        assert asked is None
        return
    assert asked is not None
    assert asked.verdict == expected, (asked.case, asked.role)
    shown = asked.shown
    if expected == CLAIMABLE:
        assert shown["birth_date"] == asked.about.birth_date.isoformat()
        assert "*" in shown["id_no"]
        assert shown["kind"] == ("adult" if shown["relation"] == "self" else "child")
    else:
        # What, why and what to do next; about the person by name, or about nobody
        assert shown["title"]
        assert shown["detail"]
        assert shown["next_step"]
        assert (shown.get("name") == asked.about.name) == (expected != NOBODY)
