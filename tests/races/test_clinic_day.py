"""A clinic's day raced on the emulator: several desks want one ticket, one visit, one number (R28, D21, invariants 2 and 4).

A run of the suite is short; `VAXCERT_DAYS=400 VAXCERT_TICKETS=200 pytest tests/races/test_clinic_day.py -s` is a long one.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from local.emulator.server import Emulator
from tests.counts import tell, tries
from tests.races.rough import RoughClient
from tests.races.stations import Desks, Told, given
from tests.tables import create_tables

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(3600)]

DAYS: Final = tries("VAXCERT_DAYS", 2, 40)
"""How often each race is run."""
TICKETS: Final = tries("VAXCERT_TICKETS", 40, 200)
SEED: Final = int(os.environ.get("VAXCERT_SEED", "20240810"))
LANES: Final = 16
DESKS: Final = tuple(f"reg-{number}" for number in range(1, 5))
CLINIC, DAY = "3206000001", "2026-07-01"
FIT: Final = {"station": "registration", "outcome": "fit"}
DEFERRED: Final = {"station": "registration", "outcome": "deferred", "reason": "发热"}
PASSED: Final = {"station": "registration", "outcome": "passed"}
LEFT: Final = {"station": "ticket", "outcome": "left"}
NOT: Final = {"station": "vaccination", "outcome": "not_vaccinated"}


class Morning:
    """One clinic for every race, with conflicts and lost answers in between."""

    def __init__(self, emulator: Emulator) -> None:
        self.dice = random.Random(SEED)
        self.plain = emulator.client("dynamodb")
        self.tables = create_tables(self.plain, f"d{uuid.uuid4().hex[:10]}")
        rough = RoughClient(
            emulator.client("dynamodb"), random.Random(SEED + 1), conflicts=0.03, repeats=0.03
        )
        self.weather = rough.seen
        self.stations = Desks(self.plain, self.tables, rough)
        self.stations.opens(*DESKS)
        self._people = itertools.count(1)
        self._nonces = itertools.count(1)
        self._keys = itertools.count(1)
        self.lock = threading.Lock()

    def key(self) -> str:
        with self.lock:
            return f"race-{next(self._keys):08d}"

    def code(self, certificate_id: str) -> str:
        with self.lock:
            return self.stations.code(certificate_id, next(self._nonces))

    def person(self) -> str:
        """A certificate of somebody who has no ticket yet."""
        return self.stations.certificate(next(self._people))

    def scan(self, certificate_id: str, station: str, device: str = DESKS[0]) -> Told:
        return self.stations.scan(self.code(certificate_id), station, self.key(), device)

    def until(self, stage: str) -> tuple[str, str]:
        """Certificate and visit of somebody who has come so far."""
        person = self.person()
        visit = str(self.scan(person, "ticket").body["visit"]["visit_id"])
        steps: list[tuple[str, Callable[[], Told]]] = [
            ("waiting_registration", lambda: Told(200, "")),
            ("registering", lambda: self.scan(person, "registration")),
            ("waiting_vaccination", lambda: self.stations.report(visit, FIT, self.key())),
            ("vaccinating", lambda: self.scan(person, "vaccination")),
            ("observing", lambda: self.stations.report(visit, given(1), self.key())),
        ]
        for name, step in steps:
            assert step().status == 200
            if name == stage:
                break
        return person, visit

    def deed(
        self, act: Callable[..., Told], *asked: Any, device: str, within: float = 0.01
    ) -> Callable[[], Told]:
        """One request at a moment of its own, sent twice by a desk whose line is bad: both get the same answer."""
        key, pause = self.key(), self.dice.random() * within

        def send() -> Told:
            time.sleep(pause)
            told = act(*asked, key, device=device)
            again = act(*asked, key, device=device)
            if told.status == 200:
                assert again == told, "invariant 4"
            return told

        return send

    def race(self, deeds: Sequence[Callable[[], Told]], pool: ThreadPoolExecutor) -> list[Told]:
        """All at once, set off by one barrier."""
        barrier = threading.Barrier(len(deeds))

        def run(deed: Callable[[], Told]) -> Told:
            barrier.wait(60)
            return deed()

        return list(pool.map(run, deeds))

    def place(self, visit: str) -> dict[str, Any]:
        """A ticket on the board, as the board tells it."""
        tickets = self.stations.get("queue").body["tickets"]
        return next(one for one in tickets if one["visit_id"] == visit)

    def items(self, pk: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {
            "TableName": self.tables["VisitsTable"],
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": True,
        }
        while True:
            page = self.plain.query(**asked)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def in_line(self, visit: str) -> list[str]:
        """The lines that a ticket stands in."""
        ticket = visit.rsplit("-", 1)[1]
        return [
            station
            for station in ("registration", "vaccination")
            for item in self.items(f"L#{CLINIC}#{DAY}#{station}")
            if item["sk"]["S"].endswith(f"#{ticket}")
        ]

    def whole(self, visit: str, certificate_id: str) -> dict[str, Any]:
        """The visit as it is stored; its place on the board and in line say the same."""
        (found,) = self.items(f"C#{certificate_id}")
        ticket = visit.rsplit("-", 1)[1]
        (place,) = [one for one in self.items(f"Q#{CLINIC}#{DAY}") if one["sk"]["S"] == ticket]
        apart = {"pk", "sk", "record_id", "archive_keys"}
        assert {name: one for name, one in place.items() if name not in apart} == {
            name: one for name, one in found.items() if name not in apart
        }
        state = found["state"]["S"]
        waits = state.startswith("waiting_") and "called_at" not in found
        assert self.in_line(visit) == ([state.removeprefix("waiting_")] if waits else [])
        return {name: next(iter(value.values())) for name, value in found.items()}


@pytest.fixture(scope="module")
def morning(emulator: Emulator) -> Morning:
    return Morning(emulator)


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(LANES) as found:
        yield found


def _report(tally: Counter[str], began: float, what: str, morning: Morning) -> None:
    seconds = time.perf_counter() - began
    tell(
        f"{what}: {DAYS} times in {seconds:.0f} s; {dict(sorted(tally.items()))}; weather {dict(morning.weather)}\n"
    )


def test_d21_of_desks_that_call_one_ticket_one_gets_it(morning: Morning, pool: ThreadPoolExecutor) -> None:
    tally, began = Counter[str](), time.perf_counter()
    for _ in range(DAYS):
        person, visit = morning.until("waiting_registration")
        deeds = [
            morning.deed(_calling(morning, f"{place}号台"), visit, device=device)
            for place, device in enumerate(DESKS, start=1)
        ]
        told = morning.race(deeds, pool)
        codes = [one.code for one in told]
        assert sorted(codes) == [*["already_called"] * (len(DESKS) - 1), "done"]
        stored = morning.whole(visit, person)
        assert stored["desk"] == f"{codes.index('done') + 1}号台"
        tally.update(codes)
    _report(tally, began, f"{len(DESKS)} desks call one ticket", morning)


def _calling(morning: Morning, desk: str) -> Callable[..., Told]:
    def call(visit: str, key: str, device: str) -> Told:
        return morning.stations.call(visit, "registration", key, desk, device)

    return call


def _reporting(morning: Morning, body: dict[str, Any]) -> Callable[..., Told]:
    def report(visit: str, key: str, device: str) -> Told:
        return morning.stations.report(visit, body, key, device)

    return report


def _scanning(morning: Morning, station: str, certificate_id: str) -> Callable[..., Told]:
    code = morning.code(certificate_id)

    def scan(_visit: str, key: str, device: str) -> Told:
        return morning.stations.scan(code, station, key, device)

    return scan


def test_d21_a_ticket_that_is_called_and_given_up_is_given_up(
    morning: Morning, pool: ThreadPoolExecutor
) -> None:
    tally, began = Counter[str](), time.perf_counter()
    for _ in range(DAYS):
        person, visit = morning.until("waiting_registration")
        call, left = morning.race(
            [
                morning.deed(_calling(morning, "1号台"), visit, device=DESKS[0]),
                morning.deed(_reporting(morning, LEFT), visit, device=DESKS[1]),
            ],
            pool,
        )
        assert left.code == "done", "giving up is never too late here"
        assert call.code in {"done", "wrong_order"}
        assert morning.whole(visit, person)["state"] == "left"
        tally[f"call {call.code}"] += 1
    _report(tally, began, "a call against giving up", morning)


def test_d21_a_ticket_that_is_called_and_passed_over_is_one_of_both(
    morning: Morning, pool: ThreadPoolExecutor
) -> None:
    """Whichever came last holds: called to its desk and in no line, or in line behind the next three and not called."""
    tally, began = Counter[str](), time.perf_counter()
    for _ in range(DAYS):
        people = [morning.until("waiting_registration") for _ in range(2)]
        person, visit = people[0]
        call, passed = morning.race(
            [
                morning.deed(_calling(morning, "1号台"), visit, device=DESKS[0]),
                morning.deed(_reporting(morning, PASSED), visit, device=DESKS[1]),
            ],
            pool,
        )
        assert (call.code, passed.code) == ("done", "done")
        stored = morning.whole(visit, person)
        assert "place" in stored
        tally["called last" if "desk" in stored else "passed over last"] += 1
        for _, one in people:
            assert morning.stations.report(one, LEFT, morning.key()).status == 200
    _report(tally, began, "a call against passing over", morning)


@pytest.mark.parametrize(
    ("stage", "outcome", "mend", "station", "moved", "mended"),
    [
        ("waiting_vaccination", "registration", DEFERRED, "vaccination", "vaccinating", "deferred"),
        ("observing", "vaccination", NOT, "observation", "done", "not_vaccinated"),
    ],
)
def test_d21_a_station_mends_or_the_next_has_acted_never_both(
    morning: Morning,
    pool: ThreadPoolExecutor,
    stage: str,
    outcome: str,
    mend: dict[str, Any],
    station: str,
    moved: str,
    mended: str,
) -> None:
    tally, began = Counter[str](), time.perf_counter()
    for _ in range(DAYS):
        person, visit = morning.until(stage)
        now = morning.stations.clock()
        if stage == "observing":
            morning.stations.clock.advance(minutes=30)
        told, scanned = morning.race(
            [
                morning.deed(_reporting(morning, mend | {"corrects": True}), visit, device=DESKS[0]),
                # A scan asks once before it writes, a report several times.
                morning.deed(_scanning(morning, station, person), visit, device=DESKS[1], within=0.15),
            ],
            pool,
        )
        stored = morning.whole(visit, person)
        assert (told.code, scanned.body["result"], stored["state"]) in {
            ("done", "refused", mended),
            ("wrong_order", "accepted", moved),
        }
        kept = {item["sk"]["S"].partition("#")[2] for item in morning.items(f"V#{visit}")}
        aside = {one for one in kept if "#" in one}
        assert len(aside) == (told.code == "done"), f"what {outcome} had said is kept beside it"
        tally[stored["state"]] += 1
        morning.stations.clock.now = now
    _report(tally, began, f"{outcome} mends against a scan at {station}", morning)


def test_r28_of_two_outcomes_one_counts(morning: Morning, pool: ThreadPoolExecutor) -> None:
    tally, began = Counter[str](), time.perf_counter()
    for _ in range(DAYS):
        person, visit = morning.until("registering")
        told = morning.race(
            [
                morning.deed(_reporting(morning, body), visit, device=device)
                for body, device in zip((FIT, DEFERRED, FIT), DESKS, strict=False)
            ],
            pool,
        )
        assert sorted(one.code for one in told) == ["done", "wrong_order", "wrong_order"]
        (done,) = [one.body["state"] for one in told if one.code == "done"]
        assert morning.whole(visit, person)["state"] == done
        (report,) = morning.items(f"V#{visit}")
        assert report["outcome"]["S"] == {"deferred": "deferred"}.get(done, "fit")
        tally[done] += 1
    _report(tally, began, "three outcomes of one visit", morning)


def test_d21_two_desks_that_give_vaccines_at_once_lose_none(
    morning: Morning, pool: ThreadPoolExecutor
) -> None:
    """One begins the observation and the other adds to it; the same vaccine twice is a double report."""
    tally, began = Counter[str](), time.perf_counter()
    for _ in range(DAYS):
        person, visit = morning.until("vaccinating")
        doses = given(3)["doses"]
        bodies = [{"station": "vaccination", "outcome": "vaccinated", "doses": [dose]} for dose in doses]
        told = morning.race(
            [
                morning.deed(_reporting(morning, body), visit, device=device)
                for body, device in zip((*bodies, bodies[0]), DESKS, strict=True)
            ],
            pool,
        )
        assert sorted(one.code for one in told) == ["done", "done", "done", "wrong_order"]
        assert morning.whole(visit, person)["state"] == "observing"
        (report,) = [item for item in morning.items(f"V#{visit}") if item["sk"]["S"] == "O#vaccination"]
        assert {one["M"]["vaccine_code"]["S"] for one in report["doses"]["L"]} == {
            dose["vaccine_code"] for dose in doses
        }
        tally["three vaccines"] += 1
    _report(tally, began, "four reports of three vaccines", morning)


def test_d21_many_tickets_at_once_are_unique_without_gap_and_in_line(emulator: Emulator) -> None:
    """Who asks again gets the same ticket; each stands once on the board and once in line."""
    morning = Morning(emulator)
    people = [morning.person() for _ in range(TICKETS)]
    codes = [morning.code(person) for person in people]
    began = time.perf_counter()

    def draw(number: int) -> Told:
        device = DESKS[number % len(DESKS)]
        return morning.stations.scan(codes[number], "ticket", f"ticket-{number:06d}", device)

    with ThreadPoolExecutor(LANES) as pool:
        told = list(pool.map(draw, range(TICKETS)))
        seconds = time.perf_counter() - began
        again = list(pool.map(draw, range(TICKETS)))
    assert [one.code for one in told] == ["done"] * TICKETS
    assert again == told, "invariant 4"
    tickets = [f"A{number:03d}" for number in range(1, TICKETS + 1)]
    assert (
        sorted((one.body["visit"]["ticket"] for one in told), key=lambda ticket: int(ticket[1:])) == tickets
    )
    line = morning.items(f"L#{CLINIC}#{DAY}#registration")
    assert [item["sk"]["S"].rpartition("#")[2] for item in line] == tickets
    assert [one["ticket"] for one in morning.stations.get("queue").body["tickets"]] == tickets
    for person, one in zip(people, told, strict=True):
        before = morning.stations.follow(person).body["visit"]["waiting_before"]
        assert before == tickets.index(one.body["visit"]["ticket"])
    tell(
        f"{TICKETS} tickets at once: {seconds:.1f} s, unique and without gap; weather {dict(morning.weather)}\n"
    )
