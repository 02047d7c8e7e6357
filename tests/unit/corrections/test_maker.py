"""A feed's row as an archive: whom its number names, which register it is of, and how its number is kept (R9, R41, D13, D15)."""

from __future__ import annotations

from typing import Any

import pytest

from local.demo.numbers import with_check_digit
from tests.fakes.sealing import fake_sealer
from tests.unit.corrections.samples import CHILD, archive_key, archive_of, record_of, row, subject
from vaxcert.archives.personal import id_no_of


@pytest.mark.parametrize(
    ("changes", "person", "stated"),
    [
        ({}, subject(CHILD), None),
        ({"birth_date": "2020-01-03"}, None, subject(CHILD)),
        ({"id_no": "1"}, None, None),
        ({"id_no": None}, None, None),
    ],
)
def test_d13_a_number_with_a_fault_names_nobody_and_one_of_another_birth_date_is_remembered(
    changes: dict[str, Any], person: str | None, stated: str | None
) -> None:
    archive = archive_of(row(**changes))
    assert (archive.person_key, archive.stated_key) == (person, stated)
    assert archive.record_id == (record_of(CHILD) if person else record_of(archive_no="A1"))


def test_r41_a_newborns_archive_keeps_its_key_when_obstetrics_hands_it_over() -> None:
    assert archive_of(row(system="obstetrics")).key == archive_of(row()).key == archive_key("A1")
    assert archive_of(row(system="adult")).key == archive_key("A1", "adult")


def test_d15_a_number_is_sealed_as_it_was_read() -> None:
    number = with_check_digit("32060020200102039")
    assert number.endswith("X")
    archive = archive_of(row(id_no=f" {number.lower()}", birth_date="2020-01-02"))
    assert id_no_of(fake_sealer(), archive) == number
