"""What is answered about records and about who looked."""

from __future__ import annotations

from typing import Literal, Self

from vaxcert.archives.model import Dose
from vaxcert.aws.clock import rfc3339
from vaxcert.http.shapes import Shape
from vaxcert.programme.vaccines import vaccine_of
from vaxcert.records.service import EntryView, RecordsPage


class RecordsPerson(Shape):
    """Whose records they are; the identity number is masked."""

    record_id: str
    kind: Literal["adult", "child"]
    name: str
    birth_date: str
    id_no: str | None = None
    relation: str


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
    site: str | None = None
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

    code: str
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


class EntryAnswer(Shape):
    """One look at the records: `who` read, or showed the code that was scanned at `clinic_code` and `station`."""

    at: str
    kind: Literal["read", "scan"]
    who: Literal["claimant", "delegate"]
    name: str | None = None
    relation: str | None = None
    grant_id: str | None = None
    clinic_code: str | None = None
    station: str | None = None
    device_id: str | None = None
    result: str | None = None

    @classmethod
    def of(cls, view: EntryView) -> Self:
        return cls(
            at=rfc3339(view.at),
            kind=view.access.value,
            who="delegate" if view.who == "delegate" else "claimant",
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
