"""The opening hour: ten thousand families want the 500 seats of one clinic's week within a minute (R2).

    python -m bench.opening_hour [--families 10000] [--times 10] [--seed 1]

The real use cases and stores over tables in memory. Each request runs on a function's instance, each of its calls of DynamoDB takes
a few milliseconds by a clock of the bench's own, and all requests under way take turns between their calls, in an order that follows
from the seed. A family looks at the slots, thinks for one to four seconds, books, and tries another slot if it lost, until nothing is
left. In front stands the edge with the template's limits: it answers 429 above them, and the family comes again two seconds later.

The calls are replayed by the second against what AWS lets one partition give: an item collection (a partition key) is taken to lie in
one partition that has saved up nothing, which is its worst day.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from statistics import mean
from typing import Any
from unittest import mock

from greenlet import getcurrent, greenlet

from bench import report
from bench.capacity import PARTITION_READS, PARTITION_WRITES, Call, Meter, Tables
from tests.contract.test_certificates_store import certificate
from tests.fakes.appointments import CLINIC_CODE, a_clinic
from tests.fakes.household import BOARD
from tests.fakes.people import SEALER, citizen
from tests.faults.memory import TABLES
from tests.tables import template
from vaxcert.appointments import store as booking_store
from vaxcert.appointments.glance import Glance
from vaxcert.appointments.items import seat_from_item
from vaxcert.appointments.service import AppointmentView, BookingService, Wish
from vaxcert.appointments.slots import OpenSlot, SlotService
from vaxcert.appointments.store import BookingStore
from vaxcert.aws.dynamodb import put, single
from vaxcert.claims.items import to_item
from vaxcert.clinics.store import ClinicStore
from vaxcert.clinics.week import Session, slot_id_of
from vaxcert.errors import Conflict, Unavailable
from vaxcert.grants.access import Rights
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.store import GrantReader
from vaxcert.idempotency.model import Answer, repeatable
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Asked
from vaxcert.trail.items import EntryOps

OPENS = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
# Five days of ten slots of ten seats, all of them in the week that the page shows.
CLINIC = a_clinic(
    sessions=tuple(Session(day, time(8), time(13), 30, 10) for day in range(1, 6)), ahead_days=7
)
SEATS = 500
MINUTE, MIDDLE = 60.0, 15.0
"""Families come within a minute, thickest at the beginning: half of them within the first ten seconds."""
THINKS = (1.0, 4.0)
BUSY, RETRY_AFTER = 429, 2.0
READ_TAKES, WRITE_TAKES, WORK_TAKES = (0.003, 0.008), (0.010, 0.025), (0.004, 0.010)
"""Seconds of a read, of a transaction and of a request's own work. Assumed: the template's tables were never measured on AWS."""
MOST_TRIES = 30
WHY = (
    "each loss costs two requests, the refusal and another page, and while the last seats go somebody loses four times. "
    "Tried and not taken: a refusal that names 20 free slots. At most 7 requests then, but 1.90 on average instead of 1.67, for who "
    "chooses from it loses as often, and the seats' partition gives 0.92 of its read units instead of 0.39."
)


@dataclass(frozen=True, slots=True)
class Page:
    """`GET …/slots`."""


@dataclass(frozen=True, slots=True)
class Book:
    """`POST …/appointments`."""

    slot_id: str
    key: str


type Asks = float | Page | Book
type Told = tuple[int, Any]


@dataclass
class Figures:
    """What happened."""

    answered: Counter[int] = field(default_factory=Counter)
    busy: int = 0
    requests: Counter[int] = field(default_factory=Counter)
    waiting: int = 0
    booked: int = 0
    instances: int = 0
    lasted: float = 0.0
    charged: dict[tuple[str, str], dict[int, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    )
    seats: dict[str, int] = field(default_factory=dict)

    @property
    def oversold(self) -> int:
        """Seats above a slot's number, and appointments that were promised without a seat or the other way round."""
        most = CLINIC.sessions[0].capacity
        above = sum(max(0, taken - most) for taken in self.seats.values())
        return above + abs(sum(self.seats.values()) - self.booked)

    @property
    def failed(self) -> int:
        """Answers of 5xx."""
        return sum(count for status, count in self.answered.items() if status >= 500)

    def peak(self, table: str, pk: str) -> tuple[float, float]:
        """The most units that an item collection gave in one second: reads, writes."""
        by_second = self.charged.get((TABLES[table], pk), {})
        return (
            max((reads for reads, _ in by_second.values()), default=0.0),
            max((writes for _, writes in by_second.values()), default=0.0),
        )

    def others(self) -> tuple[float, float]:
        """The same of the busiest collection besides the clinic's seats and the clinics."""
        own = {(TABLES["AppointmentsTable"], f"S#{CLINIC_CODE}"), (TABLES["ClinicsTable"], "CLINICS")}
        rest = [by for place, by in self.charged.items() if place not in own]
        return (
            max((reads for by in rest for reads, _ in by.values()), default=0.0),
            max((writes for by in rest for _, writes in by.values()), default=0.0),
        )

    def throttled(self) -> int:
        """Seconds in which a collection was asked for more than a partition gives."""
        return sum(
            reads > PARTITION_READS or writes > PARTITION_WRITES
            for by_second in self.charged.values()
            for reads, writes in by_second.values()
        )


class Bucket:
    """API Gateway's limit of one method: a bucket of `burst` that `rate` a second fill."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, 0.0

    def admits(self, now: float) -> bool:
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@cache
def edge_limits() -> tuple[float, float]:
    """Requests of one method in a second and at once, as the template has them."""
    given = template()["Parameters"]
    return float(given["ThrottleRate"]["Default"]), float(given["ThrottleBurst"]["Default"])


class Opening:
    """The hour: a clock, what is to happen next, the instances, the families."""

    def __init__(self, families: int, seed: int) -> None:
        self.figures = Figures(waiting=families)
        self.tables = Tables()
        self.now = 0.0
        self.dice = random.Random(seed)
        self._next: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._idle: list[greenlet] = []
        self._hub = getcurrent()
        self._edge = {method: Bucket(*edge_limits()) for method in (Page, Book)}
        assert ClinicStore(self.tables, TABLES["ClinicsTable"]).save(CLINIC, None)  # type: ignore[arg-type]
        for number in range(families):
            one = certificate(f"c{number:06d}", f"v1:{number}", record_id=f"r-{number}")
            single(self.tables, put(TABLES["CertificatesTable"], to_item(one)))  # type: ignore[arg-type]
            arrives = min(MINUTE * self.dice.random(), self.dice.expovariate(1 / MIDDLE))
            self._later(arrives, self._starter(number))

    def run(self, until: float | None = None) -> Figures:
        """Until nobody wants anything any more, or until a second of the bench's clock."""
        with _one_after_the_other():
            while self._next and (until is None or self._next[0][0] <= until):
                self.now, _, happens = heapq.heappop(self._next)
                happens()
        figures = self.figures
        figures.lasted, figures.instances = self.now, len(self._idle)
        for (pk, _), item in self.tables.tables[TABLES["AppointmentsTable"]].items():
            if pk.startswith("S#"):
                seat = seat_from_item(item)
                slot_id = slot_id_of(seat.clinic_code, seat.starts_at)
                figures.seats[slot_id] = figures.seats.get(slot_id, 0) + 1
        return figures

    def clock(self) -> datetime:
        return OPENS + timedelta(seconds=self.now)

    def waits(self, seconds: float) -> None:
        """The request under way waits; others go on."""
        self._later(seconds, getcurrent().switch)
        self._hub.switch()

    def _later(self, seconds: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._next, (self.now + seconds, next(self._order), happens))

    def _starter(self, number: int) -> Callable[[], None]:
        def start() -> None:
            family = _family(number, random.Random(self.dice.random()), self.figures)
            self._goes_on(number, family, next(family))

        return start

    def _goes_on(self, number: int, family: Generator[Asks, Told | None], asks: Asks) -> None:
        def resume(told: Told | None) -> None:
            try:
                self._goes_on(number, family, family.send(told))
            except StopIteration:
                return

        if isinstance(asks, float):
            self._later(asks, lambda: resume(None))
        elif not self._edge[type(asks)].admits(self.now):
            self.figures.busy += 1
            again = RETRY_AFTER + self.dice.random()
            self._later(again, lambda: self._goes_on(number, family, asks))
        else:
            if not self._idle:
                made = greenlet(self._instance)
                made.switch()
            self.figures.requests[number] += 1
            self._idle.pop().switch((number, asks, lambda told: self._later(0.0, lambda: resume(told))))

    def _instance(self) -> None:
        """A warm function: one request after another. Those that rested least are taken first, as on Lambda."""
        slots, bookings = services(Meter(self.tables, self._note), self.clock, self.dice.randbytes)
        while True:
            self._idle.append(getcurrent())
            number, asks, answer = self._hub.switch()
            self.waits(self.dice.uniform(*WORK_TAKES))
            told = _answered(slots, bookings, number, asks, self.clock())
            self.figures.answered[told[0]] += 1
            answer(told)

    def _note(self, call: Call) -> None:
        for charge in call.charges:
            by = self.figures.charged[charge.table, charge.pk][int(self.now)]
            by[0] += charge.reads
            by[1] += charge.writes
        self.waits(self.dice.uniform(*(WRITE_TAKES if call.writes else READ_TAKES)))


def _family(number: int, dice: random.Random, figures: Figures) -> Generator[Asks, Told | None]:
    """What one family does; it yields what it asks for, or how long it thinks."""
    for attempt in range(MOST_TRIES):
        told = yield Page()
        assert told is not None
        free: list[OpenSlot] = [one for one in told[1] if one.remaining] if told[0] == 200 else []
        if not free:
            break
        yield dice.uniform(*THINKS)
        # Half want one of the first that are free, the others any.
        wanted = dice.choice(free[:5] if dice.random() < 0.5 else free)
        told = yield Book(wanted.slot.slot_id, f"family-{number:06d}-{attempt:02d}")
        assert told is not None
        if told[0] == 201:
            figures.booked += 1
            break
    figures.waiting -= 1


def _answered(slots: SlotService, bookings: BookingService, number: int, asks: Asks, now: datetime) -> Told:
    """Status and what a family sees of the answer, as the handler maps them."""
    caller = citizen(f"v1:{number}", now, session=f"s-{number}")
    try:
        if isinstance(asks, Page):
            return 200, slots.slots(CLINIC_CODE, None, None, now, cursor=None, limit=500)[0]
        assert isinstance(asks, Book)
        request = repeatable(caller.subject, "book", asks.key, asks.slot_id)
        wish = Wish(CLINIC_CODE, asks.slot_id, None)
        answer = bookings.book(caller, f"c{number:06d}", wish, Asked(request, _worded), now)
    except Conflict as refused:
        return 409, refused.code
    except Unavailable:
        return 503, None
    except Exception as fault:  # noqa: BLE001 - whatever it is, the family would see 500
        return 500, fault
    return answer.status, None


def _worded(view: AppointmentView) -> Answer:
    return Answer(201, view.appointment.appointment_id)


def services(
    client: Any, clock: Callable[[], datetime], randbytes: Callable[[int], bytes]
) -> tuple[SlotService, BookingService]:
    """As `functions/book_appointment/app.py` builds them."""
    clinics = ClinicStore(client, TABLES["ClinicsTable"])
    answers = AnswerStore(client, TABLES["IdempotencyTable"], SEALER)
    store = BookingStore(
        client,
        appointments_table=TABLES["AppointmentsTable"],
        clinics_table=TABLES["ClinicsTable"],
        certificates_table=TABLES["CertificatesTable"],
        grants_table=TABLES["GrantsTable"],
        sessions_table=TABLES["SessionsTable"],
        remembering=answers.op,
        entries=EntryOps(TABLES["AccessLogTable"], randbytes, timedelta(days=1095)),
    )
    delegates = DelegateService(GrantReader(client, TABLES["GrantsTable"]))
    bookings = BookingService(
        clinics=clinics,
        bookings=store,
        rights=Rights(delegates=delegates, adult_age=18, notices=BOARD),
        answers=answers,
        adult_age=18,
        random_bytes=randbytes,
    )
    return SlotService(clinics, Glance(store, clock), ("320600", "320200")), bookings


@contextmanager
def _one_after_the_other() -> Iterator[None]:
    """Calls that run side by side run one after the other, for a thread cannot wait by the bench's clock.

    So more time passes between look and write than in truth, and more of them meet.
    """

    def both(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
        return first(), second()

    with mock.patch.object(booking_store, "together", both):
        yield


def opened(families: int, seed: int, until: float | None = None) -> Figures:
    """One opening hour."""
    return Opening(families, seed).run(until)


def _rows(families: int, figures: Figures) -> list[list[report.Cell]]:
    seats = figures.peak("AppointmentsTable", f"S#{CLINIC_CODE}")
    clinics = figures.peak("ClinicsTable", "CLINICS")
    asked = sorted(figures.requests.values())
    rows: list[tuple[str, report.Cell]] = [
        ("families", families),
        ("booked; seats sold twice or lost", f"{figures.booked}; {figures.oversold}"),
        ("answers 200, 201, 409", ", ".join(f"{figures.answered[status]:,}" for status in (200, 201, 409))),
        ("answers 5xx", figures.failed),
        ("told to come again (429, by the edge)", figures.busy),
        ("requests a family: mean", mean(asked)),
        ("requests a family: 99 of 100, most", f"{asked[int(len(asked) * 0.99)]}, {asked[-1]}"),
        ("seconds until nobody asked any more, or until the bench stopped", round(figures.lasted)),
        ("families that had no last answer then", figures.waiting),
        ("function instances at once", figures.instances),
        (f"the clinic's seats: read units in the worst second, of {PARTITION_READS:,}", round(seats[0])),
        (f"the clinic's seats: write units in the worst second, of {PARTITION_WRITES:,}", round(seats[1])),
        ("the clinics: read units in the worst second", round(clinics[0])),
        (
            "any other item collection: read, write units",
            f"{figures.others()[0]:.0f}, {figures.others()[1]:.0f}",
        ),
        ("seconds with throttling", figures.throttled()),
    ]
    return [list(row) for row in rows]


def result(runs: dict[int, Figures]) -> report.Result:
    """The runs by their number of families, as the page shows them."""
    columns = [_rows(families, figures) for families, figures in runs.items()]
    rows = [[first[0], *(column[place][1] for column in columns)] for place, first in enumerate(columns[0])]
    targets = []
    for families, figures in runs.items():
        who, asked = f"{families:,} families", sorted(figures.requests.values())
        seats = figures.peak("AppointmentsTable", f"S#{CLINIC_CODE}")
        targets += [
            report.Target(f"{who}: seats sold twice or lost", 0, figures.oversold),
            report.Target(f"{who}: answers 5xx", 0, figures.failed),
            report.Target(f"{who}: requests of 99 families of 100", 6, asked[int(len(asked) * 0.99)]),
            report.Target(f"{who}: requests of the unluckiest family", 6, asked[-1], why=WHY),
            report.Target(f"{who}: read units, × a partition's", 1.0, seats[0] / PARTITION_READS),
            report.Target(f"{who}: write units, × a partition's", 1.0, seats[1] / PARTITION_WRITES),
        ]
    return report.Result(
        name="opening_hour",
        order=70,
        title="opening hour",
        about="Families want the 500 seats of one clinic's week within a minute: slots page, one to four seconds of thought, book, "
        "lose, another page and slot. The real use cases and stores over tables in memory, requests taking turns between their "
        "calls; the calls replayed by the second against what one partition of DynamoDB gives.",
        tables=[report.Table("", ["", *(f"{families:,}" for families in runs)], list(rows))],
        targets=targets,
        versions=report.versions("greenlet"),
        notes=[
            (
                "Every seat is an item of its own, so no counter is hot; the hot place is the item collection that holds all seats of "
                "the clinic. It is kept cool by three things: a booking reads the seats of its slot only, the slots page shows what it "
                "has read for two seconds more where many seats are taken, and the edge's limits (ThrottleRate, ThrottleBurst) bound "
                "what arrives. Whoever raises the edge's limits runs this again."
            ),
            "429 is counted apart from the requests that were answered: the edge turns them away, and they cost nothing behind it.",
            (
                "Assumed: milliseconds of calls, thinking and arrivals; an item collection in one partition without burst capacity. "
                "Left out: authorizer, network, other clinics."
            ),
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=10, help="the second run has so many times the families")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dry", action="store_true", help="print only")
    chosen = parser.parse_args()
    sizes = dict.fromkeys((chosen.families, chosen.families * chosen.times))
    runs = {}
    for families in sizes:
        # The second run stops after the minute: all is decided by then, and the edge lets no more in however many wait.
        runs[families] = opened(families, chosen.seed, None if families == chosen.families else MINUTE)
    found = result(runs)
    report.show(found)
    if not chosen.dry:
        report.write(found)


if __name__ == "__main__":
    main()
