"""Scanning a code (亮码接种, R28): one scanned code becomes one step of a visit, or a reason why not.

Junk costs no call: form, key and signature are checked first, against keys that are held already. What is authentic costs two
round trips: look, then commit. A refusal writes nothing, so the same code may be shown again where its reason has gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from vaxcert.archives.model import Archive
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate, Status
from vaxcert.codes.model import HOLDER_SLOT, Code, Fault
from vaxcert.codes.token import read
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.trust import must_serve, trusted
from vaxcert.errors import Unavailable
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.idempotency.model import KEPT, Answer, Remembered, RepeatableRequest, remember
from vaxcert.identity.model import Device
from vaxcert.visits.messages import Language
from vaxcert.visits.model import Arrival, Reason, Refused, Visit, admitted, begun
from vaxcert.visits.person import PersonViews
from vaxcert.visits.verdicts import Body, accepted, refused

_ATTEMPTS: Final = 4
_OK: Final = 200


class CodeKeys(Protocol):
    """Port: public keys of codes, at most 60 seconds old."""

    def public(self, purpose: Literal["code"]) -> Mapping[str, EllipticCurvePublicKey]:
        """The keys of a purpose by their id."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything that a verdict needs, as it stands: `answer` where this very request was answered before."""

    certificate: Certificate | None
    grant: Grant | None
    device: Enrolment | None
    visit: Visit | None
    burned: bool
    answer: Answer | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Admission:
    """One step to be written: `before` becomes `visit`, by this code, at this station."""

    code: Code
    scanner: Device
    station: Station
    certificate: Certificate
    grant: Grant | None
    before: Visit | None
    visit: Visit
    remembered: Remembered
    now: datetime


class Scans(Protocol):
    """Port: what a scan reads and writes."""

    def look(
        self, code: Code, device_id: str, request: RepeatableRequest, now: datetime, ticket_at: str | None
    ) -> Looked:
        """One round trip; with the next ticket number of the clinic `ticket_at` where that is given. Raises `KeyReused`.

        Asking again for the same code gives the same number, unless another was given in between.
        """
        ...

    def commit(self, admission: Admission, archive_keys: Iterable[str]) -> tuple[Archive, ...] | None:
        """All of the step or nothing, and the archives read beside it; None where something is not as it was looked at."""
        ...

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...


class ScanService:
    """Use case of `POST /v1/scans`."""

    def __init__(
        self, *, scans: Scans, keys: CodeKeys, views: PersonViews, ttl_seconds: int, adult_age: int
    ) -> None:
        self._scans = scans
        self._keys = keys
        self._views = views
        self._longest = timedelta(seconds=ttl_seconds)
        self._adult_age = adult_age

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

        What is remembered is the verdict; the person is read again, from archives that change in the night only (R38).
        Raises `StationNotAllowed`, `DeviceDisabled`, `Unauthorized` for a token of an earlier enrolment, `KeyReused`,
        `Unavailable`.
        """
        must_serve(scanner, station)
        code = read(text, lambda: self._keys.public("code"), self._longest)
        if isinstance(code, Fault):
            return refused(Refused(Reason(code)), language, now)
        if now >= code.expires_at + KEPT:  # older than any answer that is still remembered
            return refused(Refused(Reason.EXPIRED), language, now)
        arrival = Arrival(scanner.clinic_code, station, shanghai_date(now), now)
        number: int | None = None
        for _ in range(_ATTEMPTS):
            wants_number = station is Station.TICKET and number is None and code.timely(now)
            looked = self._scans.look(
                code, scanner.device_id, request, now, scanner.clinic_code if wants_number else None
            )
            number = number or looked.number
            trusted(scanner, looked.device)
            if looked.answer is not None:
                return self._again(looked.answer)
            certificate = looked.certificate
            reason = self._reason(code, looked, arrival)
            if reason is not None or certificate is None:
                return refused(Refused(reason or Reason.RELEASED), language, now)
            visit = admitted(looked.visit, arrival)
            if isinstance(visit, Refused):
                return refused(visit, language, now)
            if visit is None:
                visit = begun(certificate.certificate_id, arrival, number or 0, looked.visit)
            keys = () if station is Station.OBSERVATION else certificate.archive_keys
            verdict = accepted(visit, station, language, now)
            archives = self._scans.commit(
                Admission(
                    code=code,
                    scanner=scanner,
                    station=station,
                    certificate=certificate,
                    grant=looked.grant,
                    before=looked.visit,
                    visit=visit,
                    remembered=remember(request, _kept(verdict, station, keys), now),
                    now=now,
                ),
                keys,
            )
            if archives is not None:
                return self._with_person(verdict, station, archives)
        raise Unavailable

    def _reason(self, code: Code, looked: Looked, arrival: Arrival) -> Reason | None:
        """Time, used, certificate, grant: the first that does not hold."""
        if not code.timely(arrival.now):
            return Reason.EXPIRED
        if looked.burned:
            return Reason.ALREADY_USED
        return self._certificate_reason(looked.certificate, arrival.day) or _grant_reason(
            code, looked.grant, arrival.day
        )

    def _certificate_reason(self, certificate: Certificate | None, today: date) -> Reason | None:
        if certificate is None:
            return Reason.RELEASED
        status = certificate.standing_on(today, self._adult_age).status
        return None if status is Status.ACTIVE else Reason(status)

    def _again(self, answer: Answer) -> Body:
        kept = json.loads(answer.body)
        return self._with_person(
            kept["verdict"], Station(kept["station"]), self._scans.archives(kept["archives"])
        )

    def _with_person(self, verdict: Body, station: Station, archives: tuple[Archive, ...]) -> Body:
        person = self._views.at(station, archives)
        return verdict if person is None else {**verdict, "person": person}


def _grant_reason(code: Code, grant: Grant | None, today: date) -> Reason | None:
    if code.slot == HOLDER_SLOT:
        return None
    if grant is None or grant.version != code.grant_version:
        return Reason.GRANT_REVOKED  # the slot was used again
    status = grant.status_on(today)
    if status is GrantStatus.ACTIVE:
        return None
    return Reason.GRANT_EXPIRED if status is GrantStatus.EXPIRED else Reason.GRANT_REVOKED


def _kept(verdict: Body, station: Station, archive_keys: Iterable[str]) -> Answer:
    kept = {"verdict": verdict, "station": station, "archives": list(archive_keys)}
    return Answer(_OK, json.dumps(kept, ensure_ascii=False, separators=(",", ":")))
