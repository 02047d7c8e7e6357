"""A feed's row as an archive: whom its number names (R9, R10, D13)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.corrections.samples import CHILD, archive_of, record_of, row, subject


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
