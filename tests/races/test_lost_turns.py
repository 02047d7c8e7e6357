"""Races that were lost once, played move by move on the fakes: what the racing tests found, each by itself (invariants 1 and 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.grants import FakeGrants
from tests.fakes.household import PURPOSES, RULES
from tests.fakes.people import BLINDER, FATHER, SEALER, an_archive, citizen
from tests.fakes.register import FakeRegister
from tests.fakes.sessions import FakeSessions
from tests.fakes.waiting_room import WaitingRoom
from tests.races.desk import Desk, Stores
from tests.races.rounds import Family
from vaxcert.aws.dynamodb import S
from vaxcert.claims.items import to_item
from vaxcert.claims.model import RELEASED, Certificate
from vaxcert.claims.store import CertificateReader
from vaxcert.grants.model import Grant
from vaxcert.grants.service import GrantLimitReached
from vaxcert.idempotency.model import Answer, RepeatableRequest
from vaxcert.idempotency.turn import Commit
from vaxcert.visits.outcomes import OutcomeService, WrongOrder

CHILD = an_archive()
RELATIVES = Family(1).relatives


class LateAnswers(FakeAnswers):
    """Finds nothing the first time that it is asked for a request: its twin is on the way but not there yet."""

    def __init__(self, kept: FakeAnswers) -> None:
        super().__init__()
        self.kept = kept.kept
        self._asked: set[str] = set()

    def find(self, request: RepeatableRequest, now: datetime) -> Answer | None:
        if request.key not in self._asked:
            self._asked.add(request.key)
            return None
        return super().find(request, now)


class BusySlots(FakeGrants):
    """Somebody else takes the slot just before each of the first turns."""

    def __init__(self, certificates: FakeCertificates, sessions: FakeSessions, answers: FakeAnswers) -> None:
        super().__init__(certificates, sessions, answers)
        self.others: list[Any] = []

    def add(self, grant: Grant, before: Grant | None, **more: Any) -> Commit:
        if self.others:
            self.others.pop()()
        return super().add(grant, before, **more)


class Place:
    """Two desks over the same fakes; the second one's look for an earlier answer comes a moment too early."""

    def __init__(self) -> None:
        self.answers = FakeAnswers()
        register, sessions = FakeRegister(CHILD), FakeSessions()
        certificates = FakeCertificates(register, sessions, self.answers)
        self.grants = BusySlots(certificates, sessions, self.answers)
        late = LateAnswers(self.answers)
        self.first, self.second = (
            Desk(Stores(register, certificates, self.grants, answers), FakeClock(), RULES, BLINDER, SEALER)
            for answers in (self.answers, late)
        )


@pytest.fixture
def place() -> Place:
    return Place()


def test_invariant_4_a_claim_that_comes_twice_at_once_is_answered_twice_alike(place: Place) -> None:
    """A finger that taps twice: the second is told what the first is, not `already_claimed`."""
    one = place.first.claim_at_once(citizen(FATHER), CHILD.record_id, "key-00000001", PURPOSES)
    assert place.second.claim_at_once(citizen(FATHER), CHILD.record_id, "key-00000001", PURPOSES) == one


def test_invariant_4_a_grant_that_comes_twice_at_once_is_answered_twice_alike(place: Place) -> None:
    """Likewise, not `already_authorized`."""
    certificate_id = place.first.claim_at_once(citizen(FATHER), CHILD.record_id, "key-00000001", PURPOSES)
    asked = (citizen(FATHER), certificate_id, RELATIVES[0], "某亲属", "key-00000002")
    one = place.first.authorize(*asked)
    assert place.second.authorize(*asked) == one
    assert len(place.grants.slots(certificate_id)) == 1


def test_invariant_4_an_outcome_that_comes_twice_at_once_is_answered_twice_alike() -> None:
    """Likewise, not `wrong_order`: the visit has moved on by this very report."""
    room = WaitingRoom()
    visit_id = room.until("registering")
    one = room.report(visit_id, "registration", "fit", key="key-00000003")
    late = LateAnswers(room.home.answers)
    room.outcomes = OutcomeService(visits=room.clinic, answers=late, observation_seconds=60)
    assert room.report(visit_id, "registration", "fit", key="key-00000003") == one
    with pytest.raises(WrongOrder):
        room.report(visit_id, "registration", "fit", key="key-00000004")


@pytest.mark.parametrize("others", range(11))
def test_r27_a_grant_finds_a_free_slot_however_many_others_come_first(place: Place, others: int) -> None:
    """Nine turns lost to others still end in the tenth slot; ten in `grant_limit_reached`, never in a 503."""
    certificate_id = place.first.claim_at_once(citizen(FATHER), CHILD.record_id, "key-00000001", PURPOSES)

    def authorize(number: int) -> str:
        return place.first.authorize(
            citizen(FATHER), certificate_id, RELATIVES[number], "某亲属", f"key-1{number:07d}"
        )

    def another(number: int) -> Any:
        def comes_first() -> None:
            waiting, place.grants.others = place.grants.others, []
            authorize(number)
            place.grants.others = waiting

        return comes_first

    place.grants.others = [another(number) for number in range(1, others + 1)]
    if others < 10:
        authorize(0)
    else:
        with pytest.raises(GrantLimitReached):
            authorize(0)
    assert len(place.grants.slots(certificate_id)) == min(others + 1, 10)


class BetweenReads:
    """A client that reads the person's pointer, and then a certificate that its holder has released meanwhile."""

    def __init__(self, released: Certificate) -> None:
        pointer = {"pk": S(f"P#{CHILD.record_id}"), "sk": S("LIVE"), "certificate_id": S("c1")}
        self._answers = [pointer, to_item(released)]

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - botocore's
        """One item after the other."""
        (table,) = RequestItems
        return {"Responses": {table: [self._answers.pop(0)]}}


def test_d5_a_certificate_that_ends_between_two_reads_is_not_the_live_one() -> None:
    """Taken for live, it made way to a claim that it could not make way to, and the claimant was told 500."""
    place = Place()
    certificate_id = place.first.claim_at_once(citizen(FATHER), CHILD.record_id, "key-00000001", PURPOSES)
    place.first.release(citizen(FATHER), certificate_id)
    released = place.first.stores.certificates.get(certificate_id)
    assert released is not None
    assert released.standing == RELEASED
    assert CertificateReader(stands_in(BetweenReads(released)), "certificates").live([CHILD.record_id]) == {}
