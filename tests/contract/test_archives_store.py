"""One suite for the fake register and for archives and kinship in DynamoDB (R8–R10, R37)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import date
from typing import Protocol

import pytest

from tests.contract.conftest import Database
from tests.fakes.people import (
    FATHER,
    MOTHER,
    MOTHER_NO,
    an_adult,
    an_archive,
    dose,
    guardian,
    id_no,
    subject,
)
from tests.fakes.register import FakeRegister
from vaxcert.archives.model import Archive, ArchiveStatus, Link, LinkKind, System, links_of
from vaxcert.archives.store import ArchiveReader, from_item, link_key, link_to_item, to_item, unchanged
from vaxcert.aws.dynamodb import Cancelled, transact
from vaxcert.claims.ports import Register

CHILD = an_archive(doses=(dose(date(2020, 5, 2), batch="B1", site="left_arm", clinic_name="示范门诊"),))


class Storing(Register, Protocol):
    """The port, and how a test gets archives into it."""

    def store(self, archive: Archive) -> None: ...


class DynamoRegister(ArchiveReader):
    """The real reader, with the plainest possible writer beside it."""

    def __init__(self, database: Database) -> None:
        tables = database.tables
        super().__init__(database.client, tables["ArchivesTable"], tables["KinshipTable"])
        self._database = database

    def store(self, archive: Archive) -> None:
        client, tables = self._database.client, self._database.tables
        for old in self.archives([archive.key]):
            for link in links_of(old):
                client.delete_item(TableName=tables["KinshipTable"], Key=link_key(link))
        client.put_item(TableName=tables["ArchivesTable"], Item=to_item(archive))
        for link in links_of(archive):
            client.put_item(TableName=tables["KinshipTable"], Item=link_to_item(link))


class RegisterContract(ABC):
    """What every register does."""

    @pytest.fixture
    @abstractmethod
    def register(self, request: pytest.FixtureRequest) -> Storing: ...

    def test_an_archive_comes_back_whole(self, register: Storing) -> None:
        for archive in (CHILD, an_adult(), an_archive("n", number=None, fault="malformed")):
            register.store(archive)
            assert register.archives([archive.key]) == (archive,)

    def test_archives_come_in_the_order_asked_for_once_each_and_those_that_exist(
        self, register: Storing
    ) -> None:
        other = an_archive("2", number=id_no(date(2020, 5, 1), 2))
        register.store(CHILD)
        register.store(other)
        assert register.archives([other.key, "a1:none", CHILD.key, other.key]) == (other, CHILD)
        assert register.archives([]) == ()

    def test_r10_a_guardian_is_linked_to_the_child_and_the_child_to_itself(self, register: Storing) -> None:
        register.store(CHILD)
        person = CHILD.person_key
        assert person is not None
        father = Link(LinkKind.KIN, FATHER, CHILD.record_id, CHILD.key, person, "father")
        own = Link(LinkKind.OWN, person, CHILD.record_id, CHILD.key, person, name_key=CHILD.name_key)
        assert register.links(FATHER) == (father,)
        assert register.links(person) == register.own_links(person) == (own,)
        assert register.own_links(FATHER) == ()
        assert register.links("v1:stranger") == ()

    def test_archives_of_one_number_are_found_together(self, register: Storing) -> None:
        rabies = an_archive("r", system=System.RABIES, guardians=())
        for archive in (CHILD, rabies, an_adult()):
            register.store(archive)
        found = register.own_links(CHILD.person_key or "")
        assert {link.archive_key for link in found} == {CHILD.key, rabies.key}

    def test_r9_an_archive_without_a_number_is_found_by_its_guardians_only(self, register: Storing) -> None:
        archive = an_archive(number=None)
        register.store(archive)
        (link,) = register.links(MOTHER)
        assert (link.person_key, link.record_id) == (None, archive.record_id)

    def test_r37_a_correction_moves_the_links_with_it(self, register: Storing) -> None:
        register.store(CHILD)
        register.store(replace(CHILD, version=2, guardians=(guardian(MOTHER_NO, "mother"),)))
        assert register.links(FATHER) == ()
        assert len(register.links(MOTHER)) == 1

    @pytest.mark.parametrize("status", [ArchiveStatus.VOID, ArchiveStatus.MERGED])
    def test_a_void_or_merged_archive_links_nobody(self, register: Storing, status: ArchiveStatus) -> None:
        register.store(CHILD)
        register.store(replace(CHILD, version=2, status=status))
        assert register.links(FATHER) == register.links(subject(id_no(date(2020, 5, 1)))) == ()


class TestFakeRegister(RegisterContract):
    @pytest.fixture
    def register(self, request: pytest.FixtureRequest) -> Storing:
        return FakeRegister()


class TestDynamoRegister(RegisterContract):
    @pytest.fixture
    def register(self, request: pytest.FixtureRequest) -> Storing:
        return DynamoRegister(request.getfixturevalue("database"))

    @pytest.fixture(autouse=True)
    def _with(self, database: Database) -> None:
        """Every test here runs once per kind of database."""

    def test_a_transaction_stands_only_on_the_version_that_was_read(self, database: Database) -> None:
        DynamoRegister(database).store(CHILD)
        table = database.tables["ArchivesTable"]
        transact(database.client, [unchanged(table, CHILD)])
        for other in (replace(CHILD, version=2), an_archive("none")):
            with pytest.raises(Cancelled):
                transact(database.client, [unchanged(table, other)])

    def test_more_than_a_hundred_archives_come_back(self, database: Database) -> None:
        register = DynamoRegister(database)
        many = [an_archive(str(number), number=None, guardians=()) for number in range(105)]
        for archive in many:
            register.store(archive)
        assert len(register.archives(archive.key for archive in many)) == 105


def test_an_item_holds_no_name_number_phone_or_archive_number_in_the_clear() -> None:
    """Invariant 7."""
    child = an_archive("20201234567", phone="13900000001")
    stored = repr(to_item(child))
    for plain in ("周小样", id_no(date(2020, 5, 1)), "20201234567", "13900000001"):
        assert plain not in stored
    assert from_item(to_item(child)) == child


def test_an_item_of_before_the_archive_number_was_kept_is_read_without_it() -> None:
    item = to_item(CHILD)
    del item["archive_no"]
    assert from_item(item) == replace(CHILD, sealed=replace(CHILD.sealed, archive_no=None))
