"""A clinic's morning: two desks, four stations, calls and passes, on a line that loses things; nobody lost, doubled or out of order.

R28, D21, invariants 2 and 4. `VAXCERT_MORNING=200 pytest tests/browser/test_morning.py -s` lets two hundred people come, `12,200` one
morning after another; a run of the suite six.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from local import jws
from local.api_client import device_token
from local.demo.clinics import Clinic
from local.demo.numbers import WUXI
from local.demo.town import Case, row_of
from local.enroll import enroll
from tests.browser.clinic import Desk
from tests.browser.faulty import FaultyLine
from tests.browser.nurse import Call, Morning, Nurse, Shown
from tests.counts import PROVE
from tests.stack.conftest import World

_HOW_MANY = os.environ.get("VAXCERT_MORNING") or ("12,60" if PROVE else "6")
MORNINGS = [int(people) for people in _HOW_MANY.split(",")]
SEED = int(os.environ.get("VAXCERT_MORNING_SEED", "1"))
pytestmark = [pytest.mark.stack, pytest.mark.timeout(900 + 20 * max(MORNINGS))]
STILL_SECONDS = 240.0
STALE_SECONDS = 15.0
"""A desk reads its queue every four seconds, and not at all while it has no line for seven."""
AFTER = {
    "done": ["ticket", "registration", "vaccination", "observation"],
    "deferred": ["ticket", "registration"],
    "left": ["ticket"],
}


def _claimed(world: World, case: Case) -> Shown:
    """A family whose father has entered and claimed."""
    father = case.archive.guardians[0].person
    record = world.claimable(father, case.archive.person.name)["record_id"]
    return Shown(world, father, str(world.claim(father, record)["certificate_id"]))


def _clinic(morning: int) -> Clinic:
    """Nobody else's: its figures are this morning's alone."""
    return Clinic(f"32020099{51 + morning}", "无锡示例清晨预防接种门诊", WUXI)


def _families(world: World, morning: int) -> list[Shown]:
    """Everybody who will come; the province tells of them tonight."""
    before, clinic = sum(MORNINGS[:morning]), _clinic(morning)
    cases = world.demo.neighbours(before + MORNINGS[morning], clinic)[before:]
    world.tell([row_of(state, 1, world.demo.business_dates) for case in cases for state in case.states])
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda case: _claimed(world, case), cases))


@pytest.fixture
def line(world: World) -> Iterator[FaultyLine]:
    with FaultyLine(world.endpoints["api"], SEED).open() as opened:
        yield opened


def _reader(world: World, clinic: Clinic) -> str:
    """The token of a third device of the clinic, which only looks."""
    private, device_id = jws.generate_jwk(), f"morning-reader-{clinic.code}"
    event = {
        "action": "enroll",
        "device_id": device_id,
        "clinic_code": clinic.code,
        "clinic_name": clinic.name,
    }
    enroll(world.endpoints, {**event, "stations": ["ticket"], "public_jwk": jws.public_half(private)})
    return device_token(world.api, device_id, private, world.endpoints["device_audience"])


def _run(nurses: list[Nurse], line: FaultyLine, people: int) -> None:
    """Both work at once, while the line is cut twice and one desk loses its network once."""
    morning, working = nurses[0].morning, [nurse.work() for nurse in nurses]
    troubles = deque([(people // 4, "line"), (people // 2, "network"), (3 * people // 4, "line")])
    mended, steps, moved = 0.0, morning.steps, time.monotonic()
    while working or mended:
        if troubles and len(morning.by_ticket) >= troubles[0][0] and not mended:
            _, trouble = troubles.popleft()
            mended, morning.calm = time.monotonic() + 7, False
            if trouble == "line":
                line.cut = True
            else:
                nurses[0].desk.context.set_offline(True)
        if mended and time.monotonic() > mended:
            line.cut, mended, morning.calm = False, 0.0, True
            nurses[0].desk.context.set_offline(False)
        for one in list(working):
            if next(one, "over") == "over":
                working.remove(one)
        if morning.steps != steps:
            steps, moved = morning.steps, time.monotonic()
        assert time.monotonic() - moved < STILL_SECONDS, _standing_still(nurses)
        time.sleep(0.005)


def _standing_still(nurses: list[Nurse]) -> str:
    """Who has no end yet, and what each desk's board says of them."""
    left = [ticket for ticket, one in nurses[0].morning.by_ticket.items() if not one.end]
    boards = {
        nurse.name: [
            (line, row)
            for line, rows in nurse.look()["lines"].items()
            for row in rows
            if row["ticket"] in left
        ]
        for nurse in nurses
    }
    return f"no end: {left}; {boards}"


@pytest.mark.parametrize("index", range(len(MORNINGS)))
def test_r28_d21_a_morning_at_two_desks_on_a_line_that_loses_things(
    browser: Browser,
    world: World,
    index: int,
    line: FaultyLine,
    record_property: Callable[[str, object], None],
) -> None:
    families, people = _families(world, index), MORNINGS[index]
    phones = ThreadPoolExecutor(2)
    morning = Morning(deque(families), random.Random(SEED), phones)
    morning.reloads.update({"scan": 2 + people // 50, "call": 1 + people // 50, "outcome": 2 + people // 50})
    with phones, ExitStack() as stack:
        nurses = []
        for name in ("1号台", "2号台"):
            desk = Desk(browser, world, api=line.url)
            stack.callback(desk.close)
            desk.enrol(desk=name, clinic=_clinic(index))
            nurses.append(Nurse(desk, name, morning))
        line.rate, began = 0.12, time.monotonic()
        _run(nurses, line, people)
        seconds = time.monotonic() - began
        line.rate = 0.0
        for nurse in nurses:
            expect(nurse.desk.page.get_by_text("待补交")).to_have_count(0, timeout=30_000)
    told = {
        "people": len(families),
        "seconds": round(seconds),
        "ends": dict(Counter(one.end for one in families)),
        "calls": len(morning.calls),
        "passes": len(morning.passed),
        "happened": dict(morning.happened),
        "line": dict(line.met),
    }
    print(told)
    for name, value in told.items():
        record_property(name, value)
    _nobody_lost_or_doubled(world, _clinic(index), families)
    for one in families:
        _each_step_once(world, one)
    _called_in_order(morning)
    _passed_over_by_three(morning)


def _nobody_lost_or_doubled(world: World, clinic: Clinic, families: list[Shown]) -> None:
    device = _reader(world, clinic)
    tickets = world.api.get(f"/v1/clinics/{clinic.code}/queue", device)["tickets"]
    assert {one["ticket"]: one["state"] for one in tickets} == {one.ticket: one.end for one in families}
    assert len(tickets) == len(families) == len({one["ticket"] for one in tickets})
    ends = Counter(one.end for one in families)
    today = world.api.get(f"/v1/clinics/{clinic.code}/today", device)
    found = {name: today[name] for name in ("waiting", "at_desks", "observing", "done", "left", "unfinished")}
    assert found == {
        "waiting": 0,
        "at_desks": 0,
        "observing": 0,
        "done": ends["done"],
        "left": ends["left"],
        "unfinished": 0,
    }


def _each_step_once(world: World, family: Shown) -> None:
    """By the claimant's own access log (D11): each station in its order. A desk that lost its screen may scan a person in again."""
    path = f"/v1/certificates/{family.certificate_id}"
    entries = world.api.get(f"{path}/access-log", world.token(family.parent))["entries"]
    accepted = [
        one["station"] for one in reversed(entries) if one["kind"] == "scan" and one["result"] == "accepted"
    ]
    steps = [one for n, one in enumerate(accepted) if n == 0 or accepted[n - 1] != one]
    assert steps == AFTER[family.end], (family.ticket, accepted)
    assert all(accepted.count(once) <= 1 for once in ("ticket", "observation")), (family.ticket, accepted)
    if family.end == "done":
        given: list[Any] = world.api.get(f"{path}/visit", world.token(family.parent))["visit"]["given"]
        assert [dose["trace_code"] for dose in given] == [f"06901234567892{family.ticket}"], family.ticket


def _called_in_order(morning: Morning) -> None:
    """Nobody who was known to wait is overtaken, but by the call that the other desk was making at that moment."""
    for station in ("registration", "vaccination"):
        first: dict[str, Call] = {}
        for call in morning.calls:
            if call.station == station:
                first.setdefault(call.ticket, call)
        for one in first.values():
            for other in first.values():
                earlier = _number(other) < _number(one) and (station, one.ticket) not in morning.passed
                if earlier and morning.since[station, other.ticket] < one.pressed - STALE_SECONDS:
                    assert other.pressed <= one.known, (
                        f"{one.ticket} was called before {other.ticket} at {station}"
                    )


def _passed_over_by_three(morning: Morning) -> None:
    """Who is passed over comes again after the next three, or after all where they are fewer (D21); two desks may be one call apart."""
    for (station, ticket), at in morning.passed.items():
        calls = [one for one in morning.calls if one.station == station]
        seen = morning.seen_passed[station, ticket]
        again = next((one for one in calls if one.ticket == ticket and one.again), None)
        if again is None:  # called, and taken for the other desk's: she went on with it from her board
            assert morning.happened["taken up from the board"], ticket
            continue
        if (
            again.pressed < at
        ):  # the other desk was calling this ticket already, and got it when it was passed over
            continue
        first = {one.ticket: one for one in reversed(calls)}
        behind = [
            one
            for one in first.values()
            if one.pressed > seen
            and (station, one.ticket) not in morning.passed
            and morning.since[station, one.ticket] < at - STALE_SECONDS
        ]
        between = [one for one in calls if at < one.pressed < again.pressed]
        told = (station, ticket, [one.ticket for one in behind], [one.ticket for one in between])
        assert len(between) >= min(3, len(behind)) - 1, told
        if station == "registration":  # nobody comes in between there, since later tickets come later
            later = [one for one in between if one.pressed > seen]
            assert len(later) <= 3 + 2 + sum(one.again for one in later), told


def _number(call: Call) -> int:
    return int(call.ticket[1:])
