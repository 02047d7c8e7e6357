"""A clinic's day while AWS fails: a request that is repeated is answered once and done once (R28, D21, invariants 2 and 4).

Each call of each request fails in each of seven ways, below the real functions, and the desk repeats the request as desks do (by
default the commit in each way, every other call in three or four of them). In the end the answer is that of an execution without
faults, byte for byte, and so is everything that is stored.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from functions.set_clinic_batches.app import create as set_clinic_batches
from tests.counts import PROVE
from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.events import EVENTS
from tests.fakes.people import SEALER
from tests.faults.faults import Client, Crash, Kind, Part, Plan
from tests.faults.memory import TABLES, MemoryDynamoDB
from tests.races.stations import Stations, Told, given
from vaxcert.clinics.batches import Batch, BatchStore
from vaxcert.clinics.ports import KnownClinic
from vaxcert.clinics.store import ClinicStore

FAMILIES: Final = 6
COUNTS: Final = (1, 2, 3, 4, 5) if PROVE else (1, 5)
KEY: Final = "the-request-itself"
COMMIT: Final = "transact_write_items"
COMMITTED: Final = frozenset({Kind.TIMEOUT_AFTER, Kind.LOST_ANSWER, Kind.CRASH_AFTER})


class Wire:
    """A client that can be changed under the stores that hold it."""

    to: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.to, name)


class Day:
    """A clinic with six families in its memory, each with a ticket but the last."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ids: list[str] = []
        self.visits: list[str] = []
        self.memory = MemoryDynamoDB(page=100, eventual=True)
        self._codes: dict[tuple[str, int], str] = {}
        self.wire = Wire()
        self.wire.to = self.memory
        self.start()
        drawn = itertools.count(1)
        self.stations.random_bytes = lambda count: next(drawn).to_bytes(count)
        self.stations.opens("reg-1", "reg-2")
        self.ids += map(self.stations.certificate, range(1, FAMILIES + 1))
        self.stations.books(self.ids[-1], 1)
        self.stations.batches.list("3206000001", [Batch("1201", "B202606")])
        for number, certificate_id in enumerate(self.ids[:-1]):
            told = self.scan(certificate_id, "ticket", number)
            self.visits.append(told.body["visit"]["visit_id"])

    def start(self) -> None:
        """New processes. A call that is made again is the same call."""
        self.stations = Stations(self.memory, TABLES, self.wire, self.clock)
        self.stations.random_bytes = lambda count: b"\7" * count

    def scan(self, certificate_id: str, station: str, nonce: int, key: str = "") -> Told:
        """A code of its own for each."""
        if (code := self._codes.get((certificate_id, nonce))) is None:
            code = self._codes[certificate_id, nonce] = self.stations.code(certificate_id, nonce)
        return self.stations.scan(code, station, key or f"scan-{nonce:08d}")

    def until(self, stage: str) -> None:
        """Take the first family's visit on."""
        first = self.ids[0]
        steps: list[tuple[str, Callable[[], Told]]] = [
            ("registering", lambda: self.scan(first, "registration", 101)),
            ("waiting_vaccination", lambda: self.report({"station": "registration", "outcome": "fit"})),
            ("vaccinating", lambda: self.scan(first, "vaccination", 102)),
            ("observing", lambda: self.report(given(2))),
        ]
        for _, step in steps[: [name for name, _ in steps].index(stage) + 1] if stage else ():
            assert step().status == 200

    def report(self, body: dict[str, Any], key: str = "") -> Told:
        """Of the first family's visit."""
        return self.stations.report(self.visits[0], body, key or f"key-{body['outcome']}-before")

    def stored(self) -> dict[str, Any]:
        """Every item of every table; what is sealed, opened."""
        found: dict[str, Any] = self.tables()
        answers = found[TABLES["IdempotencyTable"]]
        for (pk, sk), item in answers.items():
            body = SEALER.open(item["body"]["B"], table="idempotency", key=pk, attribute="body")
            answers[pk, sk] = item | {"body": body}
        return found

    def tables(self) -> dict[str, dict[tuple[str, str], Any]]:
        """As they stand; an item is never changed in its place."""
        return {name: dict(rows) for name, rows in self.memory.tables.items()}


@dataclass(frozen=True)
class Scene:
    """What was before, and what is asked `later`; `code` is the refusal, where it is one; `warms`: a process remembers it.

    `notes`: a refusal that is written down.
    """

    stage: str
    ask: Callable[[Day], Told]
    code: str = "done"
    before: Callable[[Day], object] = lambda _day: None
    later: timedelta = timedelta(0)
    warms: bool = False
    notes: bool = False


def _reports(body: dict[str, Any]) -> Callable[[Day], Told]:
    return lambda day: day.report(body, KEY)


def _calls(station: str, desk: str = "1号台") -> Callable[[Day], Told]:
    return lambda day: day.stations.call(day.visits[0], station, KEY, desk)


def _called(desk: str) -> Callable[[Day], Told]:
    return lambda day: day.stations.call(day.visits[0], "registration", "called-before", desk)


FIT: Final = {"station": "registration", "outcome": "fit"}
DEFERRED: Final = {"station": "registration", "outcome": "deferred", "reason": "发热"}
PASSED: Final = {"station": "registration", "outcome": "passed"}
LEFT: Final = {"station": "ticket", "outcome": "left"}
NOT: Final = {"station": "vaccination", "outcome": "not_vaccinated", "reason": "家长改期"}
ANOTHER: Final = given(3) | {"doses": given(3)["doses"][2:]}
SCENES: Final[dict[str, Scene]] = {
    "call": Scene("", _calls("registration")),
    "call_again": Scene("", _calls("registration"), before=_called("1号台")),
    "call_elsewhere": Scene("", _calls("registration"), "already_called", before=_called("2号台")),
    "call_to_the_vaccination": Scene("waiting_vaccination", _calls("vaccination")),
    "passed": Scene("", _reports(PASSED)),
    "passed_once_called": Scene("", _reports(PASSED), before=_called("2号台")),
    "left": Scene("", _reports(LEFT)),
    "left_at_the_desk": Scene("vaccinating", _reports(LEFT)),
    "fit": Scene("registering", _reports(FIT)),
    "deferred": Scene("registering", _reports(DEFERRED)),
    **{f"{count}_doses": Scene("vaccinating", _reports(given(count))) for count in COUNTS},
    "one_dose_more": Scene("observing", _reports(ANOTHER)),
    "a_dose_twice": Scene("observing", _reports(given(1)), "wrong_order"),
    "not_vaccinated": Scene("vaccinating", _reports(NOT)),
    "mended_doses": Scene("observing", _reports(given(1, "B202607") | {"corrects": True})),
    "mended_to_nothing": Scene("observing", _reports(NOT | {"corrects": True})),
    "mended_to_deferred": Scene("waiting_vaccination", _reports(DEFERRED | {"corrects": True})),
    "mended_too_late": Scene("vaccinating", _reports(DEFERRED | {"corrects": True}), "wrong_order"),
    "a_ticket_of_a_clinic_with_a_week": Scene("", lambda day: day.scan(day.ids[-1], "ticket", 200, KEY)),
    "a_ticket_when_the_day_is_over": Scene(
        "", lambda day: day.scan(day.ids[0], "ticket", 200, KEY), later=timedelta(hours=4)
    ),
    "an_outcome_when_the_day_is_over": Scene(
        "registering", _reports(FIT), "wrong_order", later=timedelta(hours=4)
    ),
    "what_was_given_when_the_day_is_over": Scene("vaccinating", _reports(given(2)), later=timedelta(hours=4)),
    "a_refused_scan": Scene(
        "", lambda day: day.scan(day.ids[0], "vaccination", 200, KEY), "wrong_order", notes=True
    ),
    "queue": Scene("waiting_vaccination", lambda day: day.stations.get("queue"), warms=True),
    "today": Scene("observing", lambda day: day.stations.get("today")),
    "appointments": Scene("", lambda day: day.stations.get("booked")),
    "follow_while_waiting": Scene("", lambda day: day.stations.follow(day.ids[4])),
    "follow_under_observation": Scene("observing", lambda day: day.stations.follow(day.ids[0])),
}


class Watched(Plan):
    """Remembers which calls were made, and knows one again whose answer was sealed anew."""

    def __init__(self, **plan: Any) -> None:
        super().__init__(**plan)
        self.made: list[str] = []

    def fault(self, operation: str, request: Any) -> Kind | Part | None:
        self.made.append(operation)
        return super().fault(operation, _without_sealed(request))


def _without_sealed(request: Any) -> Any:
    if isinstance(request, dict):
        return {name: _without_sealed(value) for name, value in request.items() if name != "B"}
    return [_without_sealed(one) for one in request] if isinstance(request, list) else request


class Stage:
    """A scene that can be played again and again from where it stood."""

    def __init__(self, name: str) -> None:
        self.scene, self.day = SCENES[name], Day()
        self.day.until(self.scene.stage)
        self.scene.before(self.day)
        self.day.clock.now += self.scene.later
        self.day.start()
        self._before, self._now = self.day.tables(), self.day.clock()
        self.stood, self.whole = self.day.stored(), Watched()
        self.told, self.stored = self.play(self.whole)

    def play(self, plan: Plan, *, waits: bool = False) -> tuple[Told, dict[str, Any]]:
        """Ask until it is answered, and once more; the answer, and what is stored then."""
        self.day.clock.now = self._now
        self.day.memory.tables = {name: dict(rows) for name, rows in self._before.items()}
        if self.scene.warms:
            self.day.start()
        self.day.wire.to = Client(self.day.memory, "dynamodb", plan)
        told = self._answer(plan, waits=waits)
        self.day.wire.to = self.day.memory
        again = self.scene.ask(self.day)
        assert (again.status, again.code) == (told.status, told.code)
        if told.status == 200:
            assert again.text == told.text, "the same request, the same bytes"
        return told, self.day.stored()

    def _answer(self, plan: Plan, *, waits: bool) -> Told:
        """A desk repeats what was not answered, or answered as a fault of ours; `waits`: minutes later."""
        for _ in range(30):
            try:
                told = self.scene.ask(self.day)
            except Crash:
                self.day.start()
            else:
                if told.status < 500:
                    return told
            if waits:
                self.day.clock.advance(minutes=3)
        pytest.fail(f"it never came through: {plan}")


_stages = cache(Stage)


@pytest.fixture(scope="module", autouse=True)
def stages_end() -> Iterator[None]:
    """Nothing of a day is kept for other modules."""
    yield
    _stages.cache_clear()


@pytest.mark.parametrize("name", SCENES)
def test_d21_what_is_asked_is_answered_as_it_should_and_refusals_write_nothing(name: str) -> None:
    stage = _stages(name)
    assert stage.told.code == stage.scene.code
    assert (stage.stored != stage.stood) == (COMMIT in stage.whole.made or stage.scene.notes)
    assert COMMIT not in stage.whole.made or stage.told.status == 200


def _alone(made: list[str], kind: Kind) -> Iterator[int]:
    """The calls that fail alone in this way: the commit in all ways, by default each other call in every second one."""
    for at, operation in enumerate(made, 1):
        if PROVE or operation == COMMIT or (at + [*Kind].index(kind)) % 2:
            yield at


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("name", SCENES)
def test_d21_invariant_4_whatever_call_fails_the_request_is_answered_and_done_once(
    name: str, kind: Kind
) -> None:
    stage = _stages(name)
    expected = (stage.told, stage.stored)
    alone = (Watched(kind=kind, at=one) for one in _alone(stage.whole.made, kind))
    for plan in (*alone, Watched(kind=kind, every=True)):
        assert stage.play(plan) == expected, plan
        assert plan.injected[kind] >= 1
    if COMMIT in stage.whole.made and kind in COMMITTED:
        # The word of it was lost with the line, and the desk asks again minutes later.
        plan = Watched(kind=kind, at=stage.whole.made.index(COMMIT) + 1)
        assert stage.play(plan, waits=True) == expected


class Batches:
    """The operator's list over a table whose calls fail as planned."""

    def __init__(self, plan: Plan) -> None:
        self.memory = MemoryDynamoDB(page=100)
        client = stands_in(Client(self.memory, "dynamodb", plan))
        table = TABLES["ClinicsTable"]
        clinics = ClinicStore(client, table)
        ClinicStore(stands_in(Client(self.memory, "dynamodb", Plan())), table).tell(
            KnownClinic("3206000001", "示范门诊", "320600"), date(2026, 6, 30)
        )
        self._handler = set_clinic_batches(BatchStore(client, table), clinics, ("320600",), FakeClock())

    def set(self, event: dict[str, Any]) -> dict[str, Any]:
        """As an operator who presses the button again."""
        for _ in range(10):
            try:
                return self._handler(event, None)
            except (Crash, ClientError, BotoCoreError):
                continue
        pytest.fail("it never came through")


@pytest.mark.parametrize("kind", Kind)
def test_d21_a_list_of_batches_is_set_whole_whatever_fails(kind: Kind) -> None:
    event: dict[str, Any] = json.loads((EVENTS / "set_clinic_batches" / "set.json").read_text("utf-8"))
    whole = Batches(Plan())
    told = whole.set(event)
    for at in (1, 2, 3):
        plan = Plan(kind=kind, at=at)
        batches = Batches(plan)
        assert batches.set(event) == batches.set(event) == told
        assert batches.memory.tables == whole.memory.tables
        assert plan.injected[kind] == 1
