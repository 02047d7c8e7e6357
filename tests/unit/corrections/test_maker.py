"""A feed's row as an archive: whom its number names, and which register it is of (R9, R41, D13)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.sealing import fake_sealer
from tests.unit.corrections.samples import BLINDER, CHILD, DAY, archive_key, record_of, row, subject
from vaxcert.archives.model import Archive
from vaxcert.corrections.feed.form import Row, parse_row
from vaxcert.corrections.feed.rows import ArchiveMaker


def made(**changes: Any) -> Archive:
    parsed = parse_row(json.dumps(row(**changes)).encode(), DAY)
    assert isinstance(parsed, Row)
    return ArchiveMaker(BLINDER, fake_sealer(), DAY).archives([parsed])[0]


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
    archive = made(**changes)
    assert (archive.person_key, archive.stated_key) == (person, stated)
    assert archive.record_id == (record_of(CHILD) if person else record_of(archive_no="A1"))


def test_r41_a_newborns_archive_keeps_its_key_when_obstetrics_hands_it_over() -> None:
    assert made(system="obstetrics").key == made(system="child").key == archive_key("A1")
    assert made(system="adult").key == archive_key("A1", "adult")
