"""What is due (R28), whatever the child's history: properties of the plan."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from local.demo import schedule
from local.feed import form as feed_form
from tests.unit.programme.a_child import BOY, GIRL, a_dose
from vaxcert.archives.model import Dose, Sex
from vaxcert.programme.due import Plan, plan
from vaxcert.programme.vaccines import VACCINES

# By hand from docs/programme.md, apart from the code's tables: the earliest month of each dose, and the first month that is too late.
EARLIEST: Final = {
    "HepB": (0, 1, 6), "BCG": (0,), "IPV": (2, 2, 2, 48), "bOPV": (2, 3, 4, 48), "DTaP": (2, 4, 6, 18, 72),
    "DT": (84, 84, 84, 84, 84), "MMR": (8, 8, 18), "JE-L": (8, 24), "JE-I": (8, 8, 24, 72), "MPSV-A": (6, 9),
    "MPSV-AC": (24, 72), "HepA-L": (18,), "HepA-I": (18, 24), "2vHPV": (156, 156),
}  # fmt: skip
TOO_LATE: Final = {"BCG": 48, "MPSV-A": 24, "DTaP": 84, "DT": 144}
COURSES: Final = {
    "IPV": "polio", "bOPV": "polio", "DTaP": "diphtheria", "DT": "diphtheria", "JE-L": "je", "JE-I": "je",
    "MPSV-A": "men", "MPSV-AC": "men", "HepA-L": "hepa", "HepA-I": "hepa",
}  # fmt: skip
WHOLE: Final = {
    "HepB": 3, "BCG": 1, "IPV": 2, "bOPV": 2, "DTaP": 5, "MMR": 2, "JE-L": 2, "MPSV-A": 2, "MPSV-AC": 2, "HepA-L": 1,
}  # fmt: skip

type History = tuple[date, Sex, list[Dose], date]

births = st.dates(date(2010, 1, 1), date(2026, 11, 23))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A child, a day, and any doses on any days since birth: plausible or not."""
    born = draw(births)
    today = draw(st.dates(max(born, date(2025, 11, 10)), date(2030, 12, 31)))
    age = (today - born).days
    doses = [
        a_dose(key, born + timedelta(days=day), dose_id=f"d{place}")
        for place, (key, day) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        st.sampled_from([one.key for one in VACCINES]),
                        st.integers(0, min(age, 800)) | st.integers(0, age),
                    ),
                    max_size=25,
                )
            )
        )
    ]
    return born, draw(st.sampled_from(Sex)), doses, today


def names(turns: Plan) -> list[tuple[str, int]]:
    return [(turn.vaccine.key, turn.dose_no) for turn in turns.due]


def months_after(born: date, count: int) -> date:
    return schedule.add_months(born, count)


@given(histories(), st.randoms(use_true_random=False))
def test_giving_what_is_due_takes_it_off_the_list(history: History, dice: random.Random) -> None:
    born, sex, doses, today = history
    before = plan(born, sex, doses, today)
    for turn in before.due:
        after = plan(born, sex, [*doses, a_dose(turn.vaccine.key, today, dose_id="now")], today)
        assert (turn.vaccine.key, turn.dose_no) not in names(after)
        others = [one for one in before.due if one is not turn]
        assert [one for one in after.due if one in others] == others, "and nothing else"
    everything = [
        a_dose(turn.vaccine.key, today, dose_id=f"n{place}") for place, turn in enumerate(before.due)
    ]
    dice.shuffle(everything)
    assert plan(born, sex, [*everything, *doses], today).due == ()


@given(histories())
def test_nothing_is_due_before_its_age_after_its_limit_or_twice(history: History) -> None:
    born, sex, doses, today = history
    found = plan(born, sex, doses, today)
    assert not found.due or today < months_after(born, 216)
    for turn in (*found.due, *found.next):
        key, place = turn.vaccine.key, turn.dose_no - 1
        assert turn.since >= months_after(born, EARLIEST[key][min(place, len(EARLIEST[key]) - 1)])
        assert turn.since <= turn.until < months_after(born, TOO_LATE.get(key, 216))
        assert turn.ends_early is (key in TOO_LATE)
        assert key != "2vHPV" or (sex is GIRL and born >= date(2011, 11, 10))
    for turns in (found.due, found.next):
        courses = Counter(COURSES.get(turn.vaccine.key, turn.vaccine.key) for turn in turns)
        assert set(courses.values()) <= {1}
    assert all(turn.since <= today <= turn.until for turn in found.due)
    assert len({turn.since for turn in found.next}) <= 1
    assert all(turn.since > today for turn in found.next)


@given(histories(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_nor_the_future_matters(history: History, dice: random.Random) -> None:
    born, sex, doses, today = history
    expected = plan(born, sex, doses, today)
    again = [replace(dose, dose_id=f"{dose.dose_id}-again") for dose in doses]
    later = [a_dose(one.key, today + timedelta(days=1)) for one in VACCINES]
    mixed = [*doses, *later]
    dice.shuffle(mixed)
    assert plan(born, sex, mixed, today) == expected
    mixed += again
    dice.shuffle(mixed)
    found = plan(born, sex, mixed, today)
    assert (found.due, found.next) == (expected.due, expected.next)


@given(histories())
def test_odd_doses_are_doses_of_the_child(history: History) -> None:
    born, sex, doses, today = history
    odd = [one.dose_id for one in plan(born, sex, doses, today).odd]
    assert len(odd) == len(set(odd))
    assert set(odd) <= {dose.dose_id for dose in doses}


def grown_up(born: date, sex: Sex, delays: Sequence[int]) -> Iterator[tuple[date, Plan, list[Dose]]]:
    """A child that comes to each visit some days late, and gets all that is due: every visit, until nothing is next."""
    doses: list[Dose] = []
    today, turn = born, 0
    while True:
        found = plan(born, sex, doses, today)
        doses += [a_dose(one.vaccine.key, today, dose_id=f"{today}{one.vaccine.key}") for one in found.due]
        yield today, found, doses
        if not found.next:
            return
        today = found.next[0].since + timedelta(days=delays[turn % len(delays)])
        turn += 1


@given(
    st.dates(date(2025, 1, 1), date(2030, 1, 1)),
    st.sampled_from(Sex),
    st.lists(st.integers(0, 45), min_size=1, max_size=8),
)
def test_who_follows_the_plan_completes_it_and_no_dose_is_odd(
    born: date, sex: Sex, delays: list[int]
) -> None:
    *_, (last, found, doses) = grown_up(born, sex, delays)
    assert Counter(dose.vaccine_name for dose in doses) == Counter(
        {
            next(one.chinese for one in VACCINES if one.key == key): count
            for key, count in (WHOLE | ({"2vHPV": 2} if sex is GIRL else {})).items()
        }
    )
    assert plan(born, sex, doses, last) == Plan()
    assert found.odd == ()


@example(
    date(2024, 7, 27), "male", 1, 0
)  # the third DTaP was due under the old plan and came under the new one
@given(births, st.sampled_from(["male", "female"]), st.integers(0, 2**16), st.integers(0, 365 * 8))
def test_who_followed_the_programme_has_at_most_this_weeks_doses_due(
    born: date, sex: feed_form.Sex, seed: int, days: int
) -> None:
    """Against another table: the demo's calm families come at most five days late, under the edition of each day."""
    today = max(born, date(2025, 11, 10)) + timedelta(days=days)
    taken = schedule.programme(born, sex, today, random.Random(seed))
    doses = [
        Dose(f"d{place}", one.vaccine.code, one.vaccine.name, one.dose_no, one.on, "3206000001", "local")
        for place, one in enumerate(taken)
    ]
    found = plan(born, GIRL if sex == "female" else BOY, doses, today)
    assert all((today - turn.since).days <= 6 for turn in found.due), (found.due, doses)
    assert found.odd == ()
