"""What is forbidden costs what is not there costs: the same calls of AWS, and no processor time by which the two could be told apart (D7, D16).

The routes are those of the recordings (`story.py`), so that a new one is asked the day it is written. Each is asked by people who have no
right, of what is there and of what is nobody's. `make test` counts calls, which is exact; `make prove` takes processor time as well.
"""

from __future__ import annotations

import copy
import gc
import json
import random
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import pytest

from tests.counts import PROVE, tell, tries
from tests.fakes.people import FATHER, GRANDMOTHER, MOTHER, id_no
from tests.faults import story
from tests.faults.expressions import Item
from tests.faults.memory import TABLES
from tests.faults.region import Faults, Photograph, Region
from tests.faults.story import Recording
from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import N

pytestmark = pytest.mark.timeout(7200 if PROVE else 120)

NOBODYS: Final = {
    "certificate_id": "c" + "a" * 13,
    "record_id": "r" + "a" * 26,
    "grant_id": "g" + "0" * 24,
    "appointment_id": "a" + "0" * 24,
    "document_id": "d" + "a" * 26,
    "visit_id": "3206000001-20260701-A998",
    "clinic_code": "3206009999",
}
"""Ids of the right form."""

OPEN: Final[Mapping[str, str]] = {
    "GET /v1/clinics/{clinic_code}/slots": "which clinics there are, every citizen may read",
    "GET /v1/documents/{document_id}": "the answer itself says it, to whoever holds the paper; its id has 128 random bits (D20)",
}
"""Routes with an id in the path that hide from nobody whether it is there."""

OWN: Final = {
    "GET /v1/certificates/{certificate_id}/reminders": "what a delegate has switched on is theirs to look at",
    "DELETE /v1/certificates/{certificate_id}/reminders": "and to switch off",
}
"""Routes that serve a former delegate with their own doing, of which the certificate is no part."""

STRANGER: Final = "s.stranger"
CLAIMS: Final = "POST /v1/certificates"


@dataclass
class Noting(Faults):
    """Notes each call with its tables, and what is done in each of them."""

    noted: list[str] = field(default_factory=list)

    def fault(self, operation: str, request: Any) -> None:
        self.noted.append(f"{operation} {' '.join(_places(request))}")


def _places(request: Mapping[str, Any]) -> Iterator[str]:
    if "TableName" in request:
        yield request["TableName"]
    for table, wanted in request.get("RequestItems", {}).items():
        yield f"{table}×{len(wanted['Keys'])}"
    # A put and an update of one item are one write to who waits for it.
    for operation in request.get("TransactItems", ()):
        for kind, one in operation.items():
            yield f"{'check' if kind == 'ConditionCheck' else 'write'}:{one['TableName']}"


@dataclass(frozen=True)
class Told:
    """An answer, and what it took."""

    status: int
    body: str
    calls: tuple[str, ...]


class Desk:
    """The region of the story, and who asks there."""

    def __init__(self) -> None:
        self.region = Region()
        self.recordings = story.played(self.region)
        self.region.faults = Noting()
        self._keys = 0

    def ask(self, function: str, event: Item) -> Told:
        """By a process that is warm, under a key of its own."""
        self._keys += 1
        for headers in ("headers", "multiValueHeaders"):
            if "Idempotency-Key" in event[headers]:
                key = f"alike-{self._keys:08d}"
                event[headers]["Idempotency-Key"] = key if headers == "headers" else [key]
        self.region.faults.noted.clear()  # type: ignore[attr-defined]
        answer = self.region.invoke(function, event)
        body = json.loads(answer["body"]) if answer["body"] else {}
        body.pop("instance", None)
        return Told(answer["statusCode"], json.dumps(body), tuple(self.region.faults.noted))  # type: ignore[attr-defined]

    def begin(self, before: Photograph) -> None:
        """As everything stood then."""
        self.region.restore(before)
        self.region.draws.begin(1)


def _as(event: Item, caller: str | None, ids: Mapping[str, str]) -> Item:
    """The event of another caller, of other ids. Of a device: one of another clinic."""
    found = copy.deepcopy(event)
    who = found["requestContext"]["authorizer"]
    if who["kind"] == "device":
        who["clinic_code"] = "3202000002"
    elif caller is not None:
        who |= {"subject": caller, "principalId": caller, "name_key": f"n.{caller}"}
    for name, value in (found["pathParameters"] or {}).items():
        other = ids.get(name, value)
        for holder in (found, found["requestContext"]):
            holder["path"] = holder["path"].replace(value, other)
        found["pathParameters"][name] = other
    if found["httpMethod"] == "POST" and found["resource"] == "/v1/certificates" and "record_id" in ids:
        found["body"] = json.dumps(json.loads(found["body"]) | {"record_id": ids["record_id"]})
    return found


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    made = Desk()
    with made.region.lived_in():
        yield made


def _of_somebodys(desk: Desk) -> dict[str, Recording]:
    """By route, the first recording of each that names a thing."""
    found: dict[str, Recording] = {}
    for one in desk.recordings.values():
        if one.answers_http and (one.event.get("pathParameters") or one.route == CLAIMS):
            found.setdefault(one.route, one)
    return {route: one for route, one in found.items() if route not in OPEN}


def test_d7_d16_forbidden_and_unknown_take_the_same_calls(desk: Desk) -> None:
    """A stranger, the other parent and a delegate of something else, of every route: neither the answer nor what it takes tells."""
    routes = _of_somebodys(desk)
    wrong, counted = {}, 0
    for route, recording in routes.items():
        for caller in (STRANGER, MOTHER):
            linked = caller == MOTHER and ("{record_id}" in route or route == CLAIMS)
            if linked:  # may hear of her child (R36)
                continue
            told = []
            for ids in ({}, NOBODYS):
                desk.begin(recording.before)
                event = _as(recording.event, caller, ids)
                desk.ask(recording.function, event)  # it is warm now, and has its keys
                told.append(desk.ask(recording.function, event))
            counted += 1
            if told[0] != told[1] or told[0].status not in {403, 404}:
                wrong[f"{route} {caller}"] = told
    assert not wrong, wrong
    assert len(routes) > 30
    assert {*OPEN} <= {one.route for one in desk.recordings.values() if one.answers_http}
    tell(f"alike: {counted} pairs of {len(routes)} routes, forbidden and unknown: 0 differ in their calls")


def test_d5_d7_whether_a_certificate_still_stands_is_told_by_no_call_either(desk: Desk) -> None:
    """Released, and as it stands: to a stranger, and to a delegate whose grant was revoked."""
    release = desk.recordings["claim_certificate/release_with_everything"]
    revoke = desk.recordings["authorize_guardian/revoke"]
    wrong = {}
    for route, recording in _of_somebodys(desk).items():
        if "{certificate_id}" not in route:
            continue
        for caller in (STRANGER, GRANDMOTHER):
            told = []
            for ended in (False, True):
                desk.begin(release.before)
                if caller == GRANDMOTHER:
                    desk.ask("authorize_guardian", copy.deepcopy(revoke.event))
                if ended:
                    assert desk.ask("claim_certificate", copy.deepcopy(release.event)).status == 204
                event = _as(recording.event, caller, {})
                desk.ask(recording.function, event)
                told.append(desk.ask(recording.function, event))
            own = caller == GRANDMOTHER and route in OWN
            if told[0] != told[1] or (told[0].status != 404 and not own):
                wrong[f"{route} {caller}"] = told
    assert not wrong, wrong


def test_d7_a_grant_takes_the_same_whether_the_person_is_known(desk: Desk) -> None:
    """Known for good, met as a visitor, and met never: one look and one write each, of the same size."""
    recording = desk.recordings["authorize_guardian/authorize"]
    event, table, told = recording.event, TABLES["HandlesTable"], {}
    other = copy.deepcopy(event)
    other["body"] = json.dumps(
        json.loads(event["body"]) | {"id_no": id_no(date(1961, 1, 1), 9), "name": "另一人"}
    )
    desk.begin(recording.before)
    before = dict(desk.region.dynamodb.tables[table])
    assert desk.ask(recording.function, copy.deepcopy(event)).status == 201
    known = dict(desk.region.dynamodb.tables[table])
    made = {place: item for place, item in known.items() if place not in before}
    assert len(made) == 2, "neither the number nor the name was known"
    visiting = {place: item | {"ttl": N(epoch(desk.region.clock()) + 10)} for place, item in made.items()}
    number, name = sorted(made, key=lambda place: place[0][0] != "v")
    for who, handles in {
        "never met": {},
        "known": made,
        "a visitor": visiting,
        "known under another name": {number: made[number]},
        "another of that name": {name: made[name]},
    }.items():
        desk.begin(recording.before)
        desk.region.dynamodb.tables[table] = before | handles
        assert desk.ask(recording.function, _as(other, STRANGER, {})).status == 404  # it is warm now
        told[who] = desk.ask(recording.function, copy.deepcopy(event))
        assert told[who].status == 201
        assert all("ttl" not in item for item in desk.region.dynamodb.tables[table].values())
    assert len({one.calls for one in told.values()}) == 1, told
    tell(
        f"alike: a grant to {len(told)} sorts of people, known and unknown: the same {len(told['known'].calls)} calls"
    )


def test_d7_whom_a_stranger_names_leaves_no_handle(desk: Desk) -> None:
    """Who may not authorise has nothing written of whom they name, however often they ask."""
    recording = desk.recordings["authorize_guardian/authorize"]
    table = TABLES["HandlesTable"]
    desk.begin(recording.before)
    before = dict(desk.region.dynamodb.tables[table])
    for caller in (STRANGER, MOTHER):
        assert desk.ask(recording.function, _as(recording.event, caller, {})).status == 404
    assert desk.region.dynamodb.tables[table] == before
    assert desk.ask(recording.function, copy.deepcopy(recording.event)).status == 201
    assert len(desk.region.dynamodb.tables[table]) == len(before) + 2


def test_a_thing_of_another_certificate_takes_what_one_that_is_not_there_takes(desk: Desk) -> None:
    """The father's own certificate, asked for a grant, a booking and a paper of his child's: of things, too, nothing is told."""
    end = desk.recordings["claim_certificate/release_with_everything"].before
    desk.begin(end)
    overview = desk.recordings["claim_certificate/overview"].event
    listed = json.loads(desk.ask("claim_certificate", copy.deepcopy(overview)).body)
    own = next(one["record_id"] for one in listed["claimable"] if one["kind"] == "adult")
    shown = _as(desk.recordings["claim_certificate/claimable"].event, None, {"record_id": own})
    consent = json.loads(desk.ask("claim_certificate", shown).body)["consent"]
    purposes = [one["id"] for one in consent["purposes"]]
    claim = _as(desk.recordings["claim_certificate/claim"].event, None, {"record_id": own})
    claim["body"] = json.dumps(
        {"record_id": own, "consent": {"version": consent["version"], "purposes": purposes}}
    )
    claimed = desk.ask("claim_certificate", claim)
    assert claimed.status == 201, claimed
    certificate_id = json.loads(claimed.body)["certificate_id"]
    claimed_then = desk.region.photograph()
    wrong, asked = {}, set()
    for route, recording in _of_somebodys(desk).items():
        things = set(recording.event["pathParameters"] or ()) - {"certificate_id"}
        if "{certificate_id}" not in route or not things:
            continue
        asked |= things
        told = []
        for ids in ({}, {name: NOBODYS[name] for name in things}):
            desk.begin(claimed_then)
            event = _as(recording.event, FATHER, {"certificate_id": certificate_id} | ids)
            event["requestContext"]["authorizer"]["name_key"] = overview["requestContext"]["authorizer"][
                "name_key"
            ]
            desk.ask(recording.function, event)
            told.append(desk.ask(recording.function, event))
        if told[0] != told[1] or told[0].status != 404:
            wrong[route] = told
    assert not wrong, wrong
    assert asked == {"grant_id", "appointment_id", "document_id"}


def test_r28_a_refused_scan_takes_the_same_whatever_the_reason(desk: Desk) -> None:
    """What is not authentic costs nothing; what is costs a look and a note (D11), be it used, expired, released, revoked or out of order."""
    recording = desk.recordings["verify_scan/scan_registration"]
    release = desk.recordings["claim_certificate/release_with_everything"].event
    revoke = desk.recordings["authorize_guardian/revoke"].event
    code = json.loads(recording.event["body"])["code"]
    forged, told = code[:-1] + ("0" if code[-1] != "0" else "1"), {}

    def scanned(reason: str, code: str = code, station: str = "registration") -> None:
        event = copy.deepcopy(recording.event)
        event["body"] = json.dumps({"code": forged, "station": "registration"})
        desk.ask(recording.function, event)  # it is warm now, and holds its keys
        event["body"] = json.dumps({"code": code, "station": station})
        told[reason] = desk.ask(recording.function, event)
        assert json.loads(told[reason].body)["reason"] == reason, told[reason]
        desk.begin(recording.before)

    desk.begin(recording.before)
    scanned("malformed", "VC1:NONE")
    scanned("bad_signature", forged)
    desk.ask(recording.function, copy.deepcopy(recording.event))
    scanned("already_used")
    desk.ask("claim_certificate", copy.deepcopy(release))
    scanned("released")
    desk.ask("authorize_guardian", copy.deepcopy(revoke))
    scanned("grant_revoked")
    desk.region.clock.advance(seconds=61)
    scanned("expired")
    scanned("wrong_order", station="vaccination")
    junk = {reason: one.calls for reason, one in told.items() if reason in {"malformed", "bad_signature"}}
    assert len({*junk.values()}) == 1, junk
    real = {reason: one.calls for reason, one in told.items() if reason not in junk}
    assert len({*real.values()}) == 1, real
    tell(f"alike: {len(junk)} reasons of junk, {len(real)} of authentic codes: the same calls of each sort")


# ---- processor time

PAIRS: Final = tries("VAXCERT_ALIKE", 0, 150)
MOST: Final = 0.0005
"""Seconds that reading one item, which is there, may take longer than not finding one. A way through the gateway varies by more than tenfold."""
CHANCE: Final = (0.4, 0.6)
"""How often one of a pair may be the slower one: who hears the two could as well toss a coin. With 300 pairs one in four would be 0.02."""


_WARM: Final = 5


@dataclass(frozen=True)
class Times:
    """Processor seconds of two that were asked by turns."""

    one: list[float]
    other: list[float]

    @property
    def slower(self) -> float:
        """How often one of the first is slower than one of the second (Mann and Whitney's U, of all pairs): 0.5 tells nothing."""
        ranked = sorted((took, which) for which, some in enumerate((self.one, self.other)) for took in some)
        ranks = sum(place for place, (_, which) in enumerate(ranked, 1) if which == 0)
        count = len(self.one)
        return (ranks - count * (count + 1) / 2) / (count * len(self.other))

    @property
    def apart(self) -> float:
        """The difference of the medians."""
        return statistics.median(self.one) - statistics.median(self.other)


def _timed(desk: Desk, asks: list[tuple[Photograph, str, Item]]) -> Times:
    """Two asks, each in a state and a warm process of its own, by turns in an order that dice choose."""
    took: tuple[list[float], list[float]] = ([], [])
    states = []
    for before, _, _ in asks:
        desk.begin(before)
        states.append(desk.region.dynamodb.tables)
    dice = random.Random(20240810)
    gc.collect()
    gc.disable()
    try:
        for pair in range(-_WARM, PAIRS):
            for which in dice.sample((0, 1), 2):
                desk.region.dynamodb.tables = states[which]
                _, function, event = asks[which]
                began = time.process_time()
                desk.ask(function, event)
                if pair >= 0:
                    took[which].append(time.process_time() - began)
    finally:
        gc.enable()
    return Times(*took)


@pytest.mark.skipif(not PAIRS, reason="processor time is taken to prove")
def test_d7_d16_processor_time_tells_no_more_than_the_answer(desk: Desk) -> None:
    """Two things that a stranger may not tell apart, by turns: they take the same time, or as long as one item takes to be read.

    The latter only between an id that is somebody's and one that is nobody's: ids have 65 random bits and more, so that nobody finds one by
    trying. Who has seen one knows that there was a certificate; whether it still stands takes no time that could be told.
    """
    release = desk.recordings["claim_certificate/release_with_everything"]
    desk.begin(release.before)
    standing = desk.region.photograph()
    assert desk.ask(release.function, copy.deepcopy(release.event)).status == 204
    released = desk.region.photograph()
    lines, wrong = [], {}
    for route, recording in _of_somebodys(desk).items():
        function, event = recording.function, _as(recording.event, STRANGER, {})
        nobodys = _as(recording.event, STRANGER, NOBODYS)
        times = _timed(desk, [(recording.before, function, event), (recording.before, function, nobodys)])
        lines.append(f"  {route}: {times.apart * 1e6:+.0f} µs, {times.slower:.2f}")
        if times.apart > MOST:
            wrong[f"{route}: there or not"] = times.apart
        if "{certificate_id}" in route:
            times = _timed(desk, [(standing, function, event), (released, function, event)])
            lines[-1] += f"; standing or released: {times.apart * 1e6:+.0f} µs, {times.slower:.2f}"
            if not CHANCE[0] < times.slower < CHANCE[1]:
                wrong[f"{route}: standing or released"] = times.slower
    tell(
        "\n".join(
            [
                f"alike: processor time of {PAIRS} pairs each, forbidden less unknown, and how often it was longer",
                *lines,
            ]
        )
    )
    assert not wrong, wrong
