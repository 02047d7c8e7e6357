"""Racing bookings on a small clinic: never over capacity, never two open for one certificate (invariants 1 and 4).

`VAXCERT_BOOKINGS=10000 pytest tests/races/test_bookings.py -s` races ten thousand bookings; a run of the suite eighty.
The use cases and stores are the real ones, on the emulator's DynamoDB in rough weather (conflicts, lost answers).
"""

from __future__ import annotations

import itertools
import os
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pytest

from local.emulator.server import Emulator
from tests.contract.test_certificates_store import certificate
from tests.counts import tell, tries
from tests.fakes.appointments import CLINIC_CODE, a_clinic
from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.household import BOARD
from tests.fakes.people import SEALER, citizen
from tests.races.figures import Figures
from tests.races.rough import RoughClient
from tests.races.track import Deed, Result, Track
from tests.tables import create_tables
from vaxcert.appointments.ending import given_up
from vaxcert.appointments.items import from_item, seat_from_item
from vaxcert.appointments.model import Status
from vaxcert.appointments.seat_store import SeatStore
from vaxcert.appointments.service import AppointmentView, BookingService, Wish
from vaxcert.appointments.store import BookingStore
from vaxcert.aws.dynamodb import put, single
from vaxcert.claims.items import to_item
from vaxcert.claims.model import RELEASED
from vaxcert.clinics.console import WeekService
from vaxcert.clinics.store import ClinicStore
from vaxcert.clinics.week import Session
from vaxcert.grants.access import Rights
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.store import GrantReader
from vaxcert.idempotency.model import Answer, repeatable
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Asked
from vaxcert.trail.items import EntryOps

pytestmark = pytest.mark.emulator

WANTED = tries("VAXCERT_BOOKINGS", 80, 2_000)
SEED = int(os.environ.get("VAXCERT_SEED", "20240810"))
LANES, CLIENTS = 16, 4
FAMILIES, HANDS = 40, (12, 100)
CONFLICTS, REPEATS = 0.03, 0.03
THURSDAY = date(2026, 7, 2)
# Four slots of three seats: twelve seats for forty families.
CLINIC = a_clinic(sessions=(Session(4, time(8), time(10), 30, 3),), ahead_days=1)
SLOTS = [slot.slot_id for slot in CLINIC.slots_on(THURSDAY)]
ALLOWED = {
    "book": {"booked", "slot_full", "already_booked", "slot_closed", "unavailable"},
    "move": {"booked", "slot_full", "already_booked", "slot_closed", "unavailable"},
    "cancel": {"cancelled", "not_found", "unavailable"},
}


@dataclass(frozen=True, slots=True)
class Lane:
    """A warm worker: the use cases over a client."""

    service: BookingService

    def book(self, family: str, slot_id: str, key: str, replaces: str | None = None) -> str:
        caller, now = citizen(f"v1:{family}"), FakeClock()()
        request = repeatable(caller.subject, "book", key, f"{slot_id}{replaces}")
        wish = Wish(CLINIC_CODE, slot_id, replaces)
        return self.service.book(caller, family, wish, Asked(request, _worded), now).body

    def cancel(self, family: str, appointment_id: str) -> None:
        self.service.cancel(citizen(f"v1:{family}"), family, appointment_id, FakeClock()())


def _worded(view: AppointmentView) -> Answer:
    return Answer(201, view.appointment.appointment_id)


def _lane(client: Any, tables: dict[str, str]) -> Lane:
    answers = AnswerStore(client, tables["IdempotencyTable"], SEALER)
    store = BookingStore(
        client,
        appointments_table=tables["AppointmentsTable"],
        clinics_table=tables["ClinicsTable"],
        certificates_table=tables["CertificatesTable"],
        grants_table=tables["GrantsTable"],
        sessions_table=tables["SessionsTable"],
        remembering=answers.op,
        entries=EntryOps(tables["AccessLogTable"], os.urandom, timedelta(days=1095)),
    )
    return Lane(
        BookingService(
            clinics=ClinicStore(client, tables["ClinicsTable"]),
            bookings=store,
            rights=Rights(
                delegates=DelegateService(GrantReader(client, tables["GrantsTable"])),
                adult_age=18,
                notices=BOARD,
            ),
            answers=answers,
            adult_age=18,
            random_bytes=os.urandom,
        )
    )


class Books:
    """What the tables hold, read raw, against what was answered."""

    def __init__(self, client: Any, tables: dict[str, str]) -> None:
        self._client = client
        self._table = tables["AppointmentsTable"]
        self.booked: set[str] = set()

    def check(self, results: list[Result[Lane]]) -> dict[str, str]:
        """Reckon a round; the open appointments by family."""
        seats: dict[str, list[str]] = defaultdict(list)
        standing: dict[str, list[str]] = defaultdict(list)
        known: dict[str, Status] = {}
        for item in self._items():
            if item["pk"]["S"].startswith("S#"):
                seat = seat_from_item(item)
                seats[item["sk"]["S"].partition("#")[0]].append(seat.appointment_id)
            else:
                appointment = from_item(item)
                known[appointment.appointment_id] = appointment.status
                if appointment.status is Status.BOOKED:
                    standing[appointment.certificate_id].append(appointment.appointment_id)
        # never over capacity, never two open for one certificate, and every seat is an open appointment's
        assert all(len(taken) <= CLINIC.sessions[0].capacity for taken in seats.values()), seats
        assert all(len(found) == 1 for found in standing.values()), standing
        taken = [appointment_id for found in seats.values() for appointment_id in found]
        assert sorted(taken) == sorted(found[0] for found in standing.values())
        # whoever was told 201 has an appointment, and one request has one only
        told = {result.answer for result in results if result.code == "booked" and result.answer}
        assert told <= set(known)
        by_key: dict[str, set[str]] = defaultdict(set)
        for result in results:
            if result.code == "booked" and result.answer:
                by_key[result.deed.key].add(result.answer)
        assert all(len(answers) == 1 for answers in by_key.values())
        self.booked |= told
        assert set(known) == self.booked, set(known) ^ self.booked
        return {family: found[0] for family, found in standing.items()}

    def _items(self) -> Iterator[Any]:
        for page in self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True):
            yield from page["Items"]


@pytest.mark.timeout(1800)
def test_invariant_1_holds_through_racing_bookings_moves_and_cancellations(emulator: Emulator) -> None:
    """Forty families want twelve seats, again and again; losers hear why and nothing else."""
    dice, figures = random.Random(SEED), Figures()
    plain = emulator.client("dynamodb")
    tables = create_tables(plain, f"b{uuid.uuid4().hex[:10]}")
    families = [f"c{number:03d}" for number in range(FAMILIES)]
    for family in families:
        one = certificate(family, f"v1:{family}", record_id=f"r-{family}")
        single(plain, put(tables["CertificatesTable"], to_item(one)))
    assert ClinicStore(plain, tables["ClinicsTable"]).save(CLINIC, None)
    clients = [
        RoughClient(
            emulator.client("dynamodb"), random.Random(dice.random()), conflicts=CONFLICTS, repeats=REPEATS
        )
        for _ in range(CLIENTS)
    ]
    track = Track([_lane(clients[lane % CLIENTS], tables) for lane in range(LANES)], dice, figures)
    books, keys = Books(plain, tables), itertools.count(1)
    full, standing = 0, dict[str, str]()

    while figures.count("book", "move") < WANTED:
        deeds: list[Deed[Lane]] = []
        # Few hands leave seats free to move to, many fight for the last one.
        for _ in range(dice.choice(HANDS)):
            family, slot_id, key = dice.choice(families), dice.choice(SLOTS), f"key-{next(keys):06d}"
            replaces = standing.get(family) if dice.random() < 0.3 else None
            kind = "move" if replaces else "book"
            deed = partial(Lane.book, family=family, slot_id=slot_id, key=key, replaces=replaces)
            # One in five is sent twice at once, as by an impatient thumb.
            sent = 2 if dice.random() < 0.2 else 1
            deeds += [Deed(kind, "booked", deed, who=family, key=key)] * sent
        for family in dice.sample(sorted(standing), len(standing) // 2):
            deed_ = partial(Lane.cancel, family=family, appointment_id=standing[family])
            deeds.append(Deed("cancel", "cancelled", deed_, who=family))
        standing = books.check(track.race(deeds, ALLOWED))
        full += len(standing) == len(SLOTS) * CLINIC.sessions[0].capacity

    # The clinic closes its day while everybody books: afterwards nobody stands in it, whoever came first.
    week = WeekService(
        ClinicStore(plain, tables["ClinicsTable"]), SeatStore(plain, tables["AppointmentsTable"])
    )
    closing: Deed[Lane] = Deed(
        "close", "closed", lambda _: str(week.close(CLINIC_CODE, THURSDAY, None, FakeClock()()).told)
    )
    deeds = [
        Deed(
            "book",
            "booked",
            partial(Lane.book, family=family, slot_id=dice.choice(SLOTS), key=f"last-{family}"),
            key=f"last-{family}",
        )
        for family in families
    ]
    track.race([*deeds, closing], ALLOWED | {"close": {"closed"}})
    for family in families:
        found, _ = track.anyone.service.appointments(
            citizen(f"v1:{family}"), family, FakeClock()(), cursor=None, limit=50
        )
        assert all(view.status is not Status.BOOKED for view in found)

    figures.notes |= {
        "families, seats": (FAMILIES, len(SLOTS) * CLINIC.sessions[0].capacity),
        "bookings and moves asked for": figures.count("book", "move"),
        "rounds that ended with every seat taken": full,
        "transactions": dict(sum((client.seen for client in clients), Counter())),
    }
    tell(figures.lines("bookings") + "\n")


def test_a_lowered_capacity_is_not_overrun_by_those_who_come_after(emulator: Emulator) -> None:
    """Five seats, two of them above the new capacity of three: of ten who come at once, one may still have a seat."""
    dice, figures = random.Random(SEED), Figures()
    client = emulator.client("dynamodb")
    tables = create_tables(client, f"b{uuid.uuid4().hex[:10]}")
    clinics = ClinicStore(client, tables["ClinicsTable"])
    wide = replace(CLINIC, sessions=(replace(CLINIC.sessions[0], capacity=5),))
    assert clinics.save(wide, None)
    families = [f"c{number:03d}" for number in range(15)]
    for family in families:
        one = certificate(family, f"v1:{family}", record_id=f"r-{family}")
        single(client, put(tables["CertificatesTable"], to_item(one)))
    track = Track([_lane(client, tables) for _ in range(10)], dice, figures)
    lane = track.anyone
    made = {family: lane.book(family, SLOTS[0], f"first-{family}") for family in families[:5]}
    store = SeatStore(client, tables["AppointmentsTable"])
    held = {seat.appointment_id: seat.seat for seat in store.booked_from(CLINIC_CODE, THURSDAY)}
    for family, appointment_id in made.items():
        if held[appointment_id] <= 3:
            lane.cancel(family, appointment_id)
    assert clinics.save(replace(CLINIC, version=2), 1)
    deeds: list[Deed[Lane]] = [
        Deed("book", "booked", partial(Lane.book, family=family, slot_id=SLOTS[0], key=f"then-{family}"))
        for family in families[5:]
    ]
    results = track.race(deeds, {"book": {"booked", "slot_full"}})
    assert sum(result.code == "booked" for result in results) == 1
    assert len(store.booked_from(CLINIC_CODE, THURSDAY)) == 3


def test_d5_nothing_stays_booked_of_certificates_that_end_while_they_book(emulator: Emulator) -> None:
    """Half of the families release while all book and cancel; what the stream brings comes behind each release, never before."""
    dice, figures = random.Random(SEED), Figures()
    client = emulator.client("dynamodb")
    tables = create_tables(client, f"b{uuid.uuid4().hex[:10]}")
    assert ClinicStore(client, tables["ClinicsTable"]).save(CLINIC, None)
    families = [f"c{number:03d}" for number in range(FAMILIES)]
    made = {family: certificate(family, f"v1:{family}", record_id=f"r-{family}") for family in families}
    for one in made.values():
        single(client, put(tables["CertificatesTable"], to_item(one)))
    rough = RoughClient(client, random.Random(SEED), conflicts=CONFLICTS, repeats=REPEATS)
    track = Track([_lane(rough, tables) for _ in range(LANES)], dice, figures)
    seats, ended = SeatStore(stands_in(rough), tables["AppointmentsTable"]), families[::2]

    def end(_: Lane, family: str) -> str:
        after = made[family].moved_to(RELEASED, FakeClock()())
        single(client, put(tables["CertificatesTable"], to_item(after)))
        return str(given_up(seats, family, FakeClock()()))

    deeds: list[Deed[Lane]] = [
        Deed("book", "booked", partial(Lane.book, family=family, slot_id=slot_id, key=f"{family}-{slot_id}"))
        for family in families
        for slot_id in dice.sample(SLOTS, 2)
    ]
    deeds += [Deed("end", "ended", partial(end, family=family), who=family) for family in ended]
    dice.shuffle(deeds)
    allowed = {"book": ALLOWED["book"] | {"not_found"}, "end": {"ended"}}
    results = track.race(deeds, allowed)
    given = sum(result.deed.kind == "end" and result.answer == "True" for result in results)
    holding = {seat.certificate_id for seat in seats.booked_from(CLINIC_CODE, THURSDAY)}
    assert holding.isdisjoint(ended)
    for family in ended:
        latest = seats.latest(family)
        assert latest is None or latest.status is Status.CANCELLED
    figures.notes |= {"ended while booking, with a seat to give up": (len(ended), given)}
    tell(figures.lines("releases") + "\n")
