"""What every keeper of used challenges and ended sessions promises: the fake, moto and the emulator."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import Database, asked_of
from tests.fakes.clients import stands_in
from tests.fakes.people import a_session
from tests.fakes.sessions import FakeSessions
from vaxcert.aws.clock import epoch
from vaxcert.devices.store import AssertionStore
from vaxcert.identity.service import Sessions
from vaxcert.identity.store import SIGNED_IN_CHECKS, SessionStore, signed_in

UNTIL = datetime(2026, 7, 1, 2, 5, tzinfo=UTC)


class SessionsContract:
    """The promises; a subclass brings the store."""

    @pytest.fixture
    def sessions(self) -> Sessions:
        raise NotImplementedError

    def test_a_challenge_is_used_once(self, sessions: Sessions) -> None:
        assert sessions.burn("c1", "first", UNTIL)
        assert not sessions.burn("c1", "second", UNTIL)
        assert not sessions.burn("c1", "second", UNTIL + timedelta(hours=1))

    def test_invariant_4_its_own_user_may_repeat_it(self, sessions: Sessions) -> None:
        assert sessions.burn("c1", "first", UNTIL)
        assert sessions.burn("c1", "first", UNTIL)

    def test_challenges_know_nothing_of_each_other(self, sessions: Sessions) -> None:
        assert sessions.burn("c1", "first", UNTIL)
        assert sessions.burn("c2", "second", UNTIL)

    def test_a_session_is_ended_once_it_was_ended(self, sessions: Sessions) -> None:
        first, second = a_session("s1"), a_session("s2")
        assert not sessions.signed_out(first)
        sessions.sign_out("s1", UNTIL)
        sessions.sign_out("s1", UNTIL)
        assert sessions.signed_out(first)
        assert not sessions.signed_out(second)

    def test_d22_every_session_of_a_person_is_ended_that_was_opened_by_then(self, sessions: Sessions) -> None:
        session, moment = a_session("s1"), timedelta(seconds=1)
        later = replace(session, session_id="s2", issued_at=session.issued_at + moment)
        assert not sessions.signed_out(session)
        sessions.sign_out_everywhere(session.subject, session.issued_at, UNTIL)
        assert sessions.signed_out(session)
        assert sessions.signed_out(replace(session, issued_at=session.issued_at - moment))
        assert not sessions.signed_out(later)
        assert not sessions.signed_out(replace(session, subject="v1:other"))

    def test_d22_an_earlier_end_that_comes_late_takes_nothing_back(self, sessions: Sessions) -> None:
        session = a_session()
        sessions.sign_out_everywhere(session.subject, session.issued_at, UNTIL)
        sessions.sign_out_everywhere(session.subject, session.issued_at - timedelta(hours=1), UNTIL)
        assert sessions.signed_out(session)

    def test_d22_a_later_end_takes_the_sessions_that_were_opened_since(self, sessions: Sessions) -> None:
        first = a_session()
        again = replace(first, session_id="s2", issued_at=first.issued_at + timedelta(hours=1))
        sessions.sign_out_everywhere(first.subject, first.issued_at, UNTIL)
        assert not sessions.signed_out(again)
        sessions.sign_out_everywhere(first.subject, again.issued_at, UNTIL)
        assert sessions.signed_out(again)

    def test_d22_when_somebody_signed_out_everywhere_is_told_while_the_mark_stands(
        self, sessions: SessionStore | FakeSessions
    ) -> None:
        assert sessions.signed_out_until("v1:a") is None
        sessions.sign_out_everywhere("v1:a", UNTIL, UNTIL + timedelta(hours=12))
        assert sessions.signed_out_until("v1:a") == UNTIL

    def test_a_challenge_and_a_session_of_one_id_are_two(self, sessions: Sessions) -> None:
        assert sessions.burn("x", "first", UNTIL)
        assert not sessions.signed_out(a_session("x"))
        sessions.sign_out("x", UNTIL)
        assert not sessions.burn("x", "second", UNTIL)


class TestFake(SessionsContract):
    @pytest.fixture
    def sessions(self) -> Sessions:
        return FakeSessions()


class TestDynamoDB(SessionsContract):
    @pytest.fixture
    def sessions(self, database: Database) -> Sessions:
        return SessionStore(database.client, database.tables["SessionsTable"])

    def test_invariant_5_marks_carry_the_end_that_ttl_reads(self, database: Database) -> None:
        table = database.tables["SessionsTable"]
        store = SessionStore(database.client, table)
        store.burn("c1", "first", UNTIL)
        store.sign_out("s1", UNTIL)
        store.sign_out_everywhere("v1:a", UNTIL, UNTIL)
        for pk in ("N#c1", "S#s1", "E#v1:a"):
            item = database.client.get_item(TableName=table, Key={"pk": {"S": pk}})["Item"]
            assert item["ttl"] == {"N": str(epoch(UNTIL))}

    def test_a_replay_costs_one_call(self, database: Database) -> None:
        """What stands there comes with the refusal."""
        store = SessionStore(database.client, database.tables["SessionsTable"])
        store.burn("c1", "first", UNTIL)
        with asked_of(database.client) as asked:
            assert not store.burn("c1", "second", UNTIL)
        assert [name for name, _ in asked] == ["PutItem"]

    def test_invariant_4_a_lost_answer_is_not_taken_for_a_replay(self, database: Database) -> None:
        store = SessionStore(stands_in(_Forgetful(database.client)), database.tables["SessionsTable"])
        assert store.burn("c1", "first", UNTIL)
        assert not store.burn("c1", "second", UNTIL)


def test_as_many_operations_as_is_said_look_whether_somebody_signed_out() -> None:
    assert len(signed_in("t", a_session())) == SIGNED_IN_CHECKS


def test_invariant_5_a_mark_that_goes_while_it_is_looked_at_was_somebody_elses() -> None:
    """The put was refused, and TTL took the mark before it could be read: nobody's own."""
    assert not SessionStore(stands_in(_Fleeting()), "t").burn("c1", "first", UNTIL)
    assert not AssertionStore(stands_in(_Fleeting()), "t").burn("d1", "j1", "first", UNTIL, UNTIL)


def test_invariant_4_a_mark_that_the_refusal_does_not_show_is_looked_up(database: Database) -> None:
    """DynamoDB shows what stands there only if it is asked and can: the own mark stays one's own."""
    client = stands_in(_Silent(database.client))
    sessions = SessionStore(client, database.tables["SessionsTable"])
    devices = AssertionStore(client, database.tables["SessionsTable"])
    now = UNTIL - timedelta(minutes=5)
    for owner, own in (("first", True), ("first", True), ("second", False)):
        assert sessions.burn("c1", owner, UNTIL) is own
        assert devices.burn("d1", "j1", owner, UNTIL, now) is own


class _Silent:
    """A client whose refusals say nothing of what stands."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **call: Any) -> Any:
        try:
            return self._client.put_item(**call)
        except ClientError as error:
            error.response.pop("Item", None)  # type: ignore[typeddict-item]
            raise


class _Fleeting:
    """A client that refuses every put and finds nothing."""

    def put_item(self, **_call: Any) -> Any:
        raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "PutItem")

    def get_item(self, **_call: Any) -> Any:
        return {}


class _Forgetful:
    """A client whose every put is carried out twice, as botocore does when the first answer is lost."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **call: Any) -> Any:
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.put_item(**call)
        return self._client.put_item(**call)
