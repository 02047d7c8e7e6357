"""The keys of papers while AWS fails: made, published, taken over and killed over three months (D20, invariant 4).

Every call is failed, alone, in each of seven ways (by default each call in one way or two; `make prove`: all). What issuing, printing and checking do while
AWS fails is in `test_generated_faults.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pytest

from functions.check_document.app import create as create_check
from functions.issue_document.app import create as create_issue
from reference.document import open_keys
from tests.contract.test_certificates_store import certificate
from tests.counts import PROVE
from tests.fakes.events import event
from tests.fakes.papers import a_childhood
from tests.fakes.people import an_archive
from tests.faults.faults import Crash, Kind, Part, Plan
from tests.faults.memory import TABLES
from tests.faults.papers import Press
from vaxcert.archives.store import to_item as archive_to_item
from vaxcert.aws.dynamodb import S
from vaxcert.claims.items import to_item as certificate_to_item
from vaxcert.corrections.run.as_of import as_of_key
from vaxcert.documents.store import from_item
from vaxcert.http.api import Handler
from vaxcert.keys.model import DOCUMENT_KEYS
from vaxcert.keys.store import read_keys

CHILD: Final = an_archive(doses=a_childhood())
CERTIFICATE: Final = certificate("caaaaaaaaaaaaa", archive_keys=(CHILD.key,), record_id=CHILD.record_id)
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


@cache
def _claimed() -> dict[str, dict[tuple[str, str], Any]]:
    """The tables on the morning of the first paper."""
    press = Press()
    press.data_key("testkey0")
    press.put("ArchivesTable", archive_to_item(CHILD))
    press.put("CertificatesTable", certificate_to_item(CERTIFICATE))
    press.put("FeedRunsTable", {**as_of_key(), "business_date": S("2026-06-30")})
    press.rotation().run(press.clock())
    return press.dynamodb.tables


@dataclass
class Failing:
    """A desk whose `at`-th call from now on fails."""

    at: int
    kind: Kind

    def begin(self, desk: Desk) -> None:
        plan = desk.press.plan
        plan.kind, plan.at = self.kind, plan.calls + self.at


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
    for at in places if PROVE else places[list(Kind).index(kind) % 6 :: 6]:
        keys = Keys(Plan(kind=kind, at=at))
        keys.run()
        assert keys.press.plan.injected == {kind: 1}
        assert keys.stands() == expected, at


@pytest.mark.parametrize("kind", Kind)
def test_d20_whatever_fails_a_killed_key_withdraws_what_it_signed(kind: Kind) -> None:
    for at in range(1, 120) if PROVE else range(1 + list(Kind).index(kind), 120, len(Kind)):
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
