"""What is answered about records and about who looked."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict

from vaxcert.archives.model import Dose
from vaxcert.archives.relations import ANY
from vaxcert.aws.clock import rfc3339
from vaxcert.devices.model import Station
from vaxcert.http.shapes import Shape, described_before, one_of
from vaxcert.programme.due import Plan
from vaxcert.programme.schedule import EDITION
from vaxcert.programme.vaccines import vaccine_of
from vaxcert.programme.words import advice, dose_due
from vaxcert.records.notices import WORDS
from vaxcert.records.plan import FamilyPlan
from vaxcert.records.service import EntryView, RecordsPage
from vaxcert.wording import Language

SITES: Final = ("left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other")
type Relation = Annotated[str, one_of(ANY)]


class RecordsPerson(Shape):
    """Whose records they are; the identity number is masked."""

    record_id: str
    kind: Literal["adult", "child"]
    name: str
    birth_date: str
    id_no: str | None = None
    relation: Relation


class DoseAnswer(Shape):
    """One dose (剂次), with the feed's field names; `vaccine_name_en` where English is asked for and the vaccine is listed."""

    dose_id: str
    vaccine_code: str
    vaccine_name: str
    vaccine_name_en: str | None = None
    dose_no: int
    date: str
    batch: str | None = None
    manufacturer: str | None = None
    site: Annotated[str, one_of(SITES)] | None = None
    clinic_code: str
    clinic_name: str | None = None
    origin: Literal["local", "other_province"]
    trace_code: str | None = None

    @classmethod
    def of(cls, dose: Dose, *, english: bool) -> Self:
        known = vaccine_of(dose.vaccine_code, dose.vaccine_name) if english else None
        return cls(
            dose_id=dose.dose_id,
            vaccine_code=dose.vaccine_code,
            vaccine_name=dose.vaccine_name,
            vaccine_name_en=known.english if known else None,
            dose_no=dose.dose_no,
            date=dose.date.isoformat(),
            batch=dose.batch,
            manufacturer=dose.manufacturer,
            site=dose.site,
            clinic_code=dose.clinic_code,
            clinic_name=dose.clinic_name,
            origin="local" if dose.origin == "local" else "other_province",
            trace_code=dose.trace_code,
        )


class RecordsNotice(Shape):
    """What to know beside the records."""

    code: Annotated[str, one_of(WORDS)]
    title: str
    detail: str
    next_step: str


class RecordsAnswer(Shape):
    """A page of doses; `as_of` is the business date of the last feed applied."""

    as_of: str | None
    person: RecordsPerson
    doses: list[DoseAnswer]
    notices: list[RecordsNotice]
    next_cursor: str | None

    @classmethod
    def of(cls, page: RecordsPage, *, english: bool) -> Self:
        person = RecordsPerson(
            record_id=page.person.record_id,
            kind=page.person.kind.value,
            name=page.person.name,
            birth_date=page.person.birth_date.isoformat(),
            id_no=page.person.id_no,
            relation=page.person.relation,
        )
        notices = [
            RecordsNotice(
                code=notice.code, title=notice.title, detail=notice.detail, next_step=notice.next_step
            )
            for notice in page.notices
        ]
        return cls(
            as_of=page.as_of.isoformat() if page.as_of else None,
            person=person,
            doses=[DoseAnswer.of(dose, english=english) for dose in page.doses],
            notices=notices,
            next_cursor=page.next_cursor,
        )


class PlanDose(Shape):
    """A dose of the programme (剂次), as a scan's `due` has it: `vaccine_code` is the first that `GET /v1/vaccines` has for the vaccine.

    It may be given from `since` to `until`, both inclusive, and should have been given by `recommended_before`. `vaccine_name_en` comes
    where English is asked for.
    """

    model_config = ConfigDict(json_schema_extra=described_before("vaccine_name_en", "dose_no"))

    vaccine_code: str
    vaccine: str
    vaccine_name: str
    dose_no: int
    vaccine_name_en: str | None = None
    since: str
    recommended_before: str | None = None
    until: str | None = None
    note: str | None = None


class ComingDoses(Shape):
    """The next doses to come, and the day from which they may be given, where that which is due is given today."""

    date: str
    vaccines: list[PlanDose]


class SchoolEntry(Shape):
    """What the check at kindergarten and school entry (入托入学查验) would find: complete, or which doses have to be caught up."""

    complete: bool
    missing: list[PlanDose]


class PlanAnswer(Shape):
    """What is due today, overdue doses included; what is missing, its recommended day over; what comes next.

    A dose may be due and missing. `as_of` is the business date of the last feed applied, `edition` the programme's. An adult has no plan:
    the lists are empty, and `advice` says so.
    """

    as_of: str
    edition: str
    due: list[PlanDose]
    missing: list[PlanDose]
    next: ComingDoses | None
    school_entry: SchoolEntry
    advice: str

    @classmethod
    def of(cls, found: FamilyPlan, spoken: Language) -> Self:
        known = found.plan or Plan()
        due, missing, coming = (
            [PlanDose.model_validate(dose_due(turn, spoken)) for turn in turns]
            for turns in (known.due, known.missing, known.next)
        )
        return cls(
            as_of=found.as_of.isoformat(),
            edition=EDITION,
            due=due,
            missing=missing,
            next=ComingDoses(date=known.next[0].since.isoformat(), vaccines=coming) if coming else None,
            school_entry=SchoolEntry(complete=known.complete, missing=missing),
            advice=advice(found.plan, found.as_of, spoken),
        )


class EntryAnswer(Shape):
    """One look at the records: `who` read, had a document or its paper, or showed the code that was scanned at `clinic_code` and `station`.

    `move` and `cancel`: a delegate moved or cancelled an appointment, to or at `clinic_code`. A delegate's entry has `relation` and `grant_id`.
    `lookup`: an operator, whom somebody called, looked up who can claim.
    """

    at: str
    kind: Literal["read", "scan", "move", "cancel", "document", "lookup"]
    who: Literal["claimant", "delegate", "operator"]
    name: str | None = None
    relation: Relation | None = None
    grant_id: str | None = None
    clinic_code: str | None = None
    station: Annotated[str, one_of(Station)] | None = None
    device_id: str | None = None
    result: str | None = None

    @classmethod
    def of(cls, view: EntryView) -> Self:
        return cls(
            at=rfc3339(view.at),
            kind=view.access.value,
            who=view.who,
            name=view.name,
            relation=view.relation,
            grant_id=view.grant_id,
            clinic_code=view.clinic_code,
            station=view.station,
            device_id=view.device_id,
            result=view.result,
        )


class AccessLogAnswer(Shape):
    """Who looked and who scanned, newest first."""

    entries: list[EntryAnswer]
    next_cursor: str | None
