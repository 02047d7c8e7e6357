"""The next dose of every course of the programme, for one child on one day, and what is missing of it (R28, D19). Pure; `vaxcert.programme.due` asks.

Doses count by their number, never by their age: what was missed is completed with the shortest interval, and nothing is begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from vaxcert.archives.model import Sex
from vaxcert.programme import schedule as p
from vaxcert.programme.schedule import Course, Span, Step
from vaxcert.programme.vaccines import Vaccine, vaccine_named

_DAY: Final = timedelta(days=1)
_ENOUGH_WITH_DT: Final = 3


class Hint(StrEnum):
    """What the nurse should know of a dose that is due."""

    CATCH_UP = "catch_up"
    TUBERCULIN_TEST = "tuberculin_test"
    OR_INACTIVATED = "or_inactivated"
    OR_LIVE = "or_live"
    MIXED_PRODUCTS = "mixed_products"


@dataclass(frozen=True, slots=True)
class Due:
    """The next dose of one course: from `since` to `until`, both inclusive; `before` is the day by which it should have been given.

    `recommended` is that day too, and never missing: where the programme names none, the one of the next dose that has one.
    """

    vaccine: Vaccine
    dose_no: int
    since: date
    until: date
    before: date | None
    recommended: date
    hints: tuple[Hint, ...]

    @property
    def ends_early(self) -> bool:
        """Whether the programme ends this dose before the child comes of age."""
        return self.vaccine.key in _END_EARLY


_END_EARLY: Final = frozenset(
    step.vaccine for course in (p.BCG, p.DTAP, p.DT, p.MEN_A) for step in course if step.until != p.OF_AGE
)


@dataclass(frozen=True, slots=True)
class Shot:
    """A dose of a known vaccine."""

    on: date
    vaccine: str
    dose_id: str


@dataclass(frozen=True, slots=True)
class Child:
    """A child with its shots, sorted by date, none before birth or after `today`."""

    born: date
    sex: Sex
    today: date
    shots: tuple[Shot, ...]

    def turns(self) -> Iterator[Due]:
        """The next dose of each course that has one left which can still be given, in the programme's order."""
        turns = (course(self) for course in self._COURSES)
        return (turn for turn in turns if turn is not None)

    def missing(self) -> Iterator[Due]:
        """Every dose whose recommended day has come without it, in the programme's order (D19).

        Each from the day on which it can be given if those before it are made up from today on. What the programme gives no more at this
        age is not among them, but what takes its place is.
        """
        for course in self._COURSES:
            supposed = self
            while (turn := course(supposed)) is not None and turn.recommended <= self.today:
                yield turn
                made_up = Shot(max(turn.since, self.today), turn.vaccine.key, "")
                supposed = replace(supposed, shots=(*supposed.shots, made_up))

    def of(self, products: Iterable[str]) -> tuple[Shot, ...]:
        """Shots of these products by date, one of a day: two archives may tell of one dose under two ids."""
        wanted = frozenset(products)
        by_day = {shot.on: shot for shot in reversed(self.shots) if shot.vaccine in wanted}
        return tuple(by_day[day] for day in sorted(by_day))

    def against_measles(self) -> tuple[Shot, ...]:
        """Shots against measles, mumps or rubella from 8 months on: an earlier one is an emergency's and does not count.

        Different products of one day stay apart, for they hold different components.
        """
        from_then = p.MMR[0].age.after(self.born)
        by_product = {
            (shot.on, shot.vaccine): shot
            for shot in reversed(self.shots)
            if shot.vaccine in p.AGAINST_MEASLES and shot.on >= from_then
        }
        return tuple(by_product[place] for place in sorted(by_product))

    def _hepatitis_b(self) -> Due | None:
        return self._next(p.HEPB, self.of(p.HAS_HEPB))

    def _tuberculosis(self) -> Due | None:
        turn = self._next(p.BCG, self.of(p.HAS_BCG))
        tested = self.today >= p.BCG_TESTED_FROM.after(self.born)
        return _hinted(turn, Hint.TUBERCULIN_TEST) if tested else turn

    def _polio(self) -> Due | None:
        """IPV before bOPV. Four doses of any kind complete the course."""
        shots = self.of(p.HAS_POLIO)
        if len(shots) >= len(p.POLIO):
            return None
        inactivated = sum(shot.vaccine in p.HAS_IPV for shot in shots)
        wanted = 2 if self.born >= p.TWO_IPV_BORN_FROM else 1 if not shots else 0
        step = replace(p.POLIO[len(shots)], vaccine="IPV" if inactivated < wanted else "bOPV")
        return self._turn(step, shots, _by_when(p.POLIO, len(shots)))

    def _diphtheria(self) -> Due | None:
        """DTaP until 7 years, then DT until 12. Who has three doses and a DT among them needs no more."""
        shots = self.of(p.HAS_DT)
        given, toxoids = len(shots), sum(shot.vaccine == "DT" for shot in shots)
        if given >= len(p.DTAP) or (toxoids and given >= _ENOUGH_WITH_DT):
            return None
        catching_up, by_when = replace(p.DT[given], dose_no=toxoids + 1), _by_when(p.DTAP, given)
        return self._turn(p.DTAP[given], shots, by_when) or self._turn(catching_up, shots, by_when)

    def _measles(self) -> Due | None:
        """Two of MMR; children born before October 2019 need measles twice, rubella and mumps once, in whatever product."""
        shots = self.against_measles()
        whole = len(_days(shots, {"MMR"}))
        if self.born >= p.TWO_MMR_BORN_FROM:
            done, place = whole >= len(p.MMR), whole
        else:
            measles = len(_days(shots, p.HAS_MEASLES))
            done = measles >= len(p.MMR) and all(_days(shots, has) for has in (p.HAS_RUBELLA, p.HAS_MUMPS))
            place = min(measles, 1)
        return (
            None
            if done
            else self._turn(replace(p.MMR[place], dose_no=whole + 1), shots, _by_when(p.MMR, place))
        )

    def _encephalitis(self) -> Due | None:
        """Two live doses, or four inactivated; who began with one goes on with it."""
        live, inactivated = self.of({"JE-L"}), self.of({"JE-I"})
        if len(live) >= len(p.JE_LIVE) or len(inactivated) >= len(p.JE_INACTIVATED):
            return None
        if live:
            turn = self._turn(p.JE_LIVE[1], self.of({"JE-L", "JE-I"}), _by_when(p.JE_LIVE, 1))
            return _hinted(turn, Hint.MIXED_PRODUCTS) if inactivated else turn
        if inactivated:
            return self._next(p.JE_INACTIVATED, inactivated)
        return _hinted(self._next(p.JE_LIVE, live), Hint.OR_INACTIVATED)

    def _meningococcal(self) -> Due | None:
        """Group A twice before 2 years, then A and C twice; A and C before 2 years stands for A."""
        shots, two = self.of(p.HAS_MEN_A), p.MEN_A[0].until.after(self.born)
        both = [shot for shot in shots if shot.vaccine in p.HAS_MEN_AC and shot.on >= two]
        only = [shot for shot in shots if shot not in both]
        if both:
            return self._next(p.MEN_AC, both)
        # The first A and C dose that stands for A was wanted when A was.
        by_when = _by_when(p.MEN_A, len(only)) if len(only) in p.MEN_AC_FIRST else _by_when(p.MEN_AC, 0)
        first = p.MEN_AC_FIRST.get(len(only), p.MEN_AC[0])
        return self._next(p.MEN_A, only) or self._turn(first, only, by_when)

    def _hepatitis_a(self) -> Due | None:
        """One live dose, or two inactivated; one live completes a begun inactivated course."""
        inactivated = self.of(p.HAS_HEPA_INACTIVATED)
        if self.of({"HepA-L"}):
            return None
        if inactivated:
            return _hinted(self._next(p.HEPA_INACTIVATED, inactivated), Hint.OR_LIVE)
        return _hinted(self._next(p.HEPA_LIVE, ()), Hint.OR_INACTIVATED)

    def _papillomavirus(self) -> Due | None:
        if self.sex is not Sex.FEMALE or self.born < p.HPV_BORN_FROM:
            return None
        turn = self._next(p.HPV, self.of({"2vHPV"}))
        return None if turn is None else replace(turn, since=max(turn.since, p.HPV_FROM))

    def _next(self, course: Course, shots: Sequence[Shot]) -> Due | None:
        place = len(shots)
        return None if place >= len(course) else self._turn(course[place], shots, _by_when(course, place))

    def _turn(self, step: Step, shots: Sequence[Shot], by_when: Span) -> Due | None:
        """The step after these shots; None where its time is over before it may come."""
        since = step.age.after(self.born)
        if shots:
            since = max(since, step.interval.after(shots[-1].on))
        if step.vaccine in p.INJECTED_LIVE:
            # On one day with another live vaccine, or four weeks after it.
            others = [shot.on for shot in self.shots if shot.vaccine in p.INJECTED_LIVE]
            earliest = max(since, self.today)
            since = max([since, *(p.LIVE_GAP.after(day) for day in others if day < earliest)])
        until = step.until.after(self.born) - _DAY
        if max(since, self.today) > until:
            return None
        before = None if step.before is None else step.before.after(self.born)
        late = (Hint.CATCH_UP,) if before is not None and before <= self.today else ()
        recommended = by_when.after(self.born)
        return Due(vaccine_named(step.vaccine), step.dose_no, since, until, before, recommended, late)

    _COURSES: ClassVar[tuple[Callable[[Child], Due | None], ...]] = (
        _hepatitis_b,
        _tuberculosis,
        _polio,
        _diphtheria,
        _measles,
        _encephalitis,
        _meningococcal,
        _hepatitis_a,
        _papillomavirus,
    )


def _by_when(course: Course, place: int) -> Span:
    """The age by which the dose at a place of a course should have been given: its own, or that of the next dose that has one."""
    return next(step.before for step in course[place:] if step.before is not None)


def _days(shots: Iterable[Shot], products: Iterable[str]) -> frozenset[date]:
    wanted = frozenset(products)
    return frozenset(shot.on for shot in shots if shot.vaccine in wanted)


def _hinted(turn: Due | None, hint: Hint) -> Due | None:
    return None if turn is None else replace(turn, hints=(*turn.hints, hint))
