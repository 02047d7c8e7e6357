"""What a scan reads and writes in DynamoDB: one batch read, then one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from vaxcert.archives.model import Archive
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clock import epoch, from_rfc3339, rfc3339, shanghai_date
from vaxcert.aws.dynamodb import (
    Cancelled,
    Item,
    N,
    Op,
    S,
    batch_get,
    get,
    number,
    put,
    single,
    text,
    transact,
    update,
)
from vaxcert.aws.together import together
from vaxcert.claims.items import CertificateOps, certificate_key
from vaxcert.claims.items import from_item as certificate_from_item
from vaxcert.clinics.items import clinic_from_item, clinic_key
from vaxcert.codes.model import HOLDER_SLOT, Code
from vaxcert.devices.model import Station
from vaxcert.devices.store import device_check, device_key
from vaxcert.devices.store import from_item as device_from_item
from vaxcert.grants.items import GrantOps, slot_key
from vaxcert.grants.items import from_item as grant_from_item
from vaxcert.idempotency.model import RepeatableRequest
from vaxcert.idempotency.store import AnswerStore
from vaxcert.trail.items import RANDOM_BYTES, entry_to_item
from vaxcert.trail.model import Access, Entry
from vaxcert.visits import items
from vaxcert.visits.handed_in import HandIn
from vaxcert.visits.model import Use
from vaxcert.visits.service import Admission, Awaited, Looked, Sighting
from vaxcert.visits.verdicts import ACCEPTED_RESULT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A burned code outlives its own end by far, also where it is handed in after two days: nobody's clock decides whether it is used twice.
_BURNED: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class ScanTables:
    """Names of the tables that a scan touches."""

    certificates: str
    grants: str
    codes: str
    visits: str
    devices: str
    access_log: str
    clinics: str


class Appointments(Protocol):
    """Port: appointments, as far as a ticket keeps one. Read and written beside the scan's own items, in no round trip of its own."""

    def key(self, certificate_id: str) -> tuple[str, Item]:
        """Table and primary key of the certificate's latest appointment."""
        ...

    def awaited(self, item: Item, now: datetime) -> Awaited | None:
        """The appointment in an item, where a ticket of today is for it."""
        ...

    def arrived(self, certificate_id: str, awaited: Awaited, now: datetime) -> Op:
        """Somebody has come for it: holds only while nobody has."""
        ...


class ScanStore:
    """Ports `Scans` and `OfflineScans`."""

    def __init__(
        self,
        client: DynamoDBClient,
        tables: ScanTables,
        *,
        answers: AnswerStore,
        archives: ArchiveReader,
        random_bytes: Callable[[int], bytes],
        appointments: Appointments,
        log_kept: timedelta,
    ) -> None:
        self._client = client
        self._tables = tables
        self._log_kept = log_kept
        self._appointments = appointments
        self._answers = answers
        self._archives = archives
        self._random_bytes = random_bytes
        self._certificate_ops = CertificateOps(tables.certificates)
        self._grant_ops = GrantOps(tables.grants)

    def look(self, code: Code, device_id: str, request: RepeatableRequest, now: datetime) -> Looked:
        """See `Scans.look`: one batch read."""
        return self._looked(code, device_id, request, now, None)

    def _looked(
        self, code: Code, device_id: str, request: RepeatableRequest, now: datetime, clinic_code: str | None
    ) -> Looked:
        """As `look`; who draws a ticket at `clinic_code` needs to know when the clinic's day ends as well."""
        tables = self._tables
        answers_table, answer_key = self._answers.key(request)
        keys: dict[str, tuple[str, Item]] = {
            "certificate": (tables.certificates, certificate_key(code.certificate_id)),
            "device": (tables.devices, device_key(device_id)),
            "visit": (tables.visits, items.visit_key(code.certificate_id)),
            "burned": (tables.codes, items.burned_key(code.cti)),
            "answer": (answers_table, answer_key),
            "appointment": self._appointments.key(code.certificate_id),
        }
        if code.slot != HOLDER_SLOT:
            keys["grant"] = (tables.grants, slot_key(code.certificate_id, code.slot))
        if clinic_code is not None:
            keys["clinic"] = (tables.clinics, clinic_key(clinic_code))
        read = batch_get(self._client, list(keys.values()))
        found = {
            name: item
            for name, (table, key) in keys.items()
            if (item := read.get((table, key["pk"]["S"], key["sk"]["S"] if "sk" in key else ""))) is not None
        }
        return Looked(
            certificate=certificate_from_item(found["certificate"]) if "certificate" in found else None,
            grant=grant_from_item(found["grant"]) if "grant" in found else None,
            device=device_from_item(found["device"]) if "device" in found else None,
            visit=items.from_item(found["visit"]) if "visit" in found else None,
            burned=_use(found["burned"]) if "burned" in found else None,
            answer=self._answers.answer_in(found["answer"], request, now) if "answer" in found else None,
            awaited=self._appointments.awaited(found["appointment"], now) if "appointment" in found else None,
            clinic=clinic_from_item(found["clinic"]) if "clinic" in found else None,
        )

    def look_and_draw(
        self, code: Code, device_id: str, request: RepeatableRequest, now: datetime, clinic_code: str
    ) -> tuple[Looked, int]:
        """See `Scans.look_and_draw`: a batch read, and one write beside it."""
        return together(
            lambda: self._looked(code, device_id, request, now, clinic_code),
            lambda: self._drawn(code, clinic_code, now),
        )

    def commit(self, admission: Admission, archive_keys: Iterable[str]) -> tuple[Archive, ...] | None:
        """See `Scans.commit`."""
        wanted = tuple(archive_keys)
        if not wanted:
            return () if self._committed(self._ops(admission)) else None
        committed, archives = together(
            lambda: self._committed(self._ops(admission)), lambda: self._archives.archives(wanted)
        )
        return archives if committed else None

    def note(self, sighting: Sighting, request: RepeatableRequest) -> None:
        """See `Scans.note`: two writes side by side."""
        clinic_code, day = sighting.scanner.clinic_code, shanghai_date(sighting.at)
        counted = items.to_refused_item(clinic_code, day, sighting.result, request.key)
        together(
            lambda: self._note(sighting), lambda: single(self._client, put(self._tables.visits, counted))
        )

    def _note(self, sighting: Sighting) -> None:
        line = put(self._tables.access_log, self._logged(sighting), "attribute_not_exists(pk)")
        # No two entries have one position: what stands there is this one, whose answer was lost.
        with suppress(Cancelled):
            single(self._client, line)

    def hand_in(self, scan: HandIn) -> bool:
        """See `OfflineScans.hand_in`: one transaction."""
        seen = scan.sighting
        return self._committed(
            [
                put(self._tables.codes, _burned(seen, scan.remembered.request), "attribute_not_exists(pk)"),
                device_check(self._tables.devices, seen.scanner.device_id, seen.scanner.version),
                self._answers.op(scan.remembered),
                put(self._tables.access_log, self._logged(seen), "attribute_not_exists(pk)"),
            ]
        )

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """See `Scans.archives`."""
        return self._archives.archives(keys)

    def _drawn(self, code: Code, clinic_code: str, now: datetime) -> int:
        """The next ticket. Guarded by what it was last given for: a count whose answer was lost is not counted twice."""
        day = shanghai_date(now)
        op = update(
            self._tables.visits,
            items.counter_key(clinic_code, day),
            "SET #number = if_not_exists(#number, :none) + :one, last_token = :token, #ttl = :ttl",
            "attribute_not_exists(pk) OR last_token <> :token",
            {"#number": "number", "#ttl": "ttl"},
            {":none": N(0), ":one": N(1), ":token": S(code.cti.hex()), ":ttl": items.ttl(day)},
        )
        op["Update"]["ReturnValues"] = "UPDATED_NEW"
        try:
            return number(single(self._client, op)["Attributes"], "number")
        except Cancelled as cancelled:
            standing = cancelled.reasons[0].item or get(
                self._client, self._tables.visits, items.counter_key(clinic_code, day)
            )
            return number(standing or {}, "number")

    def _ops(self, admission: Admission) -> list[Op]:
        """Burn, what must still hold, the visit, its place on the board, the line, the answer, the access log: on eleven items at most."""
        tables, visit = self._tables, admission.visit
        seen = _seen(admission)
        new = admission.before is None or visit.visit_id != admission.before.visit_id
        ops = [
            put(tables.codes, _burned(seen, admission.remembered.request), "attribute_not_exists(pk)"),
            self._certificate_ops.unchanged(admission.certificate),
            device_check(tables.devices, admission.scanner.device_id, admission.scanner.version),
            self._visit_put(admission),
            put(
                tables.visits,
                items.to_board_item(
                    visit, admission.certificate.record_id, admission.certificate.archive_keys
                ),
                "attribute_not_exists(pk)" if new else None,
            ),
            *items.line_ops(tables.visits, admission.before, visit),
            self._answers.op(admission.remembered),
            put(tables.access_log, self._logged(seen), "attribute_not_exists(pk)"),
        ]
        if admission.grant is not None:
            ops.append(self._grant_ops.used(admission.grant, rfc3339(admission.now)))
        if admission.appointment is not None:
            ops.append(self._appointments.arrived(visit.certificate_id, admission.appointment, admission.now))
        return ops

    def _visit_put(self, admission: Admission) -> Op:
        item = items.to_item(admission.visit)
        if admission.before is None:
            return put(self._tables.visits, item, "attribute_not_exists(pk)")
        return put(
            self._tables.visits,
            item,
            "#version = :version",
            {"#version": "version"},
            {":version": N(admission.before.version)},
        )

    def _logged(self, seen: Sighting) -> Item:
        """The entry in the claimant's access log."""
        # A slot that was used again holds another person's grant.
        own = seen.grant if seen.grant is not None and seen.grant.version == seen.code.grant_version else None
        entry = Entry(
            seen.at,
            Access.SCAN,
            seen.scanner.device_id,
            seen.code.slot,
            None if own is None else own.grant_id,
            seen.scanner.clinic_code,
            seen.station,
            seen.result,
        )
        return entry_to_item(
            seen.code.certificate_id, entry, self._random_bytes(RANDOM_BYTES).hex(), self._log_kept
        )

    def _committed(self, ops: list[Op]) -> bool:
        try:
            transact(self._client, ops)
        except Cancelled:
            return False  # what is no longer as it was is found by looking again
        return True


def _seen(admission: Admission) -> Sighting:
    return Sighting(
        admission.code,
        admission.scanner,
        admission.station,
        admission.grant,
        ACCEPTED_RESULT,
        admission.now,
    )


def _burned(seen: Sighting, request: RepeatableRequest) -> Item:
    return {
        **items.burned_key(seen.code.cti),
        "device_id": S(seen.scanner.device_id),
        "station": S(seen.station),
        "at": S(rfc3339(seen.at)),
        "request": S(request.key),
        "ttl": N(epoch(seen.code.expires_at + _BURNED)),
    }


def _use(item: Item) -> Use:
    return Use(from_rfc3339(text(item, "at")), Station(text(item, "station")), text(item, "device_id"))


def scans_of(
    env: Mapping[str, str],
    dynamodb: DynamoDBClient,
    answers: AnswerStore,
    archives: ArchiveReader,
    appointments: Appointments,
    *,
    random_bytes: Callable[[int], bytes],
    log_kept: timedelta,
) -> ScanStore:
    """A function that scans has the table of everything that a scan checks or writes."""
    return ScanStore(
        dynamodb,
        ScanTables(
            certificates=env["CERTIFICATES_TABLE"],
            grants=env["GRANTS_TABLE"],
            codes=env["CODES_TABLE"],
            visits=env["VISITS_TABLE"],
            devices=env["DEVICES_TABLE"],
            access_log=env["ACCESS_LOG_TABLE"],
            clinics=env["CLINICS_TABLE"],
        ),
        answers=answers,
        archives=archives,
        random_bytes=random_bytes,
        log_kept=log_kept,
        appointments=appointments,
    )
