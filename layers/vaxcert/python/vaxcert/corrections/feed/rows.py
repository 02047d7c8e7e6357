"""A feed's row as an archive: numbers blinded, personal data sealed (invariant 7, R9, R10).

The one place where an identity number of the feed is in the clear. Guardians' names and phones are left behind: nothing that
the product does needs them.
"""

from __future__ import annotations

from datetime import date

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
from vaxcert.corrections.feed.form import (
    GuardianForm,
    ReadNumber,
    Row,
    phone_of,
    read_number,
    registered_number,
    relation_in,
)
from vaxcert.identity.blinding import Blinder
from vaxcert.identity.model import record_id_of

_GONE = {"void": ArchiveStatus.VOID, "merge": ArchiveStatus.MERGED}
# A newborn's archive keeps its number when obstetrics hands it to a child clinic (R41): the two share one register.
_REGISTER = {"obstetrics": "child"}


class ArchiveMaker:
    """Makes archives of the rows of one business date."""

    def __init__(self, blinder: Blinder, closer: Closer, business_date: date) -> None:
        self._blinder = blinder
        self._closer = closer
        self._business_date = business_date

    def archive(self, row: Row) -> Archive:
        """The archive that a row states, ready to be stored."""
        key = self._key(row, row.archive_no)
        person = row.person
        found = read_number(person.id_no, person.id_type, self._business_date, person.birth_date)
        person_key = self._subject(found)
        stated = found.number if found.fault is not None else None
        return Archive(
            key=key,
            version=row.version,
            system=System(row.system),
            status=_GONE.get(row.op) or ArchiveStatus(row.status),
            record_id=record_id_of(person_key or key),
            person_key=person_key,
            number_fault=found.fault,
            name_key=self._blinder.name(person.name),
            birth_date=person.birth_date,
            sex=Sex(person.sex),
            clinic=Clinic(row.clinic.code, row.clinic.name, row.clinic.city),
            guardians=self._guardians(row),
            doses=tuple(row.doses),
            sealed=self._sealed(row, key, found),
            recorded_at=row.recorded_at,
            as_of=self._business_date,
            merged_into=None if row.into is None else self._key(row, row.into),
            stated_key=None if stated is None else self._blinder.subject(stated.text),
        )

    def _key(self, row: Row, archive_no: str) -> str:
        return self._blinder.archive(_REGISTER.get(row.system, row.system), archive_no)

    def _guardians(self, row: Row) -> tuple[Guardian, ...]:
        # A rabies archive is joined by its person's number alone; by its guardians it would show before R43's setting says so.
        given = () if row.system == "rabies" else row.guardians
        return tuple(self._guardian(guardian) for guardian in given)

    def _guardian(self, guardian: GuardianForm) -> Guardian:
        found = read_number(guardian.id_no, None, self._business_date)
        relation = relation_in(guardian) or Relation.OTHER_GUARDIAN
        return Guardian(str(relation), self._subject(found), found.fault)

    def _subject(self, found: ReadNumber) -> str | None:
        """The person whom a number names; a number with a fault names nobody, whatever it reads (D13)."""
        if found.number is None or found.fault is not None:
            return None
        return self._blinder.subject(found.number.text)

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
