"""Everybody × every route × one family's things, tried over HTTP: what `rights` does not give is refused, and a refusal tells nothing.

What is forbidden is asked twice, of the real ids and of ids that are nobody's: both answer the same bytes.
"""

from __future__ import annotations

import json

import pytest

from local.api_client import Answer
from tests.stack import rights
from tests.stack.conftest import World
from tests.stack.everybody import ROUTES, UNKNOWN, Family, Route, settle
from tests.stack.test_probing import Told, _headers

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def family(world: World) -> Family:
    return settle(world)


def _way(actor: str, route: Route) -> str:
    """Whose refusals have to be alike: of all who are let in as a citizen or a device is, and else of each for themselves."""
    if actor in rights.NOBODY:
        return f"{actor} at a device's" if route.scheme == "device" else actor
    if (actor in rights.DEVICES) != (route.scheme == "device"):
        return f"{actor} at another door"
    return actor if actor in rights.DEVICES else "citizen"


def _given(route: Route) -> tuple[str, ...]:
    """Who is served, by the table."""
    if route.kind == "public":
        return rights.EVERYBODY
    if route.kind == "own":
        return rights.CITIZENS
    if route.kind == "record":
        return tuple(rights.OF_A_RECORD[route.name])
    return (rights.OF_A_CLINIC if route.kind == "clinic" else rights.OF_A_CERTIFICATE)[route.name]


# ---- the decisions


def test_every_route_of_the_document_is_decided() -> None:
    tables = (
        rights.PUBLIC,
        rights.OWN,
        rights.OF_A_CERTIFICATE,
        rights.OF_A_RECORD,
        rights.OF_A_CLINIC,
    )
    decided = [name for table in tables for name in table]
    assert sorted(decided) == sorted(ROUTES)
    kinds = {"public": 0, "own": 1, "certificate": 2, "record": 3, "clinic": 4}
    for route in ROUTES.values():
        assert route.name in tables[kinds[route.kind]], route


def _answer(answer: Answer) -> Told:
    body = answer.json
    body.pop("instance", None)  # the request's own number
    return answer.status, json.dumps(body).encode(), json.dumps(_headers(answer))


REFUSED = [
    pytest.param(route, id=route.name)
    for route in ROUTES.values()
    if set(rights.EVERYBODY) - set(_given(route))
]


@pytest.mark.parametrize("route", REFUSED)
def test_who_has_no_right_hears_what_is_said_of_nothing(family: Family, route: Route) -> None:
    """R25, D5, D7, D13, D16, D21: one refusal for each way in, whoever asks and whatever is there."""
    told: dict[str, set[Told]] = {}
    for actor in rights.EVERYBODY:
        if actor in _given(route):
            continue
        nothing: dict[str, str] = {**UNKNOWN, "visit_id": family.ids["visit_id"][:-3] + "998"}
        for asked in (family.ids, nothing):
            way = _way(actor, route)
            # A clinic that is not the device's own is refused first, whether it exists or not.
            if way == "disabled at a device's" and asked is nothing and "{clinic_code}" in route.path:
                way = "disabled, of another clinic"
            told.setdefault(way, set()).add(_answer(family.ask(actor, route, **asked)))
    for way, answers in told.items():
        assert len(answers) == 1, (way, answers)
        ((status, data, _),) = answers
        assert (status, json.loads(data)["code"]) == rights.REFUSALS.get(way, rights.NOT_LET_IN), way


# What ends a certificate or a session comes last, and what ends all of a person's after what ends one: a session that is opened in the
# same second is ended with them.
IN_ORDER = (
    *sorted(rights.PUBLIC),
    *rights.OF_A_RECORD,
    *rights.OF_A_CLINIC,
    *rights.OF_A_CERTIFICATE,
    *sorted(rights.OWN, reverse=True),
)
GIVEN = [
    pytest.param(ROUTES[name], actor, id=f"{name}-{actor}")
    for name in IN_ORDER
    if name in ROUTES
    for actor in _given(ROUTES[name])
]


@pytest.mark.parametrize(("route", "actor"), GIVEN)
def test_who_has_the_right_is_served(family: Family, route: Route, actor: str) -> None:
    """R20, R24, R28, D7, D20, D21: the other half of the table."""
    family.ready(route.name, actor)
    answer = family.ask(actor, route)
    family.after(route.name, actor)
    if route.kind == "record":
        assert (answer.status, answer.json["code"]) == rights.OF_A_RECORD[route.name][actor]
        return
    assert 200 <= answer.status < 300, (answer.status, answer.data)


# ---- who has lost the right


@pytest.fixture(scope="module")
def lost(world: World) -> Family:
    """The province has taken the father out of the archive since he claimed and authorised."""
    return settle(world, lost=True)


@pytest.mark.parametrize("route", [pytest.param(ROUTES[name], id=name) for name in rights.OF_A_CERTIFICATE])
def test_d16_who_has_lost_the_right_hears_why_and_a_delegate_nothing(lost: Family, route: Route) -> None:
    """D5, D7, D16: the claimant may look at what they did, and end it; nothing newer is shown, and nothing new begun."""
    delegate = lost.ask(rights.DELEGATE, route)
    if route.name == "leaveDelegation":  # that they may at any time (D22)
        assert delegate.status == 204
    else:
        assert (delegate.status, delegate.json["code"]) == rights.REFUSALS["citizen"]
    former = lost.ask(rights.HOLDER, route)
    if route.name in rights.LEFT_TO_A_FORMER_CLAIMANT:
        assert 200 <= former.status < 300, former.data
    else:
        expected = rights.REFUSALS["citizen"] if route.name == "leaveDelegation" else rights.SUSPENDED
        assert (former.status, former.json["code"]) == expected
