"""A clinic over fakes: what the stores of codes and visits do, under the same conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from tests.fakes.access_log import FakeAccessLog
from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.devices import FakeEnrolments
from tests.fakes.grants import FakeGrants
from tests.fakes.register import FakeRegister
from tests.fakes.sessions import FakeSessions
from vaxcert.appointments.arrival import Expected
from vaxcert.archives.model import Archive
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.clinics.week import Clinic
from vaxcert.codes.model import Code
from vaxcert.codes.service import Holding
from vaxcert.devices.model import Enrolment, Station
from vaxcert.idempotency.model import Remembered, RepeatableRequest
from vaxcert.identity.model import Device, Session
from vaxcert.trail.model import Access, Entry
from vaxcert.visits.board import BoardEntry
from vaxcert.visits.doses import Given
from vaxcert.visits.handed_in import HandIn
from vaxcert.visits.model import State, Use, Visit
from vaxcert.visits.outcomes import Report
from vaxcert.visits.service import Admission, Awaited, Looked, Sighting
from vaxcert.visits.today import Booked


class FakeHoldings:
    """Port `Holdings`; notes which certificates it was asked for."""

    def __init__(self, certificates: FakeCertificates, grants: FakeGrants, sessions: FakeSessions) -> None:
        self._certificates = certificates
        self._grants = grants
        self._sessions = sessions
        self.asked: list[str] = []

    def find(self, certificate_id: str, session: Session) -> Holding:
        self.asked.append(certificate_id)
        return Holding(
            self._certificates.get(certificate_id),
            self._grants.slots(certificate_id),
            self._sessions.signed_out(session),
        )


class FakeFollows:
    """Port `Follows` over a clinic."""

    def __init__(self, clinic: FakeClinic) -> None:
        self._clinic = clinic
        self.before = clinic.before
        self.given = clinic.given

    def look(self, certificate_id: str) -> tuple[Certificate | None, Visit | None]:
        return self._clinic.look_at(certificate_id)


class FakeBookings:
    """Port `Bookings`."""

    def __init__(self) -> None:
        self.stored: list[Booked] = []

    def on(self, _clinic_code: str, day: date, _now: datetime) -> Sequence[Booked]:
        return [one for one in self.stored if shanghai_date(one.starts_at) == day]


class FakeClinic:
    """Ports `OfflineScans`, `Visits`, `Board` and `Days`; counts round trips, and can lose an answer or let something cross a commit."""

    def __init__(
        self,
        *,
        register: FakeRegister,
        certificates: FakeCertificates,
        grants: FakeGrants,
        answers: FakeAnswers,
        enrolments: FakeEnrolments,
        log: FakeAccessLog,
    ) -> None:
        self._register = register
        self._certificates = certificates
        self._grants = grants
        self._answers = answers
        self.enrolments = enrolments
        self._log = log
        self.visits: dict[str, Visit] = {}
        self.board: dict[tuple[str, date, str], BoardEntry] = {}
        self.counters: dict[tuple[str, date], tuple[int, bytes]] = {}
        self.burned: dict[bytes, Use] = {}
        self.refusals: dict[tuple[str, date, str], str] = {}
        self.reports: list[Report] = []
        self.outcomes: dict[tuple[str, Station], Report] = {}
        self.weeks: dict[str, Clinic] = {}
        self.trips = 0
        self.archives_read = 0
        self.crossing: list[object] = []
        self.awaited: dict[str, Awaited] = {}

    # Scans

    def look_and_draw(
        self, code: Code, device_id: str, request: RepeatableRequest, now: datetime, clinic_code: str
    ) -> tuple[Looked, int]:
        looked = replace(self.look(code, device_id, request, now), clinic=self.weeks.get(clinic_code))
        return looked, self._drawn(clinic_code, shanghai_date(now), code.cti)

    def look(self, code: Code, device_id: str, request: RepeatableRequest, now: datetime) -> Looked:
        self.trips += 1
        slots = {grant.slot: grant for grant in self._grants.slots(code.certificate_id)}
        return Looked(
            certificate=self._certificates.get(code.certificate_id),
            grant=slots.get(code.slot),
            device=self.enrolments.find(device_id),
            visit=self.visits.get(code.certificate_id),
            burned=self.burned.get(code.cti),
            answer=self._answers.find(request, now),
            awaited=self.awaited.get(code.certificate_id),
        )

    def commit(self, admission: Admission, archive_keys: Iterable[str]) -> tuple[Archive, ...] | None:
        self.trips += 1
        self._cross()
        visit, standing = admission.visit, self.enrolments.find(admission.scanner.device_id)
        certificate = self._certificates.get(admission.certificate.certificate_id)
        place = (visit.clinic_code, visit.day, visit.ticket)
        new = admission.before is None or admission.before.visit_id != visit.visit_id
        if (
            admission.code.cti in self.burned
            or certificate is None
            or certificate.version != admission.certificate.version
            or standing is None
            or not standing.enabled
            or standing.version != admission.scanner.version
            or not self._stands(visit.certificate_id, admission.before)
            or (new and place in self.board)
            or admission.remembered.request.key in self._answers.kept
            or (admission.appointment is not None and not self._unmet(visit.certificate_id))
        ):
            return None
        grant = admission.grant
        entry = Entry(
            admission.now,
            Access.SCAN,
            admission.scanner.device_id,
            admission.code.slot,
            grant.grant_id if grant else None,
            admission.scanner.clinic_code,
            str(admission.station),
            "accepted",
        )
        if not self._log.append(visit.certificate_id, entry, grant):
            return None
        self.burned[admission.code.cti] = Use(admission.now, admission.station, admission.scanner.device_id)
        if admission.appointment is not None:
            met = self.awaited[visit.certificate_id]
            self.awaited[visit.certificate_id] = Expected(
                met.appointment_id, met.clinic_code, met.ahead_from, met=True
            )
        self.visits[visit.certificate_id] = visit
        self.board[place] = BoardEntry(visit, certificate.record_id, certificate.archive_keys)
        self._answers.keep(admission.remembered)
        return self.archives(archive_keys)

    def _unmet(self, certificate_id: str) -> bool:
        standing = self.awaited.get(certificate_id)
        return standing is not None and not standing.met

    def note(self, sighting: Sighting, request: RepeatableRequest) -> None:
        self.trips += 1
        place = (sighting.scanner.clinic_code, shanghai_date(sighting.at), request.key)
        self.refusals[place] = sighting.result
        self._log.append(sighting.code.certificate_id, _entry(sighting), None)

    def hand_in(self, scan: HandIn) -> bool:
        self.trips += 1
        self._cross()
        seen, standing = scan.sighting, self.enrolments.find(scan.sighting.scanner.device_id)
        if (
            seen.code.cti in self.burned
            or standing is None
            or not standing.enabled
            or standing.version != seen.scanner.version
            or scan.remembered.request.key in self._answers.kept
        ):
            return False
        self._log.append(seen.code.certificate_id, _entry(seen), None)
        self.burned[seen.code.cti] = Use(seen.at, seen.station, seen.scanner.device_id)
        self._answers.keep(scan.remembered)
        return True

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        found = self._register.archives(keys)
        self.archives_read += len(found)
        return found

    def refused(self, clinic_code: str, day: date) -> Mapping[str, int]:
        return Counter(
            str(reason) for place, reason in self.refusals.items() if place[:2] == (clinic_code, day)
        )

    # Visits

    def find(self, visit_id: str) -> Visit | None:
        entry = next((one for one in self.board.values() if one.visit.visit_id == visit_id), None)
        if entry is None:
            return None
        latest = self.visits.get(entry.visit.certificate_id)
        if latest is not None and latest.visit_id == visit_id:
            return latest
        return replace(entry.visit, state=State.ABANDONED)

    def enrolment(self, device_id: str) -> Enrolment | None:
        return self.enrolments.find(device_id)

    def report(
        self,
        before: Visit,
        after: Visit,
        report: Report,
        device: Device,
        remembered: Remembered,
        now: datetime,
    ) -> bool:
        if not self.move(before, after, device, remembered):
            return False
        self.reports.append(report)
        self.outcomes[after.visit_id, report.station] = report
        return True

    def given(self, visit: Visit) -> tuple[Given, ...]:
        self.trips += 1
        report = self.outcomes.get((visit.visit_id, Station.VACCINATION))
        return () if report is None else report.doses

    def behind(self, visit: Visit, count: int, now: datetime) -> Sequence[int]:
        own = (visit.turn, visit.ticket)
        behind = sorted((one.turn, one.ticket) for one in self._line(visit, now))
        return [turn for turn, ticket in behind if (turn, ticket) > own][:count]

    def before(self, visit: Visit, now: datetime) -> int:
        self.trips += 1
        own = (visit.turn, visit.ticket)
        return sum((one.turn, one.ticket) < own for one in self._line(visit, now))

    def _line(self, visit: Visit, now: datetime) -> list[Visit]:
        """Who waits where the visit does, and is not called."""
        here = (visit.clinic_code, visit.day, visit.station)
        everybody = (entry.visit for entry in self.board.values())
        return [
            one
            for one in everybody
            if one.in_line and (one.clinic_code, one.day, one.station) == here and now < one.over_at
        ]

    def move(self, before: Visit, after: Visit, device: Device, remembered: Remembered) -> bool:
        self._cross()
        standing = self.enrolments.find(device.device_id)
        if (
            not self._stands(before.certificate_id, before)
            or standing is None
            or not standing.enabled
            or standing.version != device.version
            or remembered.request.key in self._answers.kept
        ):
            return False
        self.visits[after.certificate_id] = after
        place = (after.clinic_code, after.day, after.ticket)
        self.board[place] = replace(self.board[place], visit=after)
        self._answers.keep(remembered)
        return True

    # Following

    def look_at(self, certificate_id: str) -> tuple[Certificate | None, Visit | None]:
        self.trips += 1
        return self._certificates.get(certificate_id), self.visits.get(certificate_id)

    def certificates(self, certificate_ids: Iterable[str]) -> Sequence[Certificate]:
        found = (self._certificates.get(one) for one in certificate_ids)
        return [one for one in found if one is not None]

    # Board

    def entries(self, clinic_code: str, day: date) -> Sequence[BoardEntry]:
        return [entry for place, entry in self.board.items() if place[:2] == (clinic_code, day)]

    def _drawn(self, clinic_code: str, day: date, cti: bytes) -> int:
        number, given_for = self.counters.get((clinic_code, day), (0, b""))
        if given_for != cti:
            number += 1
        self.counters[clinic_code, day] = (number, cti)
        return number

    def _stands(self, certificate_id: str, before: Visit | None) -> bool:
        standing = self.visits.get(certificate_id)
        if standing is None or before is None:
            return standing is None and before is None
        return (standing.visit_id, standing.version) == (before.visit_id, before.version)

    def _cross(self) -> None:
        """Let what was put into `crossing` happen between a look and its commit."""
        if self.crossing:
            happening = self.crossing.pop(0)
            assert callable(happening)
            happening()


def _entry(seen: Sighting) -> Entry:
    own = seen.grant is not None and seen.grant.version == seen.code.grant_version
    return Entry(
        seen.at,
        Access.SCAN,
        seen.scanner.device_id,
        seen.code.slot,
        seen.grant.grant_id if seen.grant is not None and own else None,
        seen.scanner.clinic_code,
        str(seen.station),
        str(seen.result),
    )
