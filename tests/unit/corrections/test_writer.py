"""Archives as they are written: what an adult's dose decides, and a number that is taken away (R7, D13)."""

from __future__ import annotations

import pytest

from tests.fakes.clients import stands_in
from tests.faults.memory import TABLES, MemoryDynamoDB
from tests.unit.corrections.samples import (
    ADULT,
    CHILD,
    MOTHER,
    RULES,
    SIBLING,
    adult_row,
    archive_key,
    archive_of,
    dose,
    record_of,
    row,
    subject,
)
from vaxcert.archives.store import ArchiveReader
from vaxcert.corrections.run.model import PersonRef
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.steps.model import Fate, Written
from vaxcert.corrections.steps.store import ArchiveWriter


class Register:
    """Both halves over one memory."""

    def __init__(self) -> None:
        self._client = stands_in(MemoryDynamoDB())
        self._tables = TABLES["ArchivesTable"], TABLES["KinshipTable"]
        self.reader = ArchiveReader(self._client, *self._tables)

    @property
    def writer(self) -> ArchiveWriter:
        """One that knows nothing yet of what the archives before were, as in another call."""
        archives, kinship = self._tables
        return ArchiveWriter(
            self._client,
            archives_table=archives,
            kinship_table=kinship,
            progress=ProgressStore(self._client, TABLES["FeedRunsTable"]),
            adult_dose_from=RULES.adult_dose_from,
        )


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.mark.parametrize(
    ("before", "after", "same_side"),
    [
        ("2020-12-01", "2021-12-01", True),
        ("2019-12-01", "2020-11-30", True),
        ("2020-11-30", "2020-12-01", False),
        ("2020-12-01", "2020-11-30", False),
    ],
)
@pytest.mark.parametrize("together", [1, 2])
def test_r7_an_adult_whose_right_may_change_with_the_last_dose_is_looked_at(
    register: Register, before: str, after: str, same_side: bool, together: int
) -> None:
    names = ["B1", "B2"][:together]
    register.writer.write_all([archive_of(adult_row(name, doses=[dose(before)])) for name in names], 1)
    newer = [archive_of(adult_row(name, 2, doses=[dose(after)])) for name in names]
    touched = [PersonRef(record_of(ADULT), subject(ADULT), archive_key(name, "adult")) for name in names]
    assert register.writer.write_all(newer, 2) == (
        [Written(Fate.REPLACED)] * together
        if same_side
        else [Written(Fate.RELINKED, (one,)) for one in touched]
    )
    assert register.reader.archives(one.key for one in newer) == tuple(newer)


def test_d13_a_number_that_is_not_believed_names_nobody_any_more_and_stays_known_to_who_looks_for_it(
    register: Register,
) -> None:
    before = archive_of(row("A1"))
    register.writer.write(before, 1)
    for _ in range(2):
        register.writer.unbelieve(before)
        (after,) = register.reader.archives([before.key])
        assert (after.version, after.person_key, after.stated_key) == (1, None, subject(CHILD))
        assert (after.record_id, after.number_fault) == (record_of(archive_no="A1"), "contradicts_birth")
        assert register.reader.own_links(subject(CHILD)) == ()
        assert [link.record_id for link in register.reader.links(subject(MOTHER))] == [after.record_id]


@pytest.mark.parametrize("number", [CHILD, SIBLING])
def test_d13_an_archive_that_was_corrected_meanwhile_keeps_its_number(
    register: Register, number: str
) -> None:
    before, corrected = archive_of(row("A1")), archive_of(row("A1", 2, id_no=number, guardians=[]))
    register.writer.write(before, 1)
    register.writer.write(corrected, 2)
    register.writer.unbelieve(before)
    assert register.reader.archives([before.key]) == (corrected,)
    assert [link.archive_key for link in register.reader.own_links(subject(number))] == [before.key]
