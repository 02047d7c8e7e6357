"""A busy clinic on the emulator: real use cases over real stores, and a client that says when a scan's transaction was sent."""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.fakes.clock import FakeClock
from tests.fakes.devices import an_enrolment, token_of
from tests.fakes.household import RULES
from tests.fakes.people import BLINDER, FATHER, GRANDMOTHER_NO, SEALER, citizen
from tests.fakes.signing import FakeKeys
from tests.fakes.waiting_room import WaitingRoom, another
from tests.races.desk import Desk, dynamo_stores
from tests.tables import scan_tables
from vaxcert.appointments.arrival import Arrivals
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.dynamodb import put, single, transact
from vaxcert.claims.items import CertificateOps
from vaxcert.claims.model import Actor, Certificate, StatusReason, suspended
from vaxcert.claims.store import CertificateStore
from vaxcert.codes.model import Code
from vaxcert.codes.token import write
from vaxcert.devices.model import Station
from vaxcert.devices.service import EnrolmentService
from vaxcert.devices.store import EnrolmentStore
from vaxcert.devices.store import to_item as device_to_item
from vaxcert.errors import VaxcertError
from vaxcert.idempotency.model import repeatable
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Device
from vaxcert.visits.person import PersonViews
from vaxcert.visits.service import ScanService
from vaxcert.visits.store import ScanStore
from vaxcert.wording import Wording

KEYS = FakeKeys(code=["cgx10"])
_ROOM = WaitingRoom()
CERTIFICATE = _ROOM.home.certificates.stored[_ROOM.certificate_id]
_DRAWN = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Seen:
    """A scan: when it was asked, when its last transaction was sent (0 if none was), and what came of it."""

    asked: float
    sent: float
    reason: str
    at: str = ""


class Stamped:
    """A client that notes for each thread when it last sent a transaction, after an arbitrary pause."""

    def __init__(self, client: Any, dice: random.Random, pause: float) -> None:
        self._client = client
        self._dice = dice
        self._pause = pause
        self.local = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        """As the client's own."""
        if self._pause:
            time.sleep(self._dice.random() * self._pause)
        self.local.sent = time.perf_counter()
        return self._client.transact_write_items(**request)


class Clinic:
    """Tables, people and devices; `client` is what scans go through."""

    def __init__(self, plain: Any, tables: Mapping[str, str], client: Any) -> None:
        self._plain = plain
        self._tables = tables
        self._client = client
        self.clock = FakeClock()
        self._certificates = CertificateStore(
            plain,
            certificates_table=tables["CertificatesTable"],
            archives_table=tables["ArchivesTable"],
            sessions_table=tables["SessionsTable"],
            remembering=lambda _: {},
        )
        self.enrolments = EnrolmentStore(plain, tables["DevicesTable"])
        stores = dynamo_stores(plain, tables, self.clock, SEALER)
        self.desk = Desk(stores, self.clock, RULES, BLINDER, SEALER)
        scans = ScanStore(
            client,
            scan_tables(tables),
            answers=AnswerStore(client, tables["IdempotencyTable"], SEALER),
            archives=ArchiveReader(client, tables["ArchivesTable"], ""),
            random_bytes=os.urandom,
            appointments=Arrivals(tables["AppointmentsTable"]),
            log_kept=timedelta(days=1095),
        )
        views = PersonViews(SEALER, RULES, False)
        self.service = ScanService(
            scans=scans, keys=KEYS, views=views, ttl_seconds=60, adult_age=18, wording=Wording()
        )

    def device(self, device_id: str) -> Device:
        """Enrol a device; as its token tells of it."""
        enrolment = an_enrolment(device_id)
        single(self._plain, put(self._tables["DevicesTable"], device_to_item(enrolment)))
        return token_of(enrolment, self.clock())

    def certificate(self) -> Certificate:
        """A certificate of a person of its own, claimed by the father."""
        number = next(_DRAWN)
        made = replace(another(CERTIFICATE, number), record_id=f"r{number:026d}")
        transact(self._plain, CertificateOps(self._tables["CertificatesTable"]).made(made, None))
        return made

    def grant(self, certificate: Certificate) -> str:
        """Authorise the grandmother; the grant's id. It stands in slot 1, version 1."""
        return self.desk.authorize(
            citizen(FATHER),
            certificate.certificate_id,
            GRANDMOTHER_NO,
            "沈测试",
            f"key-{next(_DRAWN):08d}",
        )

    def code(self, certificate: Certificate, slot: int = 0) -> str:
        """A code shown now."""
        shown = self.clock().replace(microsecond=0)
        nonce = next(_DRAWN).to_bytes(5)
        code = Code(certificate.certificate_id, slot, slot, nonce, shown, shown + timedelta(seconds=60))
        return write(code, KEYS.signing("code"))

    def scan(self, device: Device, text: str, key: str | None = None) -> Seen:
        """Scan at the ticket machine."""
        key = key or f"key-{next(_DRAWN):08d}"
        request = repeatable(device.device_id, "POST /v1/scans", key, text)
        local = getattr(self._client, "local", threading.local())
        local.sent = 0.0
        asked = time.perf_counter()
        try:
            verdict: Any = self.service.scan(device, text, Station.TICKET, request, self.clock(), "zh")
        except VaxcertError as error:
            return Seen(asked, local.sent, error.code)
        ticket = verdict["visit"]["ticket"] if verdict.get("visit") else ""
        return Seen(asked, local.sent, str(verdict["reason"] or verdict["result"]), ticket)

    # What ends the right to be accepted

    def revoke(self, certificate: Certificate, grant_id: str) -> None:
        self.desk.revoke(citizen(FATHER), certificate.certificate_id, grant_id)

    def release(self, certificate: Certificate) -> None:
        self.desk.release(citizen(FATHER), certificate.certificate_id)

    def suspend(self, certificate: Certificate) -> None:
        after = certificate.moved_to(suspended(StatusReason.GUARDIAN_REMOVED), self.clock())
        assert self._certificates.apply(certificate, after, Actor.NIGHT) is Commit.DONE

    def disable(self, device: Device) -> None:
        EnrolmentService(self.enrolments).disable(device.device_id)
