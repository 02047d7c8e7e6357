"""What each operation of the product asks of AWS: the real use cases and stores over tables in memory, each call counted.

`Town` has a register of so many archives, of which a few families are whole; the others lie there as they would in a city.
`bench.register` asks whether operations grow with it, `bench.cost` what they cost.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from bench.capacity import Call, Meter, Tables
from bench.opening_hour import CLINIC, services
from tests.fakes.appointments import CLINIC_CODE
from tests.fakes.clients import stands_in
from tests.fakes.devices import an_enrolment, token_of
from tests.fakes.household import BOARD, CONSENT, HOTLINE, LOG_KEPT, RULES
from tests.fakes.people import GRANDMOTHER_NO, SEALER, an_archive, citizen, dose, guardian, id_no, subject
from tests.faults.memory import TABLES
from tests.races.clinic import KEYS, Clinic
from vaxcert.appointments.service import AppointmentView, Wish
from vaxcert.archives.model import links_of
from vaxcert.archives.store import ArchiveReader, link_to_item, to_item
from vaxcert.aws.dynamodb import N, S, put, single
from vaxcert.claims.store import CertificateReader
from vaxcert.claims.views import Views
from vaxcert.clinics.store import ClinicStore
from vaxcert.codes.service import IssueService
from vaxcert.codes.store import HoldingStore
from vaxcert.corrections.run.as_of import FeedDatesStore
from vaxcert.devices.model import Station
from vaxcert.devices.store import to_item as device_to_item
from vaxcert.grants.access import Rights
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.personal import DelegateData
from vaxcert.grants.store import GrantReader
from vaxcert.idempotency.model import Answer, repeatable
from vaxcert.idempotency.turn import Asked
from vaxcert.records.plan import PlanService
from vaxcert.records.reading import Reader
from vaxcert.records.service import RecordsService
from vaxcert.trail.store import AccessLogStore

FAMILIES = 9
DOSES = tuple(dose(date(2020, 6, 1) + timedelta(days=60 * step)) for step in range(22))


@dataclass(frozen=True, slots=True)
class Counted:
    """An operation: its calls of AWS, their units, and the processor's milliseconds (middle of several families)."""

    name: str
    calls: tuple[str, ...]
    reads: float
    writes: float
    cpu_ms: float


class Town:
    """Everything that an operation stands on."""

    def __init__(self, archives: int) -> None:
        self._calls: list[Call] = []
        self._keys = itertools.count(1)
        self.tables = Tables()
        client: Any = Meter(self.tables, self._calls.append)
        self.clinic = Clinic(client, TABLES, client)
        self.clock = self.clinic.clock
        self._children = [self._family(number) for number in range(FAMILIES)]
        self._fill(archives - FAMILIES)
        ClinicStore(client, TABLES["ClinicsTable"]).save(CLINIC, None)
        single(
            client,
            put(
                TABLES["FeedRunsTable"],
                {"pk": S("FEED"), "sk": S("AS_OF"), "business_date": S("2026-06-30"), "sequence": N(1)},
            ),
        )
        for name in ("ticket", "registration"):
            enrolment = an_enrolment(name)
            single(client, put(TABLES["DevicesTable"], device_to_item(enrolment)))
        self._devices = {
            name: token_of(an_enrolment(name), self.clock()) for name in ("ticket", "registration")
        }
        grants = GrantReader(client, TABLES["GrantsTable"])
        certificates = CertificateReader(client, TABLES["CertificatesTable"])
        register = ArchiveReader(client, TABLES["ArchivesTable"], "")
        feed = FeedDatesStore(client, TABLES["FeedRunsTable"])
        rights = Rights(delegates=DelegateService(grants), adult_age=18, notices=BOARD)
        log = AccessLogStore(client, TABLES["AccessLogTable"], TABLES["GrantsTable"], os.urandom, LOG_KEPT)
        self._records = RecordsService(
            certificates=certificates,
            register=register,
            rights=rights,
            grants=grants,
            feed=feed,
            log=log,
            views=Views(SEALER, RULES),
            delegate_data=DelegateData(SEALER),
            rabies_shown=False,
            hotline=HOTLINE,
            log_kept=LOG_KEPT,
            reads_per_hour=120,
        )
        reader = Reader(certificates=certificates, register=register, rights=rights, log=log)
        self._plans = PlanService(reader=reader, feed=feed, views=Views(SEALER, RULES), adult_age=18)
        holdings = HoldingStore(
            stands_in(client),
            certificates_table=TABLES["CertificatesTable"],
            grants_table=TABLES["GrantsTable"],
            sessions_table=TABLES["SessionsTable"],
        )
        self._codes = IssueService(
            holdings=holdings,
            keys=KEYS,
            ttl_seconds=60,
            refresh_seconds=30,
            rights=rights,
            random_bytes=os.urandom,
        )
        self._slots, self._bookings = services(client, self.clock, os.urandom)

    def counted(self) -> list[Counted]:
        """Every operation, in the order of a family's life; each family does all of them."""
        found: dict[str, list[tuple[list[Call], float]]] = {}
        for who, record_id in self._children:
            for name, deed in self._deeds(who, record_id):
                self._calls.clear()
                begun = time.process_time()
                deed()
                found.setdefault(name, []).append((list(self._calls), time.process_time() - begun))
        return [_counted(name, runs) for name, runs in found.items()]

    def _deeds(self, who: str, record_id: str) -> list[tuple[str, Callable[[], object]]]:
        now, desk = self.clock(), self.clinic.desk
        caller = citizen(who, now)
        held: dict[str, str] = {}

        def claim() -> None:
            purposes = tuple(str(purpose) for purpose in CONSENT.purposes)
            held["id"] = desk.claim_at_once(caller, record_id, self._key(), purposes)

        def code() -> None:
            held["code"] = self._codes.issue(caller, held["id"], now).text

        def scan(device: str, station: Station) -> dict[str, Any]:
            request = repeatable(device, "POST /v1/scans", self._key(), held["code"])
            return self.clinic.service.scan(self._devices[device], held["code"], station, request, now, "zh")

        def book() -> None:
            slot = CLINIC.slots_on(date(2026, 7, 2))[0].slot_id
            request = repeatable(caller.subject, "book", self._key(), slot)
            asked: Asked[AppointmentView] = Asked(request, lambda _: Answer(201, "{}"))
            self._bookings.book(caller, held["id"], Wish(CLINIC_CODE, slot, None), asked, now)

        return [
            ("list", lambda: desk.overview(caller)),
            ("claim", claim),
            ("records", lambda: self._records.records(caller, held["id"], now, "zh", cursor=None, limit=50)),
            ("plan", lambda: self._plans.plan(caller, held["id"], now)),
            ("authorise", lambda: desk.authorize(caller, held["id"], GRANDMOTHER_NO, "沈测试", self._key())),
            ("slots page", lambda: self._slots.slots(CLINIC_CODE, None, None, now, cursor=None, limit=500)),
            ("book", book),
            ("code", code),
            ("scan, ticket machine", lambda: _accepted(scan("ticket", Station.TICKET))),
            ("code", code),
            ("scan, registration", lambda: _accepted(scan("registration", Station.REGISTRATION))),
        ]

    def _key(self) -> str:
        return f"key-{next(self._keys):012d}"

    def _family(self, number: int) -> tuple[str, str]:
        """A child of 22 doses; the father's subject and the child's record id."""
        father = id_no(date(1985, 1, 1) + timedelta(days=number), 11)
        born = date(2020, 5, 1) + timedelta(days=number)
        archive = an_archive(f"T{number}", born=born, guardians=(guardian(father),), doses=DOSES)
        self._put("ArchivesTable", to_item(archive))
        for link in links_of(archive):
            self._put("KinshipTable", link_to_item(link))
        return subject(father), archive.record_id

    def _fill(self, count: int) -> None:
        """Archives and links of others: items that share all but their keys, for nobody opens them."""
        archive = an_archive("other", doses=DOSES)
        item = to_item(archive)
        links = [link_to_item(link) for link in links_of(archive)]
        for number in range(count):
            self._put("ArchivesTable", item | {"pk": S(f"{item['pk']['S']}{number}")})
            for link in links:
                self._put("KinshipTable", link | {"pk": S(f"{link['pk']['S']}{number}")})

    def _put(self, table: str, item: dict[str, Any]) -> None:
        place = item["pk"]["S"], item["sk"]["S"] if "sk" in item else ""
        self.tables.tables[TABLES[table]][place] = item


def _accepted(verdict: dict[str, Any]) -> None:
    assert verdict["result"] == "accepted", verdict


def _counted(name: str, runs: list[tuple[list[Call], float]]) -> Counted:
    """The first family's calls are everybody's: an operation's cost is not by chance."""
    calls = runs[0][0]
    return Counted(
        name,
        tuple(call.name for call in calls),
        sum(call.reads for call in calls),
        sum(call.writes for call in calls),
        median(seconds for _, seconds in runs) * 1000,
    )
