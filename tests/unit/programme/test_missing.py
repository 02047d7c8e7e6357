"""What is missing, and whether school entry is complete (D19)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given

from local.demo import schedule
from tests.unit.programme.a_child import BOY, GIRL, doses_of, planned
from tests.unit.programme.test_due_properties import History, grown_up, histories
from vaxcert.programme.due import Plan, plan

# By hand from docs/programme.md: the month from whose end on a dose is missing for a child that never had any.
NEVER_VACCINATED: Final = {
    0: {"HepB 1"},  # a day old
    3: {"HepB 1", "BCG 1"},
    12: {
        *("HepB 1", "HepB 2", "HepB 3", "BCG 1", "IPV 1", "IPV 2", "bOPV 3", "DTaP 1", "DTaP 2", "DTaP 3"),
        *("MMR 1", "JE-L 1", "MPSV-A 1"),
    },
    24: {
        *("HepB 1", "HepB 2", "HepB 3", "BCG 1", "IPV 1", "IPV 2", "bOPV 3", "DTaP 1", "DTaP 2", "DTaP 3"),
        *("DTaP 4", "MMR 1", "MMR 2", "JE-L 1", "MPSV-AC 1", "HepA-L 1"),
    },
}


def missing(found: Plan) -> set[str]:
    return {f"{turn.vaccine.key} {turn.dose_no}" for turn in found.missing}


@pytest.mark.parametrize("age", NEVER_VACCINATED)
def test_d19_every_dose_past_its_recommended_day_is_missing_from_that_day_on(age: int) -> None:
    born = date(2024, 3, 15)
    first = schedule.add_months(born, age) if age else born + timedelta(days=1)
    assert missing(plan(born, BOY, (), first)) == NEVER_VACCINATED[age]
    assert missing(plan(born, BOY, (), first - timedelta(days=1))) < NEVER_VACCINATED[age] | {
        "MPSV-A 1",
        "MPSV-A 2",
    }


def test_d19_a_dose_may_be_due_and_missing_and_what_has_to_wait_is_missing_alone() -> None:
    found = planned("2024-03-15", "2025-03-15", doses_of("HepB 2025-03-01"))
    assert "HepB 2" not in {f"{turn.vaccine.key} {turn.dose_no}" for turn in found.due}
    assert {"HepB 2", "HepB 3", "MMR 1"} <= missing(found)
    assert "MMR 1" in {f"{turn.vaccine.key} {turn.dose_no}" for turn in found.due}
    since = {f"{turn.vaccine.key} {turn.dose_no}": turn.since.isoformat() for turn in found.missing}
    assert (since["HepB 2"], since["HepB 3"]) == ("2025-03-29", "2025-05-28")


@pytest.mark.parametrize(
    ("born", "today", "gone", "instead"),
    [
        ("2020-11-01", "2026-07-01", "BCG 1", None),
        ("2023-11-01", "2026-07-01", "MPSV-A 1", "MPSV-AC 1"),
        ("2018-11-01", "2026-07-01", "DTaP 1", "DT 1"),
    ],
)
def test_d19_what_is_given_no_more_at_this_age_is_not_missing_but_its_successor_is(
    born: str, today: str, gone: str, instead: str | None
) -> None:
    found = missing(planned(born, today))
    assert gone not in found
    assert instead is None or instead in found


def test_d19_who_turns_seven_without_enough_is_not_complete_for_the_change_of_vaccine() -> None:
    """A month before the day the second DTaP dose cannot be given any more; DT takes its place."""
    found = planned("2019-11-15", "2026-11-01", doses_of("DTaP 2026-10-31"))
    assert "DT 1" in missing(found)
    assert not found.complete


@given(histories())
def test_d19_each_missing_dose_stands_once_and_what_is_overdue_today_is_among_them(history: History) -> None:
    born, sex, doses, today = history
    found = plan(born, sex, doses, today)
    named = [(turn.vaccine.key, turn.dose_no) for turn in found.missing]
    assert len(named) == len(set(named))
    assert all(turn.recommended <= today <= turn.until for turn in found.missing)
    overdue = {(turn.vaccine.key, turn.dose_no) for turn in found.due if turn.recommended <= today}
    assert overdue <= set(named)
    possible = {(turn.vaccine.key, turn.dose_no) for turn in found.missing if turn.since <= today}
    assert possible == overdue, "what could be given today is due"


@given(histories())
def test_d19_making_up_what_is_missing_completes_it(history: History) -> None:
    """Each missing dose on the day that is told for it, one after another."""
    born, sex, doses, today = history
    given_now = list(doses)
    first = plan(born, sex, doses, today)
    for turn in first.missing:
        given_now += doses_of(f"{turn.vaccine.key} {max(turn.since, today)}")
    # As of today the later ones are not given yet; what was missing then is complete at the last of them, or younger doses are.
    last = max((max(turn.since, today) for turn in first.missing), default=today)
    again = {(turn.vaccine.key, turn.dose_no) for turn in plan(born, sex, given_now, last).missing}
    assert not again & {(turn.vaccine.key, turn.dose_no) for turn in first.missing}


def test_d19_a_family_that_comes_in_time_is_complete_on_every_day() -> None:
    for born in (date(2021, 2, 28), date(2024, 1, 31)):
        for day, found, doses in grown_up(born, GIRL, [0] * 60):
            assert found.complete or {turn.vaccine.key for turn in found.missing} <= {
                turn.vaccine.key for turn in found.due
            }
            assert plan(born, GIRL, doses, day).complete


def test_d19_nothing_is_missing_for_people_of_age() -> None:
    assert planned("2008-07-01", "2026-07-01") == Plan()
