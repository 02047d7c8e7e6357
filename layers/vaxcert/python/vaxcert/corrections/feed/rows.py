"""A feed's row as an archive: handles for numbers, personal data sealed (invariant 7, R9, R10).

The one place where an identity number of the feed is in the clear. Guardians' names and phones are left behind: nothing that
the product does needs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Protocol

from vaxcert.archives.model import (
    Archive,
    ArchiveStatus,
    Clinic,
    Guardian,
    SealedPerson,
    Sex,
    System,
)
from vaxcert.archives.personal import Closer, seal_person
from vaxcert.archives.relations import Relation
from vaxcert.aws.patience import patiently
from vaxcert.corrections.feed.form import (
    GuardianForm,
    ReadNumber,
    Row,
    phone_of,
    read_number,
    registered_number,
    relation_in,
)
from vaxcert.identity.blinding import Clear, archive, named, subject
from vaxcert.identity.model import record_id_of

_GONE = {"void": ArchiveStatus.VOID, "merge": ArchiveStatus.MERGED}
# A newborn's archive keeps its number when obstetrics hands it to a child clinic (R41): the two share one register.
_REGISTER = {"obstetrics": "child"}


class Handles(Protocol):
    """Port: what stands for numbers, names and archives; see `vaxcert.identity.handles.Handles`."""

    def of(self, wanted: Iterable[Clear]) -> dict[Clear, str]:
        """The handle of each, made if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class _Told:
    """What a row says, with all that needs a handle still in the clear."""

    row: Row
    key: Clear
    into: Clear | None
    number: ReadNumber
    person: Clear | None
    stated: Clear | None
    name: Clear
    guardians: tuple[tuple[Relation, Clear | None, str | None], ...]

    def clear(self) -> Iterator[Clear]:
        """All that needs a handle."""
        others = (self.into, self.person, self.stated, *(key for _, key, _ in self.guardians))
        yield from (self.key, self.name, *(one for one in others if one is not None))


class ArchiveMaker:
    """Makes archives of the rows of one business date."""

    def __init__(self, handles: Handles, closer: Closer, business_date: date) -> None:
        self._handles = handles
        self._closer = closer
        self._business_date = business_date

    def archives(self, rows: Iterable[Row]) -> list[Archive]:
        """The archives that the rows state, in their order, ready to be stored: handles are asked for all of them at once."""
        told = [self._told(row) for row in rows]
        handles = patiently(lambda: self._handles.of(chain.from_iterable(one.clear() for one in told)))
        return [self._archive(one, handles) for one in told]

    def _archive(self, told: _Told, handles: Mapping[Clear, str]) -> Archive:
        row, person = told.row, told.row.person
        key, person_key = handles[told.key], _maybe(told.person, handles)
        return Archive(
            key=key,
            version=row.version,
            system=System(row.system),
            status=_GONE.get(row.op) or ArchiveStatus(row.status),
            record_id=record_id_of(person_key or key),
            person_key=person_key,
            number_fault=told.number.fault,
            name_key=handles[told.name],
            birth_date=person.birth_date,
            sex=Sex(person.sex),
            clinic=Clinic(row.clinic.code, row.clinic.name, row.clinic.city),
            guardians=tuple(
                Guardian(str(relation), _maybe(one, handles), fault)
                for relation, one, fault in told.guardians
            ),
            doses=tuple(row.doses),
            sealed=self._sealed(row, key, told.number),
            recorded_at=row.recorded_at,
            as_of=self._business_date,
            merged_into=_maybe(told.into, handles),
            stated_key=_maybe(told.stated, handles),
        )

    def _told(self, row: Row) -> _Told:
        person = row.person
        found = read_number(person.id_no, person.id_type, self._business_date, person.birth_date)
        stated = found.number if found.fault is not None else None
        # A rabies archive is joined by its person's number alone; by its guardians it would show before R43's setting says so.
        given = () if row.system == "rabies" else row.guardians
        return _Told(
            row=row,
            key=_key(row, row.archive_no),
            into=None if row.into is None else _key(row, row.into),
            number=found,
            person=_subject(found),
            stated=None if stated is None else subject(stated.text),
            name=named(person.name),
            guardians=tuple(self._guardian(guardian) for guardian in given),
        )

    def _guardian(self, guardian: GuardianForm) -> tuple[Relation, Clear | None, str | None]:
        found = read_number(guardian.id_no, None, self._business_date)
        return relation_in(guardian) or Relation.OTHER_GUARDIAN, _subject(found), found.fault

    def _sealed(self, row: Row, key: str, found: ReadNumber) -> SealedPerson:
        phone, _ = phone_of(row.person)
        return seal_person(
            self._closer,
            key,
            name=row.person.name,
            id_no=registered_number(row.person, found),
            phone=phone,
            archive_no=row.archive_no,
        )


def _key(row: Row, archive_no: str) -> Clear:
    return archive(_REGISTER.get(row.system, row.system), archive_no)


def _subject(found: ReadNumber) -> Clear | None:
    """The person whom a number names; a number with a fault names nobody, whatever it reads (D13)."""
    if found.number is None or found.fault is not None:
        return None
    return subject(found.number.text)


def _maybe(clear: Clear | None, handles: Mapping[Clear, str]) -> str | None:
    return None if clear is None else handles[clear]
