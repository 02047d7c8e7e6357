"""The form of manifests and rows at the edge: pydantic, strict, bounded.

Strict, because the feed is a contract between two systems: a field that we do not know may change the meaning of those that
we do. What nothing needs, or what only tells whether somebody is matched, costs no row: whatever stands there, the doses beside it
still count (R9, R10, D15; docs/feed-rows.md has the fate of every field).
Nothing that is said of a bad row quotes it (invariant 7).
"""

from __future__ import annotations

import hashlib
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Annotated, Any, Literal

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
from vaxcert.archives.relations import Relation, relation_of
from vaxcert.aws.clock import shanghai_date
from vaxcert.corrections.feed.days import Day, Instant
from vaxcert.corrections.feed.members import any_repeated, repeats
from vaxcert.corrections.feed.model import FeedRefused, Manifest, Part
from vaxcert.corrections.feed.texts import (
    OR_BLANK,
    PADDED,
    ArchiveNo,
    City,
    Code,
    DoseId,
    Long,
    Name,
    OptionalArchiveNo,
    Short,
    VaccineCode,
    hides,
    may_hide,
)
from vaxcert.identity.model import IdentityNumber, IdType, InvalidIdentityNumber, normalise_name, parse_id_no

LARGEST_MANIFEST = 1 << 20
LONGEST_LINE = 1 << 18
LONGEST_NUMBER = 64
LONGEST_PHONE = 32
MOST_PARTS = 1000  # the state machine carries their names, and a state holds 256 KB
MOST_ROWS = 2_000_000  # of a part: what one call of `check_part` reads with time to spare

type _Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
type _Side = Literal["left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other"]

_ARCHIVE_NO = re.compile(r"[0-9A-Za-z_-]{1,32}")
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

    code: Code
    name: Name
    city: City


class PersonForm(_Form):
    """Whose archive it is. `id_type`, `id_no` and `phone` are judged by `read_number` and `phone_of`: they cost no row."""

    id_type: Any = None
    id_no: Any = None
    name: Name
    sex: Annotated[Literal["male", "female"], PADDED]
    birth_date: Day
    phone: Any = None


class GuardianForm(_Form):
    """A registered guardian: nothing here costs a row, unless the name hides something. Name and phone are not stored."""

    relation: Any = None
    id_no: Any = None
    name: Any = None
    phone: Any = None


@dataclass(frozen=True, kw_only=True)
class _DoseForm:
    """One dose. `vaccine_code` may be empty, where no code is known."""

    __pydantic_config__ = _STRICT

    dose_id: DoseId
    vaccine_code: VaccineCode = ""
    vaccine_name: Name
    dose_no: Annotated[int, Field(ge=1, le=99)]
    date: Day
    batch: Short = None
    manufacturer: Long = None
    site: Annotated[Annotated[_Side, PADDED] | None, OR_BLANK] = None
    clinic_code: Code
    clinic_name: Long = None
    origin: Annotated[Literal["local", "other_province"], PADDED]
    trace_code: Short = None


def _as_dose(_source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    """The form's checks, the domain's own dose as their result: to make 22 of each costs as much as all of the checking."""
    form = handler.resolve_ref_schema(handler.generate_schema(_DoseForm))
    return {**form, "cls": Dose, "slots": True}


class Row(_Form):
    """One archive as it stands. Bounded so that item and transaction stay within what DynamoDB takes."""

    archive_no: ArchiveNo
    version: Annotated[int, Field(ge=1, lt=1 << 53)]
    op: Annotated[Literal["upsert", "void", "merge"], PADDED]
    into: OptionalArchiveNo = None
    recorded_at: Instant
    system: Annotated[Literal["child", "adult", "obstetrics", "rabies"], PADDED]
    status: Annotated[Literal["in_care", "transferred_out", "deceased"], PADDED]
    clinic: ClinicForm
    person: PersonForm
    guardians: Annotated[list[GuardianForm], Field(max_length=20)]
    doses: Annotated[list[Annotated[Dose, GetPydanticSchema(_as_dose)]], Field(max_length=300)]


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row was not taken, and its archive number where that much could be read."""

    reason: str
    archive_no: str | None


_DOSE_FIELDS = tuple(field.name for field in fields(Dose))
_DOSE_MAY_LACK = ("vaccine_code", "batch", "manufacturer", "site", "clinic_name", "trace_code")
_DOSE_LOOK = attrgetter("date", "dose_id", *_DOSE_MAY_LACK)
_DOSE_TEXTS = tuple(name for name in _DOSE_FIELDS if name not in {"dose_no", "date", "origin", "site"})
_FIELDS = frozenset(
    name
    for form in (Row, ClinicForm, PersonForm, GuardianForm)
    for name in form.model_fields
) | {field.name for field in fields(Dose)}  # fmt: skip
_ROW: TypeAdapter[Row] = TypeAdapter(Row)
_HEAD: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def parse_manifest(content: bytes) -> Manifest:
    """The manifest in these exact bytes, a byte order mark before it let pass. Raises FeedRefused."""
    plain = content.removeprefix(BOM_UTF8)
    try:
        form = _ManifestForm.model_validate_json(plain)
        repeated = any_repeated(plain)
    except ValueError:
        raise FeedRefused("manifest_malformed") from None
    if repeated:
        raise FeedRefused("manifest_malformed")
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


def parse_row(line: bytes, business_date: date, *, judged: bool = False) -> Row | BadRow:
    """The row of a line, or why it goes to quarantine. The same on every day that it is asked (invariant 6).

    `judged`: the same bytes were found good before; only their form is read, for what else makes a bad row is a third of the work.
    """
    try:
        row = _ROW.validate_json(line)
    except ValidationError as error:
        return BadRow(_reason(error), _archive_no(line))
    if judged:
        return row
    reason = next(_contradictions(row, line, business_date), None)
    return row if reason is None else BadRow(reason, row.archive_no)


def _contradictions(row: Row, line: bytes, business_date: date) -> Iterator[str]:
    # By field and not by dose: what is asked of 22 doses costs a few calls then, and not 22 times as many.
    dates, dose_ids, *lacking = zip(*map(_DOSE_LOOK, row.doses), strict=True) if row.doses else ((), ())
    if repeats(line, _kept(row, lacking)):
        yield "member_repeated"
    if may_hide(line):
        yield from (f"control_character:/{place}" for place in _hiding(row))
    if (row.op == "merge") != (row.into is not None) or row.into == row.archive_no:
        yield "into_contradicts_op"
    if shanghai_date(row.recorded_at) > business_date:
        yield "recorded_after_business_date"  # to take it would show it on the day of its recording (D2)
    if not _FIRST_BIRTH <= row.person.birth_date <= business_date:
        yield "birth_date_out_of_range"
    # Letters alone never become nothing, and nearly every name is that.
    if not row.person.name.isalpha() and not normalise_name(row.person.name):
        yield "name_blank"
    if dates and max(dates) > business_date:
        yield "dose_after_business_date"
    if dates and min(dates) < _FIRST_BIRTH:
        yield "dose_before_any_birth"
    if len(set(dose_ids)) != len(dose_ids):
        yield "dose_repeated"


def _kept(row: Row, may_lack: list[tuple[Any, ...]]) -> int:
    """How many members of the row's line are known: all but those of a dose that are null or blank."""
    known = (len(_DOSE_FIELDS) - len(_DOSE_MAY_LACK)) * len(row.doses)
    known += sum([len(list(filter(None, values))) for values in may_lack])
    for form in (row, row.clinic, row.person, *row.guardians):
        known += len(form.__pydantic_fields_set__)  # the property `model_fields_set` costs ten times as much
    return known


def _hiding(row: Row) -> Iterator[str]:
    """The places of texts that hide something, among all that are stored or shown as they came, and the guardians' names."""
    texts = [
        ("clinic/code", row.clinic.code),
        ("clinic/name", row.clinic.name),
        ("person/name", row.person.name),
    ]
    texts += [
        (f"guardians/{index}/name", guardian.name.strip())
        for index, guardian in enumerate(row.guardians)
        if isinstance(guardian.name, str)
    ]
    for name in _DOSE_TEXTS:
        values = [getattr(dose, name) or "" for dose in row.doses]
        if hides("".join(values)):
            texts += [(f"doses/{index}/{name}", text) for index, text in enumerate(values)]
    yield from (place for place, text in texts if hides(text))


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
    found = _trimmed(found)
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
    if not isinstance(text, str) or not (kind is None or (isinstance(kind, str) and kind in _ID_TYPES)):
        return ReadNumber(None, "malformed")
    if text[-1] == "x":
        text = f"{text[:-1]}X"
    try:
        number = parse_id_no(text, None if kind is None else IdType(kind), today)
    except InvalidIdentityNumber:
        return ReadNumber(None, "malformed")
    contradicts = birth_date is not None and number.birth_date != birth_date
    return ReadNumber(number, "contradicts_birth" if contradicts else None)


def _trimmed(value: object) -> object:
    """A text without white space at its ends, None where nothing is left; anything else as it is."""
    return (value.strip() or None) if isinstance(value, str) else value


def registered_number(person: PersonForm, found: ReadNumber) -> str | None:
    """A person's number as a screen may show it, masked: as it was read, else as it came where it is short enough and hides nothing."""
    if found.number is not None:
        return found.number.text
    text = _trimmed(person.id_no)
    return text if isinstance(text, str) and len(text) <= LONGEST_NUMBER and not hides(text) else None


def phone_of(person: PersonForm) -> tuple[str | None, bool]:
    """A person's phone as it can be stored, and whether one was left out: it is shown, and nothing else needs it (D15)."""
    phone = _trimmed(person.phone)
    if isinstance(phone, str) and len(phone) <= LONGEST_PHONE and not hides(phone):
        return phone, False
    return None, phone is not None


def relation_in(guardian: GuardianForm) -> Relation | None:
    """How a guardian is related to the person, None where no word says it."""
    return relation_of(guardian.relation) if isinstance(guardian.relation, str) else None


def warnings_of(row: Row, business_date: date) -> dict[str, int]:
    """What is odd about a row that is taken nevertheless."""
    person = row.person
    own = read_number(person.id_no, person.id_type, business_date, person.birth_date)
    guardians = [read_number(guardian.id_no, None, business_date) for guardian in row.guardians]
    counts = Counter(f"guardian_number_{found.fault}" for found in guardians if found.fault is not None)
    if own.fault is not None:
        counts[f"number_{own.fault}"] += 1
    elif own.number is not None and own.number.sex != person.sex:
        counts["number_contradicts_sex"] += 1  # counted and believed (D13): the digit tells nobody apart
    if phone_of(person)[1]:
        counts["phone_left_out"] += 1
    unknown = sum(relation_in(guardian) is None for guardian in row.guardians)
    if unknown:
        counts["relation_unknown"] += unknown
    return dict(counts)
