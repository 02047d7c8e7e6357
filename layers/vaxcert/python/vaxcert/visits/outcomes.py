"""What a station reports of a visit: fit or deferred, vaccinated or not (R28); left, passed over, mended (D21).

Doses come from the feed only (R1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.trust import must_be_of, must_serve, trusted
from vaxcert.errors import Conflict, FieldError, NotFound, Rejected
from vaxcert.idempotency.model import Answer, Answers, Remembered
from vaxcert.idempotency.turn import Asked, Commit, Deed, Repeatable
from vaxcert.identity.model import Device
from vaxcert.programme.vaccines import LISTED
from vaxcert.visits.doses import Given, added, doubled
from vaxcert.visits.line import BEHIND, turn_behind
from vaxcert.visits.model import Outcome, State, Visit, called, called_elsewhere, passed, reported


class WrongOrder(Conflict):
    """The visit is not at this station, or it has ended."""

    code = "wrong_order"


class AlreadyCalled(Conflict):
    """Another desk has called the ticket."""

    code = "already_called"


@dataclass(frozen=True, slots=True)
class Report:
    """A station's outcome: why not, or what was given. `corrects` mends its own last one; `one_dose` tells how the doses were sent."""

    station: Station
    outcome: Outcome
    reason: str | None = None
    doses: tuple[Given, ...] = ()
    corrects: bool = False
    one_dose: bool = False


class Visits(Protocol):
    """Port: visits by their own id."""

    def find(self, visit_id: str) -> Visit | None:
        """The visit as it stands; one that a later visit has replaced has ended."""
        ...

    def enrolment(self, device_id: str) -> Enrolment | None:
        """The device as it stands."""
        ...

    def given(self, visit: Visit) -> tuple[Given, ...]:
        """What the vaccination desk has reported so far."""
        ...

    def behind(self, visit: Visit, count: int, now: datetime) -> Sequence[int]:
        """The places of the next `count` that wait behind it for the same station, in order."""
        ...

    def move(self, before: Visit, after: Visit, device: Device, remembered: Remembered) -> bool:
        """`before` becomes `after`, with the remembered answer; False where anything is not as it was read."""
        ...

    def report(
        self,
        before: Visit,
        after: Visit,
        report: Report,
        device: Device,
        remembered: Remembered,
        now: datetime,
    ) -> bool:
        """As `move`, with the report, which takes the place of the station's last one; that is kept beside it."""
        ...


class OutcomeService:
    """Use cases of `POST /v1/visits/{visit_id}/outcomes` and `…/calls`."""

    def __init__(self, *, visits: Visits, answers: Answers, observation_seconds: int) -> None:
        self._visits = visits
        self._repeatable = Repeatable(answers, own=Conflict)
        self._observation = timedelta(seconds=observation_seconds)

    def report(
        self, device: Device, visit_id: str, report: Report, asked: Asked[Visit], now: datetime
    ) -> Answer:
        """Take the visit on. The same request again gets the same answer (invariant 4).

        The certificate is not asked: what was done to a person is reported, released or not. Raises `StationNotAllowed`,
        `ClinicNotAllowed`, `DeviceDisabled`, `Unauthorized`, `Rejected` for a vaccine that is not listed or stands twice, `NotFound`,
        `WrongOrder`, `KeyReused`, `Unavailable`.
        """

        def decide(before: Visit) -> Deed[Visit]:
            standing = before.standing(now)
            if report.outcome is Outcome.PASSED:
                after = passed(standing, report.station, self._behind(standing, now))
                return self._moved(before, after, device)
            whole = self._whole(standing, report)
            after = reported(
                standing, report.station, report.outcome, self._observation, now, corrects=report.corrects
            )
            if after is None or whole is None:
                raise WrongOrder

            def write(*, remembered: Remembered) -> Commit:
                done = self._visits.report(before, after, whole, device, remembered, now)
                return Commit.DONE if done else Commit.STALE

            return Deed(after, write)

        return self._taken(
            device, visit_id, report.station, asked, now, decide, check=lambda: _must_fit(report)
        )

    def call(
        self, device: Device, visit_id: str, station: Station, desk: str, asked: Asked[Visit], now: datetime
    ) -> Answer:
        """Call a waiting ticket to a desk (D21); the same desk may call again. Of two desks one gets it.

        Raises as `report` does, and `AlreadyCalled` where another desk has called it.
        """

        def decide(before: Visit) -> Deed[Visit]:
            standing = before.standing(now)
            after = called(standing, station, desk, now)
            if after is not None and called_elsewhere(standing, desk):
                raise AlreadyCalled
            return self._moved(before, after, device)

        return self._taken(device, visit_id, station, asked, now, decide)

    def _taken(
        self,
        device: Device,
        visit_id: str,
        station: Station,
        asked: Asked[Visit],
        now: datetime,
        decide: Callable[[Visit], Deed[Visit]],
        *,
        check: Callable[[], object] = lambda: None,
    ) -> Answer:
        must_serve(device, station)
        must_be_of(device, visit_id.rsplit("-", 2)[0])

        def prepare() -> Callable[[], Deed[Visit]]:
            check()
            return lambda: decide(self._found(visit_id))

        return self._repeatable.answer(
            asked, now, prepare, admit=lambda: trusted(device, self._visits.enrolment(device.device_id))
        )

    def _found(self, visit_id: str) -> Visit:
        visit = self._visits.find(visit_id)
        if visit is None:
            raise NotFound
        return visit

    def _moved(self, before: Visit, after: Visit | None, device: Device) -> Deed[Visit]:
        if after is None:
            raise WrongOrder

        def write(*, remembered: Remembered) -> Commit:
            done = self._visits.move(before, after, device, remembered)
            return Commit.DONE if done else Commit.STALE

        return Deed(after, write)

    def _behind(self, visit: Visit, now: datetime) -> int:
        return turn_behind(visit.turn, self._visits.behind(visit, BEHIND + 1, now))

    def _whole(self, standing: Visit, report: Report) -> Report | None:
        """The report with what was given before in this visit; None for a double."""
        if report.corrects or standing.state is not State.OBSERVING:
            return report
        doses = added(self._visits.given(standing), report.doses)
        return None if doses is None else replace(report, doses=doses)


def _must_fit(report: Report) -> None:
    """What was given is told by a code of the one list, or the feed's dose is never found to be the same; and nothing twice."""
    unlisted = (
        FieldError(
            "/vaccine_code" if report.one_dose else f"/doses/{place}/vaccine_code", "unknown", "vaccine"
        )
        for place, dose in enumerate(report.doses)
        if dose.vaccine_code not in LISTED
    )
    twice = (FieldError(f"/doses/{place}", "invalid", "double") for place in doubled(report.doses))
    faults = (*unlisted, *twice)
    if faults:
        raise Rejected(fields=faults)
