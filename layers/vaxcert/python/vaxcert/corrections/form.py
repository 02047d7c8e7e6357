"""The form of manifests and rows at the edge: pydantic, strict, bounded.

Strict, because the feed is a contract between two systems: a field that we do not know may change the meaning of those that
we do. The one exception is the identity number: whatever stands there, the doses beside it still count (R9, R10).
Nothing that is said of a bad row quotes it (invariant 7).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import CoreSchema

from vaxcert.archives.model import Dose
from vaxcert.archives.relations import relation_of
from vaxcert.aws.clock import shanghai_date
from vaxcert.corrections.days import Day, Instant
from vaxcert.corrections.model import FeedRefused, Manifest, Part
from vaxcert.identity.model import IdentityNumber, IdType, InvalidIdentityNumber, normalise_name, parse_id_no

LARGEST_MANIFEST = 1 << 20
LONGEST_LINE = 1 << 18
LONGEST_NUMBER = 64
MOST_PARTS = 1000  # the state machine carries their names, and a state holds 256 KB
MOST_ROWS = 2_000_000  # of a part: what one call of `check_part` reads with time to spare

type _Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
type _Code = Annotated[str, StringConstraints(min_length=1, max_length=32)]
type _Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
type _Short = Annotated[str, StringConstraints(max_length=64)]
type _Long = Annotated[str, StringConstraints(max_length=200)]
type _ArchiveNo = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,32}$")]
type _Anything = str | int | float | bool | None

_ARCHIVE_NO = re.compile(r"[0-9A-Za-z_-]{1,32}")
_DATE, _DOSE_ID = attrgetter("date"), attrgetter("dose_id")
_ID_TYPES = frozenset(IdType)
_FIRST_BIRTH = date(1870, 1, 1)


_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class _Form(BaseModel):
    model_config = _STRICT


class _PartForm(_Form):
    key: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$")]
    rows: Annotated[int, Field(ge=0, le=MOST_ROWS)]
    sha256: _Sha256


class _ManifestForm(_Form):
    feed_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    business_date: Day
    sequence: Annotated[int, Field(ge=1, le=999_999_999)]
    previous_manifest_sha256: _Sha256 | None
    parts: Annotated[list[_PartForm], Field(max_length=MOST_PARTS)]
    rows: Annotated[int, Field(ge=0)]


class ClinicForm(_Form):
    """The unit that keeps the archive; its city decides R8."""

    code: _Code
    name: _Name
    city: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class PersonForm(_Form):
    """Whose archive it is. `id_type` and `id_no` are judged by `read_number`, not here."""

    id_type: _Anything = None
    id_no: _Anything = None
    name: _Name
    sex: Literal["male", "female"]
    birth_date: Day
    phone: Annotated[str, StringConstraints(max_length=32)] | None = None


class GuardianForm(_Form):
    """A registered guardian. Name and phone are the province's; nothing here needs them, so they are not stored."""

    relation: Annotated[str, StringConstraints(max_length=32)]
    id_no: _Anything = None
    name: Annotated[str, StringConstraints(max_length=100)]
    phone: Annotated[str, StringConstraints(max_length=32)] | None = None


@dataclass(frozen=True, kw_only=True)
class _DoseForm:
    """One dose. `vaccine_code` may be empty, where no code is known."""

    __pydantic_config__ = _STRICT

    dose_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    vaccine_code: Annotated[str, StringConstraints(max_length=32)]
    vaccine_name: _Name
    dose_no: Annotated[int, Field(ge=1, le=99)]
    date: Day
    batch: _Short | None = None
    manufacturer: _Long | None = None
    site: Literal["left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other"] | None = None
    clinic_code: _Code
    clinic_name: _Long | None = None
    origin: Literal["local", "other_province"]
    trace_code: _Short | None = None


def _as_dose(_source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    """The form's checks, the domain's own dose as their result: to make 22 of each costs as much as all of the checking."""
    form = handler.resolve_ref_schema(handler.generate_schema(_DoseForm))
    return {**form, "cls": Dose, "slots": True}


class Row(_Form):
    """One archive as it stands. Bounded so that item and transaction stay within what DynamoDB takes."""

    archive_no: _ArchiveNo
    version: Annotated[int, Field(ge=1, lt=1 << 53)]
    op: Literal["upsert", "void", "merge"]
    into: _ArchiveNo | None = None
    recorded_at: Instant
    system: Literal["child", "adult", "obstetrics", "rabies"]
    status: Literal["in_care", "transferred_out", "deceased"]
    clinic: ClinicForm
    person: PersonForm
    guardians: Annotated[list[GuardianForm], Field(max_length=20)]
    doses: Annotated[list[Annotated[Dose, GetPydanticSchema(_as_dose)]], Field(max_length=300)]


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row was not taken, and its archive number where that much could be read."""

    reason: str
    archive_no: str | None


_FIELDS = frozenset(
    name
    for form in (Row, ClinicForm, PersonForm, GuardianForm)
    for name in form.model_fields
) | {field.name for field in fields(Dose)}  # fmt: skip
_ROW: TypeAdapter[Row] = TypeAdapter(Row)
_HEAD: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def parse_manifest(content: bytes) -> Manifest:
    """The manifest in these exact bytes. Raises FeedRefused."""
    try:
        form = _ManifestForm.model_validate_json(content)
    except ValidationError:
        raise FeedRefused("manifest_malformed") from None
    if len({part.key for part in form.parts}) != len(form.parts):
        raise FeedRefused("manifest_malformed")
    if sum(part.rows for part in form.parts) != form.rows:
        raise FeedRefused("rows_mismatch")
    return Manifest(
        feed_id=form.feed_id,
        business_date=form.business_date,
        sequence=form.sequence,
        previous=form.previous_manifest_sha256,
        parts=tuple(
            Part(index, part.key, part.rows, part.sha256) for index, part in enumerate(form.parts, start=1)
        ),
        rows=form.rows,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def parse_row(line: bytes, business_date: date) -> Row | BadRow:
    """The row of a line, or why it goes to quarantine. The same on every day that it is asked (invariant 6)."""
    try:
        row = _ROW.validate_json(line)
    except ValidationError as error:
        return BadRow(_reason(error), _archive_no(line))
    reason = next(_contradictions(row, business_date), None)
    return row if reason is None else BadRow(reason, row.archive_no)


def _contradictions(row: Row, business_date: date) -> Iterator[str]:
    if (row.op == "merge") != (row.into is not None) or row.into == row.archive_no:
        yield "into_contradicts_op"
    if shanghai_date(row.recorded_at) > business_date:
        yield "recorded_after_business_date"  # to take it would show it on the day of its recording (D2)
    if not _FIRST_BIRTH <= row.person.birth_date <= business_date:
        yield "birth_date_out_of_range"
    if not normalise_name(row.person.name):
        yield "name_blank"
    if any(relation_of(guardian.relation) is None for guardian in row.guardians):
        yield "relation_unknown"
    if row.doses and max(map(_DATE, row.doses)) > business_date:
        yield "dose_after_business_date"
    if row.doses and min(map(_DATE, row.doses)) < _FIRST_BIRTH:
        yield "dose_before_any_birth"
    if len(set(map(_DOSE_ID, row.doses))) != len(row.doses):
        yield "dose_repeated"


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    # A name that is not ours may be anything, a person's number too: only the place of known fields is told.
    place = [str(step) for step in first["loc"] if isinstance(step, int) or step in _FIELDS]
    return f"{first['type']}:/{'/'.join(place)}"


def _archive_no(line: bytes) -> str | None:
    try:
        found = _HEAD.validate_json(line).get("archive_no")
    except ValidationError:
        return None
    return found if isinstance(found, str) and _ARCHIVE_NO.fullmatch(found) else None


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """What a row's identity number is found to be.

    `fault`: `missing`, `malformed`, `contradicts_birth`, or None where the number names the person. `number` is there too where it
    contradicts the birth date, for those who have to find the archive that it belongs to; it is never a key to anything then (D13).
    """

    number: IdentityNumber | None
    fault: str | None


def read_number(id_no: object, id_type: object, today: date, birth_date: date | None = None) -> ReadNumber:
    """The identity number of a person, born on `birth_date` where that is known (R9, R10, D10, D13).

    It is trimmed and its x raised before it is judged (D15). A document of another kind names nobody here.
    """
    text, kind = _trimmed(id_no), _trimmed(id_type)
    if text is None:
        return ReadNumber(None, "missing")
    if not isinstance(text, str) or (kind is not None and kind not in _ID_TYPES):
        return ReadNumber(None, "malformed")
    if text[-1] == "x":
        text = f"{text[:-1]}X"
    try:
        number = parse_id_no(text, None if kind is None else IdType(str(kind)), today)
    except InvalidIdentityNumber:
        return ReadNumber(None, "malformed")
    contradicts = birth_date is not None and number.birth_date != birth_date
    return ReadNumber(number, "contradicts_birth" if contradicts else None)


def _trimmed(value: object) -> object:
    """A text without white space at its ends, None where nothing is left; anything else as it is."""
    return (value.strip() or None) if isinstance(value, str) else value


def warnings_of(row: Row, business_date: date) -> dict[str, int]:
    """What is odd about a row that is taken nevertheless."""
    person = row.person
    own = read_number(person.id_no, person.id_type, business_date, person.birth_date)
    found = [("number", own.fault)]
    found += [
        ("guardian_number", read_number(guardian.id_no, None, business_date).fault)
        for guardian in row.guardians
    ]
    return dict(Counter(f"{kind}_{fault}" for kind, fault in found if fault is not None))
