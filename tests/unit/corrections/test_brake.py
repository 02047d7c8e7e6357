"""The brake on mass damage (D14): both limits at the day before, the day and after; a held night, and its release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.demo.numbers import with_check_digit
from local.feed.writer import FeedWriter
from tests.unit.corrections.samples import (
    ADULT,
    CHILD,
    DAY,
    FATHER,
    MOTHER,
    PROVINCE,
    RULES,
    SIBLING,
    Context,
    Night,
    adult_row,
    dose,
    fake_night,
    guardian,
    record_of,
    row,
    subject,
)
from vaxcert.aws.settings import Settings
from vaxcert.claims.model import ACTIVE, CAME_OF_AGE, DECEASED, Certificate, StatusReason, suspended
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.run.model import NotAccepted, RunState
from vaxcert.corrections.steps.brake import Brake, Limit, faults_of, is_bad, is_lost
from vaxcert.corrections.steps.forecast import essence
from vaxcert.corrections.steps.releasing import NotHeld

BRAKE = Brake.of(Settings())
WHO = ("officer-7", "confirmed by the province")


# ---- the limits


@pytest.mark.parametrize(
    ("found", "total", "brakes"),
    [
        (19, 100, False),
        (20, 100, False),
        (21, 100, True),  # both exceeded
        (21, 1049, True),
        (21, 1050, False),  # 2 % exactly
        (21, 1051, False),
        (1000, 50_000, False),
        (1001, 50_000, True),
        (0, 0, False),
    ],
)
def test_a_feed_is_refused_where_share_and_count_are_exceeded_d14(
    found: int, total: int, brakes: bool
) -> None:
    assert BRAKE.numbers.exceeded_by(found, total) is brakes


@pytest.mark.parametrize(
    ("found", "total", "brakes"),
    [
        (49, 49, False),
        (50, 50, False),
        (51, 51, True),
        (51, 5099, True),
        (51, 5100, False),
        (51, 5101, False),
        (0, 0, False),
    ],
)
def test_a_night_is_held_where_share_and_count_are_exceeded_d14(found: int, total: int, brakes: bool) -> None:
    assert BRAKE.certificates.exceeded_by(found, total) is brakes


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 500), st.integers(0, 500))
def test_more_damage_never_brakes_less_d14(percent: int, count: int, found: int, more: int) -> None:
    limit = Limit(percent, count)
    assert limit.exceeded_by(found + more, 1000) or not limit.exceeded_by(found, 1000)


# ---- what counts


def _archive(**changes: Any) -> Any:
    night = fake_night()
    night.settle([row(**changes)])
    (archive,) = night.everything()
    return archive


@pytest.mark.parametrize(
    ("before", "after", "faults"),
    [
        ({}, {}, set()),
        ({}, {"id_no": None}, {"numbers_lost"}),
        ({}, {"id_no": " "}, {"numbers_lost"}),
        ({}, {"id_no": "1234"}, {"numbers_turned_bad"}),
        ({"id_no": None}, {"id_no": None}, set()),
        ({"id_no": "1234"}, {"id_no": None}, set()),
        ({}, {"id_no": None, "op": "void"}, set()),
        ({}, {"guardians": [guardian(None)]}, {"numbers_lost"}),
        ({}, {"guardians": [guardian("1234")]}, {"numbers_turned_bad"}),
        ({}, {"guardians": []}, set()),  # taken out of the archive: a correction
        ({}, {"guardians": [guardian(FATHER, "father")]}, set()),
        ({}, {"guardians": [guardian(MOTHER), guardian(None, "father")]}, set()),
    ],
)
def test_a_number_is_lost_where_one_stood_and_none_stands_d14(
    before: dict[str, Any], after: dict[str, Any], faults: set[str]
) -> None:
    assert faults_of(_archive(**before), _archive(**after)) == faults
    assert faults_of(None, _archive(**after)) == set()


@pytest.mark.parametrize(
    ("warnings", "bad"),
    [
        ({}, False),
        ({"number_missing": 1, "guardian_number_missing": 2}, False),
        ({"number_malformed": 1}, True),
        ({"number_contradicts_birth": 1}, True),
        ({"guardian_number_malformed": 2}, True),
    ],
)
def test_malformed_and_contradicting_numbers_count_missing_ones_do_not_d14(
    warnings: dict[str, int], bad: bool
) -> None:
    assert is_bad(warnings, frozenset()) is bad
    assert is_bad(warnings, frozenset({"numbers_lost"}))


def test_a_birthday_is_no_damage_and_a_wrong_birth_date_is_d14_d6() -> None:
    night = fake_night()
    night.settle([row()])
    certificate = night.claim(record_of(CHILD), subject(MOTHER))

    def lost(today: date, standing: Any, before: Any = ACTIVE) -> bool:
        after = replace(certificate, standing=standing)
        return is_lost(replace(certificate, standing=before), after, today, RULES.adult_age)

    gone = suspended(StatusReason.ARCHIVE_VOID)
    eighteenth = date(2038, 1, 2)
    assert not lost(eighteenth, CAME_OF_AGE)
    assert lost(date(2038, 1, 1), CAME_OF_AGE)  # its own birth date says that it is a child's still
    assert lost(DAY, gone)
    assert lost(DAY, DECEASED)
    assert lost(DAY, DECEASED, before=gone)
    assert not lost(DAY, suspended(StatusReason.OUT_OF_CARE), before=gone)
    assert not lost(DAY, ACTIVE, before=gone)


# ---- refused


def test_a_feed_of_malformed_numbers_is_refused_whole_d14() -> None:
    night = fake_night(brake=BRAKE)
    night.feed([row(f"A{n}", id_no="1234" if n < 21 else CHILD) for n in range(100)], parts=3)
    with pytest.raises(FeedRefused, match="too_many_bad_numbers"):
        night.run()
    assert night.register.all() == {}
    assert night.runs.reasons[1] == "too_many_bad_numbers"
    good = [row(f"A{n}", id_no="1234" if n < 20 else CHILD) for n in range(100)]
    night.feed(good, parts=3, day=DAY, sequence=1, previous=None)
    assert night.run("run-2")[-1]["reason"] == "up_to_date"


@pytest.mark.parametrize("spoilt", [{"id_no": None}, {"guardians": [guardian(None)]}])
def test_a_feed_that_loses_numbers_is_refused_though_none_is_malformed_d14(spoilt: dict[str, Any]) -> None:
    """An empty column: no row is odd by itself, only the archives as they stand tell."""
    night = fake_night(brake=BRAKE)
    night.settle([row(f"A{n}") for n in range(100)])
    before = night.register.all()
    night.feed([row(f"A{n}", 2, **(spoilt if n < 21 else {})) for n in range(100)], parts=2)
    with pytest.raises(FeedRefused, match="too_many_bad_numbers"):
        night.run()
    assert night.register.all() == before


def test_rows_that_are_skipped_lose_nothing_d14() -> None:
    night = fake_night(brake=BRAKE)
    night.settle([row(f"A{n}", 2) for n in range(100)])
    figures = night.settle([row(f"A{n}", 1, id_no=None) for n in range(100)])
    assert (figures["skipped"], figures["numbers_lost"], figures["bad_numbers"]) == (100, 0, 0)


# ---- held


def _number(n: int) -> str:
    return with_check_digit(f"32060020200102{n:03d}")


def _town(night: Night, size: int) -> None:
    """So many children, each claimed by the mother."""
    night.settle([row(f"A{n}", id_no=_number(n)) for n in range(size)])
    for n in range(size):
        night.claim(record_of(_number(n)), subject(MOTHER), f"c{n}")


def _without_mothers(size: int, broken: int, version: int = 2) -> list[dict[str, Any]]:
    kept = [guardian(MOTHER)]
    return [
        row(f"A{n}", version, id_no=_number(n), guardians=[guardian(FATHER)] if n < broken else kept)
        for n in range(size)
    ]


def _picture(night: Night) -> Any:
    return night.register.all(), night.certificates.by_id, night.runs.as_of()


@pytest.mark.parametrize(("broken", "held"), [(50, False), (51, True)])
def test_a_night_that_would_end_too_many_certificates_waits_d14(broken: int, held: bool) -> None:
    night = fake_night(brake=BRAKE)
    _town(night, 60)
    before = _picture(night)
    night.feed(_without_mothers(60, broken), parts=3)
    told = night.run()
    if not held:
        assert told[-2]["status"] == "applied"
        assert told[-2]["figures"]["certificates_suspended"] == broken
        assert told[-2]["figures"]["certificates_at_stake"] == broken
        assert told[-2]["figures"]["certificates_touched"] == 60
        assert told[-2]["figures"]["dry_run_reads"] > 60
        return
    assert [one["status"] for one in told] == ["open", "held", "nothing"]
    assert told[-1]["reason"] == "held"
    assert told[-1]["manifest_sha256"] == told[0]["manifest_sha256"]
    assert _picture(night) == before
    assert night.runs.records[2].state is RunState.HELD


def test_hourly_runs_leave_a_held_night_alone_and_give_the_lease_up_d14(
    capsys: pytest.CaptureFixture[str],
) -> None:
    night = _held()
    before = _picture(night)
    for hour in range(3):
        night.clock.advance(hours=1)
        (told,) = night.run(f"hourly-{hour}")
        assert (told["status"], told["reason"], told["as_of"]) == ("nothing", "held", "2026-03-01")
        assert '"feed_held": 1' in capsys.readouterr().out
    assert night.runs.lease is None
    assert _picture(night) == before
    night.feed([row()])  # the next day's comes: nothing is applied past a held one
    assert night.run("next")[-1]["reason"] == "held"


def _held(**given: Any) -> Night:
    night = fake_night(brake=BRAKE, **given)
    _town(night, 60)
    night.feed(_without_mothers(60, 55), parts=2)
    assert night.run()[-1]["reason"] == "held"
    return night


def test_a_released_night_ends_as_if_it_had_never_been_held_d14() -> None:
    free = fake_night()
    _town(free, 60)
    free.feed(_without_mothers(60, 55), parts=2)
    free.run()
    night = _held()
    released = night.releasing.release(night.runs.records[2].manifest_sha256, *WHO)
    assert not released.again
    assert night.runs.released[2] == WHO
    figures = night.run("after")[-2]["figures"]
    assert figures["certificates_suspended"] == 55
    (free_archives, free_certificates, free_as_of), (archives, certificates, as_of) = map(
        _picture, (free, night)
    )
    assert {key: essence(one) for key, one in archives.items()} == {
        key: essence(one) for key, one in free_archives.items()
    }
    assert _unsealed(certificates) == _unsealed(free_certificates)
    assert as_of.business_date == free_as_of.business_date
    figures_then = free.runs.figures[2]
    same = set(figures) - {"certificates_at_stake", "dry_run_reads"}  # the held one stopped counting
    assert {name: figures[name] for name in same} == {name: figures_then[name] for name in same}


def _unsealed(certificates: dict[str, Certificate]) -> dict[str, Certificate]:
    """Without the sealed name, which is another text each time."""
    return {key: replace(one, name=None) for key, one in certificates.items()}


def test_a_release_names_the_manifest_and_says_what_is_held_d14() -> None:
    night = fake_night()
    with pytest.raises(NotHeld, match="no night is held: none has been opened"):
        night.releasing.release("0" * 64, *WHO)
    night = _held()
    digest = night.runs.records[2].manifest_sha256
    with pytest.raises(NotHeld, match=f"feed 2 of 2026-03-02 is, and .* begins with {digest[:8]}[.]"):
        night.releasing.release("0" * 64, *WHO)
    assert night.runs.records[2].state is RunState.HELD
    assert not night.releasing.release(digest, *WHO).again
    assert night.releasing.release(digest, "other", "for another reason").again
    assert night.runs.released[2] == WHO  # who decided first
    night.run("after")
    with pytest.raises(NotHeld, match="applied already: records are as of 2026-03-02"):
        night.releasing.release(digest, *WHO)


def _replace(night: Night, rows: list[dict[str, Any]]) -> None:
    last = night.runs.as_of()
    assert last is not None
    held: Any = rows
    feed = FeedWriter(PROVINCE).write(None, date(2026, 3, 2), 2, last.manifest_sha256, held, 2, check=False)
    night.bucket.drop(feed.business_date, dict(feed.files))


def test_a_replaced_manifest_is_judged_anew_d14() -> None:
    night = _held()
    first = night.runs.records[2].manifest_sha256
    _replace(night, _without_mothers(60, 56))
    told = night.run("again")
    assert [one["status"] for one in told] == ["open", "held", "nothing"]
    second = night.runs.records[2].manifest_sha256
    assert second != first
    with pytest.raises(NotHeld):  # what an operator has looked at is not what lies there now
        night.releasing.release(first, *WHO)
    _replace(night, _without_mothers(60, 3))
    assert night.run("good")[-1]["reason"] == "up_to_date"
    assert len([c for c in night.certificates.by_id.values() if c.standing != ACTIVE]) == 3


def test_a_held_feed_whose_replacement_is_refused_is_applied_by_nobody_d14() -> None:
    night = _held()
    night.bucket.drop(date(2026, 3, 2), {"manifest.json": b"{}"})
    with pytest.raises(FeedRefused):
        night.run("again")
    with pytest.raises(NotHeld, match="feed 2 is refused"):
        night.releasing.release(night.runs.records[2].manifest_sha256, *WHO)


def test_a_held_feed_whose_manifest_was_taken_away_stays_held_d14() -> None:
    night = _held()
    night.bucket.remove("2026-03-02/manifest.json")
    assert night.run("again")[-1]["reason"] == "held"


def test_a_step_of_a_held_night_applies_nothing_d14() -> None:
    night = _held()
    run = night.runs.records[2]
    night.runs.acquire("r")
    feed = {"run": "r", "sequence": 2, "manifest_sha256": run.manifest_sha256}
    with pytest.raises(NotAccepted):
        night.apply({**feed, "part": {"index": 1}}, Context())
    with pytest.raises(NotAccepted):
        night.close({**feed, "phase": "close"}, Context())
    assert night.close({**feed, "phase": "decide"}, Context())["status"] == "held"


# ---- the dry run foresees what the night does


CASES: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "moved into another part's archive": lambda: [
        row("A1", 2, op="merge", into="B1"),
        row("B1", id_no=None, guardians=[guardian(MOTHER)]),
    ],
    "merged into one that nobody knows": lambda: [row("A1", 2, op="merge", into="Z9")],
    "void, and a new archive of the person": lambda: [row("A1", 2, op="void"), row("B1")],
    "void": lambda: [row("A1", 2, op="void")],
    "deceased": lambda: [row("A1", 2, status="deceased")],
    "its number corrected": lambda: [row("A1", 2, id_no=_number(7))],
    "its number lost": lambda: [row("A1", 2, id_no=None)],
    "a wrong birth date": lambda: [row("A1", 2, birth_date="1990-01-02")],
    "told twice, mended by the second": lambda: [row("A1", 3), row("A1", 2, op="void")],
    "a new dose": lambda: [row("A1", 2, doses=[])],
    "left the pilot cities": lambda: [
        row("A1", 2, clinic={"code": "3205060101", "name": "吴中门诊", "city": "320500"})
    ],
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("parts", [1, 2])
def test_the_dry_run_counts_what_the_night_then_does_d14(case: str, parts: int) -> None:
    night = fake_night(stretch=1)
    night.settle([row("A1")])
    before = night.claim(record_of(CHILD), subject(MOTHER))
    figures = night.settle(CASES[case](), parts=parts)
    after = night.certificates.by_id["c1"]
    lost = is_lost(before, after, night.clock.now.date(), RULES.adult_age)
    assert figures["certificates_at_stake"] == int(lost)
    assert figures["certificates_touched"] == 1


@pytest.mark.parametrize(("before", "after"), [("2020-12-01", "2020-11-30"), ("2020-12-02", "2020-12-01")])
def test_r7_the_dry_run_sees_an_adult_lose_the_last_dose_that_counts_d14(before: str, after: str) -> None:
    night = fake_night(stretch=1)
    night.settle([adult_row(doses=[dose(before)])])
    held = night.claim(record_of(ADULT), subject(ADULT))
    figures = night.settle([adult_row(version=2, doses=[dose(after)])])
    lost = is_lost(held, night.certificates.by_id["c1"], night.clock.now.date(), RULES.adult_age)
    assert (figures["certificates_at_stake"], lost) == ((1, True) if after < "2020-12-01" else (0, False))


def test_the_dry_run_follows_a_corrected_number_into_anothers_certificate_d14() -> None:
    night = fake_night(stretch=1)
    night.settle([row("A1"), row("B1", id_no=SIBLING)])
    before = [
        night.claim(record_of(CHILD), subject(MOTHER)),
        night.claim(record_of(SIBLING), subject(MOTHER), "c2"),
    ]
    figures = night.settle([row("A1", 2, id_no=SIBLING)])
    today = night.clock.now.date()
    lost = [is_lost(one, night.certificates.by_id[one.certificate_id], today, 18) for one in before]
    assert (lost, figures["certificates_at_stake"]) == ([True, False], 1)


def test_an_archive_told_of_twice_touches_the_persons_of_both_versions_d14() -> None:
    night = fake_night()
    _town(night, 2)
    rows = [row("A0", 3, id_no=_number(1)), row("A0", 2, id_no=_number(0), doses=[])]
    for order in (rows, rows[::-1]):
        figures = night.settle(order)
        assert figures["certificates_touched"] == (2 if order is rows else 0)


def test_the_dry_run_goes_on_where_its_time_ran_short_d14() -> None:
    """Parts in stretches, certificates in handfuls: each call does some, and the sum is the same."""
    short = [900_000, 61_000, 900_000, 59_000]
    night = fake_night(stretch=7)
    _town(night, 60)
    night.context = lambda: Context(list(short))
    figures = night.settle(_without_mothers(60, 55), parts=2)
    assert (figures["certificates_touched"], figures["certificates_at_stake"]) == (60, 55)
