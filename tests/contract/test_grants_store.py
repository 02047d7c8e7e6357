"""One suite for the fake grants and those in DynamoDB (R27, D7, invariants 1, 3, 4)."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import pytest

from tests.contract.conftest import Database, asked_of
from tests.contract.test_certificates_store import certificate, dynamo
from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.grants import FakeGrants
from tests.fakes.people import SEALER, a_session, an_archive
from tests.fakes.register import FakeRegister
from tests.fakes.sessions import FakeSessions
from vaxcert.aws.dynamodb import N
from vaxcert.claims.model import ACTIVE, Actor, Certificate, StatusReason, suspended
from vaxcert.grants.items import pointers
from vaxcert.grants.model import Grant, GrantStatus, SealedDelegate
from vaxcert.grants.ports import Grants, LentGrants
from vaxcert.grants.store import GrantStore
from vaxcert.idempotency.model import Answer, Answers, RepeatableRequest, remember
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.service import Sessions

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
SESSION = a_session()
TODAY = date(2026, 7, 1)
CERTIFICATE = certificate()
AUNT, UNCLE = "v1:aunt", "v1:uncle"


def a_grant(grant_id: str = "g1", delegate: str = AUNT, slot: int = 1, **fields: Any) -> Grant:
    values: dict[str, Any] = {
        "certificate_id": CERTIFICATE.certificate_id,
        "grant_id": grant_id,
        "slot": slot,
        "version": 1,
        "status": GrantStatus.ACTIVE,
        "delegate": delegate,
        "name_key": "n1:name",
        "relation": "other_relative",
        "created_at": NOW,
        "expires_on": None,
        "last_used_at": None,
        "ended_at": None,
        "sealed": SealedDelegate(b"name", b"id_no", b"phone"),
    }
    return Grant(**(values | fields))


class Store(Grants, LentGrants, Protocol):
    """Both sides of grants."""


class Applying(Protocol):
    """What the nightly sync does to a certificate."""

    def apply(self, before: Certificate, after: Certificate, by: Actor) -> Commit: ...


@dataclass(frozen=True, slots=True)
class World:
    """A store and what it stands on; the certificate is claimed already."""

    store: Store
    certificates: Applying
    sessions: Sessions
    answers: Answers

    def add(self, grant: Grant, before: Grant | None = None, *, key: str | None = None) -> Commit:
        request = RepeatableRequest(key or f"grant-{grant.grant_id}", "digest")
        return self.store.add(
            grant,
            before,
            certificate=CERTIFICATE,
            session=SESSION,
            remembered=remember(request, Answer(201, "{}"), NOW),
        )

    def revoke(self, grant: Grant) -> Grant:
        revoked = grant.revoked(NOW)
        assert self.store.revoke(grant, revoked, SESSION) is Commit.DONE
        return revoked


class GrantsContract(ABC):
    """What every store of grants does."""

    @pytest.fixture
    @abstractmethod
    def world(self, request: pytest.FixtureRequest) -> World: ...

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"expires_on": TODAY, "last_used_at": NOW, "slot": 10, "version": 3},
            {"status": GrantStatus.NAME_MISMATCH},
        ],
    )
    def test_a_grant_comes_back_whole_from_both_sides(self, world: World, fields: dict[str, Any]) -> None:
        grant = a_grant(**fields)
        assert world.add(grant) is Commit.DONE
        assert world.store.slots("c1") == world.store.history("c1") == (grant,)
        assert world.store.lent_to(AUNT) == (grant,)
        assert world.store.of_delegate("c1", AUNT) == grant

    def test_nothing_is_found_where_nothing_is(self, world: World) -> None:
        assert world.store.slots("c1") == world.store.history("c1") == world.store.lent_to(AUNT) == ()
        assert world.store.of_delegate("c1", AUNT) is None

    def test_invariant_1_a_slot_is_taken_once(self, world: World) -> None:
        assert world.add(a_grant()) is Commit.DONE
        assert world.add(a_grant("g2", UNCLE)) is Commit.STALE
        assert world.store.of_delegate("c1", UNCLE) is None

    def test_invariant_1_a_delegate_has_one_grant_of_a_certificate(self, world: World) -> None:
        assert world.add(a_grant()) is Commit.DONE
        assert world.add(a_grant("g2", slot=2)) is Commit.STALE
        assert world.add(a_grant("g3", UNCLE, slot=2)) is Commit.DONE
        assert [grant.grant_id for grant in world.store.slots("c1")] == ["g1", "g3"]

    def test_invariant_4_the_answer_is_remembered_and_not_given_twice(self, world: World) -> None:
        world.add(a_grant(), key="k1")
        assert world.answers.find(RepeatableRequest("k1", "digest"), NOW) == Answer(201, "{}")
        assert world.add(a_grant("g2", UNCLE, slot=2), key="k1") is Commit.STALE

    def test_d5_nothing_is_added_once_the_certificate_is_another_version(self, world: World) -> None:
        after = CERTIFICATE.moved_to(suspended(StatusReason.OUT_OF_CARE), NOW)
        assert world.certificates.apply(CERTIFICATE, after, Actor.NIGHT) is Commit.DONE
        assert world.add(a_grant()) is Commit.STALE
        assert world.store.slots("c1") == ()

    def test_who_signed_out_writes_nothing(self, world: World) -> None:
        world.add(a_grant())
        world.sessions.sign_out("s-1", NOW)
        assert world.add(a_grant("g2", UNCLE, slot=2)) is Commit.SIGNED_OUT
        assert world.store.revoke(a_grant(), a_grant().revoked(NOW), SESSION) is Commit.SIGNED_OUT
        assert world.store.slots("c1") == (a_grant(),)

    def test_d7_revoked_nothing_points_at_it_and_the_slot_says_so(self, world: World) -> None:
        world.add(a_grant())
        revoked = world.revoke(a_grant())
        assert world.store.slots("c1") == (revoked,)
        assert (world.store.lent_to(AUNT), world.store.of_delegate("c1", AUNT)) == ((), None)

    def test_invariant_4_revoking_what_was_revoked_is_stale(self, world: World) -> None:
        world.add(a_grant())
        world.revoke(a_grant())
        assert world.store.revoke(a_grant(), a_grant().revoked(NOW), SESSION) is Commit.STALE

    def test_invariant_1_a_grant_whose_slot_was_given_anew_ends_nobody_elses(self, world: World) -> None:
        """The same delegate's, too: it is another grant."""
        world.add(a_grant())
        for other in (a_grant("g2"), a_grant("g2", UNCLE)):
            assert world.store.revoke(other, other.revoked(NOW), SESSION) is Commit.STALE
        assert world.store.slots("c1") == world.store.lent_to(AUNT) == (a_grant(),)

    def test_d7_a_revoked_slot_is_used_again_and_what_ended_goes_to_the_history(self, world: World) -> None:
        world.add(a_grant())
        revoked = world.revoke(a_grant())
        new = a_grant("g2", UNCLE, version=2)
        assert world.add(new, revoked) is Commit.DONE
        assert world.store.slots("c1") == (new,)
        assert world.store.history("c1") == (new, revoked)
        assert (world.store.lent_to(AUNT), world.store.lent_to(UNCLE)) == ((), (new,))

    def test_d7_who_was_revoked_may_be_authorised_again_elsewhere(self, world: World) -> None:
        world.add(a_grant())
        world.revoke(a_grant())
        again = a_grant("g2", slot=2)
        assert world.add(again) is Commit.DONE
        assert world.store.of_delegate("c1", AUNT) == again

    def test_d7_who_is_authorised_elsewhere_by_now_keeps_it_when_the_old_slot_is_given_away(
        self, world: World
    ) -> None:
        world.add(a_grant())
        revoked = world.revoke(a_grant())
        again = a_grant("g2", slot=2)
        world.add(again)
        assert world.add(a_grant("g3", UNCLE, version=2), revoked) is Commit.DONE
        assert world.store.of_delegate("c1", AUNT) == again

    def test_d7_an_expired_slot_is_used_again_by_the_same_delegate(self, world: World) -> None:
        expired = a_grant(expires_on=TODAY)
        world.add(expired)
        new = a_grant("g2", version=2)
        assert world.add(new, expired) is Commit.DONE
        assert world.store.of_delegate("c1", AUNT) == new
        assert world.store.history("c1") == (new, expired.expired())

    def test_d7_an_expired_slot_is_used_again_by_another_and_the_first_loses_it(self, world: World) -> None:
        expired = a_grant(expires_on=TODAY)
        world.add(expired)
        new = a_grant("g2", UNCLE, version=2)
        assert world.add(new, expired) is Commit.DONE
        assert (world.store.lent_to(AUNT), world.store.lent_to(UNCLE)) == ((), (new,))
        again = a_grant("g3", slot=2)
        assert world.add(again) is Commit.DONE
        assert world.store.of_delegate("c1", AUNT) == again

    def test_a_slot_that_changed_since_it_was_read_is_stale(self, world: World) -> None:
        world.add(a_grant())
        assert world.add(a_grant("g2", UNCLE, version=2), a_grant("g0")) is Commit.STALE
        assert world.add(a_grant("g2", UNCLE, version=2), a_grant().revoked(NOW)) is Commit.STALE
        world.revoke(a_grant())
        assert world.add(a_grant("g2", UNCLE, version=2), a_grant("g0").revoked(NOW)) is Commit.STALE

    def test_d7_a_mismatch_is_written_and_mended_on_what_still_stands(self, world: World) -> None:
        world.add(a_grant())
        assert world.store.see(a_grant(), GrantStatus.NAME_MISMATCH) is Commit.DONE
        seen = replace(a_grant(), status=GrantStatus.NAME_MISMATCH)
        assert world.store.slots("c1") == (seen,)
        assert world.store.see(a_grant(), GrantStatus.NAME_MISMATCH) is Commit.STALE
        assert world.store.see(seen, GrantStatus.ACTIVE) is Commit.DONE
        another = a_grant("g2")  # the slot was given anew since the look
        assert world.store.see(another, GrantStatus.NAME_MISMATCH) is Commit.STALE
        assert world.store.slots("c1") == (a_grant(),)
        world.revoke(a_grant())
        assert world.store.see(a_grant(), GrantStatus.NAME_MISMATCH) is Commit.STALE

    def test_r25_another_phone_stands_on_both_sides_and_can_be_written_again(self, world: World) -> None:
        grant = a_grant()
        world.add(grant)
        for _ in range(2):
            assert world.store.change_phone(grant, b"another", SESSION) is Commit.DONE
        changed = a_grant(sealed=SealedDelegate(b"name", b"id_no", b"another"))
        assert world.store.slots("c1") == world.store.lent_to(AUNT) == (changed,)

    def test_r25_no_phone_is_written_on_what_is_not_that_grant_any_more(self, world: World) -> None:
        grant = a_grant()
        world.add(grant)
        other = a_grant("g2")
        assert world.store.change_phone(other, b"another", SESSION) is Commit.STALE
        ended = world.revoke(grant)
        assert world.store.change_phone(grant, b"another", SESSION) is Commit.STALE
        assert world.store.history("c1") == (ended,)

    def test_r25_who_signed_out_writes_no_phone(self, world: World) -> None:
        grant = a_grant()
        world.add(grant)
        world.sessions.sign_out("s-1", NOW)
        assert world.store.change_phone(grant, b"another", SESSION) is Commit.SIGNED_OUT
        assert world.store.slots("c1") == (grant,)

    def test_a_delegate_of_several_certificates_finds_them_all(self, world: World) -> None:
        other = replace(a_grant("g9"), certificate_id="c9")
        world.add(a_grant())
        world.add(other)
        assert world.store.lent_to(AUNT) == (a_grant(), other)
        assert world.store.slots("c9") == (other,)

    def test_ended_ones_are_read_a_page_at_a_time_newest_first(self, world: World) -> None:
        past: list[Grant] = []
        before: Grant | None = None
        for number in range(5):
            new = a_grant(f"g{number}", version=number + 1, created_at=NOW + timedelta(minutes=number // 2))
            assert world.add(new, before) is Commit.DONE
            before = world.revoke(new)
            past = [before, *past]
        past = sorted(past[1:], key=lambda grant: grant.position, reverse=True)  # the last one is in its slot
        assert world.store.ended("c1", None, 10) == tuple(past)
        assert world.store.ended("c1", None, 3) == tuple(past[:3])
        for place in range(4):
            assert world.store.ended("c1", past[place].position, 2) == tuple(past[place + 1 : place + 3])
        # A position that is no grant's (its page was read while it stood in a slot) is a place all the same.
        assert world.store.ended("c1", before.position if before else "", 10) == tuple(past)
        assert world.store.ended("c9", None, 10) == ()


class TestFakeGrants(GrantsContract):
    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> World:
        register, sessions, answers = FakeRegister(an_archive()), FakeSessions(), FakeAnswers()
        certificates = FakeCertificates(register, sessions, answers)
        certificates.stored["c1"] = CERTIFICATE
        certificates.pointers[CERTIFICATE.record_id] = "c1"
        return World(FakeGrants(certificates, sessions, answers), certificates, sessions, answers)


def _dynamo(database: Database) -> World:
    client, tables = database.client, database.tables
    claimed = dynamo(database)
    claimed.register.store(an_archive())
    assert claimed.claim(CERTIFICATE, session=a_session("s-0")) is Commit.DONE
    answers = AnswerStore(client, tables["IdempotencyTable"], SEALER)
    store = GrantStore(
        client,
        grants_table=tables["GrantsTable"],
        certificates_table=tables["CertificatesTable"],
        sessions_table=tables["SessionsTable"],
        remembering=answers.op,
    )
    return World(store, claimed.store, claimed.sessions, answers)


class TestDynamoGrants(GrantsContract):
    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> World:
        return _dynamo(request.getfixturevalue("database"))

    @pytest.fixture(autouse=True)
    def _with(self, database: Database) -> None:
        """Every test here runs once per kind of database."""

    @pytest.mark.parametrize("slot", [2, 3], ids=["to another grant", "nowhere"])
    def test_d7_what_points_at_a_slot_that_holds_the_grant_no_more_finds_nobody_elses(
        self, world: World, database: Database, slot: int
    ) -> None:
        """Between the two reads of a delegate a grant may end, and another take its slot."""
        world.add(a_grant())
        world.add(a_grant("g2", UNCLE, slot=2))
        for key in pointers(a_grant()):
            database.client.update_item(
                TableName=database.tables["GrantsTable"],
                Key=key,
                UpdateExpression="SET slot = :slot",
                ExpressionAttributeValues={":slot": N(slot)},
            )
        assert (world.store.lent_to(AUNT), world.store.of_delegate("c1", AUNT)) == ((), None)

    def test_what_a_page_of_ended_ones_costs_is_bounded_by_its_size(
        self, world: World, database: Database
    ) -> None:
        with asked_of(database.client) as asked:
            world.store.ended("c1", None, 3)
        ((name, query),) = asked
        assert (name, query["Limit"], query["ScanIndexForward"]) == ("Query", 4, False)


@pytest.mark.parametrize("database", ["emulator"], indirect=True)
@pytest.mark.emulator
def test_invariant_1_of_many_grants_at_once_slots_and_delegates_stay_single(database: Database) -> None:
    """A race: on the emulator only, since moto is not atomic."""
    world = _dynamo(database)
    outcomes: list[Commit] = []
    start = threading.Barrier(8)

    def add(number: int) -> None:
        start.wait()
        # Four delegates, each twice, fighting for two slots.
        grant = a_grant(f"g{number}", f"v1:{number // 2}", slot=number % 2 + 1)
        outcomes.append(world.add(grant))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slots = world.store.slots("c1")
    assert len(outcomes) == 8
    assert outcomes.count(Commit.DONE) == len(slots) <= 2
    assert len({grant.delegate for grant in slots}) == len(slots) >= 1
    assert CERTIFICATE.standing == ACTIVE
