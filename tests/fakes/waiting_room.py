"""A family's way through a clinic, over fakes: codes shown, scanned, reported."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from tests.fakes.clinic import FakeBookings, FakeClinic, FakeFollows, FakeHoldings
from tests.fakes.devices import FakeEnrolments, an_enrolment, token_of
from tests.fakes.household import CONSENT, HOTLINE, RULES, Household
from tests.fakes.people import FATHER, GRANDMOTHER, GRANDMOTHER_NO, SEALER, an_archive, dose
from tests.fakes.signing import FakeKeys
from vaxcert.archives.model import Archive
from vaxcert.aws.clock import EVER, shanghai_date
from vaxcert.aws.settings import Settings
from vaxcert.claims.consent import offer_for
from vaxcert.claims.ids import certificate_id_of
from vaxcert.claims.model import Certificate, kind_on
from vaxcert.claims.personal import sealed_name
from vaxcert.codes.service import IssueService
from vaxcert.devices.model import Station
from vaxcert.idempotency.model import Answer, repeatable
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.model import Device
from vaxcert.visits.board import BoardService, Waiting
from vaxcert.visits.doses import Given
from vaxcert.visits.following import Followed, FollowService
from vaxcert.visits.handed_in import HandInService
from vaxcert.visits.model import Outcome, Visit
from vaxcert.visits.outcomes import OutcomeService, Report
from vaxcert.visits.person import PersonViews
from vaxcert.visits.service import ScanService
from vaxcert.visits.telling import station_view
from vaxcert.visits.today import DayService
from vaxcert.visits.verdicts import Body
from vaxcert.wording import Language, Wording

CHILD = an_archive(doses=(dose(date(2021, 3, 1)), dose(date(2020, 9, 1))))
OBSERVATION = 1800
OTHER_CLINIC = "3202000002"


def another(certificate: Certificate, number: int) -> Certificate:
    """The same certificate under an id and a number of its own; the name that it keeps is bound to the id."""
    certificate_id = certificate_id_of(number.to_bytes(8))
    name = sealed_name(SEALER, certificate_id, CHILD)
    return replace(certificate, certificate_id=certificate_id, person_key=f"v1:{number}", name=name)


class WaitingRoom:
    """A household with a claimed certificate, two clinics, and the services of codes and visits."""

    def __init__(
        self,
        archive: Archive = CHILD,
        *,
        rabies_shown: bool = False,
        hotline: str = HOTLINE,
        issued_from: datetime = EVER,
    ) -> None:
        self.home = Household(archive)
        self.clock = self.home.clock
        self.keys = FakeKeys(code=["cgx00", "cgx10"])
        self.enrolments = FakeEnrolments(
            an_enrolment("reg-1"),
            an_enrolment("reg-2"),
            an_enrolment("far-1", clinic_code=OTHER_CLINIC, clinic_name="另一门诊"),
            an_enrolment("ticket-1", stations=frozenset({Station.TICKET})),
            an_enrolment("board-1", stations=frozenset()),
        )
        self.clinic = FakeClinic(
            register=self.home.register,
            certificates=self.home.certificates,
            grants=self.home.grants,
            answers=self.home.answers,
            enrolments=self.enrolments,
            log=self.home.log,
        )
        views = PersonViews(SEALER, RULES, rabies_shown)
        self.holdings = FakeHoldings(self.home.certificates, self.home.grants, self.home.sessions)
        self.issuing = IssueService(
            holdings=self.holdings,
            keys=self.keys,
            ttl_seconds=60,
            refresh_seconds=30,
            rights=self.home.rights,
            random_bytes=self._draw,
        )
        self.alerts: list[datetime] = []
        self.scans = ScanService(
            scans=self.clinic,
            keys=self.keys,
            views=views,
            ttl_seconds=60,
            adult_age=18,
            wording=Wording(Settings(hotline=hotline)),
            alert=self.alerts.append,
            issued_from=issued_from,
        )
        self.handing_in = HandInService(
            scans=self.clinic,
            keys=self.keys,
            ttl_seconds=60,
            adult_age=18,
            wording=Wording(),
            alert=self.alerts.append,
            issued_from=issued_from,
        )
        self.outcomes = OutcomeService(
            visits=self.clinic, answers=self.home.answers, observation_seconds=OBSERVATION
        )
        self.boards = BoardService(board=self.clinic, masked_name=views.masked_name)
        self.following = FollowService(
            follows=FakeFollows(self.clinic),
            rights=self.home.rights,
            wording=Wording(Settings(hotline=hotline)),
        )
        self.bookings = FakeBookings()
        self.days = DayService(days=self.clinic, bookings=self.bookings, masked_name=views.masked_name)
        self._drawn = itertools.count(1)
        self.shown = ""  # a code that a test keeps for later
        today = shanghai_date(self.clock())
        offer = offer_for(CONSENT, kind_on(archive.birth_date, today, 18), archive.birth_date, today)
        purposes = tuple(str(purpose) for purpose in offer.purposes)
        self.certificate_id = self.home.claim(archive.record_id, purposes=purposes)

    def code(self, who: str = FATHER) -> str:
        """A code shown now."""
        return self.issuing.issue(self.home.citizen(who), self.certificate_id, self.clock()).text

    def grandmother(self, expires_on: date | None = None) -> str:
        """Authorise the grandmother; her grant's id."""
        return self.home.authorize(self.certificate_id, GRANDMOTHER_NO, expires_on=expires_on)

    def grandmothers_code(self) -> str:
        """A code that the grandmother shows now."""
        return self.code(GRANDMOTHER)

    def device(self, device_id: str = "reg-1") -> Device:
        """A device as its token described it when it was enrolled or last changed."""
        return token_of(self.enrolments.stored[device_id], self.clock())

    def scan(
        self,
        station: str,
        code: str | None = None,
        *,
        device: Device | str = "reg-1",
        key: str | None = None,
        language: Language = "zh",
    ) -> Body:
        """Scan a code (a fresh one of the father's by default) at a station."""
        scanner = self.device(device) if isinstance(device, str) else device
        text = self.code() if code is None else code
        body = json.dumps([text, station])
        request = repeatable(scanner.device_id, "POST /v1/scans", key or self.home.key(), body)
        return self.scans.scan(scanner, text, Station(station), request, self.clock(), language)

    def hand_in(
        self,
        station: str,
        code: str,
        scanned_at: datetime,
        *,
        device: Device | str = "reg-1",
        key: str | None = None,
        language: Language = "zh",
    ) -> Body:
        """Hand in a scan that was made offline."""
        scanner = self.device(device) if isinstance(device, str) else device
        body = json.dumps([code, station, scanned_at.isoformat()])
        request = repeatable(scanner.device_id, "POST /v1/scans", key or self.home.key(), body)
        return self.handing_in.hand_in(
            scanner, code, Station(station), scanned_at, request, self.clock(), language
        )

    def report(
        self,
        visit_id: str,
        station: str,
        outcome: str,
        *,
        device: Device | str = "reg-1",
        key: str | None = None,
        reason: str | None = None,
        doses: tuple[Given, ...] = (),
        corrects: bool = False,
    ) -> Body:
        """Report an outcome; the visit after it."""
        caller = self.device(device) if isinstance(device, str) else device
        body = json.dumps([station, outcome, reason, [str(dose) for dose in doses], corrects])
        request = repeatable(
            caller.device_id, f"POST /v1/visits/{visit_id}/outcomes", key or self.home.key(), body
        )
        now = self.clock()

        answer = self.outcomes.report(
            caller,
            visit_id,
            Report(Station(station), Outcome(outcome), reason, doses, corrects, one_dose=len(doses) == 1),
            Asked(request, lambda visit: Answer(200, json.dumps(station_view(visit, now)))),
            now,
        )
        visit: Body = json.loads(answer.body)
        return visit

    def call(
        self,
        visit_id: str,
        station: str,
        desk: str = "1号台",
        *,
        device: Device | str = "reg-1",
        key: str | None = None,
    ) -> Body:
        """Call a ticket; the visit after it."""
        caller = self.device(device) if isinstance(device, str) else device
        route = f"POST /v1/visits/{visit_id}/calls"
        request = repeatable(caller.device_id, route, key or self.home.key(), json.dumps([station, desk]))
        now = self.clock()
        asked = Asked[Visit](request, lambda visit: Answer(200, json.dumps(station_view(visit, now))))
        answer = self.outcomes.call(caller, visit_id, Station(station), desk, asked, now)
        visit: Body = json.loads(answer.body)
        return visit

    def follow(self, who: str = FATHER, language: Language = "zh") -> Followed | None:
        """What somebody sees who follows the visit."""
        return self.following.follow(self.home.citizen(who), self.certificate_id, self.clock(), language)

    def queue(self, clinic_code: str = "3206000001", device: str = "reg-1") -> list[Waiting]:
        """The board."""
        return self.boards.queue(self.device(device), clinic_code, self.clock())

    def until(self, stage: str) -> str:
        """Walk a visit up to a stage; its id."""
        ticket = self.scan("ticket")["visit"]
        assert isinstance(ticket, dict)
        visit_id = str(ticket["visit_id"])
        steps: list[tuple[str, Callable[[], object]]] = [
            ("waiting_registration", lambda: None),
            ("registering", lambda: self.scan("registration")),
            ("waiting_vaccination", lambda: self.report(visit_id, "registration", "fit")),
            ("vaccinating", lambda: self.scan("vaccination")),
            ("observing", lambda: self.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))),
            ("over", lambda: self.clock.advance(seconds=OBSERVATION)),
            ("done", lambda: self.scan("observation")),
        ]
        for name, step in steps:
            step()
            if name == stage:
                return visit_id
        raise AssertionError(stage)

    def _draw(self, count: int) -> bytes:
        return next(self._drawn).to_bytes(count)


GIVEN = {"vaccine_code": "1201", "batch": "B2026", "trace_code": "81000000000000000001", "site": "left_arm"}
MMR = Given("1201", "B2026", "81000000000000000001", "left_arm")
JE = Given("1801", "J2026", "81000000000000000002", "right_arm")
