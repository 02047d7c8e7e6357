"""What a station reports of a visit: fit or deferred, vaccinated or not (R28). Doses come from the feed only (R1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from vaxcert.aws.clock import shanghai_date
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.trust import must_be_of, must_serve, trusted
from vaxcert.errors import Conflict, FieldError, NotFound, Rejected
from vaxcert.idempotency.model import Answer, Answers, Remembered
from vaxcert.idempotency.turn import Asked, Commit, Deed, Repeatable
from vaxcert.identity.model import Device
from vaxcert.programme.vaccines import LISTED
from vaxcert.visits.model import Outcome, Visit, reported


class WrongOrder(Conflict):
    """The visit is not at this station, or it has ended."""

    code = "wrong_order"


@dataclass(frozen=True, slots=True)
class Report:
    """A station's outcome. `details`: reason of a deferral or of not vaccinating, or vaccine code, batch, trace code and site."""

    station: Station
    outcome: Outcome
    details: Mapping[str, str]


class Visits(Protocol):
    """Port: visits by their own id."""

    def find(self, visit_id: str) -> Visit | None:
        """The visit as it stands; one that a later visit has replaced has ended."""
        ...

    def enrolment(self, device_id: str) -> Enrolment | None:
        """The device as it stands."""
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
        """`before` becomes `after`, with the report and the remembered answer; False where anything is not as it was read."""
        ...


class OutcomeService:
    """Use case of `POST /v1/visits/{visit_id}/outcomes`."""

    def __init__(self, *, visits: Visits, answers: Answers, observation_seconds: int) -> None:
        self._visits = visits
        self._repeatable = Repeatable(answers, own=WrongOrder)
        self._observation = timedelta(seconds=observation_seconds)

    def report(
        self, device: Device, visit_id: str, report: Report, asked: Asked[Visit], now: datetime
    ) -> Answer:
        """Take the visit on. The same request again gets the same answer (invariant 4).

        The certificate is not asked: what was done to a person is reported, released or not. Raises `StationNotAllowed`,
        `ClinicNotAllowed`, `DeviceDisabled`, `Unauthorized`, `Rejected` for a vaccine that is not listed, `NotFound`, `WrongOrder`,
        `KeyReused`, `Unavailable`.
        """
        must_serve(device, report.station)
        must_be_of(device, visit_id.rsplit("-", 2)[0])

        def prepare() -> Callable[[], Deed[Visit]]:
            _must_be_listed(report)
            return decide

        def decide() -> Deed[Visit]:
            before = self._visits.find(visit_id)
            if before is None:
                raise NotFound
            standing = before.on(shanghai_date(now))
            after = reported(standing, report.station, report.outcome, self._observation, now)
            if after is None:
                raise WrongOrder

            def write(*, remembered: Remembered) -> Commit:
                done = self._visits.report(before, after, report, device, remembered, now)
                return Commit.DONE if done else Commit.STALE

            return Deed(after, write)

        return self._repeatable.answer(
            asked, now, prepare, admit=lambda: trusted(device, self._visits.enrolment(device.device_id))
        )


def _must_be_listed(report: Report) -> None:
    """What was given is told by a code of the one list, or the feed's dose is never found to be the same."""
    code = report.details.get("vaccine_code")
    if code is not None and code not in LISTED:
        raise Rejected(fields=(FieldError("/vaccine_code", "unknown", "vaccine"),))
