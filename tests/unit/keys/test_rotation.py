"""When keys begin and retire: over weeks of runs, missed runs and killings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counts import examples
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from vaxcert.keys.data_keys import data_key_id
from vaxcert.keys.model import KeyRecord, Purpose
from vaxcert.keys.rotate import DATA_KEYS, Rotation, UnknownKey
from vaxcert.keys.rotation import key_id, plan, signing_age

HOUR = timedelta(hours=1)
LIFETIMES: dict[Purpose, timedelta] = {
    "code": timedelta(hours=24, minutes=1),
    "session": timedelta(minutes=30),
    "device": timedelta(minutes=15),
}
START = datetime(2026, 7, 1, 17, 30, tzinfo=UTC)  # 01:30 in Shanghai


def newest(keys: tuple[KeyRecord, ...], now: datetime) -> KeyRecord:
    return max((key for key in keys if key.signs(now)), key=lambda key: (key.not_before, key.kid))


def rotation(register: FakeRegister) -> Rotation:
    return Rotation(register, a_root(), LIFETIMES, 60, DATA_KEY_AGE)


def test_a_key_id_is_five_characters_and_tells_its_day() -> None:
    ids = [key_id("code", date(2026, 7, 1) + timedelta(days=day), 0) for day in range(400)]
    assert len(set(ids)) == 400
    assert sorted(ids) == ids
    assert {len(kid) for kid in ids} == {5}
    assert key_id("session", date(2026, 7, 1), 0) not in ids


@pytest.mark.parametrize(
    ("purpose", "day", "generation", "kid"),
    [
        ("code", date(2026, 7, 1), 0, "cfx70"),
        ("session", date(2005, 6, 24), 2, "s9zy2"),
        ("document", date(2026, 7, 1), 35, "pfx7z"),
    ],
)
def test_a_day_has_the_ids_that_it_had_before(purpose: Purpose, day: date, generation: int, kid: str) -> None:
    """Another count would give today's keys the ids of other days, which may still stand."""
    assert key_id(purpose, day, generation) == kid
    assert data_key_id(START) == "d0thiba0"


def test_the_first_key_signs_at_once() -> None:
    register = FakeRegister()
    done = rotation(register).run(START)
    for purpose in LIFETIMES:
        assert newest(register.keys(purpose), START).not_before == START
    assert [key.kid for key in register.data] == [done.made[0]]
    assert len(done.made[0]) == 8


@pytest.mark.parametrize("later", [timedelta(), HOUR])
def test_running_it_again_changes_nothing(later: timedelta) -> None:
    register = FakeRegister()
    rotation(register).run(START)
    writes = register.writes
    done = rotation(register).run(START + later)
    assert (done.made, done.retiring, register.writes) == ((), (), writes)


@settings(max_examples=examples(50))
@given(st.lists(st.integers(1, 24), min_size=10, max_size=30))
def test_every_key_is_published_72_hours_before_it_signs(hours: list[int]) -> None:
    """As long as rotation runs daily, and however often in between; the keys of the first run are the exception."""
    register, now = FakeRegister(), START
    known: dict[str, datetime] = {}
    for pause in hours:
        rotation(register).run(now)
        for key in register.keys("code"):
            published = known.setdefault(key.kid, now)
            assert published == START or key.not_before - published >= timedelta(hours=72)
        now += timedelta(hours=pause)


def test_daily_runs_publish_72_hours_ahead_and_midnight_changes_the_key() -> None:
    register, seen = FakeRegister(), dict[str, datetime]()
    for day in range(20):
        now = START + timedelta(days=day)
        rotation(register).run(now)
        for key in register.keys("code"):
            seen.setdefault(key.kid, now)
        signing = newest(register.keys("code"), now)
        if day > 4:
            assert signing.not_before - seen[signing.kid] >= timedelta(hours=72)
            assert signing.not_before.astimezone(UTC).hour == 16, "midnight in Shanghai"
            assert timedelta() <= now - signing.not_before < timedelta(days=1)


@settings(max_examples=examples(60))
@given(st.lists(st.integers(1, 240), min_size=3, max_size=12), st.integers(0, 86_400))
def test_a_token_is_verified_until_it_ends_however_rotation_fares(hours: list[int], offset: int) -> None:
    """Missed runs included: whatever signs now still counts when its last token ends."""
    register, now = FakeRegister(), START
    for pause in hours:
        rotation(register).run(now)
        moment = now + timedelta(seconds=offset)
        for purpose, lifetime in LIFETIMES.items():
            signed_by = newest(register.keys(purpose), moment).kid
            later = FakeRegister()
            later.stored = {name: dict(keys) for name, keys in register.stored.items()}
            rotation(later).run(moment + lifetime - timedelta(seconds=1))
            keys = {key.kid: key for key in later.keys(purpose)}
            assert keys[signed_by].verifies(moment + lifetime)
        now += timedelta(hours=pause)


def test_keys_do_retire() -> None:
    register = FakeRegister()
    done = rotation(register).run(START)
    first = newest(register.keys("session"), START)
    assert first.kid in done.retiring
    rotation(register).run(START + timedelta(days=1))
    end = datetime(2026, 7, 2, 16, tzinfo=UTC) + timedelta(minutes=32)
    retired = {key.kid: key for key in register.keys("session")}[first.kid]
    assert retired.retire_at == end
    assert retired.verifies(end - timedelta(seconds=1))
    assert not retired.verifies(end)


def test_a_killed_key_counts_no_more_and_the_one_before_signs() -> None:
    register = FakeRegister()
    for day in range(3):
        rotation(register).run(START + timedelta(days=day))
    now = START + timedelta(days=2, minutes=5)
    signing = newest(register.keys("code"), now)
    done = rotation(register).run(now, kill=signing.kid)
    assert done.killed == signing.kid
    after = {key.kid: key for key in register.keys("code")}
    assert not after[signing.kid].verifies(now)
    before = newest(register.keys("code"), now)
    assert before.not_before == signing.not_before - timedelta(days=1), "known to every verifier already"
    # Its retirement is put off, for it goes on signing until tomorrow's key begins.
    assert before.retire_at is not None
    assert before.retire_at > signing.not_before + timedelta(days=1) + LIFETIMES["code"]


def test_the_only_key_killed_is_replaced_at_once_under_another_id() -> None:
    register = FakeRegister()
    rotation(register).run(START)
    only = newest(register.keys("device"), START)
    now = START + HOUR
    rotation(register).run(now, kill=only.kid)
    replacing = newest(register.keys("device"), now)
    assert replacing.kid != only.kid
    assert replacing.not_before == now


def test_a_key_of_the_future_can_be_killed() -> None:
    register = FakeRegister()
    rotation(register).run(START)
    tomorrow = min(
        (key for key in register.keys("code") if not key.signs(START)), key=lambda key: key.not_before
    )
    rotation(register).run(START + HOUR, kill=tomorrow.kid)
    begins = [key.not_before for key in register.keys("code") if not key.killed]
    assert tomorrow.not_before in begins, "its day has another key"


def test_killing_what_is_not_there_is_an_error_that_names_what_could_be_killed() -> None:
    register = FakeRegister()
    for kid in ("c0001", "c0002", "c0003"):
        register.make("code", kid, START)
    register.kill("code", "c0002", START)
    with pytest.raises(UnknownKey, match=r"those that stand: c0001, c0003$"):
        rotation(register).run(START, kill="c0000")


def test_the_plan_of_nothing_is_four_days() -> None:
    """Today's at once; and everything that begins within 72 hours and a day."""
    wanted = plan("code", (), START, LIFETIMES["code"])
    assert [new.not_before for new in wanted.make] == [
        START,
        *(datetime(2026, 7, day, 16, tzinfo=UTC) for day in (2, 3, 4, 5)),
    ]


def test_a_run_at_midnight_itself_finds_the_day_that_begins_and_plans_the_fourth_after_it() -> None:
    register, midnight = FakeRegister(), datetime(2026, 7, 3, 16, tzinfo=UTC)
    rotation(register).run(START)
    rotation(register).run(midnight)
    begins = [key.not_before for key in register.keys("code")]
    assert sorted(begins) == [START, *(midnight + timedelta(days=day) for day in range(-1, 5))]


def test_a_run_just_before_midnight_plans_no_day_more() -> None:
    """Its keys begin within 72 hours and a day; the fifth midnight is a second later."""
    now = datetime(2026, 7, 3, 16, tzinfo=UTC) - timedelta(seconds=1)
    begins = [new.not_before for new in plan("code", (), now, LIFETIMES["code"]).make]
    assert begins == [now, *(now + timedelta(days=day, seconds=1) for day in range(4))]


def test_the_signing_age_is_that_of_the_oldest_daily_key_that_signs() -> None:
    """What an alarm watches: a day at most while the rotation runs."""

    def a_key(purpose: Purpose, kid: str, hours: int, *, killed: bool = False) -> KeyRecord:
        return KeyRecord(purpose, kid, {}, b"", START - hours * HOUR, killed=killed)

    keys = [
        a_key("code", "c1", 50),
        a_key("code", "c2", 5),
        a_key("code", "c3", 2, killed=True),
        a_key("code", "c4", -10),  # has not begun
        a_key("session", "s1", 7),
        a_key("document", "p1", 1000),  # ninety days each
    ]
    assert signing_age(keys, START) == 7 * HOUR
    assert signing_age(keys[:4], START) == 5 * HOUR
    assert signing_age(keys[5:], START) == signing_age([], START) == timedelta()


def test_d23_a_data_key_is_replaced_by_age_and_stays() -> None:
    register = FakeRegister()
    rotation(register).run(START)
    register.sealed_data = True
    for days, count in ((179, 1), (180, 2), (359, 2), (360, 3)):
        rotation(register).run(START + timedelta(days=days))
        assert len(register.data) == count
    assert len({key.kid for key in register.data}) == 3


def test_d23_no_first_data_key_is_made_where_something_was_sealed() -> None:
    register = FakeRegister()
    register.sealed_data = True
    for renew in (False, True):
        done = rotation(register).run(START, renew_data_key=renew)
        assert (register.data, done.closed) == ([], (DATA_KEYS,))
    assert register.published


def test_d23_a_data_key_is_renewed_on_demand() -> None:
    register = FakeRegister()
    rotation(register).run(START)
    register.sealed_data = True
    done = rotation(register).run(START + HOUR, renew_data_key=True)
    assert done.made == (register.data[1].kid,)
    # Another run of the same second has made it already: it is not told twice.
    assert rotation(register).run(START + HOUR, renew_data_key=True).made == ()


def test_d23_keys_that_count_no_more_need_not_open() -> None:
    register = FakeRegister()
    rotation(register).run(START)
    sessions = {key.kid for key in register.keys("session")}
    register.closed = set(sessions)
    assert set(rotation(register).run(START).closed) == sessions
    register.kill("session", min(sessions), START)
    assert set(rotation(register).run(START).closed) == sessions - {min(sessions)}
