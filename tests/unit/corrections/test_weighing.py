"""What a dry run keeps of a row, for the decision that follows: the archive, whose certificate is touched, what may follow (D14)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.corrections.samples import (
    ADULT,
    CHILD,
    MOTHER,
    SIBLING,
    Context,
    Night,
    adult_row,
    archive_key,
    dose,
    fake_night,
    record_of,
    row,
    subject,
)
from vaxcert.corrections.run.model import Counts, PersonRef
from vaxcert.corrections.run.progress import PendingFollow, PendingLook, dry_run_of

A1 = archive_key("A1")
OWN = (record_of(CHILD), subject(CHILD))
SIBLINGS = (record_of(SIBLING), subject(SIBLING))


def _weighed(night: Night, *rows: dict[str, Any]) -> tuple[str, Counts]:
    """The ledger of the dry run of these rows, and its figures."""
    night.feed(list(rows))
    opened = night.open({"run": "run-1"}, Context())
    feed = {name: opened[name] for name in ("run", "sequence", "manifest_sha256")}
    night.apply({**feed, "phase": "weigh", "part": opened["parts"][0]}, Context())
    run = night.runs.records[feed["sequence"]]
    return dry_run_of(run), night.progress.progress(dry_run_of(run), run.parts[0]).counts


@pytest.mark.parametrize("claimed", [False, True])
@pytest.mark.parametrize(
    ("changes", "plain", "follows"),
    [
        ({"doses": [dose("2026-02-01", "d2")]}, True, ()),
        ({"sex": "female"}, True, ()),
        ({"guardians": []}, False, ()),
        ({"status": "deceased"}, False, ()),
        ({"id_no": SIBLING}, False, (PendingFollow(A1, 2, (SIBLINGS, OWN), merged=False),)),
        ({"op": "void"}, False, ()),
        ({"op": "merge", "into": "B1"}, False, (PendingFollow(A1, 2, (OWN,), merged=True),)),
    ],
)
def test_d14_only_what_may_change_a_certificate_is_foreseen(
    claimed: bool, changes: dict[str, Any], plain: bool, follows: tuple[PendingFollow, ...]
) -> None:
    night = fake_night()
    night.settle([row("A1")])
    if claimed:
        night.claim(record_of(CHILD), subject(MOTHER))
    ledger, _ = _weighed(night, row("A1", 2, **changes))
    assert (night.forecast.archive(ledger, A1) is not None) == (claimed or not plain)
    look = PendingLook(PersonRef(*OWN, A1), {} if plain else None)
    assert list(night.progress.looks(ledger)) == ([look] if claimed else [])
    assert tuple(night.progress.follows(ledger)) == follows


def test_d14_a_merged_archive_that_is_told_of_again_is_followed_again() -> None:
    night = fake_night()
    night.settle([row("A1", op="merge", into="Z9")])
    ledger, _ = _weighed(night, row("A1", 2, op="merge", into="Z9"))
    assert night.forecast.archive(ledger, A1) is not None
    assert list(night.progress.follows(ledger)) == [PendingFollow(A1, 2, (OWN,), merged=True)]


def test_d14_of_an_archive_that_is_told_of_twice_both_are_foreseen_and_the_higher_version_stands() -> None:
    night = fake_night()
    night.settle([row("A1")])
    ledger, _ = _weighed(night, row("A1", 2, doses=[]), row("A1", 3, sex="female"))
    assert night.forecast.archive(ledger, A1).version == 3


@pytest.mark.parametrize("version", [1, 2])
def test_invariant_6_a_row_that_will_be_skipped_is_not_foreseen_and_loses_nothing(version: int) -> None:
    night = fake_night()
    night.settle([row("A1", 2)])
    night.claim(record_of(CHILD), subject(MOTHER))
    ledger, counts = _weighed(night, row("A1", version, id_no=None))
    assert night.forecast.archive(ledger, A1) is None
    assert not [*night.progress.looks(ledger), *night.progress.follows(ledger)]
    assert "numbers_lost" not in counts


@pytest.mark.parametrize(
    ("before", "after", "plain"),
    [
        ("2020-12-02", "2020-12-01", True),
        ("2020-12-01", "2020-12-02", True),
        ("2020-12-01", "2020-11-30", False),
        ("2020-11-30", "2020-12-01", False),
        ("2020-11-29", "2020-11-30", True),
    ],
)
def test_r7_an_adults_dose_on_the_other_side_of_the_date_is_foreseen(
    before: str, after: str, plain: bool
) -> None:
    night = fake_night()
    night.settle([adult_row(doses=[dose(before)])])
    ledger, _ = _weighed(night, adult_row(version=2, doses=[dose(after)]))
    assert (night.forecast.archive(ledger, archive_key("B1", "adult")) is None) == plain


def test_d14_of_the_first_feed_nothing_is_foreseen_for_nothing_stands() -> None:
    night = fake_night()
    ledger, counts = _weighed(night, row("A1"), adult_row(id_no=ADULT), row("A2", id_no="1234"))
    assert night.forecast.archive(ledger, A1) is None
    assert counts == {"bad_numbers": 1}
