"""A clinic's desks by their own routes: the real functions over real stores, behind any DynamoDB client (R28, D21)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, cast

from functions.follow_visit.app import create as follow_visit
from functions.guide_visit.answers import OutcomeRequest
from functions.guide_visit.app import create as guide_visit
from functions.verify_scan.app import create as verify_scan
from tests.fakes.clock import FakeClock
from tests.fakes.devices import CLINIC, an_enrolment, token_of
from tests.fakes.events import event
from tests.fakes.household import BOARD, RULES
from tests.fakes.people import SEALER
from tests.fakes.waiting_room import CHILD, another
from tests.races.clinic import CERTIFICATE, KEYS
from tests.tables import scan_tables
from vaxcert.appointments import items as appointment_items
from vaxcert.appointments.arrival import Arrivals
from vaxcert.appointments.day import DayStore
from vaxcert.appointments.model import Appointment, Booker, Place, Status
from vaxcert.archives.store import ArchiveReader
from vaxcert.archives.store import to_item as archive_to_item
from vaxcert.aws.dynamodb import Item, put, single
from vaxcert.claims.items import to_item as certificate_to_item
from vaxcert.clinics.batches import BatchStore
from vaxcert.clinics.items import clinic_to_item
from vaxcert.clinics.week import Clinic, Session, instant
from vaxcert.codes.model import Code
from vaxcert.codes.token import write
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.store import to_item as device_to_item
from vaxcert.errors import VaxcertError
from vaxcert.grants.access import Rights
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.store import GrantReader
from vaxcert.http.problems import status_of
from vaxcert.idempotency.model import Answer, repeatable
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.model import Device
from vaxcert.visits.board import BoardService
from vaxcert.visits.follow_store import FollowStore
from vaxcert.visits.following import FollowService
from vaxcert.visits.handed_in import HandInService
from vaxcert.visits.model import Visit
from vaxcert.visits.outcome_store import VisitStore, VisitTables
from vaxcert.visits.outcomes import OutcomeService
from vaxcert.visits.person import PersonViews
from vaxcert.visits.service import ScanService
from vaxcert.visits.store import ScanStore
from vaxcert.visits.telling import station_view
from vaxcert.visits.today import DayService
from vaxcert.wording import Wording

WEEK: Final = Clinic(
    CLINIC,
    "示范门诊",
    "320600",
    tuple(Session(weekday, time(8), time(11, 30), 30, 3) for weekday in range(1, 8)),
    14,
    same_day=True,
)
"""The clinic's day ends at 13:30, two hours after its last slot."""
_DOSES: Final = (
    ("1201", "left_arm"),
    ("1801", "right_arm"),
    ("2101", "left_thigh"),
    ("0201", "oral"),
    ("0303", "other"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its status, and its body to the byte."""

    status: int
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The problem's code, the scan's reason, or `done`."""
        return str(self.body.get("code") or self.body.get("reason") or "done")


class Stations:
    """Every route of the clinic's day over one client. `plain` writes what stands there before."""

    def __init__(
        self, plain: Any, tables: Mapping[str, str], client: Any = None, clock: FakeClock | None = None
    ) -> None:
        self.clock = clock or FakeClock()
        self._plain, self._tables = plain, tables
        self.random_bytes: Callable[[int], bytes] = os.urandom
        wire = plain if client is None else client
        answers = AnswerStore(wire, tables["IdempotencyTable"], SEALER)
        archives = ArchiveReader(wire, tables["ArchivesTable"], tables["KinshipTable"])
        visits = VisitStore(
            wire,
            VisitTables(tables["VisitsTable"], tables["DevicesTable"], tables["CertificatesTable"]),
            answers=answers,
            archives=archives,
        )
        scans = ScanStore(
            wire,
            scan_tables(tables),
            answers=answers,
            archives=archives,
            random_bytes=self._random,
            appointments=Arrivals(tables["AppointmentsTable"]),
            log_kept=timedelta(days=1095),
        )
        views, wording = PersonViews(SEALER, RULES, rabies_shown=False), Wording()
        self.batches = BatchStore(wire, tables["ClinicsTable"])
        self.outcomes = OutcomeService(visits=visits, answers=answers, observation_seconds=1800)
        self.scanning = ScanService(
            scans=scans, keys=KEYS, views=views, ttl_seconds=60, adult_age=18, wording=wording
        )
        self._guide = guide_visit(
            self.outcomes,
            BoardService(board=visits, masked_name=views.masked_name),
            DayService(
                days=visits,
                bookings=DayStore(wire, tables["AppointmentsTable"]),
                masked_name=views.masked_name,
            ),
            cast("Any", None),
            cast("Any", None),
            self.clock,
            wording,
            self.batches,
        )
        self._verify = verify_scan(
            self.scanning,
            HandInService(scans=scans, keys=KEYS, ttl_seconds=60, adult_age=18, wording=wording),
            self.clock,
        )
        rights = Rights(
            delegates=DelegateService(GrantReader(wire, tables["GrantsTable"])), adult_age=18, notices=BOARD
        )
        follows = FollowStore(
            wire, visits_table=tables["VisitsTable"], certificates_table=tables["CertificatesTable"]
        )
        self._follow = follow_visit(
            FollowService(follows=follows, rights=rights, wording=wording), self.clock
        )

    def _random(self, count: int) -> bytes:
        return self.random_bytes(count)

    # What stands there

    def opens(self, *devices: str) -> None:
        """The clinic has its week, the child its archive, and these devices serve every station."""
        for device in devices or ("reg-1",):
            self.enrol(an_enrolment(device))
        self._write("ArchivesTable", archive_to_item(CHILD))
        self._write("ClinicsTable", clinic_to_item(WEEK))

    def enrol(self, enrolment: Enrolment) -> None:
        self._write("DevicesTable", device_to_item(enrolment))

    def certificate(self, number: int) -> str:
        """A certificate, of a person of its own; its id."""
        made = another(CERTIFICATE, number)
        self._write("CertificatesTable", certificate_to_item(made))
        return made.certificate_id

    def books(self, certificate_id: str, seat: int, at: time = time(10)) -> None:
        """An appointment of today."""
        starts = instant(self.clock().date(), at)
        one = Appointment(
            f"a{seat:024x}",
            certificate_id,
            Place(CLINIC, "示范门诊", None, None),
            starts,
            starts + timedelta(minutes=30),
            seat,
            Status.BOOKED,
            Booker.CLAIMANT,
            self.clock(),
            self.clock(),
        )
        self._write("AppointmentsTable", appointment_items.to_item(one))
        self._write("AppointmentsTable", appointment_items.to_seat_item(one))

    def code(self, certificate_id: str, nonce: int) -> str:
        """A code shown now by its holder."""
        shown = self.clock().replace(microsecond=0)
        code = Code(certificate_id, 0, 0, nonce.to_bytes(5), shown, shown + timedelta(seconds=60))
        return write(code, KEYS.signing("code"))

    # What is asked

    def scan(self, code: str, station: str, key: str, device: str = "reg-1") -> Told:
        body = {"code": code, "station": station}
        return self._sent(self._verify, event("verify_scan", "scan_ticket", body=body, key=key), device)

    def report(self, visit_id: str, body: dict[str, Any], key: str, device: str = "reg-1") -> Told:
        path = {"visit_id": visit_id}
        return self._sent(
            self._guide, event("guide_visit", "report_fit", path=path, body=body, key=key), device
        )

    def call(self, visit_id: str, station: str, key: str, desk: str = "1号台", device: str = "reg-1") -> Told:
        asked = event(
            "guide_visit",
            "call",
            path={"visit_id": visit_id},
            body={"station": station, "desk": desk},
            key=key,
        )
        return self._sent(self._guide, asked, device)

    def get(self, name: str, device: str = "reg-1") -> Told:
        """`queue`, `today` or `booked`."""
        return self._sent(self._guide, event("guide_visit", name), device)

    def follow(self, certificate_id: str) -> Told:
        asked = event("follow_visit", "follow", path={"certificate_id": certificate_id})
        asked["requestContext"]["authorizer"] |= {
            "subject": CERTIFICATE.holder,
            "exp": str(int(self.clock().timestamp()) + 60),
        }
        return self._answer(self._follow, asked)

    def _sent(self, handler: Any, asked: dict[str, Any], device: str) -> Told:
        asked["requestContext"]["authorizer"] |= {
            "principalId": device,
            "device_id": device,
            "exp": str(int(self.clock().timestamp()) + 900),
        }
        return self._answer(handler, asked)

    @staticmethod
    def _answer(handler: Any, asked: dict[str, Any]) -> Told:
        answer = handler(asked, None)
        return Told(answer["statusCode"], answer["body"])

    def _write(self, table: str, item: Item) -> None:
        single(self._plain, put(self._tables[table], item))


class Desks(Stations):
    """Many at once: what writes goes to the use cases, since Powertools keeps the one event of a process where all threads see it."""

    def scan(self, code: str, station: str, key: str, device: str = "reg-1") -> Told:
        """See the class."""
        request = repeatable(device, "POST /v1/scans", key, json.dumps([code, station]))
        now = self.clock()
        return _told(
            lambda: json.dumps(
                self.scanning.scan(self._token(device), code, Station(station), request, now, "zh")
            )
        )

    def report(self, visit_id: str, body: dict[str, Any], key: str, device: str = "reg-1") -> Told:
        """See the class."""
        said = OutcomeRequest.model_validate(body).report()
        asked, now = self._asked(f"POST /v1/visits/{visit_id}/outcomes", body, key, device)
        return _told(lambda: self.outcomes.report(self._token(device), visit_id, said, asked, now).body)

    def call(self, visit_id: str, station: str, key: str, desk: str = "1号台", device: str = "reg-1") -> Told:
        """See the class."""
        asked, now = self._asked(f"POST /v1/visits/{visit_id}/calls", [station, desk], key, device)
        return _told(
            lambda: self.outcomes.call(self._token(device), visit_id, Station(station), desk, asked, now).body
        )

    def _token(self, device: str) -> Device:
        return token_of(an_enrolment(device), self.clock())

    def _asked(self, route: str, body: Any, key: str, device: str) -> tuple[Asked[Visit], datetime]:
        request, now = repeatable(device, route, key, json.dumps(body)), self.clock()
        return Asked(request, lambda visit: Answer(200, json.dumps(station_view(visit, now)))), now


def _told(ask: Callable[[], str]) -> Told:
    try:
        return Told(200, ask())
    except VaxcertError as error:
        return Told(status_of(error), json.dumps({"code": error.code}))


def given(count: int, batch: str = "B202606") -> dict[str, Any]:
    """The report of so many vaccines: by the four fields where it is one."""
    doses = [
        {"vaccine_code": code, "batch": batch, "trace_code": f"8100000000000000000{place}", "site": site}
        for place, (code, site) in enumerate(_DOSES[:count])
    ]
    said = {"station": "vaccination", "outcome": "vaccinated"}
    return said | (doses[0] if count == 1 else {"doses": doses})
