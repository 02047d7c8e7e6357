"""What is due for a child, by the national programme, and what is missing (R28, D19): advice, never a refusal, never an entry (R1).

From birth date, sex and doses alone, so that it costs no call. A dose that came too early counts and is pointed out: the programme's text
that was found does not say that it has to be given again. Measles before 8 months alone does not count, as that text says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from vaxcert.archives.model import Dose, Sex
from vaxcert.programme import schedule as p
from vaxcert.programme.courses import Child, Due, Shot
from vaxcert.programme.schedule import Course, Step
from vaxcert.programme.vaccines import vaccine_of


class Oddity(StrEnum):
    """Why a dose that is on record deserves a look."""

    UNKNOWN_VACCINE = "unknown_vaccine"
    TOO_YOUNG = "too_young"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True)
class Odd:
    """A dose on record that came early, or whose vaccine is not known here; `counted` towards what is due or not."""

    dose_id: str
    why: Oddity
    counted: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is due on a day, what comes next where that is given (all that falls on one day), and doses to look at.

    `missing` is every dose whose recommended day has come without it, each once; what may be given today is in `due` as well.
    """

    due: tuple[Due, ...] = ()
    next: tuple[Due, ...] = ()
    odd: tuple[Odd, ...] = ()
    missing: tuple[Due, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the check at kindergarten and school entry (入托入学查验) finds nothing to catch up (D19)."""
        return not self.missing


def plan(birth_date: date, sex: Sex, doses: Iterable[Dose], today: date) -> Plan:
    """The plan on the day `today` in Shanghai; empty for people of 18 and over, and before the birth date."""
    if not birth_date <= today < p.OF_AGE.after(birth_date):
        return Plan()
    shots, odd = [], []
    for dose in sorted((one for one in doses if one.date <= today), key=_by_date):
        vaccine = vaccine_of(dose.vaccine_code, dose.vaccine_name)
        if vaccine is None:
            odd.append(Odd(dose.dose_id, Oddity.UNKNOWN_VACCINE, counted=False))
        elif dose.date < birth_date:
            odd.append(Odd(dose.dose_id, Oddity.TOO_YOUNG, counted=False))
        else:
            shots.append(Shot(dose.date, vaccine.key, dose.dose_id))
    child = Child(birth_date, sex, today, tuple(shots))
    due = tuple(turn for turn in child.turns() if turn.since <= today)
    today_too = (Shot(today, turn.vaccine.key, "") for turn in due)
    after = replace(child, shots=(*child.shots, *today_too))
    ahead = [turn for turn in after.turns() if turn.since > today]
    soonest = min((turn.since for turn in ahead), default=None)
    following = tuple(turn for turn in ahead if turn.since == soonest)
    return Plan(due, following, (*odd, *_early(child)), tuple(child.missing()))


def _by_date(dose: Dose) -> tuple[date, str, str, str]:
    return dose.date, dose.vaccine_code, dose.vaccine_name, dose.dose_id


def _early(child: Child) -> Iterator[Odd]:
    """Doses that came before the programme's age or interval. Products outside the programme follow their own leaflets."""
    counted, eight_months = child.against_measles(), p.MMR[0].age.after(child.born)
    found = {
        shot.dose_id: Odd(shot.dose_id, Oddity.TOO_YOUNG, counted=False)
        for shot in child.shots
        if shot.vaccine in p.AGAINST_MEASLES and shot.on < eight_months
    }
    two_years = p.MEN_A[0].until.after(child.born)
    for course, shots in (
        (p.HEPB, child.of(p.HAS_HEPB)),
        (p.POLIO, child.of(p.HAS_POLIO)),
        (p.DTAP, child.of(p.HAS_DTAP)),
        (p.MMR, [shot for shot in counted if shot.vaccine in p.HAS_MEASLES]),
        (p.JE_LIVE, child.of({"JE-L"})),
        (p.JE_INACTIVATED, child.of({"JE-I"})),
        (p.MEN_A, child.of({"MPSV-A"})),
        (p.MEN_AC, [shot for shot in child.of({"MPSV-AC"}) if shot.on >= two_years]),
        (p.HEPA_LIVE, child.of({"HepA-L"})),
        (p.HEPA_INACTIVATED, child.of(p.HAS_HEPA_INACTIVATED)),
        (p.HPV, child.of({"2vHPV"})),
    ):
        for odd in _early_of(course, shots, child.born):
            found.setdefault(odd.dose_id, odd)
    yield from found.values()


def _early_of(course: Course, shots: Sequence[Shot], born: date) -> Iterator[Odd]:
    own = {step.vaccine for step in course}
    previous: date | None = None
    for shot, step in zip(shots, course, strict=False):
        # Extra rounds of polio (补充免疫) count at any age, A and C comes from 2 years on where A was missed, and HPV and
        # inactivated HepA are given earlier by their leaflets.
        free = shot.vaccine not in own or (step.vaccine, step.dose_no) == ("bOPV", 4)
        free |= step.vaccine in {"2vHPV", "HepA-I", "MPSV-AC"}
        if not free and shot.on < _age_then(step, shot.on).after(born):
            yield Odd(shot.dose_id, Oddity.TOO_YOUNG, counted=True)
        elif previous is not None and shot.on < step.interval.after(previous):
            yield Odd(shot.dose_id, Oddity.TOO_SOON, counted=True)
        previous = shot.on


def _age_then(step: Step, on: date) -> p.Span:
    """The age of a step under the edition of that day: DTaP was given at 3, 4, 5 months before 2025."""
    if step.vaccine == "DTaP" and on < p.DTAP_CHANGED_ON and step.dose_no <= len(p.DTAP_UNTIL_2024):
        return p.DTAP_UNTIL_2024[step.dose_no - 1].age
    return step.age
