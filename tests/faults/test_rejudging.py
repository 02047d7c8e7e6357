"""What stood before D13 is put right by the next night, without a new import (D13).

`before_d13.json` holds the tables as version 0.1 wrote them: two nights of rows in which one number stands on several people, and the
certificates that were claimed on what it joined.
"""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.demo.numbers import with_check_digit
from local.feed.writer import FeedWriter
from tests.faults.faults import Kind, Plan
from tests.faults.memory import MemoryS3
from tests.faults.night import Cloud, Nights, rows_of
from tests.unit.corrections.samples import BLINDER, DAY, PROVINCE, archive_key, guardian, record_of, row
from vaxcert.archives.model import Archive, LinkKind
from vaxcert.archives.store import from_item, link_from_item
from vaxcert.claims import items
from vaxcert.claims.model import Certificate, Status, StatusReason
from vaxcert.corrections.run.runs import RunStore

_BEFORE = Path(__file__).with_name("before_d13.json")
_PARENTS = [with_check_digit(f"32060019800101{2 * place + 1:03d}") for place in range(20)]
_TWINS = with_check_digit("32060020200909007")


class Register:
    """The tables of version 0.1, and the nights after."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.cloud = Cloud()
        for table, stored in json.loads(_BEFORE.read_text("utf-8")).items():
            for item in stored:
                self.cloud.dynamodb.put_item(TableName=self.cloud.tables[table], Item=_decoded(item))
        as_of = RunStore(self.cloud.dynamodb, self.cloud.tables["FeedRunsTable"], self.cloud.clock).as_of()
        assert as_of is not None
        self._last = as_of.sequence, as_of.manifest_sha256
        self.nights = Nights(self.cloud, plan or Plan(), stretch=50)

    def night(self, *rows: dict[str, Any]) -> None:
        """The next feed."""
        sequence, previous = self._last
        day = DAY + timedelta(days=sequence)
        told: list[Any] = list(rows)
        feed = FeedWriter(PROVINCE).write(None, day, sequence + 1, previous, told, 1, check=False)
        self._last = sequence + 1, feed.manifest_sha256
        self.cloud.drop(day, dict(feed.files))
        self.cloud.until_day_after(day)
        assert self.nights.settle()["reason"] == "up_to_date"

    def certificate(self, name: str) -> Certificate:
        """One certificate."""
        found = [
            item for place, item in rows_of(self.cloud, "CertificatesTable") if place == (f"C#{name}", "C")
        ]
        return items.from_item(found[0])

    def archive(self, archive_no: str) -> Archive:
        """One child's archive."""
        found = dict(rows_of(self.cloud, "ArchivesTable"))
        return from_item(found[archive_key(archive_no), ""])

    def told(self) -> list[list[str | None]]:
        """What operators read of archives held apart after the last night."""
        s3: MemoryS3 = self.cloud.s3
        keys = [key for key in s3.versions if key.startswith("held-apart/")]
        content = s3.get_object(Bucket="feeds", Key=max(keys))["Body"].read() if keys else b""
        return [json.loads(line)["archive_nos"] for line in content.splitlines()]

    def figures(self) -> dict[str, int]:
        """Of the last feed."""
        runs = RunStore(self.cloud.dynamodb, self.cloud.tables["FeedRunsTable"], self.cloud.clock)
        run = runs.find(self._last[0])
        assert run is not None
        return dict(run.figures)


def _decoded(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"$b"}:
        return base64.b64decode(value["$b"])
    if isinstance(value, dict):
        return {key: _decoded(inner) for key, inner in value.items()}
    return [_decoded(inner) for inner in value] if isinstance(value, list) else value


def _stands(certificate: Certificate) -> tuple[str, str | None, tuple[str, ...]]:
    standing = certificate.standing
    return standing.status, standing.reason, certificate.archive_keys


def _put_right(register: Register) -> None:
    """Every certificate is on the archives of the person that it was claimed for, or waits."""
    active, waits = Status.ACTIVE, (Status.SUSPENDED, StatusReason.IDENTITY_CONFLICT)
    for name, archive_no in (("c-S", "S1"), ("c-T", "T1"), ("c-O", "O1"), ("c-R", "R1")):
        certificate = register.certificate(name)
        assert _stands(certificate) == (active, None, (archive_key(archive_no),)), name
        assert certificate.birth_date == date(2020, 9, 9)
        assert certificate.name_key == register.archive(archive_no).name_key
    # The stranger who claimed it by a number that contradicts the child's birth date has their own child's, which waits for the clinic.
    strangers = register.certificate("c-J")
    assert _stands(strangers) == (Status.SUSPENDED, StatusReason.NOT_ELIGIBLE, (archive_key("J2"),))
    assert (strangers.record_id, strangers.person_key) == (record_of(archive_no="J2"), None)
    # Both twins name the father: nobody can say whose it is.
    twins = register.certificate("c-W")
    assert (*_stands(twins)[:2], twins.name_key) == (*waits, None)


def test_d13_certificates_on_wrongly_joined_archives_are_put_right_by_the_next_night() -> None:
    register = Register()
    assert register.certificate("c-S").birth_date == date(2023, 2, 2)  # the stranger's child is shown
    register.night()
    _put_right(register)
    for archive_no in ("S2", "J2", "M1"):
        archive = register.archive(archive_no)
        assert (archive.person_key, archive.number_fault) == (None, "contradicts_birth")
        assert archive.stated_key is not None
    links = [link_from_item(item) for _, item in rows_of(register.cloud, "KinshipTable")]
    stated = {link.archive_key for link in links if link.kind is LinkKind.STATED}
    assert stated == {archive_key(one) for one in ("S2", "J2", "M1")}
    assert register.figures()["held_apart"] == 5  # T2, both W and both U
    assert sorted(map(len, register.told())) == [2, 2, 2]


def test_d13_once_put_right_no_night_looks_again() -> None:
    register = Register()
    register.night()
    before = {table: list(rows_of(register.cloud, table)) for table in ("ArchivesTable", "CertificatesTable")}
    register.night()
    after = {table: list(rows_of(register.cloud, table)) for table in ("ArchivesTable", "CertificatesTable")}
    assert before == after
    assert ("StepFailed", "rejudge") not in register.nights.errors


def test_d13_a_correction_lifts_what_waits_and_numbers_are_told_once_they_are_known() -> None:
    register = Register()
    number = with_check_digit("32060020200909017")
    father = [guardian(_PARENTS[6], "father")]
    register.night()
    register.night(
        row("W2", 2, id_no=number, birth_date="2020-09-09", name="丁二", guardians=father),
        row("U1", 2, id_no=with_check_digit("32060020200909013"), birth_date="2020-09-09", name="辛一"),
    )
    certificate = register.certificate("c-W")
    assert _stands(certificate) == (Status.ACTIVE, None, (archive_key("W1"),))
    assert certificate.name_key == BLINDER.name("丁一")
    assert register.figures()["held_apart"] == 3
    assert sorted(register.told(), key=str) == [["U1", None], [None, None]]


@pytest.mark.parametrize("kind", [*Kind, None])
def test_d13_every_distinct_call_fails_once_and_it_is_put_right_all_the_same(kind: Kind | None) -> None:
    register = Register(Plan(kind=kind, every=True))
    register.night()
    _put_right(register)
    assert register.figures()["held_apart"] == 5
