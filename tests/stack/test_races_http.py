"""Races over HTTP: guardians, relatives and repeated requests against the whole stack, each from a session of its own.

Invariants 1 and 4, R20, R27, D5, D7. `VAXCERT_RACES_HTTP=500 pytest tests/stack/test_races_http.py -s` sends five hundred claims and
grants; a run of the suite some forty.
"""

from __future__ import annotations

import itertools
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from local.api_client import Answer, enter
from local.demo.numbers import with_check_digit
from local.demo.town import Person
from tests.counts import tell, tries
from tests.races.figures import Figures
from tests.races.invariants import Tables
from tests.races.track import Deed, Result, Track
from tests.stack.conftest import World
from vaxcert.errors import VaxcertError

pytestmark = pytest.mark.stack

WANTED = tries("VAXCERT_RACES_HTTP", 40, 200)
CHILDREN = [
    f"ordinary_{number:02d}" for number in (12, 13, 14, 16, 17, 18, 19)
]  # nobody else's; each is left unclaimed, and may come again
LANES, SESSIONS, RELATIVES = 8, 3, 12
_CLAIM = {"claimed", "already_claimed"}
_GRANT = {"authorized", "already_authorized", "grant_limit_reached"}


@dataclass
class Line:
    """One caller's line to the API. Throttled requests are sent again; any 5xx ends the test."""

    world: World
    seen: Counter[str] = field(default_factory=Counter)

    def send(self, method: str, path: str, token: str, body: object = None, key: str | None = None) -> str:
        """The answer's body. Raises VaxcertError with the problem's code."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency_Key": key} if key else {})
        data = None
        if body is not None:
            data, headers["Content_Type"] = json.dumps(body).encode(), "application/json"
        answer = self._once(method, path, data, headers)
        for pause in (0.1, 0.4, 1.6):
            if answer.status != 429:
                break
            time.sleep(pause)
            answer = self._once(method, path, data, headers)
        assert answer.status < 500, (method, answer.status, answer.data)
        if answer.status >= 400:
            raise VaxcertError(str(answer.json["code"]))
        return answer.data.decode()

    def _once(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        answer = self.world.raw(method, path, data, **headers)
        self.seen[f"HTTP {answer.status}"] += 1
        return answer


class Child:
    """One child of the demo with both parents, each in three sessions, and twelve relatives of theirs."""

    def __init__(self, world: World, key: str, number: int) -> None:
        self.world = world
        self.parents = [world.parent(key, index) for index in (0, 1)]
        self.tokens: dict[str, list[str]] = {
            _id(parent): [
                enter(world.api, world.endpoints["identity_platform"], parent)["token"]
                for _ in range(SESSIONS)
            ]
            for parent in self.parents
        }
        name = world.case(key).archive.person.name
        lists = world.api.get("/v1/certificates", self.tokens[_id(self.parents[0])][0])
        self.record_id: str = next(each["record_id"] for each in lists["claimable"] if each["name"] == name)
        detail = world.api.get(
            f"/v1/certificates/claimable/{self.record_id}", self.tokens[_id(self.parents[0])][0]
        )
        purposes = [purpose["id"] for purpose in detail["consent"]["purposes"]]
        self.wish = {
            "record_id": self.record_id,
            "consent": {"version": detail["consent"]["version"], "purposes": purposes},
        }
        born = date(1961, 1, 1 + number)
        self.relatives = [
            with_check_digit(f"320600{born:%Y%m%d}{sequence:03d}") for sequence in range(1, RELATIVES + 1)
        ]


class Rounds:
    """Races for one child, and the books."""

    def __init__(self, track: Track[Line], tables: Tables, child: Child) -> None:
        self._track = track
        self._tables = tables
        self._child = child
        self._claimed: dict[str, str] = {}
        self._session = itertools.count()

    def all(self) -> None:
        """Claim, fill, revoke and grant again, release and claim again; nothing is left behind."""
        # R20: both parents from all their sessions, and one request of each twice
        results = self._race(
            [deed for parent in self._child.parents for deed in self._claims(parent, 3, again=1)],
            claim=_CLAIM,
        )
        assert len(_made(results, "claimed")) == 1

        # R27: twelve relatives want ten slots, four are asked for twice, two requests come twice
        certificate_id = self._held()
        relatives = self._child.relatives
        deeds = [deed for each in relatives for deed in self._grants(each)]
        deeds += [deed for each in relatives[:4] for deed in self._grants(each)]
        deeds += [deed for each in relatives[-2:] for deed in self._grants(each, again=1)]
        results = self._race(deeds, authorize=_GRANT)
        before = self._tables.active_grants(certificate_id)
        assert len(_made(results, "authorized")) == len(before) == 10

        # D7: room is made, each revocation twice, while six are asked for again
        ended = sorted(before.values())[:4]
        deeds = [deed for grant_id in ended for deed in self._revokes(certificate_id, grant_id)]
        deeds += [deed for each in relatives[-6:] for deed in self._grants(each)]
        results = self._race(deeds, revoke={"revoked"}, authorize=_GRANT)
        made = {json.loads(body)["grant_id"] for body in _made(results, "authorized")}
        after = set(self._tables.active_grants(certificate_id).values())
        assert after == (set(before.values()) | made) - set(ended)

        # D5: released, twice at once, while both parents claim and two relatives are asked for
        deeds = self._releases(certificate_id)
        deeds += [deed for parent in self._child.parents for deed in self._claims(parent, 2)]
        deeds += [deed for each in relatives[:2] for deed in self._grants(each)]
        results = self._race(deeds, release={"released"}, claim=_CLAIM, authorize={*_GRANT, "not_found"})
        assert self._tables.certificate(certificate_id)["status"] == "released"
        assert len(_made(results, "claimed")) <= 1
        if self._tables.live_of(self._child.record_id) is not None:
            self._race(self._releases(self._held()), release={"released"})
        for token in self._tokens():
            lists = self._child.world.api.get("/v1/certificates", token)
            assert self._child.record_id in {each["record_id"] for each in lists["claimable"]}
            assert self._child.record_id not in {each["record_id"] for each in lists["claimed"]}

    # ---- deeds

    def _claims(self, parent: Person, times: int, *, again: int = 0) -> list[Deed[Line]]:
        who, wish = _id(parent), self._child.wish
        tokens = self._child.tokens[who]

        def deed(key: str, token: str) -> Deed[Line]:
            return Deed(
                "claim",
                "claimed",
                lambda line: line.send("POST", "/v1/certificates", token, wish, key),
                who,
                key,
            )

        keys = [str(uuid.uuid4()) for _ in range(times)]
        first = [deed(key, tokens[each % SESSIONS]) for each, key in enumerate(keys)]
        # The same request from another session of the same person is the same request: scope is caller, route and key.
        return first + [deed(key, tokens[-1]) for key in keys[:again]]

    def _grants(self, relative: str, *, again: int = 0) -> list[Deed[Line]]:
        path = f"/v1/certificates/{self._held()}/grants"
        who, key = self._claimed[self._held()], str(uuid.uuid4())
        body = {"id_no": relative, "name": "某亲属", "relation": "其他亲属", "phone": "14200000000"}

        def deed() -> Deed[Line]:
            token = self._token(who)
            return Deed(
                "authorize", "authorized", lambda line: line.send("POST", path, token, body, key), who, key
            )

        return [deed() for _ in range(1 + again)]

    def _revokes(self, certificate_id: str, grant_id: str) -> list[Deed[Line]]:
        path, who = f"/v1/certificates/{certificate_id}/grants/{grant_id}", self._claimed[certificate_id]
        return [self._delete("revoke", "revoked", path, self._token(who)) for _ in range(2)]

    def _releases(self, certificate_id: str) -> list[Deed[Line]]:
        path, who = f"/v1/certificates/{certificate_id}", self._claimed[certificate_id]
        return [self._delete("release", "released", path, self._token(who)) for _ in range(2)]

    @staticmethod
    def _delete(kind: str, done: str, path: str, token: str) -> Deed[Line]:
        return Deed(kind, done, lambda line: line.send("DELETE", path, token))

    def _token(self, who: str) -> str:
        return self._child.tokens[who][next(self._session) % SESSIONS]

    def _tokens(self) -> list[str]:
        return [tokens[0] for tokens in self._child.tokens.values()]

    # ---- the books

    def _race(self, deeds: Sequence[Deed[Line]], **allowed: set[str]) -> list[Result[Line]]:
        results = self._track.race(deeds, allowed)
        answers: dict[str, set[str]] = {}
        for result in results:
            if result.code in {"claimed", "authorized"}:
                assert result.answer is not None
                answers.setdefault(result.deed.key, set()).add(result.answer)
            if result.code == "claimed":
                self._claimed[json.loads(str(result.answer))["certificate_id"]] = result.deed.who
        assert all(len(each) == 1 for each in answers.values()), "one request, one answer, byte for byte"
        refused = {
            result.deed.key for result in results if result.code in {"already_claimed", "already_authorized"}
        }
        assert not refused & answers.keys(), "one request, one answer"
        self._tables.check_person(self._child.record_id, [], self._claimed)
        for certificate_id in self._claimed:
            self._tables.active_grants(certificate_id)
        holders = [
            each["certificate_id"]
            for token in self._tokens()
            for each in self._child.world.api.get("/v1/certificates", token)["claimed"]
            if each["record_id"] == self._child.record_id
        ]
        live = self._tables.live_of(self._child.record_id)
        assert holders == ([live] if live else []), "one claimant at most, as their lists say"
        return results

    def _held(self) -> str:
        live = self._tables.live_of(self._child.record_id)
        assert live is not None
        return str(live)


def _made(results: Sequence[Result[Line]], code: str) -> set[str]:
    return {result.answer for result in results if result.code == code and result.answer}


def _id(person: Person) -> str:
    assert person.id_no is not None
    return person.id_no


def _tables(client: Any) -> Tables:
    names = client.list_tables()["TableNames"]
    wanted = ("CertificatesTable", "GrantsTable")
    return Tables(client, {each: next(name for name in names if each in name) for each in wanted})


@pytest.mark.timeout(3600)
def test_invariant_1_holds_over_http(world: World) -> None:
    """Never two claimants, never eleven grants, and a loser is told why: 409 with its code, never a 5xx."""
    figures, lines = Figures(), [Line(world) for _ in range(LANES)]
    track = Track(lines, random.Random(20240810), figures)
    tables = _tables(world.stack.emulator.client("dynamodb"))
    children = 0
    while figures.count("claim", "authorize") < WANTED:
        Rounds(track, tables, Child(world, CHILDREN[children % len(CHILDREN)], children)).all()
        children += 1
    seen = sum((line.seen for line in lines), Counter[str]())
    figures.notes |= {
        "families, one after the other": children,
        "claims and grants": figures.count("claim", "authorize"),
        "answers": dict(sorted(seen.items())),
    }
    assert not [status for status in seen if status.startswith("HTTP 5")]
    tell(figures.lines("races over HTTP") + "\n")
