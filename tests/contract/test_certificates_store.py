"""One suite for the fake certificates and those in DynamoDB (D5, D6, invariants 1, 4)."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import pytest

from tests.contract.conftest import Database
from tests.contract.test_archives_store import DynamoRegister, Storing
from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.people import FATHER, MOTHER, SEALER, a_session, an_archive
from tests.fakes.register import FakeRegister
from tests.fakes.sessions import FakeSessions
from vaxcert.archives.model import Archive
from vaxcert.aws.dynamodb import S, query_all
from vaxcert.claims.items import CertificateOps, live_key
from vaxcert.claims.model import (
    ACTIVE,
    CAME_OF_AGE,
    DECEASED,
    RELEASED,
    REPLACED,
    Actor,
    Agreement,
    Certificate,
    Kind,
    StatusReason,
    suspended,
)
from vaxcert.claims.ports import Certificates
from vaxcert.claims.store import CertificateStore
from vaxcert.idempotency.model import Answer, Answers, Remembered, RepeatableRequest, remember
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.identity.service import Sessions
from vaxcert.identity.store import SessionStore

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
SESSION = a_session()
CHILD = an_archive()
OUT_OF_CARE = suspended(StatusReason.OUT_OF_CARE)


def certificate(certificate_id: str = "c1", holder: str = FATHER, **fields: Any) -> Certificate:
    values: dict[str, Any] = {
        "certificate_id": certificate_id,
        "record_id": CHILD.record_id,
        "person_key": CHILD.person_key,
        "holder": holder,
        "relation": "father",
        "kind": Kind.CHILD,
        "standing": ACTIVE,
        "version": 1,
        "birth_date": date(2020, 5, 1),
        "archive_keys": (CHILD.key,),
        "claimed_at": NOW,
        "changed_at": NOW,
        "agreement": Agreement("2024-08-10", ("basic_service",), NOW, "app", "face"),
    }
    return Certificate(**(values | fields))


def answer(key: str = "k1") -> Remembered:
    return remember(RepeatableRequest(key, "digest"), Answer(201, "{}"), NOW)


class Store(Certificates, Protocol):
    """The port, a change alone, and what a copy of somebody's data asks."""

    def apply(self, before: Certificate, after: Certificate, by: Actor) -> Commit: ...

    def released_by(self, subject: str) -> tuple[Certificate, ...]: ...


@dataclass(frozen=True, slots=True)
class World:
    """A store and what it stands on."""

    store: Store
    register: Storing
    sessions: Sessions
    answers: Answers

    def claim(
        self,
        one: Certificate,
        *,
        instead_of: tuple[Certificate, Certificate] | None = None,
        decided_by: tuple[Archive, ...] = (CHILD,),
        session: Session = SESSION,
        key: str | None = None,
    ) -> Commit:
        return self.store.claim(
            one,
            instead_of=instead_of,
            decided_by=decided_by,
            session=session,
            remembered=answer(key or f"claim-{one.certificate_id}"),
        )


class CertificatesContract(ABC):
    """What every store of certificates does."""

    @pytest.fixture
    @abstractmethod
    def world(self, request: pytest.FixtureRequest) -> World: ...

    @pytest.fixture(autouse=True)
    def _archived(self, world: World) -> None:
        world.register.store(CHILD)

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"person_key": None, "archive_keys": ()},
            {"kind": Kind.ADULT, "relation": "self", "archive_keys": ("a1:1", "a1:2")},
        ],
    )
    def test_a_claimed_certificate_comes_back_whole(self, world: World, fields: dict[str, Any]) -> None:
        one = certificate(**fields)
        assert world.claim(one) is Commit.DONE
        assert world.store.get("c1") == one
        assert world.store.held_by(FATHER) == (one,)
        assert world.store.live([CHILD.record_id, "rnone"]) == {CHILD.record_id: one}
        assert world.store.several(["cnone", "c1", "c1"]) == (one,)

    def test_nothing_is_found_where_nothing_is(self, world: World) -> None:
        assert world.store.get("c1") is None
        assert world.store.several([]) == world.store.held_by(FATHER) == ()
        assert world.store.live([]) == world.store.live(["r1"]) == {}

    def test_invariant_1_one_live_certificate_per_person(self, world: World) -> None:
        assert world.claim(certificate()) is Commit.DONE
        assert world.claim(certificate("c2", MOTHER)) is Commit.STALE
        assert world.store.get("c2") is None
        assert world.store.held_by(MOTHER) == ()
        assert world.answers.find(answer("claim-c2").request, NOW) is None

    def test_no_certificate_takes_the_id_of_another(self, world: World) -> None:
        """Ids are drawn (ADR 4): one that is drawn twice is drawn again."""
        one = certificate()
        world.claim(one)
        assert world.claim(certificate("c1", MOTHER, record_id="r9"), key="k9") is Commit.STALE
        assert (world.store.get("c1"), world.store.live(["r9"])) == (one, {})

    def test_invariant_4_the_answer_is_remembered_with_the_claim(self, world: World) -> None:
        world.claim(certificate())
        assert world.answers.find(answer("claim-c1").request, NOW) == Answer(201, "{}")

    def test_invariant_4_an_answered_request_writes_nothing_again(self, world: World) -> None:
        world.claim(certificate())
        other = certificate("c2", record_id="r2")
        assert world.claim(other, key="claim-c1") is Commit.STALE
        assert world.store.get("c2") is None

    def test_d22_who_signed_out_everywhere_writes_nothing_with_an_older_session(self, world: World) -> None:
        one, later = certificate(), replace(SESSION, issued_at=SESSION.issued_at + timedelta(seconds=1))
        world.sessions.sign_out_everywhere(SESSION.subject, SESSION.issued_at, NOW)
        for each in (SESSION, a_session("s-3")):
            assert world.claim(one, session=each) is Commit.SIGNED_OUT
        assert world.claim(one, session=later) is Commit.DONE
        assert world.store.release(one, one.moved_to(RELEASED, NOW), SESSION) is Commit.SIGNED_OUT

    def test_who_signed_out_writes_nothing(self, world: World) -> None:
        one = certificate()
        world.sessions.sign_out("s-1", NOW)
        assert world.claim(one) is Commit.SIGNED_OUT
        assert world.claim(one, session=a_session("s-2")) is Commit.DONE
        assert world.store.release(one, one.moved_to(RELEASED, NOW), SESSION) is Commit.SIGNED_OUT
        assert world.store.get("c1") == one

    def test_a_claim_holds_only_on_the_archives_that_it_was_decided_by(self, world: World) -> None:
        world.register.store(replace(CHILD, version=2))
        assert world.claim(certificate()) is Commit.STALE
        assert world.claim(certificate(), decided_by=(an_archive("gone"),)) is Commit.STALE
        assert world.claim(certificate(), decided_by=(replace(CHILD, version=2),)) is Commit.DONE

    def test_d5_release_ends_it_for_person_and_holder_and_keeps_it_on_record(self, world: World) -> None:
        one = certificate()
        world.claim(one)
        after = one.moved_to(RELEASED, NOW)
        assert world.store.release(one, after, SESSION) is Commit.DONE
        assert world.store.get("c1") == after
        assert world.store.held_by(FATHER) == ()
        assert world.store.released_by(FATHER) == (after,)
        assert world.store.live([CHILD.record_id]) == {}
        assert world.claim(certificate("c2", MOTHER)) is Commit.DONE

    def test_invariant_4_a_change_of_another_version_is_stale(self, world: World) -> None:
        one = certificate()
        world.claim(one)
        after = one.moved_to(RELEASED, NOW)
        assert world.store.apply(replace(one, version=7), after, Actor.NIGHT) is Commit.STALE
        assert world.store.release(one, after, SESSION) is Commit.DONE
        assert world.store.release(one, after, SESSION) is Commit.STALE

    def test_d5_suspended_it_stays_the_live_one_and_can_be_restored(self, world: World) -> None:
        one = certificate()
        world.claim(one)
        held = one.moved_to(OUT_OF_CARE, NOW)
        assert world.store.apply(one, held, Actor.NIGHT) is Commit.DONE
        assert world.store.live([CHILD.record_id]) == {CHILD.record_id: held}
        assert world.claim(certificate("c2", MOTHER)) is Commit.STALE
        again = held.moved_to(ACTIVE, NOW)
        assert world.store.apply(held, again, Actor.NIGHT) is Commit.DONE
        assert world.store.get("c1") == again

    def test_d5_another_guardian_takes_the_place_of_a_suspended_one(self, world: World) -> None:
        one = certificate()
        world.claim(one)
        held = one.moved_to(OUT_OF_CARE, NOW)
        world.store.apply(one, held, Actor.NIGHT)
        ended = held.moved_to(REPLACED, NOW)
        two = certificate("c2", MOTHER)
        assert world.claim(two, instead_of=(held, ended)) is Commit.DONE
        assert world.store.live([CHILD.record_id]) == {CHILD.record_id: two}
        assert (world.store.get("c1"), world.store.held_by(FATHER)) == (ended, ())
        assert world.store.held_by(MOTHER) == (two,)
        assert (world.store.released_by(FATHER), world.store.released_by(MOTHER)) == ((ended,), ())

    def test_d5_a_successor_comes_too_late_when_it_was_restored(self, world: World) -> None:
        one = certificate()
        world.claim(one)
        held = one.moved_to(OUT_OF_CARE, NOW)
        world.store.apply(one, held, Actor.NIGHT)
        world.store.apply(held, held.moved_to(ACTIVE, NOW), Actor.NIGHT)
        pair = (held, held.moved_to(REPLACED, NOW))
        assert world.claim(certificate("c2", MOTHER), instead_of=pair) is Commit.STALE
        assert world.store.get("c2") is None

    def test_invariant_1_nobody_takes_the_place_of_another_persons(self, world: World) -> None:
        one, other = certificate(), certificate("c9", MOTHER, record_id="r9")
        world.claim(one)
        world.claim(other)
        held = other.moved_to(OUT_OF_CARE, NOW)
        world.store.apply(other, held, Actor.NIGHT)
        pair = (held, held.moved_to(REPLACED, NOW))
        assert world.claim(certificate("c2", MOTHER), instead_of=pair) is Commit.STALE
        assert world.store.live([CHILD.record_id, "r9"]) == {CHILD.record_id: one, "r9": held}

    @pytest.mark.parametrize("standing", [CAME_OF_AGE, DECEASED])
    def test_d6_closed_it_is_live_no_more_and_stays_on_its_holders_list(
        self, world: World, standing: Any
    ) -> None:
        one = certificate()
        world.claim(one)
        closed = one.moved_to(standing, NOW)
        assert world.store.apply(one, closed, Actor.NIGHT) is Commit.DONE
        assert world.store.live([CHILD.record_id]) == {}
        assert world.store.held_by(FATHER) == (closed,)
        assert world.store.released_by(FATHER) == ()

    def test_merge_it_follows_its_person_to_another_record(self, world: World) -> None:
        one = certificate()
        world.claim(one)
        moved = one.relinked(
            record_id="r2",
            person_key="v1:2",
            archive_keys=["a1:2"],
            birth_date=date(2020, 5, 2),
            now=NOW,
        )
        assert world.store.apply(one, moved, Actor.NIGHT) is Commit.DONE
        assert world.store.live([CHILD.record_id, "r2"]) == {"r2": moved}

    def test_merge_it_does_not_follow_to_a_person_who_has_one(self, world: World) -> None:
        one, two = certificate(), certificate("c2", MOTHER, record_id="r2")
        world.claim(one)
        world.claim(two)
        moved = one.relinked(
            record_id="r2", person_key=None, archive_keys=[], birth_date=one.birth_date, now=NOW
        )
        assert world.store.apply(one, moved, Actor.NIGHT) is Commit.STALE
        assert world.store.live([CHILD.record_id, "r2"]) == {CHILD.record_id: one, "r2": two}

    def test_a_relink_in_place_keeps_the_pointer(self, world: World) -> None:
        one = certificate()
        world.claim(one)
        moved = one.relinked(
            record_id=one.record_id,
            person_key=one.person_key,
            archive_keys=["a1:1", "a1:2"],
            birth_date=one.birth_date,
            now=NOW,
        )
        assert world.store.apply(one, moved, Actor.NIGHT) is Commit.DONE
        assert world.store.live([CHILD.record_id]) == {CHILD.record_id: moved}


class TestFakeCertificates(CertificatesContract):
    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> World:
        register, sessions, answers = FakeRegister(), FakeSessions(), FakeAnswers()
        return World(FakeCertificates(register, sessions, answers), register, sessions, answers)


def dynamo(database: Database) -> World:
    """The real store over a database."""
    client, tables = database.client, database.tables
    answers = AnswerStore(client, tables["IdempotencyTable"], SEALER)
    store = CertificateStore(
        client,
        certificates_table=tables["CertificatesTable"],
        archives_table=tables["ArchivesTable"],
        sessions_table=tables["SessionsTable"],
        remembering=answers.op,
    )
    return World(store, DynamoRegister(database), SessionStore(client, tables["SessionsTable"]), answers)


class TestDynamoCertificates(CertificatesContract):
    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> World:
        return dynamo(request.getfixturevalue("database"))

    @pytest.fixture(autouse=True)
    def _with(self, database: Database) -> None:
        """Every test here runs once per kind of database."""

    @pytest.mark.parametrize(
        "changed",
        [{"relation": "mother"}, {"record_id": "r2"}, {"standing": DECEASED}],
        ids=["told anew", "moved", "ended"],
    )
    def test_invariant_1_a_pointer_that_leads_to_another_certificate_is_left_alone(
        self, world: World, database: Database, changed: dict[str, Any]
    ) -> None:
        one = certificate()
        world.claim(one)
        after = replace(one, version=2, **changed)
        pointer = live_key(one.record_id)
        whose = {"TableName": database.tables["CertificatesTable"], "Key": pointer}
        for own, outcome in (("c9", Commit.STALE), ("c1", Commit.DONE)):
            database.client.update_item(
                **whose,
                UpdateExpression="SET certificate_id = :own",
                ExpressionAttributeValues={":own": S(own)},
            )
            assert world.store.apply(one, after, Actor.NIGHT) is outcome
        found = database.client.get_item(**whose, ConsistentRead=True).get("Item")
        assert (found and found["relation"]["S"]) == ("mother" if "relation" in changed else None)

    def test_every_version_leaves_a_line_that_says_who_and_why(
        self, world: World, database: Database
    ) -> None:
        one = certificate()
        world.claim(one)
        held = one.moved_to(OUT_OF_CARE, NOW + timedelta(days=1))
        world.store.apply(one, held, Actor.NIGHT)
        world.store.release(held, held.moved_to(RELEASED, NOW + timedelta(days=2)), SESSION)
        lines = query_all(
            database.client,
            TableName=database.tables["CertificatesTable"],
            KeyConditionExpression="pk = :pk AND begins_with(sk, :t)",
            ExpressionAttributeValues={":pk": S("C#c1"), ":t": S("T#")},
        )
        told = [
            tuple(line.get(name, {}).get("S") for name in ("sk", "status", "status_reason", "by"))
            for line in lines
        ]
        assert told == [
            ("T#000001", "active", None, "holder"),
            ("T#000002", "suspended", "out_of_care", "night"),
            ("T#000003", "released", None, "holder"),
        ]


@pytest.mark.parametrize(
    ("changed", "writes"),
    [
        ({"archive_keys": ("a1:2",)}, 2),  # itself and its line
        ({"relation": "mother"}, 3),  # the person's pointer says it too
        ({"record_id": "r2"}, 4),
        ({"standing": CAME_OF_AGE}, 3),
        ({"standing": RELEASED}, 5),  # off one list, onto the other
    ],
)
def test_a_change_writes_what_it_changes_and_no_more(changed: dict[str, Any], writes: int) -> None:
    one = certificate()
    assert (
        len(CertificateOps("certificates").changed(one, replace(one, version=2, **changed), Actor.NIGHT))
        == writes
    )


@pytest.mark.parametrize("database", ["emulator"], indirect=True)
@pytest.mark.emulator
def test_invariant_1_of_many_claims_at_once_one_stands(database: Database) -> None:
    """A race: on the emulator only, since moto is not atomic."""
    world = dynamo(database)
    world.register.store(CHILD)
    outcomes: list[Commit] = []
    start = threading.Barrier(8)

    def claim(number: int) -> None:
        start.wait()
        outcomes.append(world.claim(certificate(f"c{number}", f"v1:{number}")))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [Commit.DONE] + [Commit.STALE] * 7
    (live,) = world.store.live([CHILD.record_id]).values()
    assert world.store.held_by(live.holder) == (live,)
    assert sum(len(world.store.held_by(f"v1:{number}")) for number in range(8)) == 1
