"""Looking up records (接种记录查询) and who looked (R2, R29-R33, R43-R45, D2, D11).

Rights       CERTIFICATES_TABLE: GetItem. GRANTS_TABLE: GetItem, Query, UpdateItem. ARCHIVES_TABLE: BatchGetItem.
             ACCESS_LOG_TABLE: PutItem, Query. RUNS_TABLE: GetItem. KEYS_TABLE: GetItem. SEAL_KEY_ID: kms:Decrypt.
Variables    those tables, SEAL_KEY_ID, PILOT_CITIES, CHILD_BORN_FROM, ADULT_DOSE_FROM, ADULT_AGE, RABIES_RECORDS, HOTLINE.
"""

from __future__ import annotations

import os
from typing import Annotated, Any, Literal, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from vaxcert.archives.model import Dose
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.sealing import DataKeys, Sealer
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.store import CertificateReader
from vaxcert.claims.views import Views
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.personal import DelegateData
from vaxcert.grants.store import GrantReader
from vaxcert.http.api import JSON, Handler, create_api, respond, serve, start
from vaxcert.http.caller import citizen
from vaxcert.http.language import language
from vaxcert.records.service import EntryView, RecordsPage, RecordsService
from vaxcert.records.store import AccessLogStore, FeedDatesStore


class RecordsPerson(BaseModel):
    """Whose records they are; the identity number is masked."""

    record_id: str
    kind: Literal["adult", "child"]
    name: str
    birth_date: str
    id_no: str | None = None
    relation: str


class DoseAnswer(BaseModel):
    """One dose (剂次), with the feed's field names."""

    dose_id: str
    vaccine_code: str
    vaccine_name: str
    dose_no: int
    date: str
    batch: str | None = None
    manufacturer: str | None = None
    site: str | None = None
    clinic_code: str
    clinic_name: str | None = None
    origin: str
    trace_code: str | None = None


class RecordsNotice(BaseModel):
    """What to know beside the records."""

    code: str
    title: str
    detail: str
    next_step: str


class RecordsAnswer(BaseModel):
    """A page of doses, newest first; `as_of` is the business date of the last feed applied."""

    as_of: str | None
    person: RecordsPerson
    doses: list[DoseAnswer]
    notices: list[RecordsNotice]
    next_cursor: str | None


class EntryAnswer(BaseModel):
    """One look at the records: `who` read, or showed the code that was scanned at `clinic_code` and `station`."""

    at: str
    kind: Literal["read", "scan"]
    who: Literal["claimant", "delegate"]
    name: str | None = None
    relation: str | None = None
    clinic_code: str | None = None
    station: str | None = None
    device_id: str | None = None
    result: str | None = None


class AccessLogAnswer(BaseModel):
    """Who looked and who scanned, newest first."""

    entries: list[EntryAnswer]
    next_cursor: str | None


def routes(service: RecordsService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("view_records")

    @api.get(
        "/v1/certificates/<certificate_id>/records",
        summary="Vaccination records",
        description="接种记录查询: doses newest first, for the holder and delegates; every reading is recorded (R2, D2, D7, D11).",
        tags=["records"],
        responses=_shown("The person's vaccination records", RecordsAnswer),
    )
    def records(
        certificate_id: str,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 50,
    ) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        page = service.records(
            citizen(event, now), certificate_id, now, language(event), cursor=cursor, limit=limit
        )
        return respond(_records(page))

    @api.get(
        "/v1/certificates/<certificate_id>/access-log",
        summary="Who looked and who scanned",
        description="Readings and scans, newest first; for the claimant (D11).",
        tags=["records"],
        responses=_shown("Who looked and who scanned", AccessLogAnswer),
    )
    def access_log(
        certificate_id: str,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 50,
    ) -> Response[str]:
        caller = citizen(api.current_event.raw_event, clock())
        found, following = service.access_log(caller, certificate_id, cursor=cursor, limit=limit)
        entries = [_entry(view).model_dump(exclude_none=True) for view in found]
        return respond({"entries": entries, "next_cursor": following})

    return api


def create(service: RecordsService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, clock), service="view_records")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    return routes(cast("Any", None), system_clock)


def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = Sealer(
        DataKeys(dynamodb, env["KEYS_TABLE"], client("kms"), env["SEAL_KEY_ID"], system_clock), os.urandom
    )
    rules = ClaimRules(
        settings.pilot_cities, settings.child_born_from, settings.adult_dose_from, settings.adult_age
    )
    grants = GrantReader(dynamodb, env["GRANTS_TABLE"])
    service = RecordsService(
        certificates=CertificateReader(dynamodb, env["CERTIFICATES_TABLE"]),
        register=ArchiveReader(dynamodb, env["ARCHIVES_TABLE"], ""),
        delegates=DelegateService(grants),
        grants=grants,
        feed=FeedDatesStore(dynamodb, env["RUNS_TABLE"]),
        log=AccessLogStore(dynamodb, env["ACCESS_LOG_TABLE"], env["GRANTS_TABLE"], os.urandom),
        views=Views(sealer, rules),
        delegate_data=DelegateData(sealer),
        adult_age=settings.adult_age,
        rabies_shown=settings.rabies_records,
        hotline=settings.hotline,
    )
    return create(service, system_clock)


def _records(page: RecordsPage) -> dict[str, Any]:
    person = RecordsPerson(
        record_id=page.person.record_id,
        kind=page.person.kind.value,
        name=page.person.name,
        birth_date=page.person.birth_date.isoformat(),
        id_no=page.person.id_no,
        relation=page.person.relation,
    )
    return {
        "as_of": page.as_of.isoformat() if page.as_of else None,
        "person": person.model_dump(exclude_none=True),
        "doses": [_dose(dose).model_dump(exclude_none=True) for dose in page.doses],
        "notices": [
            RecordsNotice(
                code=notice.code, title=notice.title, detail=notice.detail, next_step=notice.next_step
            ).model_dump()
            for notice in page.notices
        ],
        "next_cursor": page.next_cursor,
    }


def _dose(dose: Dose) -> DoseAnswer:
    return DoseAnswer(
        dose_id=dose.dose_id,
        vaccine_code=dose.vaccine_code,
        vaccine_name=dose.vaccine_name,
        dose_no=dose.dose_no,
        date=dose.date.isoformat(),
        batch=dose.batch,
        manufacturer=dose.manufacturer,
        site=dose.site,
        clinic_code=dose.clinic_code,
        clinic_name=dose.clinic_name,
        origin=dose.origin,
        trace_code=dose.trace_code,
    )


def _entry(view: EntryView) -> EntryAnswer:
    return EntryAnswer(
        at=rfc3339(view.at),
        kind=view.access.value,
        who="delegate" if view.who == "delegate" else "claimant",
        name=view.name,
        relation=view.relation,
        clinic_code=view.clinic_code,
        station=view.station,
        device_id=view.device_id,
        result=view.result,
    )


def _shown(description: str, model: type[BaseModel], status: int = 200) -> dict[int, OpenAPIResponse]:
    """What the API document says of an answer."""
    return {status: {"description": description, "content": {JSON: {"model": model}}}}


handler = start(build)
