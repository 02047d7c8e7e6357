"""Papers while AWS fails: a request that is repeated gets the same bytes, and the register holds one document (D20, invariant 4).

Every call is failed, alone, in each of seven ways: of issuing, listing, printing and checking, and of making, publishing and killing keys
(of the keys' calls one in three to five; `make prove`: all).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pytest

from functions.check_document.app import create as create_check
from functions.issue_document.app import create as create_issue
from reference.document import Foreign, open_keys, read
from tests.contract.test_certificates_store import certificate
from tests.contract.test_grants_store import a_grant
from tests.counts import PROVE
from tests.fakes.events import event
from tests.fakes.papers import a_childhood
from tests.fakes.people import BLINDER, GRANDMOTHER, an_archive
from tests.faults.faults import Crash, Kind, Part, Plan
from tests.faults.memory import TABLES
from tests.faults.papers import Press
from vaxcert.archives.store import to_item as archive_to_item
from vaxcert.aws.dynamodb import S
from vaxcert.claims.items import to_item as certificate_to_item
from vaxcert.corrections.run.as_of import as_of_key
from vaxcert.documents.store import from_item
from vaxcert.grants.items import GrantOps
from vaxcert.http.api import Handler
from vaxcert.keys.model import DOCUMENT_KEYS
from vaxcert.keys.store import read_keys

CHILD: Final = an_archive(doses=a_childhood())
CERTIFICATE: Final = certificate("caaaaaaaaaaaaa", archive_keys=(CHILD.key,), record_id=CHILD.record_id)
GRANT: Final = a_grant(
    certificate_id=CERTIFICATE.certificate_id,
    delegate=GRANDMOTHER,
    name_key=BLINDER.name("沈测试"),
    relation="maternal_grandmother",
)
TRIES: Final = 12


class Desk:
    """A claimed child, and the two functions as processes that die when they crash."""

    def __init__(self) -> None:
        self.press = Press()
        self.press.dynamodb.tables |= {name: dict(rows) for name, rows in _claimed().items()}
        self._warm: dict[str, Handler] = {}

    def handler(self, function: str) -> Handler:
        """The function's process, started where none lives."""
        if function not in self._warm:
            self._warm[function] = (
                create_issue(self.press.issuing(), self.press.clock)
                if function == "issue_document"
                else create_check(*self.press.checking())
            )
        return self._warm[function]

    def until_answered(self, function: str, name: str, **changed: Any) -> dict[str, Any]:
        """As a page that repeats, with the same key, what got no answer or a 5xx."""
        sent = event(function, name, **changed)
        if function == "issue_document":
            sent["requestContext"]["authorizer"]["exp"] = str(2**33)
        for _ in range(TRIES):
            try:
                answer = self.handler(function)(sent, None)
            except Crash:
                del self._warm[function]
                continue
            if answer["statusCode"] < 500:
                return answer
            assert answer["statusCode"] == 503, answer
            assert json.loads(answer["body"])["code"] == "unavailable"
        pytest.fail("it never came through")

    def issue(self, name: str = "issue") -> dict[str, Any]:
        """Issue under one Idempotency-Key."""
        return self.until_answered("issue_document", name, key="key-00000001")

    def paper(self, document_id: str) -> dict[str, Any]:
        return self.until_answered("issue_document", "paper", path={"document_id": document_id})

    def check(self, document_id: str) -> dict[str, Any]:
        return self.until_answered("check_document", "check", path={"document_id": document_id})

    def keys(self) -> dict[str, Any]:
        return self.until_answered("check_document", "keys")


@cache
def _claimed() -> dict[str, dict[tuple[str, str], Any]]:
    """The tables on the morning of the first paper."""
    press = Press()
    press.data_key("testkey0")
    press.put("ArchivesTable", archive_to_item(CHILD))
    press.put("CertificatesTable", certificate_to_item(CERTIFICATE))
    press.put("FeedRunsTable", {**as_of_key(), "business_date": S("2026-06-30")})
    press.dynamodb.transact_write_items(TransactItems=GrantOps(TABLES["GrantsTable"]).made(GRANT, None))
    press.rotation().run(press.clock())
    return press.dynamodb.tables


def _calls(act: Callable[[Desk], object], prepare: Callable[[Desk], object] = lambda _: None) -> int:
    """How many calls of AWS an act makes where nothing fails."""
    desk = Desk()
    prepare(desk)
    before = desk.press.plan.calls
    act(desk)
    return desk.press.plan.calls - before


@dataclass
class Failing:
    """A desk whose `at`-th call from now on fails."""

    at: int
    kind: Kind

    def begin(self, desk: Desk) -> None:
        plan = desk.press.plan
        plan.kind, plan.at = self.kind, plan.calls + self.at


def _failures(kind: Kind, calls: int) -> Iterator[Failing]:
    assert calls > 2
    yield from (Failing(at, kind) for at in range(1, calls + 1))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("who", ["issue", "issue_by_delegate"])
def test_invariant_4_whatever_fails_the_repeated_request_gets_the_same_bytes_and_one_document_is_kept(
    kind: Kind, who: str
) -> None:
    for failing in _failures(kind, _calls(lambda desk: desk.issue(who))):
        desk = Desk()
        failing.begin(desk)
        answer = desk.issue(who)
        assert answer["statusCode"] == 201, answer
        assert desk.press.plan.injected == {kind: 1}
        again = desk.issue(who)
        assert (again["statusCode"], again["body"]) == (201, answer["body"])
        _one_document(desk, json.loads(answer["body"]))


def _one_document(desk: Desk, told: dict[str, Any]) -> None:
    documents = [from_item(item) for item in desk.press.rows("DocumentsTable")]
    assert [one.document_id for one in documents] == [told["document_id"]] * 2, "itself, and its place"
    assert documents[0] == documents[1]
    assert len(desk.press.rows("AccessLogTable")) == 1
    assert len(desk.press.rows("IdempotencyTable")) == 1
    keys = json.loads(desk.keys()["body"])
    paper = read(told["check_url"], keys["keys"], keys["killed"])
    assert not isinstance(paper, Foreign), paper
    assert (paper.document_id, paper.count) == (told["document_id"], 22)


@pytest.mark.parametrize("kind", Kind)
def test_d20_d11_whatever_fails_a_paper_is_the_same_bytes_and_none_goes_without_its_trace(kind: Kind) -> None:
    whole = Desk()
    document_id = json.loads(whole.issue()["body"])["document_id"]
    issued = whole.press.dynamodb.tables
    expected = whole.paper(document_id)
    assert expected["statusCode"] == 200
    assert base64.b64decode(expected["body"]).startswith(b"[")

    calls = _calls(lambda desk: desk.paper(document_id), lambda desk: _take_over(desk, issued))
    for failing in _failures(kind, calls):
        desk = Desk()
        _take_over(desk, issued)
        failing.begin(desk)
        answer = desk.paper(document_id)
        assert (answer["statusCode"], answer["body"]) == (200, expected["body"])
        assert desk.press.plan.injected == {kind: 1}
        assert len(desk.press.rows("AccessLogTable")) >= 1
        assert len(desk.press.rows("DocumentsTable")) == 2


def _take_over(desk: Desk, issued: dict[str, Any]) -> None:
    """The document was issued on this desk before."""
    for table in ("DocumentsTable", "KeysTable"):
        desk.press.dynamodb.tables[TABLES[table]] = dict(issued[TABLES[table]])


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("act", ["list", "check", "keys"])
def test_d20_whatever_fails_what_is_read_comes_through_and_nothing_is_written(kind: Kind, act: str) -> None:
    acts: dict[str, Callable[[Desk, str], dict[str, Any]]] = {
        "list": lambda desk, _: desk.until_answered("issue_document", "list"),
        "check": Desk.check,
        "keys": lambda desk, _: desk.keys(),
    }
    document_id = ""
    for at in range(1, 30):
        desk = Desk()
        document_id = json.loads(desk.issue()["body"])["document_id"]
        before, calls = repr(desk.press.dynamodb.tables), desk.press.plan.calls
        Failing(at, kind).begin(desk)
        answer = acts[act](desk, document_id)
        assert answer["statusCode"] == 200
        told = json.loads(answer["body"])
        if act == "check":
            assert told == {
                "status": "current",
                "kind": "record",
                "issued_on": "2026-07-01",
                "as_of": "2026-06-30",
            }
        elif act == "list":
            assert [(one["document_id"], one["status"]) for one in told["documents"]] == [
                (document_id, "current")
            ]
        else:
            assert told["killed"] == []
        assert repr(desk.press.dynamodb.tables) == before
        if not desk.press.plan.injected:
            assert at > 1
            break
        assert desk.press.plan.calls > calls
    else:
        pytest.fail("more calls than expected")


def _until_rotated(press: Press, kill: str | None = None) -> None:
    """As Lambda runs it again a minute later, whatever it was."""
    for _ in range(TRIES):
        try:
            press.rotation().run(press.clock(), kill)
        except (Crash, Exception):  # noqa: BLE001
            press.clock.advance(seconds=60)
        else:
            return
    pytest.fail("the rotation never came through")


class Keys:
    """Keys of documents over 95 days: made, taken over by the next, and the one that signs killed."""

    def __init__(self, plan: Plan) -> None:
        self.press = Press(plan=plan)
        self.killed: list[str] = []

    def run(self) -> None:
        """As the scheduler and an operator: what fails is run again."""
        _until_rotated(self.press)
        for _ in range(2):
            self.press.clock.advance(days=45)
            _until_rotated(self.press)
        signing = self.kids()[-1]
        _until_rotated(self.press, signing)
        self.killed.append(signing)
        _until_rotated(self.press)

    def kids(self) -> list[str]:
        """Keys of documents that have begun and count, the newest last."""
        now = self.press.clock()
        keys: Any = read_keys(self.press.dynamodb, TABLES["KeysTable"], "document")  # type: ignore[arg-type]
        able = [key for key in keys if key.signs(now)]
        return [key.kid for key in sorted(able, key=lambda key: key.not_before)]

    def stands(self) -> tuple[Any, ...]:
        """What counts of the keys, and what is published of them."""
        keys: Any = read_keys(self.press.dynamodb, TABLES["KeysTable"], "document")  # type: ignore[arg-type]
        told = [(key.kid, key.killed, key.retire_at) for key in keys]
        found = self.press.checking()[1].find(DOCUMENT_KEYS)
        assert found is not None
        body = json.loads(found.body)
        good, killed = open_keys(body["signed"], self.press.root().jwk)
        assert (good, list(killed)) == (body["keys"], body["killed"])
        return told, [key["kid"] for key in body["keys"]], body["killed"]


@dataclass
class About(Plan):
    """Fails nothing, and notes which calls are about the keys of documents or sign what is published."""

    places: list[int] = field(default_factory=list)

    def fault(self, operation: str, request: Any) -> Kind | Part | None:
        found = super().fault(operation, request)
        if operation in {"sign", "get_public_key"} or "document" in repr(request):
            self.places.append(self.calls)
        return found


@pytest.mark.parametrize("kind", Kind)
def test_d20_whatever_fails_of_making_publishing_and_killing_the_keys_end_as_they_should(kind: Kind) -> None:
    about = About()
    whole = Keys(about)
    whole.run()
    places, expected = list(about.places), whole.stands()
    (killed,) = whole.killed
    assert killed in expected[2]
    assert killed not in expected[1]
    assert len(places) > 20
    for at in places if PROVE else places[list(Kind).index(kind) % 3 :: 3]:
        keys = Keys(Plan(kind=kind, at=at))
        keys.run()
        assert keys.press.plan.injected == {kind: 1}
        assert keys.stands() == expected, at


@pytest.mark.parametrize("kind", Kind)
def test_d20_whatever_fails_a_killed_key_withdraws_what_it_signed(kind: Kind) -> None:
    for at in range(1, 120, 1 if PROVE else 5):
        desk = Desk()
        document_id = json.loads(desk.issue()["body"])["document_id"]
        kid = from_item(desk.press.rows("DocumentsTable")[0]).kid
        Failing(at, kind).begin(desk)
        _until_rotated(desk.press, kid)
        desk.press.clock.advance(seconds=31)
        assert json.loads(desk.check(document_id)["body"])["status"] == "withdrawn"
        refused = desk.paper(document_id)
        assert (refused["statusCode"], json.loads(refused["body"])["code"]) == (409, "document_withdrawn")
        desk.press.clock.advance(hours=1)
        fresh = desk.until_answered("issue_document", "issue", key="key-00000002")
        assert fresh["statusCode"] == 201, "another key signs"
        if not desk.press.plan.injected:
            break
    else:
        pytest.fail("more calls than expected")
