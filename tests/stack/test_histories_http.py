"""Histories of concurrent clients over HTTP are those of one register, told one call after another (invariants 1, 2 and 4; R20, R27, D7).

Each call is noted with its beginning, its end and its answer; `tests/races/linear.py` looks for an order. `VAXCERT_HISTORIES_HTTP=50` makes
more of them.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any

import pytest

from local import jws
from local.api_client import device_token
from local.clinic_weeks import week_of
from local.demo.clinics import WUXI_SECOND
from local.functions import BY, invoke
from tests.counts import tell, tries
from tests.races.linear import Call, Places, linear
from tests.stack.conftest import World
from tests.stack.test_races_http import CHILDREN, Child, Line
from vaxcert.errors import VaxcertError

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]

ROUNDS = tries("VAXCERT_HISTORIES_HTTP", 1, 10)
LANES = 8
CERTIFICATE = Places(1, full=frozenset({"already_claimed"}))
GRANTS = Places(10, full=frozenset({"grant_limit_reached"}), taken=frozenset({"already_authorized"}))
CODE = Places(1, full=frozenset({"already_used"}))
SEAT = Places(1, full=frozenset({"slot_full"}), taken=frozenset({"already_booked"}))

type Deed = Callable[[Line], None]


@dataclass
class Book:
    """The histories by register, as they are made."""

    world: World
    dice: random.Random = field(default_factory=lambda: random.Random(20261129))
    calls: dict[str, list[Call]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    def race(self, deeds: Sequence[Deed]) -> None:
        """All of them at once, over as many lines as there are lanes."""
        mixed = list(deeds)
        self.dice.shuffle(mixed)
        lanes = [mixed[lane::LANES] for lane in range(min(LANES, len(mixed)))]
        at_once = Barrier(len(lanes))

        def one(lane: Sequence[Deed]) -> None:
            line = Line(self.world)
            at_once.wait(60)
            for deed in lane:
                deed(line)

        with ThreadPoolExecutor(len(lanes)) as pool:
            list(pool.map(one, lanes))

    def note(
        self, register: str, kind: str, who: str, key: str, act: Callable[[], str | frozenset[str]]
    ) -> str | frozenset[str]:
        """Make a call and write it down; its answer, or the code of its refusal."""
        start = time.perf_counter()
        try:
            answer = act()
        except VaxcertError as refused:
            answer = str(refused.code)
        end = time.perf_counter()
        self.calls.setdefault(register, []).append(Call(start, end, kind, who, answer, key))
        self.answers[f"{kind} {answer}" if answer in _WORDS else kind] += 1
        return answer

    def judge(self, model: Places) -> None:
        """Every history is one of the model's; then the next begin."""
        for register, history in self.calls.items():
            told = sorted(history, key=lambda call: call.start)
            assert linear(history, model), (register, *told)
        self.calls.clear()


_WORDS = CERTIFICATE.full | GRANTS.full | GRANTS.taken | CODE.full | SEAT.full | SEAT.taken


@pytest.fixture(scope="module")
def families(world: World) -> list[Child]:
    """Four children of the demo whom nobody has claimed."""
    return [Child(world, key, 20 + number) for number, key in enumerate(CHILDREN[:4])]


@pytest.fixture
def book(world: World, request: pytest.FixtureRequest) -> Iterator[Book]:
    """An empty one; what was seen is told at the end."""
    made = Book(world)
    yield made
    assert made.answers
    tell(f"{request.node.name}: {ROUNDS} rounds, {made.answers.total()} calls, {dict(made.answers)}")


def _claim(line: Line, child: Child, token: str, key: str) -> str:
    return str(json.loads(line.send("POST", "/v1/certificates", token, child.wish, key))["certificate_id"])


def _deleted(line: Line, path: str, token: str) -> str:
    line.send("DELETE", path, token)
    return "given"


def _held(child: Child) -> tuple[str, str] | None:
    """The certificate that a parent holds, and a token of theirs."""
    for tokens in child.tokens.values():
        for one in child.world.api.get("/v1/certificates", tokens[0])["claimed"]:
            if one["record_id"] == child.record_id:
                return one["certificate_id"], tokens[0]
    return None


def _left(families: Sequence[Child]) -> None:
    """As it was found: nobody holds anything."""
    for child in families:
        if (held := _held(child)) is not None:
            child.world.api.call("DELETE", f"/v1/certificates/{held[0]}", token=held[1])


def test_r20_families_claim_at_once_as_if_one_after_another_invariant_1(
    book: Book, families: list[Child]
) -> None:
    """Both parents of each child from three sessions; who has it may release it, and two requests come twice."""
    for _ in range(ROUNDS):
        deeds = [deed for child in families[:3] for deed in _claims(book, child)]
        book.race(deeds)
        book.judge(CERTIFICATE)
        _left(families)


def _claims(book: Book, child: Child) -> Iterator[Deed]:
    for who, tokens in child.tokens.items():
        for place, token in enumerate(tokens):
            key, gives = str(uuid.uuid4()), book.dice.random() < 0.5

            def deed(
                line: Line, who: str = who, token: str = token, key: str = key, gives: bool = gives
            ) -> None:
                answer = book.note(child.record_id, "take", who, key, lambda: _claim(line, child, token, key))
                if gives and answer not in CERTIFICATE.full:
                    path = f"/v1/certificates/{answer}"
                    book.note(child.record_id, "give", who, str(answer), lambda: _deleted(line, path, token))

            yield deed
            if place == 0:
                yield deed


def test_r27_one_holder_authorises_by_two_sessions_as_by_one_invariant_1(
    book: Book, families: list[Child]
) -> None:
    """Twelve relatives for ten places, each wanted by both sessions; some are revoked meanwhile, and the list is looked at."""
    child = families[0]
    for _ in range(ROUNDS):
        (who, tokens), *_ = child.tokens.items()
        certificate_id = _claim(Line(book.world), child, tokens[0], str(uuid.uuid4()))
        path = f"/v1/certificates/{certificate_id}/grants"

        def look(line: Line, path: str = path, token: str = tokens[0]) -> frozenset[str]:
            found = json.loads(line.send("GET", path, token))["grants"]
            return frozenset(one["grant_id"] for one in found if one["status"] == "active")

        def looked(
            line: Line, at: str = certificate_id, look: Callable[[Line], frozenset[str]] = look
        ) -> None:
            book.note(at, "look", "", "", lambda: look(line))

        deeds = [
            _granted(book, certificate_id, relative, token, gives=place % 3 == 0)
            for place, relative in enumerate(child.relatives)
            for token in tokens[:2]
        ]
        book.race([*deeds, *[looked] * 6])
        looked(Line(book.world))
        book.judge(GRANTS)
        assert who
        _left(families)


def _granted(book: Book, certificate_id: str, relative: str, token: str, *, gives: bool) -> Deed:
    body = {"id_no": relative, "name": "某亲属", "relation": "其他亲属", "phone": "14200000000"}
    path = f"/v1/certificates/{certificate_id}/grants"
    wanted = _Wanted(certificate_id, relative, path, body, "grant_id", GRANTS)
    return _taken(book, wanted, token, str(uuid.uuid4()), gives=gives)


@dataclass(frozen=True)
class _Wanted:
    """A place that somebody wants in a register: where it is asked for, what its id is called, and what the register is."""

    register: str
    who: str
    path: str
    body: object
    id_name: str
    model: Places


def _taken(book: Book, wanted: _Wanted, token: str, key: str, *, gives: bool) -> Deed:
    """Take the place, and perhaps give it back."""

    def deed(line: Line) -> None:
        def act() -> str:
            return str(json.loads(line.send("POST", wanted.path, token, wanted.body, key))[wanted.id_name])

        answer = book.note(wanted.register, "take", wanted.who, key, act)
        if gives and answer not in wanted.model.full | wanted.model.taken:
            own = f"{wanted.path}/{answer}"
            book.note(wanted.register, "give", wanted.who, str(answer), lambda: _deleted(line, own, token))

    return deed


def test_a_code_scanned_at_two_devices_is_used_at_one_invariant_2(
    book: Book, families: list[Child], world: World
) -> None:
    """Each device insists with one Idempotency-Key, and comes with another one too."""
    child, clinic = families[1], WUXI_SECOND.code
    tokens = next(iter(child.tokens.values()))
    certificate_id = _claim(Line(world), child, tokens[0], str(uuid.uuid4()))
    devices = _enrolled(world, clinic)
    shown = _shown(child, certificate_id, tokens[0])
    verdict = world.scan(devices[0], "ticket", shown)
    assert verdict["result"] == "accepted", verdict
    for _ in range(3 * ROUNDS):
        shown = _shown(child, certificate_id, tokens[0])
        keys = [(device, str(uuid.uuid4())) for device in devices for _ in range(2)]
        book.race([_scanned(book, world, shown, device, key) for device, key in [*keys, *keys]])
        # On a busy machine its minute may be over before a device looks at it.
        late = [call for calls in book.calls.values() for call in calls if call.answer == "expired"]
        if late:
            book.calls.clear()
        book.judge(CODE)
    _left(families)


def _shown(child: Child, certificate_id: str, token: str) -> str:
    path = f"/v1/certificates/{certificate_id}/codes"
    return str(child.world.api.call("POST", path, token=token).json["code"])


def _scanned(book: Book, world: World, code: str, device: str, key: str) -> Deed:
    def act() -> str:
        verdict = world.scan(device, "registration", code, key)
        return f"used by {key}" if verdict["result"] == "accepted" else str(verdict["reason"])

    return lambda _line: _drop(book.note(code, "take", device, key, act))


def _drop(_answer: object) -> None:
    """A deed answers nothing."""


def _enrolled(world: World, clinic: str) -> list[str]:
    functions, name = world.stack.emulator.client("lambda"), world.physical("EnrollDevice")
    tokens = []
    for number in (1, 2):
        key, device_id = jws.generate_jwk(), f"history-{number}"
        event = BY | {
            "device_id": device_id,
            "clinic_code": clinic,
            "clinic_name": WUXI_SECOND.name,
            "stations": ["ticket", "registration"],
            "public_jwk": jws.public_half(key),
        }
        invoke(functions, name, event)
        tokens.append(device_token(world.api, device_id, key, world.endpoints["device_audience"]))
    return tokens


def test_the_last_seat_that_four_want_goes_to_one_at_a_time(
    book: Book, families: list[Child], world: World
) -> None:
    """Four families and a slot of one seat; who has it may cancel, and each asks twice."""
    functions, name = world.stack.emulator.client("lambda"), world.physical("SetClinicWeek")
    week = week_of(WUXI_SECOND)
    one_seat = [session | {"capacity": 1} for session in week["sessions"]]
    invoke(functions, name, week | {"sessions": one_seat})
    line = Line(world)
    homes = []
    for child in families:
        token = next(iter(child.tokens.values()))[0]
        homes.append((_claim(line, child, token, str(uuid.uuid4())), token))
    found: list[Any] = world.api.get(f"/v1/clinics/{WUXI_SECOND.code}/slots", homes[0][1])["slots"]
    free = [slot["slot_id"] for slot in found if slot["remaining"]]
    for place in range(ROUNDS):
        slot = free[-1 - place % len(free)]
        keys = [str(uuid.uuid4()) for _ in homes]
        deeds = [_booked(book, slot, *home, key) for home, key in zip(homes, keys, strict=True)]
        book.race([*deeds, *deeds])
        book.judge(SEAT)
        for certificate_id, token in homes:
            path = f"/v1/certificates/{certificate_id}/appointments"
            for one in world.api.get(path, token)["appointments"]:
                if one["status"] == "booked":
                    world.api.call("DELETE", f"{path}/{one['appointment_id']}", token=token)
    _left(families)
    invoke(functions, name, week)


def _booked(book: Book, slot: str, certificate_id: str, token: str, key: str) -> Deed:
    path, body = (
        f"/v1/certificates/{certificate_id}/appointments",
        {"clinic_code": WUXI_SECOND.code, "slot_id": slot},
    )
    wanted = _Wanted(slot, certificate_id, path, body, "appointment_id", SEAT)
    return _taken(book, wanted, token, key, gives=book.dice.random() < 0.5)
