"""Histories of concurrent claims and grants are those of one register (invariant 1), and the checker knows a wrong one (R20, R27)."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import inf
from random import Random
from typing import Any

import pytest

from tests.counts import tell, tries
from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.household import RULES
from tests.fakes.people import BLINDER, FATHER, MOTHER, SEALER, an_archive, citizen
from tests.faults.memory import TABLES
from tests.faults.region import RegionTables, at_once
from tests.races.desk import Desk, dynamo_stores
from tests.races.linear import Call, Places, linear
from tests.races.lockstep import Lockstep
from vaxcert.archives.model import links_of
from vaxcert.archives.store import link_to_item, to_item
from vaxcert.aws.dynamodb import put, single
from vaxcert.errors import Unavailable, VaxcertError

CERTIFICATE = Places(1, full=frozenset({"already_claimed"}))
GRANTS = Places(2, full=frozenset({"grant_limit_reached"}), taken=frozenset({"already_authorized"}))
RACES = tries("VAXCERT_HISTORIES", 40, 1000)


def _take(start: float, end: float, who: str, answer: str | None, key: str = "") -> Call:
    return Call(start, end, "take", who, answer, key or f"{who}{start}")


def _give(start: float, end: float, thing: str) -> Call:
    return Call(start, end, "give", "", "given", thing)


RIGHT = {
    "one after another": [_take(1, 2, "a", "c1"), _take(3, 4, "b", "already_claimed")],
    "the later one comes first": [_take(1, 4, "a", "already_claimed"), _take(2, 3, "b", "c1")],
    "given back between": [_take(1, 2, "a", "c1"), _give(3, 6, "c1"), _take(4, 5, "b", "c2")],
    "the same call again": [_take(1, 2, "a", "c1", "k"), _take(3, 4, "a", "c1", "k")],
    "the same call after it was given back": [
        _take(1, 2, "a", "c1", "k"),
        _give(3, 4, "c1"),
        _take(5, 6, "a", "c1", "k"),
    ],
    "an answer that was lost was carried out": [_take(1, 9, "a", None), _take(3, 4, "b", "already_claimed")],
    "an answer that was lost was not": [_take(1, 9, "a", None), _take(3, 4, "b", "c1")],
    "seen by whoever looks": [_take(1, 3, "a", "c1"), Call(2, 4, "look", "", frozenset({"c1"}))],
}
WRONG = {
    "two claimants": [_take(1, 3, "a", "c1"), _take(2, 4, "b", "c2")],
    "refused while nobody had it": [_take(1, 2, "a", "already_claimed"), _take(3, 4, "b", "c1")],
    "given back too late": [_take(1, 2, "a", "c1"), _take(3, 4, "b", "c2"), _give(5, 6, "c1")],
    "the same call, another answer": [
        _take(1, 2, "a", "c1", "k"),
        _give(3, 4, "c1"),
        _take(5, 6, "a", "c2", "k"),
    ],
    "one thing given out twice": [_take(1, 2, "a", "c1"), _give(3, 4, "c1"), _take(5, 6, "b", "c1")],
    "not seen though it was there": [_take(1, 2, "a", "c1"), Call(3, 4, "look", "", frozenset())],
    "seen, and then not": [
        _take(1, 6, "a", "c1"),
        Call(2, 3, "look", "", frozenset({"c1"})),
        Call(4, 5, "look", "", frozenset()),
    ],
}


@pytest.mark.parametrize("history", RIGHT.values(), ids=RIGHT)
def test_a_history_that_can_be_told_in_one_order_is_taken(history: list[Call]) -> None:
    assert linear(history, CERTIFICATE)


@pytest.mark.parametrize("history", WRONG.values(), ids=WRONG)
def test_a_wrong_history_is_refused(history: list[Call]) -> None:
    assert not linear(history, CERTIFICATE)


def test_places_of_several_are_counted_by_holder() -> None:
    both = [_take(1, 2, "a", "g1"), _take(1, 2, "b", "g2")]
    assert linear([*both, _take(3, 4, "a", "already_authorized")], GRANTS)
    assert linear([*both, _take(3, 4, "c", "grant_limit_reached")], GRANTS)
    assert not linear([*both, _take(3, 4, "c", "g3")], GRANTS)
    assert not linear([both[0], _take(3, 4, "b", "grant_limit_reached")], GRANTS)
    assert not linear([both[0], _take(3, 4, "b", "already_authorized")], GRANTS)


def test_many_that_overlap_are_judged_at_once() -> None:
    """Without a memory of where it has been the search would take as long as there are orders: 20 factorial."""
    history = [_take(1, 9, f"p{each}", "already_claimed") for each in range(19)]
    assert not linear(history, CERTIFICATE)
    assert linear([*history, _take(1, 9, "a", "c1")], CERTIFICATE)


type Change = Callable[[str, dict[str, Any]], dict[str, Any]]


def _as_asked(_operation: str, request: dict[str, Any]) -> dict[str, Any]:
    return request


def _without_condition(of: str) -> Change:
    """The fault that is put in: a store that forgets the condition of its puts to items like these."""

    def change(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation != "transact_write_items":
            return request
        return {"TransactItems": [_forgotten(op, of) for op in request["TransactItems"]]}

    return change


def _forgotten(op: dict[str, dict[str, Any]], of: str) -> dict[str, dict[str, Any]]:
    ((kind, body),) = op.items()
    if kind != "Put" or of not in json.dumps(body["Item"], default=repr):
        return op
    return {kind: {name: value for name, value in body.items() if name != "ConditionExpression"}}


def _raced(seed: int, change: Change) -> list[Call]:
    """Two parents claim one child's certificate and release it, each from two sessions."""
    dice = Random(seed)
    steps, tables, child = Lockstep(dice), RegionTables(), an_archive()
    single(stands_in(tables), put(TABLES["ArchivesTable"], to_item(child)))
    for link in links_of(child):
        single(stands_in(tables), put(TABLES["KinshipTable"], link_to_item(link)))
    client, clock = steps.client(tables, change), FakeClock()
    desk = Desk(dynamo_stores(client, TABLES, clock, SEALER), clock, RULES, BLINDER, SEALER)
    history: list[Call] = []

    def lane(number: int) -> None:
        who = (FATHER, MOTHER)[number % 2]
        caller = citizen(who, session=f"s-{number}")
        key, start = f"key-of-lane-{number}", steps.tick()
        try:
            answer = desk.claim(caller, child.record_id, key)
        except VaxcertError as refused:
            answer = str(refused.code)
        history.append(Call(start, steps.tick(), "take", who, answer, key))
        if answer != "already_claimed" and dice.random() < 0.5:
            start = steps.tick()
            try:
                desk.release(caller, answer)
            except Unavailable:  # of a register that is broken
                history.append(Call(start, inf, "give", who, None, answer))
            else:
                history.append(Call(start, steps.tick(), "give", who, "given", answer))

    steps.run([lambda number=number: lane(number) for number in range(4)])  # type: ignore[misc]
    return history


@pytest.fixture(autouse=True)
def one_thread_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the product does beside is done at once, so that a lane is one thread."""
    monkeypatch.setattr(ThreadPoolExecutor, "submit", at_once)


def test_r20_histories_of_claims_are_those_of_one_register_invariant_1() -> None:
    answers: set[str] = set()
    for seed in range(RACES):
        history = _raced(seed, _as_asked)
        assert linear(history, CERTIFICATE), (seed, sorted(history, key=lambda call: call.start))
        answers |= {str(call.answer) for call in history if call.answer == "already_claimed"}
    assert answers
    tell(f"claims in memory: {RACES} histories, each of one register")


def test_a_seeded_race_is_caught() -> None:
    """Without the condition of the one live certificate two parents can have it: some order of their calls shows it."""
    caught = [
        seed for seed in range(RACES) if not linear(_raced(seed, _without_condition('"LIVE"')), CERTIFICATE)
    ]
    tell(f"claims in memory with a condition dropped: {len(caught)} of {RACES} histories refused")
    assert caught
