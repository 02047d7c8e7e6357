"""What the province knows about a person: the archive (档案) as its nightly feed states it (R1, R8–R10).

Values only. An archive is one row of the provincial system; a person may have several (child, adult, obstetrics, rabies), which share
an identity number and with it a `record_id`. Which of those are one person is decided in `vaxcert.archives.persons` (D13), and who may
claim in `vaxcert.claims.eligibility`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class System(StrEnum):
    """The provincial system that an archive comes from (R43)."""

    CHILD = "child"
    ADULT = "adult"
    OBSTETRICS = "obstetrics"
    RABIES = "rabies"


class ArchiveStatus(StrEnum):
    """In care (在册管理) or no longer; `VOID` and `MERGED` are ours, from the feed's `op`."""

    IN_CARE = "in_care"
    TRANSFERRED_OUT = "transferred_out"
    DECEASED = "deceased"
    VOID = "void"
    MERGED = "merged"


class Sex(StrEnum):
    """As the archive states it."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, slots=True)
class Clinic:
    """The vaccination unit that keeps the archive; `city` is a six-digit city code."""

    code: str
    name: str
    city: str


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose (剂次), with the feed's own field names; `date` is the calendar day on which it was given."""

    dose_id: str
    vaccine_code: str
    vaccine_name: str
    dose_no: int
    date: date
    clinic_code: str
    origin: str
    clinic_name: str | None = None
    batch: str | None = None
    manufacturer: str | None = None
    site: str | None = None
    trace_code: str | None = None


@dataclass(frozen=True, slots=True)
class Guardian:
    """A registered guardian. `key` is the blinded identity number, or None where the number is missing or malformed (R10).

    `number_fault` says which: `missing`, `malformed`, or None. `name` is present only where the archive was opened.
    """

    relation: str
    key: str | None
    number_fault: str | None = None


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """Personal data as stored: AES-GCM blobs that only a screen opens (see `vaxcert.keys.sealing`).

    `archive_no` is None where the archive was stored before its number was kept.
    """

    name: bytes
    id_no: bytes | None = None
    phone: bytes | None = None
    archive_no: bytes | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive, whole, at one version.

    `key`: blinded archive number. `person_key`: blinded identity number, None where the archive holds none that is believed
    (R9, D13), with `number_fault` telling `missing`, `malformed` and `contradicts_birth` apart. `stated_key`: blinded, the number that
    contradicts the birth date: it matches nobody, but its holder may be told. `record_id`: opaque, the same for every guardian.
    `name_key`: blinded normalised name. `as_of`: the business date of the feed that brought it.
    """

    key: str
    version: int
    system: System
    status: ArchiveStatus
    record_id: str
    person_key: str | None
    number_fault: str | None
    name_key: str
    birth_date: date
    sex: Sex
    clinic: Clinic
    guardians: tuple[Guardian, ...]
    doses: tuple[Dose, ...]
    sealed: SealedPerson
    recorded_at: datetime
    as_of: date
    merged_into: str | None = None
    stated_key: str | None = None

    @property
    def kin(self) -> str:
        """Equal digests mean that no kinship link and no certificate has to change with a new version."""
        lines = [
            self.record_id,
            self.person_key or "-",
            self.status,
            self.clinic.city,
            self.system,
            self.birth_date.isoformat(),
            self.stated_key or "-",
            # Archives of one number are one person under one name only (D13).
            self.name_key if self.person_key or self.stated_key else "-",
            *sorted(f"{guardian.relation}|{guardian.key or '-'}" for guardian in self.guardians),
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]

    @property
    def content(self) -> str:
        """Equal digests mean that paper says the same of the archive (D20): person, clinic and doses as they are printed, and that it stands.

        What no paper shows does not count: phones, guardians, sites, trace codes, the ids of doses.
        """
        lines = [
            "gone" if self.status in GONE else "stands",
            self.person_key or "-",
            self.name_key,
            self.birth_date.isoformat(),
            self.sex,
            repr((self.clinic.code, self.clinic.name)),
            *sorted({_printed(dose) for dose in self.doses}),
        ]
        return hashlib.sha256("\n".join(["vaxcert/content", *lines]).encode()).hexdigest()[:32]


class LinkKind(StrEnum):
    """What ties a subject to an archive."""

    OWN = "own"
    KIN = "kin"
    STATED = "stated"
    """The archive states the subject's number against its own birth date (D13): it is nobody's, but its holder may be told so."""


@dataclass(frozen=True, slots=True)
class Link:
    """One line of kinship: the subject's own archive, or that of a child of theirs (then `relation` says how).

    `name_key` of an own or stated archive: archives of one number under several names show themselves before they are read. None on lines
    written before it was kept.
    """

    kind: LinkKind
    subject: str
    record_id: str
    archive_key: str
    person_key: str | None
    relation: str | None = None
    name_key: str | None = None


GONE = frozenset({ArchiveStatus.VOID, ArchiveStatus.MERGED})


def _printed(dose: Dose) -> str:
    return repr(
        (
            dose.vaccine_code,
            dose.vaccine_name,
            dose.dose_no,
            dose.date.isoformat(),
            dose.clinic_code,
            dose.clinic_name,
            dose.origin,
            dose.batch,
            dose.manufacturer,
        )
    )


def links_of(archive: Archive) -> tuple[Link, ...]:
    """Every kinship link that the archive stands for. A void or merged archive links to nobody."""
    if archive.status in GONE:
        return ()

    def link(kind: LinkKind, subject: str, relation: str | None = None) -> Link:
        name = None if kind is LinkKind.KIN else archive.name_key
        return Link(kind, subject, archive.record_id, archive.key, archive.person_key, relation, name)

    own = ((LinkKind.OWN, archive.person_key), (LinkKind.STATED, archive.stated_key))
    kin = {one.key: link(LinkKind.KIN, one.key, one.relation) for one in archive.guardians if one.key}
    return (*(link(kind, subject) for kind, subject in own if subject), *kin.values())
