"""One suite for the fake followers and those in DynamoDB, on moto and on the emulator (D7, D22, invariants 1 and 4)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import pytest

from tests.contract.conftest import Database
from tests.fakes.people import a_session
from tests.fakes.reminders import FakeFollowers
from tests.fakes.sessions import FakeSessions
from vaxcert.claims.model import Agreement
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.store import SessionStore
from vaxcert.reminders.model import Follow, Follower, Told, new_follow, reminder_id_of, share_of
from vaxcert.reminders.ports import Followers, OwnFollowers
from vaxcert.reminders.store import FollowerStore, OwnFollowerStore
from vaxcert.trail.items import entry_to_item
from vaxcert.trail.model import Access, Entry
from vaxcert.trail.store import ChangeReader

NOW = datetime(2026, 7, 1, 2, 0, 0, 123456, tzinfo=UTC)
DAY = date(2026, 7, 1)
AGREED = Agreement("2026-12-01-00000000", ("reminders",), NOW.replace(microsecond=0), "app", "face")
FOLLOW = new_follow("c1", reminder_id_of(b"\1" * 16), None, AGREED)
WHOLE = replace(
    FOLLOW,
    certificate_id="c2",
    reminder_id=reminder_id_of(b"\2" * 16),
    grant_id="g1",
    told=Told(DAY, NOW, NOW + timedelta(microseconds=1)),
    off_at=NOW.replace(microsecond=0),
)
SESSION = a_session()


class SignOut(Protocol):
    """What ends a session."""

    def __call__(self, session_id: str, until: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class World:
    """Both sides of the table, and the sessions."""

    own: OwnFollowers
    followers: Followers
    sign_out: SignOut

    def follower(self, subject: str = "v1:a", *follows: Follow) -> Follower:
        """A follower that stands in the table."""
        one = Follower(subject)
        for follow in follows or (FOLLOW,):
            one = one.with_follow(follow)
            assert self.own.keep(one, SESSION) is Commit.DONE
        return one


class FollowersContract(ABC):
    """What every table of followers does."""

    @pytest.fixture
    @abstractmethod
    def world(self, request: pytest.FixtureRequest) -> World: ...

    def test_a_follower_comes_back_whole(self, world: World) -> None:
        kept = world.follower("v1:a", FOLLOW, WHOLE)
        assert world.own.get("v1:a") == world.followers.get("v1:a") == kept
        assert world.own.get("v1:b") is None

    def test_invariant_4_a_write_stands_on_the_version_that_was_read(self, world: World) -> None:
        kept = world.follower()
        assert world.own.keep(kept.with_follow(WHOLE), SESSION) is Commit.DONE
        assert world.own.keep(kept.with_follow(FOLLOW.off(NOW)), SESSION) is Commit.STALE
        assert world.own.keep(Follower("v1:a").with_follow(WHOLE), SESSION) is Commit.STALE

    def test_a_session_that_was_signed_out_writes_nothing(self, world: World) -> None:
        world.sign_out(SESSION.session_id, NOW + timedelta(hours=1))
        assert world.own.keep(Follower("v1:a").with_follow(FOLLOW), SESSION) is Commit.SIGNED_OUT
        assert world.own.get("v1:a") is None

    def test_a_person_is_marked_by_one_run_alone(self, world: World) -> None:
        kept = world.follower()
        assert world.followers.save(kept.marked(DAY, "one"))
        assert not world.followers.save(kept.marked(DAY, "other"))
        standing = world.followers.get("v1:a")
        assert standing is not None
        assert (standing.sent_on, standing.sent_by) == (DAY, "one")

    def test_invariant_4_an_own_write_whose_answer_was_lost_is_known_again(self, world: World) -> None:
        marked = world.follower().marked(DAY, "one")
        assert world.followers.save(marked)
        assert world.followers.save(marked)

    def test_d22_who_follows_nothing_any_more_is_not_kept(self, world: World) -> None:
        kept = world.follower()
        gone = replace(kept.without([FOLLOW]), version=kept.version + 1)
        assert world.followers.save(gone)
        assert world.followers.get("v1:a") is None
        assert world.followers.save(gone)

    def test_one_who_follows_again_meanwhile_is_not_removed(self, world: World) -> None:
        kept = world.follower()
        assert world.own.keep(kept.with_follow(WHOLE), SESSION) is Commit.DONE
        assert not world.followers.save(replace(kept.without([FOLLOW]), version=kept.version + 1))
        assert world.followers.get("v1:a") is not None

    def test_a_share_is_read_page_after_page_and_holds_nobody_of_another(self, world: World) -> None:
        share = share_of("v1:a")
        subjects = sorted(one for one in (f"v1:{n}" for n in range(100)) if share_of(one) == share)
        for subject in (*subjects, "v1:another" if share_of("v1:another") != share else "v1:b"):
            world.follower(subject)
        found, last, pages = list[str](), None, 0
        while True:
            page, last = world.followers.page(share, last, 2)
            found += [one.subject for one in page]
            pages += 1
            if last is None:
                break
        assert found == subjects
        assert pages >= len(subjects) / 2

    def test_how_far_a_share_is_counts_for_its_day(self, world: World) -> None:
        assert world.followers.place(3, DAY) == (None, False)
        world.followers.keep_place(3, DAY, "v1:a")
        assert world.followers.place(3, DAY) == ("v1:a", False)
        world.followers.keep_place(3, DAY, None)
        assert world.followers.place(3, DAY) == (None, True)
        assert world.followers.place(3, DAY + timedelta(days=1)) == (None, False)
        assert world.followers.place(4, DAY) == (None, False)


class TestFakeFollowers(FollowersContract):
    @pytest.fixture
    def world(self) -> World:
        sessions = FakeSessions()
        fake = FakeFollowers(sessions)
        return World(fake, fake, sessions.sign_out)


class TestFollowerStore(FollowersContract):
    @pytest.fixture
    def world(self, database: Database) -> World:
        tables, sessions = database.tables, database.tables["SessionsTable"]
        table = tables["RemindersTable"]
        return World(
            OwnFollowerStore(database.client, table, sessions),
            FollowerStore(database.client, table),
            SessionStore(database.client, sessions).sign_out,
        )


def test_d7_a_delegates_latest_change_is_found_behind_a_time_and_no_reading(database: Database) -> None:
    table = database.tables["AccessLogTable"]
    put: Callable[..., object] = database.client.put_item
    entries = [
        Entry(NOW, Access.MOVE, "v1:d", 1, "g1", "3206000001"),
        Entry(NOW + timedelta(minutes=1), Access.CANCEL, "v1:d", 1, "g1", "3206000001"),
        *(Entry(NOW + timedelta(minutes=2 + n), Access.READ, "v1:d", 1, "g1") for n in range(30)),
    ]
    for number, entry in enumerate(entries):
        put(TableName=table, Item=entry_to_item("c1", entry, f"{number:08x}", timedelta(days=1095)))
    changes = ChangeReader(database.client, table)
    assert changes.latest_change("c1", NOW - timedelta(days=1)) == NOW + timedelta(minutes=1)
    assert changes.latest_change("c1", NOW) == NOW + timedelta(minutes=1)
    assert changes.latest_change("c1", NOW + timedelta(minutes=1)) is None
    assert changes.latest_change("c2", NOW) is None
