"""The product as the town meets it: the real services over the real stores, the real night, one clock; calls fail now and then.

Whoever asks is a client as ours are: what got no answer, or a 503, is asked again with the same key (invariant 4).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from reference.document import Paper, open_keys, read
from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.devices import an_enrolment, token_of
from tests.fakes.documents import FakeTypesetter
from tests.fakes.household import HOTLINE, LOG_KEPT
from tests.fakes.key_register import DATA_KEY_AGE
from tests.fakes.papers import CHECK_URL
from tests.faults.faults import Client, Crash
from tests.faults.memory import TABLES, MemorySecrets
from tests.faults.night import PEPPER, Cloud, Nights
from tests.faults.papers import ENV, PaperKms, Press
from tests.races.desk import Desk, dynamo_stores
from tests.tables import scan_tables
from tests.town.memory import Rows, TownTables, Weather
from tests.town.register import Person
from tests.unit.corrections.samples import BLINDER, RULES
from tools.reblind import Reblinding
from tools.restore import CARRY
from vaxcert.appointments.arrival import Arrivals
from vaxcert.appointments.service import AppointmentView, BookingService, Wish
from vaxcert.appointments.store import bookings_of
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clock import EVER, SHANGHAI
from vaxcert.aws.dynamodb import put, single
from vaxcert.aws.kms import RootKey
from vaxcert.aws.secrets import SETTLED_AFTER, Peppers
from vaxcert.aws.settings import Settings
from vaxcert.claims import items as certificate_items
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.listing import Overview
from vaxcert.claims.model import Certificate
from vaxcert.claims.views import Views
from vaxcert.clinics.items import clinic_to_item
from vaxcert.clinics.store import ClinicStore
from vaxcert.clinics.week import Clinic, Session
from vaxcert.codes.service import IssueService
from vaxcert.codes.store import holdings_of
from vaxcert.corrections.run.as_of import feed_dates_of
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.service import EnrolmentService
from vaxcert.devices.store import EnrolmentStore
from vaxcert.devices.store import to_item as device_to_item
from vaxcert.documents.checking import CheckService
from vaxcert.documents.model import Kind
from vaxcert.documents.service import DocumentForm, DocumentService, DocumentView, Making
from vaxcert.documents.sheet import Issuer
from vaxcert.documents.store import documents_of, register_of, standings_of
from vaxcert.errors import Unavailable, VaxcertError
from vaxcert.grants import items as grant_items
from vaxcert.grants.model import Grant
from vaxcert.grants.personal import DelegateData
from vaxcert.idempotency.model import Answer, repeatable
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.handle_store import HandleStore
from vaxcert.identity.handles import Handles
from vaxcert.identity.model import Citizen, Device, record_id_of
from vaxcert.keys.keyset import root
from vaxcert.keys.model import DOCUMENT_KEYS
from vaxcert.keys.published import published_of
from vaxcert.keys.register import key_register_of
from vaxcert.keys.rotate import Rotation
from vaxcert.keys.sealing import DataKeys, Sealer
from vaxcert.keys.store import public_keys_of, read_keys, signing_keys_of
from vaxcert.records.service import RecordsPage, RecordsService
from vaxcert.trail.store import access_log_of
from vaxcert.visits.doses import Given
from vaxcert.visits.model import Outcome, Visit
from vaxcert.visits.outcome_store import VisitStore, VisitTables
from vaxcert.visits.outcomes import OutcomeService, Report
from vaxcert.visits.person import PersonViews
from vaxcert.visits.service import ScanService
from vaxcert.visits.store import ScanStore
from vaxcert.visits.telling import station_view
from vaxcert.wording import Wording

SEATS: Final = 2
_TRIES: Final = 25
_NOT_ANSWERED: Final = (Unavailable, Crash, ClientError, BotoCoreError)
_LOST: Final = ("GrantsTable", "CertificatesTable", "CodesTable")


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a request: `done` with its answer, or the problem's code."""

    code: str
    answer: Any = None


class World:
    """One stack, from its first day on."""

    def __init__(self, seed: int, start: date, clinics: list[str]) -> None:
        self.drawn = random.Random(f"drawn/{seed}")
        self.memory = TownTables()
        self.weather = Weather(dice=random.Random(f"weather/{seed}"))
        self.cloud = Cloud(dynamodb=self.memory, clock=FakeClock(instant(start, 0, 30)))
        self.clock = self.cloud.clock
        self.secret = MemorySecrets(PEPPER)
        self.nights = Nights(self.cloud, self.weather, stretch=200)
        self.kms: Any = stands_in(PaperKms())
        self.wire: Any = stands_in(Client(self.memory, "dynamodb", self.weather))
        self.asked = 0
        self.issued_from = EVER
        self.peppers = [PEPPER]
        self.devices: dict[str, Enrolment] = {}
        for code in clinics:
            self._opens(code)
        self.start()
        self.rotate()

    def start(self) -> None:
        """New processes, as after a deployment."""
        wire, clock, draw, settings = self.wire, self.clock, self.drawn.randbytes, Settings()
        keys = DataKeys(wire, TABLES["KeysTable"], self.kms, "seal", clock)
        self.sealer = sealer = Sealer(keys, bytes)
        handles = HandleStore(wire, TABLES["HandlesTable"])
        people = Handles(handles, Peppers(stands_in(self.secret), "pepper", clock), clock, BLINDER.draw)
        stores = dynamo_stores(wire, TABLES, clock, sealer)
        answers = AnswerStore(wire, TABLES["IdempotencyTable"], sealer)
        archives = ArchiveReader(wire, TABLES["ArchivesTable"], TABLES["KinshipTable"])
        self.desk = Desk(stores, clock, RULES, people, sealer, draw)
        rights, log = self.desk.rights, access_log_of(ENV, wire, draw, LOG_KEPT)
        signing, public = signing_keys_of(ENV, wire, self.kms, clock), public_keys_of(ENV, wire, clock)
        self.issuing = IssueService(
            holdings=holdings_of(ENV, wire),
            keys=signing,
            ttl_seconds=60,
            refresh_seconds=30,
            rights=rights,
            random_bytes=draw,
        )
        self.scanning = ScanService(
            scans=ScanStore(
                wire,
                scan_tables(TABLES),
                answers=answers,
                archives=archives,
                random_bytes=draw,
                appointments=Arrivals(TABLES["AppointmentsTable"]),
                log_kept=timedelta(days=1095),
            ),
            keys=public,
            views=PersonViews(sealer, RULES, rabies_shown=False),
            ttl_seconds=60,
            adult_age=18,
            wording=Wording(),
            issued_from=self.issued_from,
        )
        self.outcomes = OutcomeService(
            visits=VisitStore(
                wire,
                VisitTables(TABLES["VisitsTable"], TABLES["DevicesTable"], TABLES["CertificatesTable"]),
                answers=answers,
                archives=archives,
            ),
            answers=answers,
            observation_seconds=1800,
        )
        self.booking = BookingService(
            clinics=ClinicStore(wire, TABLES["ClinicsTable"]),
            bookings=bookings_of(ENV, wire, answers.op, random_bytes=draw, log_kept=LOG_KEPT),
            rights=rights,
            answers=answers,
            adult_age=18,
            random_bytes=draw,
        )
        self.records = RecordsService(
            certificates=stores.certificates,
            register=archives,
            rights=rights,
            grants=stores.grants,
            feed=feed_dates_of(ENV, wire),
            log=log,
            views=Views(sealer, RULES),
            delegate_data=DelegateData(sealer),
            rabies_shown=False,
            hotline=HOTLINE,
            log_kept=LOG_KEPT,
        )
        self.documents = DocumentService(
            reader=self.records.reader,
            documents=documents_of(ENV, wire, answers.op, random_bytes=draw, log_kept=LOG_KEPT),
            feed=feed_dates_of(ENV, wire),
            keys=signing,
            answers=answers,
            opener=sealer,
            typesetter=FakeTypesetter,
            making=Making(
                CHECK_URL, Issuer("示范单位", HOTLINE, rabies_shown=False), 10, ClaimRules.of(settings)
            ),
            random_bytes=draw,
        )
        self.checking = CheckService(register_of(ENV, wire), standings_of(ENV, wire, rabies=False), public)
        self.published = published_of(ENV, wire)

    # ---- whoever asks

    def ask(self, act: Callable[[], Any]) -> Told:
        """Ask until it is answered."""
        for _ in range(_TRIES):
            try:
                return Told("done", act())
            except _NOT_ANSWERED:
                continue
            except VaxcertError as refused:
                return Told(refused.code)
        raise AssertionError("it never came through")

    def citizen(self, who: Person, *, name: str | None = None) -> Citizen:
        """Somebody who has just entered."""
        now = self.clock()
        return Citizen(
            subject=subject(who.number),
            name_key=BLINDER.name(name or who.name),
            session_id=f"s-{who.number}-{int(now.timestamp())}",
            auth_time=now,
            expires_at=now + timedelta(minutes=30),
            channel="app",
            method="face",
            issued_at=now.replace(microsecond=0),
        )

    def key(self) -> str:
        """A new Idempotency-Key."""
        self.asked += 1
        return f"key-{self.asked:09d}"

    def overview(self, who: Citizen) -> Overview:
        """待申领, 已申领 and what others authorised."""
        seen: Overview = self.ask(lambda: self.desk.overview(who)).answer
        return seen

    def claim(self, who: Citizen, record_id: str, key: str) -> Told:
        """Read, agree, claim."""
        offered = self.ask(lambda: self.desk.claims.detail(who, record_id, self.clock(), "zh"))
        if offered.code != "done":
            return offered
        purposes = tuple(str(one) for one in offered.answer[1].purposes)
        return self.ask(lambda: self.desk.claim_at_once(who, record_id, key, purposes))

    def authorize(
        self, who: Citizen, certificate_id: str, delegate: Person, until: date | None, key: str
    ) -> Told:
        """确认授权."""
        desk = self.desk
        return self.ask(
            lambda: desk.authorize(who, certificate_id, delegate.number, delegate.name, key, until)
        )

    def page(self, who: Citizen, certificate_id: str) -> Told:
        """接种记录查询; the page."""

        def read() -> RecordsPage:
            return self.records.records(who, certificate_id, self.clock(), "zh", cursor=None, limit=50)

        return self.ask(read)

    def code(self, who: Citizen, certificate_id: str) -> Told:
        """亮码; the text."""
        return self.ask(lambda: self.issuing.issue(who, certificate_id, self.clock()).text)

    def book(self, who: Citizen, certificate_id: str, clinic: str, slot_id: str, key: str) -> Told:
        """预约接种; the appointment's id."""
        wish = Wish(clinic, slot_id, None)
        request = repeatable(who.subject, f"book {certificate_id}", key, json.dumps(str(wish)))
        asked = Asked[AppointmentView](
            request, lambda view: Answer(201, f"{view.appointment.appointment_id} {view.appointment.seat}")
        )
        return self.ask(lambda: self.booking.book(who, certificate_id, wish, asked, self.clock()).body)

    def cancel(self, who: Citizen, certificate_id: str, appointment_id: str) -> Told:
        """Cancel an appointment."""
        return self.ask(lambda: self.booking.cancel(who, certificate_id, appointment_id, self.clock()))

    def issue(self, who: Citizen, certificate_id: str, key: str) -> Told:
        """A record on paper; its id and what its code says."""
        form = DocumentForm(Kind.RECORD, "zh")
        request = repeatable(who.subject, f"issue {certificate_id}", key, "record")
        asked = Asked[DocumentView](
            request,
            lambda view: Answer(
                201, json.dumps([view.document.document_id, view.document.kid, view.check_url])
            ),
        )
        return self.ask(
            lambda: json.loads(self.documents.issue(who, certificate_id, form, asked, self.clock()).body)
        )

    def check(self, document_id: str) -> str:
        """What the check page says of a paper."""
        found = self.ask(lambda: self.checking.check(document_id)).answer
        return "unknown" if found is None else str(found.status)

    def read_paper(self, text: str) -> Paper:
        """What the independent verifier reads in a paper's code, by the keys as they are published."""
        published = self.ask(lambda: self.published.find(DOCUMENT_KEYS)).answer
        keys, killed = open_keys(json.loads(published.body)["signed"], Press.root().jwk)
        found = read(text, keys, killed)
        assert isinstance(found, Paper), found
        return found

    # ---- clinics

    def device(self, device_id: str) -> Device:
        """As its token tells of it."""
        return token_of(self.devices[device_id], self.clock())

    def scan(self, device_id: str, text: str, station: str, key: str) -> Told:
        """One scan: the verdict's reason, `accepted`, or the problem's code."""
        device = self.device(device_id)
        request = repeatable(device_id, "POST /v1/scans", key, json.dumps([text, station]))
        told = self.ask(
            lambda: self.scanning.scan(device, text, Station(station), request, self.clock(), "zh")
        )
        verdict = told.answer
        return told if verdict is None else Told(str(verdict["reason"] or verdict["result"]), verdict)

    def report(self, device_id: str, visit_id: str, station: str, outcome: str, key: str) -> Told:
        """A station's outcome."""
        given = (
            (Given("1201", "B2034", "81000000000000000001", "left_arm"),) if outcome == "vaccinated" else ()
        )
        reason = "发热" if outcome in {"deferred", "not_vaccinated"} else None
        said = Report(Station(station), Outcome(outcome), reason, given, one_dose=bool(given))
        device, now = self.device(device_id), self.clock()
        request = repeatable(
            device_id, f"POST /v1/visits/{visit_id}/outcomes", key, json.dumps([station, outcome])
        )
        asked = Asked[Visit](request, lambda visit: Answer(200, json.dumps(station_view(visit, now))))
        return self.ask(lambda: self.outcomes.report(device, visit_id, said, asked, now).body)

    def disable(self, device_id: str) -> None:
        """An operator takes a device out of use."""
        enrolments = EnrolmentStore(self.wire, TABLES["DevicesTable"])
        self.ask(lambda: EnrolmentService(enrolments).disable(device_id))

    def _opens(self, code: str) -> None:
        sessions = tuple(Session(weekday, time(8), time(9), 30, SEATS) for weekday in range(1, 8))
        week = Clinic(code, f"示范门诊{code[-2:]}", code[:6], sessions, 7, same_day=False)
        single(self.memory, put(TABLES["ClinicsTable"], clinic_to_item(week)))  # type: ignore[arg-type]
        for kind in ("desk", "gate"):
            stations = {"stations": frozenset({Station.TICKET})} if kind == "gate" else {}
            device = an_enrolment(f"{kind}-{code}", clinic_code=code, clinic_name=week.name, **stations)
            self.devices[device.device_id] = device
            single(self.memory, put(TABLES["DevicesTable"], device_to_item(device)))  # type: ignore[arg-type]

    # ---- the night and operators

    def night(self, day: date, files: dict[str, bytes]) -> None:
        """A feed of `day` comes and is applied at 00:30 of the next."""
        self.cloud.drop(day, files)
        self.cloud.until_day_after(day)
        self.nights.settle()

    def rotate(self, kill: str | None = None) -> None:
        """Keys are made, taken over and killed, as the scheduler and an operator do."""
        signer, life = RootKey(self.kms, "root"), timedelta(hours=1)
        rotation = Rotation(
            key_register_of(ENV, self.wire, self.kms),
            root(signer.public_der(), signer.sign),
            {"code": life, "session": life, "device": life},
            60,
            DATA_KEY_AGE,
        )
        self.ask(lambda: rotation.run(self.clock(), kill))

    def signing_key(self, purpose: Any) -> str:
        """The key that signs now."""
        now = self.clock()
        keys: Any = read_keys(stands_in(self.memory), TABLES["KeysTable"], purpose)
        return str(max((one.not_before, one.kid) for one in keys if one.signs(now))[1])

    def backup(self) -> dict[str, dict[Any, Any]]:
        """An export of the tables that can be lost one day."""
        return {name: dict(self.memory.tables[TABLES[name]]) for name in _LOST}

    def restore(self, exported: dict[str, dict[Any, Any]]) -> None:
        """As docs/runbook/restore.md says: endings are carried over, and what was issued before is refused."""
        for name in _LOST:
            old, table = f"old-{name}", TABLES[name]
            self.memory.tables[old] = self.memory.tables[table]
            self.memory.tables[table] = Rows(exported[name])
            self.memory._sorted[old] = self.memory._sorted[table]
            if name != "CodesTable":  # the old one of codes cannot be read any more
                kind = name.removesuffix("Table").lower()
                CARRY[kind](_Everything(self.memory), old, table, self.clock())
            del self.memory.tables[old]
        self.issued_from = self.clock() + timedelta(seconds=1)
        self.start()

    def change_pepper(self) -> None:
        """Another pepper covers the one before, and a job moves every handle (D23)."""
        self.peppers.append(f"another pepper, the {len(self.peppers)}. of the town's tests ")
        self.secret.put("\n".join(self.peppers), self.clock())
        self.clock.now += SETTLED_AFTER
        processes = self.nights.processes
        processes._secrets = stands_in(Client(self.secret, "secretsmanager", self.weather))
        processes._warm.clear()
        self.start()
        known = Peppers(stands_in(self.secret), "pepper", self.clock).read()
        for _ in Reblinding(self.memory, TABLES["HandlesTable"], known, 1).passes(self.clock()):
            """Until none of the old is met."""

    # ---- what is stored, read by the product's readers

    def certificates(self) -> list[Certificate]:
        """Every certificate there ever was."""
        rows = self.memory.tables[TABLES["CertificatesTable"]]
        return [certificate_items.from_item(item) for place, item in rows.items() if place[1] == "C"]

    def certificate(self, certificate_id: str) -> Certificate | None:
        """One of them."""
        item = self.memory.tables[TABLES["CertificatesTable"]].get((f"C#{certificate_id}", "C"))
        return None if item is None else certificate_items.from_item(item)

    def grants(self, certificate_id: str) -> list[Grant]:
        """What stands in a certificate's slots."""
        rows: Any = self.memory.tables[TABLES["GrantsTable"]]
        places = rows.partitions.get(f"C#{certificate_id}", ())
        return [grant_items.from_item(rows[one]) for one in places if one[1].startswith("S#")]


class _Everything:
    """The client of whoever restores."""

    def __init__(self, memory: TownTables) -> None:
        self._memory = memory

    def __getattr__(self, name: str) -> Any:
        return getattr(self._memory, name)


def subject(number: str) -> str:
    """The product's handle of a number: what stands for itself."""
    return BLINDER.subject(number)


def record_of(who: str) -> str:
    """The product's opaque id of a person, or of an archive without a number."""
    return record_id_of(BLINDER.archive("child", who[1:]) if who.startswith("#") else subject(who))


def instant(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment in Shanghai."""
    return datetime.combine(day, time(hour, minute), SHANGHAI).astimezone(UTC)
