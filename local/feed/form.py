"""The form of a feed's row, as the province writes it.

Stated a second time, apart from the product's own check, so that the two can disagree when one of them is
wrong. It knows form only: an identity number that is missing or malformed is good form (R9, R10).
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict

type Op = Literal["upsert", "void", "merge"]
type System = Literal["child", "adult", "obstetrics", "rabies"]
type Status = Literal["in_care", "transferred_out", "deceased"]
type Sex = Literal["male", "female"]
type Origin = Literal["local", "other_province"]
type IdType = Literal["resident", "residence_permit", "permanent_resident"]
type Site = Literal["left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other"]

OPS = ("upsert", "void", "merge")
SYSTEMS = ("child", "adult", "obstetrics", "rabies")
STATUSES = ("in_care", "transferred_out", "deceased")
SEXES = ("male", "female")
ORIGINS = ("local", "other_province")
ID_TYPES = ("resident", "residence_permit", "permanent_resident")
SITES = ("left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other")
RELATIONS = (
    "father", "mother", "paternal_grandfather", "paternal_grandmother", "maternal_grandfather",
    "maternal_grandmother", "sibling", "paternal_uncle_aunt", "maternal_uncle_aunt", "other_guardian",
    "other_relative", "entrusted_carer",
)  # fmt: skip


class ClinicRow(TypedDict):
    code: str
    name: str
    city: str


class PersonRow(TypedDict):
    id_type: NotRequired[IdType]
    id_no: NotRequired[str]
    name: str
    sex: Sex
    birth_date: str
    phone: NotRequired[str]


class GuardianRow(TypedDict):
    relation: str
    id_no: NotRequired[str]
    name: str
    phone: NotRequired[str]


class DoseRow(TypedDict):
    dose_id: str
    vaccine_code: str  # empty where no public code is known: nothing is invented
    vaccine_name: str
    dose_no: int
    date: str
    batch: NotRequired[str]
    manufacturer: NotRequired[str]
    site: NotRequired[Site]
    clinic_code: str
    clinic_name: NotRequired[str]
    origin: Origin
    trace_code: NotRequired[str]


class Row(TypedDict):
    archive_no: str
    version: int
    op: Op
    into: NotRequired[str]
    recorded_at: str
    system: System
    status: Status
    clinic: ClinicRow
    person: PersonRow
    guardians: list[GuardianRow]
    doses: list[DoseRow]


class FeedFormError(ValueError):
    """A row the province would never write. Names the archive and the field, never a value of a person."""


_CITY = re.compile(r"\d{6}")


def check_row(row: Row, business_date: date) -> None:
    """Raises FeedFormError when the row breaks the form or knows of something after its business date."""
    faults = list(_faults(row, business_date))
    if faults:
        raise FeedFormError(f"archive {row.get('archive_no', '?')}: {'; '.join(faults)}")


def _faults(row: Row, business_date: date) -> Iterator[str]:
    yield from _shape(row, Row, "row")
    if row["op"] not in OPS:
        yield "op is unknown"
    if (row["op"] == "merge") != ("into" in row) or row.get("into") == row["archive_no"]:
        yield "into is for merge, and names another archive"
    if row["version"] < 1:
        yield "version starts at 1"
    if row["system"] not in SYSTEMS or row["status"] not in STATUSES:
        yield "system or status is unknown"
    recorded = datetime.fromisoformat(row["recorded_at"])
    if recorded.tzinfo is None or recorded.date() > business_date:
        yield "recorded_at has an offset and is not after the business date"
    yield from _shape(row["clinic"], ClinicRow, "clinic")
    if not _CITY.fullmatch(row["clinic"]["city"]):
        yield "clinic.city has six digits"
    yield from _person_faults(row["person"], business_date)
    for index, guardian in enumerate(row["guardians"]):
        yield from _shape(guardian, GuardianRow, f"guardians[{index}]")
        if guardian["relation"] not in RELATIONS:
            yield f"guardians[{index}].relation is unknown"
    yield from _dose_faults(row, business_date)


def _person_faults(person: PersonRow, business_date: date) -> Iterator[str]:
    yield from _shape(person, PersonRow, "person")
    if person["sex"] not in SEXES or person.get("id_type", "resident") not in ID_TYPES:
        yield "person.sex or person.id_type is unknown"
    if date.fromisoformat(person["birth_date"]) > business_date:
        yield "person.birth_date is after the business date"


def _dose_faults(row: Row, business_date: date) -> Iterator[str]:
    born = date.fromisoformat(row["person"]["birth_date"])
    for index, dose in enumerate(row["doses"]):
        yield from _shape(dose, DoseRow, f"doses[{index}]")
        if not born <= date.fromisoformat(dose["date"]) <= business_date:
            yield f"doses[{index}].date lies outside the life known so far"
        if dose["origin"] not in ORIGINS or dose.get("site", "other") not in SITES or dose["dose_no"] < 1:
            yield f"doses[{index}] origin, site or dose_no is unknown"
    if len({dose["dose_id"] for dose in row["doses"]}) != len(row["doses"]):
        yield "dose_id is unique within an archive"


def _shape(value: Any, form: Any, where: str) -> Iterator[str]:
    names = set(value)
    if missing := form.__required_keys__ - names:
        yield f"{where} lacks {', '.join(sorted(missing))}"
    if unknown := names - form.__required_keys__ - form.__optional_keys__:
        yield f"{where} has unknown {', '.join(sorted(unknown))}"
