"""Scanning a code (亮码接种, R28): one scanned code becomes one step of a visit, or a reason why not.

Junk costs no call: form, key and signature are checked first, against keys that are held already. What is authentic costs two
round trips: look, then commit, or look, then note the refusal (D11). A refusal burns nothing, so the same code may be shown again
where its reason has gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, Protocol

from vaxcert.archives.model import Archive
from vaxcert.aws.clock import EVER, shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.clinics.week import Clinic
from vaxcert.codes.model import Code, Fault
from vaxcert.codes.token import read
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.trust import must_serve, trusted
from vaxcert.grants.model import Grant
from vaxcert.idempotency.model import KEPT, Answer, Remembered, RepeatableRequest, remember
from vaxcert.idempotency.turn import until_done
from vaxcert.identity.model import Device
from vaxcert.programme.shown import of_person
from vaxcert.visits.alerts import Alert
from vaxcert.visits.model import (
    Advance,
    Arrival,
    Begin,
    ClinicDay,
    Reason,
    Refused,
    Use,
    Visit,
    admitted,
    begun,
)
from vaxcert.visits.person import PersonViews
from vaxcert.visits.standing import standing_behind
from vaxcert.visits.verdicts import Body, accepted, refused, unread
from vaxcert.wording import Language, Wording

_OK: Final = 200


class CodeKeys(Protocol):
    """Port: public keys of codes, at most 30 seconds old."""

    def public(self, purpose: Literal["code"]) -> Mapping[str, Any]:
        """The keys of a purpose by their id."""
        ...


class Awaited(Protocol):
    """An appointment of today: `ahead_from` is its time where who takes a ticket now goes ahead, each ticket anew (D21).

    `met`: a ticket was taken for it before.
    """

    @property
    def appointment_id(self) -> str: ...

    @property
    def clinic_code(self) -> str: ...

    @property
    def ahead_from(self) -> datetime | None: ...

    @property
    def met(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything that a verdict needs, as it stands: `answer` where this very request was answered before."""

    certificate: Certificate | None
    grant: Grant | None
    device: Enrolment | None
    visit: Visit | None
    burned: Use | None
    answer: Answer | None
    awaited: Awaited | None = None
    clinic: Clinic | None = None
    """The clinic's week, where a ticket is drawn and it has one."""


@dataclass(frozen=True, slots=True)
class Admission:
    """One step to be written: `before` becomes `visit`, by this code, at this station; `appointment` is the one that it is kept with."""

    code: Code
    scanner: Device
    station: Station
    certificate: Certificate
    grant: Grant | None
    before: Visit | None
    visit: Visit
    remembered: Remembered
    now: datetime
    appointment: Awaited | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An authentic code seen at a station at `at`, and what came of it: a line of the access log (D11)."""

    code: Code
    scanner: Device
    station: Station
    grant: Grant | None
    result: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Step:
    """What a scan makes of a visit, and the appointment that is kept with it."""

    certificate: Certificate
    visit: Visit
    appointment: Awaited | None


class Scans(Protocol):
    """Port: what a scan reads and writes."""

    def look(self, code: Code, device_id: str, request: RepeatableRequest, now: datetime) -> Looked:
        """One round trip. Raises `KeyReused`."""
        ...

    def look_and_draw(
        self, code: Code, device_id: str, request: RepeatableRequest, now: datetime, clinic_code: str
    ) -> tuple[Looked, int]:
        """As `look`, and draws the clinic's next ticket in the same round trip: its number.

        Drawing again for the same code gives the same number, unless another was given in between.
        """
        ...

    def commit(self, admission: Admission, archive_keys: Iterable[str]) -> tuple[Archive, ...] | None:
        """All of the step or nothing, and the archives read beside it; None where something is not as it was looked at."""
        ...

    def note(self, sighting: Sighting, request: RepeatableRequest) -> None:
        """Append a refusal to the access log, and to the figures of the clinic's day, once a request; nothing is burned. One round trip."""
        ...

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...


class ScanService:
    """Use case of `POST /v1/scans`. `alert` is told of a code that came to a second device."""

    def __init__(
        self,
        *,
        scans: Scans,
        keys: CodeKeys,
        views: PersonViews,
        ttl_seconds: int,
        adult_age: int,
        wording: Wording,
        alert: Alert = lambda _now: None,
        issued_from: datetime = EVER,
    ) -> None:
        self._scans = scans
        self._keys = keys
        self._views = views
        self._longest = timedelta(seconds=ttl_seconds)
        self._adult_age = adult_age
        self._wording = wording
        self._alert = alert
        self._issued_from = issued_from

    def scan(
        self,
        scanner: Device,
        text: str,
        station: Station,
        request: RepeatableRequest,
        now: datetime,
        language: Language,
    ) -> Body:
        """The verdict. The same request again gets the same answer, also after the code has expired (invariants 2, 4).

        What is remembered is the verdict and its day; the person is read again, as they stood on that day, from archives that change in
        the night only (R38), or from the certificate, which the night keeps in step with them.
        Raises `StationNotAllowed`, `DeviceDisabled`, `Unauthorized` for a token of an earlier enrolment, `KeyReused`,
        `Unavailable`.
        """
        must_serve(scanner, station)
        code = read(text, lambda: self._keys.public("code"), self._longest)
        if isinstance(code, Fault):
            return unread(code, text, station, language, now, self._wording)
        # Older than any answer that is still remembered; or of before a restore, which may have lost that it was used.
        if now >= code.expires_at + KEPT or code.issued_at < self._issued_from:
            return refused(Refused(Reason.EXPIRED), station, language, now, self._wording)
        arrival = Arrival(scanner.clinic_code, station, shanghai_date(now), now)
        number: int | None = None

        def once() -> Body | None:
            nonlocal number
            if station is Station.TICKET and number is None and code.timely(now):
                looked, number = self._scans.look_and_draw(
                    code, scanner.device_id, request, now, scanner.clinic_code
                )
            else:
                looked = self._scans.look(code, scanner.device_id, request, now)
            trusted(scanner, looked.device)
            if looked.answer is not None:
                return self._again(looked.answer, looked.certificate, arrival.day, language)
            step = self._decided(code, looked, arrival, number)
            if isinstance(step, Refused):
                sighting = Sighting(code, scanner, station, looked.grant, step.reason, now)
                self._noted(step, sighting, request)
                return refused(step, station, language, now, self._wording)
            certificate, visit = step.certificate, step.visit
            keys = () if station is Station.OBSERVATION else certificate.archive_keys
            kept = self._views.kept(station, certificate)
            verdict = accepted(visit, station, language, now, self._wording)
            archives = self._scans.commit(
                Admission(
                    code=code,
                    scanner=scanner,
                    station=station,
                    certificate=certificate,
                    grant=looked.grant,
                    before=looked.visit,
                    visit=visit,
                    remembered=remember(
                        request, _answer(verdict, station, arrival.day, certificate.record_id, keys), now
                    ),
                    now=now,
                    appointment=step.appointment,
                ),
                () if kept else keys,
            )
            if archives is None:
                return None
            if kept is not None:
                return {**verdict, "person": kept}
            own = of_person(archives, certificate.record_id)
            return self._with_person(verdict, station, own, arrival.day, language)

        return until_done(once)

    def _decided(self, code: Code, looked: Looked, arrival: Arrival, number: int | None) -> _Step | Refused:
        """Time, used, certificate, grant, visit: the first that does not hold; else the step to be written."""
        if not code.timely(arrival.now):
            return Refused(Reason.EXPIRED)
        if looked.burned is not None:
            return Refused(Reason.ALREADY_USED, used=looked.burned)
        certificate = standing_behind(code, looked.certificate, looked.grant, arrival.day, self._adult_age)
        if isinstance(certificate, Reason):
            return Refused(certificate)
        match admitted(looked.visit, arrival, number):
            case Refused() as refusal:
                return refusal
            case Advance(visit):
                return _Step(certificate, visit, None)
            case Begin(ticket):
                awaited = looked.awaited
                if awaited is not None and awaited.clinic_code != arrival.clinic_code:
                    awaited = None
                ahead_from = None if awaited is None else awaited.ahead_from
                visit = begun(
                    certificate.certificate_id,
                    arrival,
                    ticket,
                    looked.visit,
                    ahead_from,
                    _day_at(looked, arrival),
                )
                return _Step(certificate, visit, None if awaited is None or awaited.met else awaited)

    def _noted(self, refusal: Refused, sighting: Sighting, request: RepeatableRequest) -> None:
        if refusal.used is not None and refusal.used.device_id != sighting.scanner.device_id:
            self._alert(sighting.at)
        self._scans.note(sighting, request)

    def _again(
        self, answer: Answer, certificate: Certificate | None, today: date, language: Language
    ) -> Body:
        stored = json.loads(answer.body)
        station = Station(stored["station"])
        if (kept := self._views.kept(station, certificate)) is not None:
            return {**stored["verdict"], "person": kept}
        archives = of_person(self._scans.archives(stored["archives"]), stored["record_id"])
        # What is due is due as of a day: a repeat after midnight must not tell the next one (invariant 4). What version 0.2.0
        # remembers has no day; both serve while a deployment moves step by step.
        day = date.fromisoformat(stored["day"]) if "day" in stored else today
        return self._with_person(stored["verdict"], station, archives, day, language)

    def _with_person(
        self, verdict: Body, station: Station, archives: Sequence[Archive], day: date, language: Language
    ) -> Body:
        person = self._views.at(station, archives, day, language)
        return verdict if person is None else {**verdict, "person": person}


def _day_at(looked: Looked, arrival: Arrival) -> ClinicDay:
    """What the ticket takes from its clinic; one without a week is known by what its devices are enrolled with."""
    clinic = looked.clinic
    if clinic is None:
        return ClinicDay(name="" if looked.device is None else looked.device.clinic_name)
    return ClinicDay(clinic.day_ends(arrival.day), clinic.name, clinic.phone)


def _answer(
    verdict: Body, station: Station, day: date, record_id: str, archive_keys: Iterable[str]
) -> Answer:
    stored = {
        "verdict": verdict,
        "station": station,
        "day": day.isoformat(),
        "record_id": record_id,
        "archives": list(archive_keys),
    }
    return Answer(_OK, json.dumps(stored, ensure_ascii=False, separators=(",", ":")))
