"""Reports in DynamoDB, and the operators' files in S3.

| pk | sk | |
|---|---|---|
| `C#<certificate_id>` | `R#<received, UTC, microseconds>#<report_id>` | the report, whole |
| `OPEN` | `<case_number>` | its place among the open ones, put if absent and gone with the last status |
| `N#<case_number>` | `N` | where the report of a case number is, put if absent; it goes with the report |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import batched
from typing import TYPE_CHECKING, Final

from vaxcert.aws.clock import from_rfc3339, rfc3339
from vaxcert.aws.dynamodb import (
    B,
    Cancelled,
    Item,
    S,
    batch_get,
    blob,
    delete,
    get,
    maybe_blob,
    maybe_text,
    newest,
    put,
    query_all,
    text,
    transact,
    update,
)
from vaxcert.claims.store import Remembering, SignedIn
from vaxcert.clinics.items import clinic_key
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.reports.model import Contact, Kind, Report, Status

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_OPEN: Final = "OPEN"
_BATCH: Final = 100
_FIRST, _LAST = "R#", "R~"


def report_key(report: Report) -> Item:
    """The primary key of a report."""
    moment = report.received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"pk": S(f"C#{report.certificate_id}"), "sk": S(f"R#{moment}#{report.report_id}")}


def to_item(report: Report) -> Item:
    """The item of a report."""
    item: Item = {
        **report_key(report),
        "report_id": S(report.report_id),
        "case_number": S(report.case_number),
        "kind": S(report.kind),
        "status": S(report.status),
        "changed_at": S(rfc3339(report.changed_at)),
        "clinic_code": S(report.contact.clinic_code),
        "birth_date": S(report.birth_date.isoformat()),
        "text": B(report.text),
        "person": B(report.person),
    }
    optional = {
        "dose_id": report.dose_id,
        "about": report.about,
        "clinic_name": report.contact.name,
        "address": report.contact.address,
        "phone": report.contact.phone,
    }
    sealed = {"archive_no": report.archive_no, "call_back": report.call_back, "reply": report.reply}
    return (
        item
        | {name: S(value) for name, value in optional.items() if value is not None}
        | {name: B(value) for name, value in sealed.items() if value is not None}
    )


def from_item(item: Item) -> Report:
    """The report that an item holds."""
    return Report(
        report_id=text(item, "report_id"),
        case_number=text(item, "case_number"),
        certificate_id=text(item, "pk").removeprefix("C#"),
        kind=Kind(text(item, "kind")),
        dose_id=maybe_text(item, "dose_id"),
        about=maybe_text(item, "about"),
        status=Status(text(item, "status")),
        received_at=datetime.fromisoformat(text(item, "sk").split("#")[1]),
        changed_at=from_rfc3339(text(item, "changed_at")),
        contact=Contact(
            text(item, "clinic_code"),
            maybe_text(item, "clinic_name"),
            maybe_text(item, "address"),
            maybe_text(item, "phone"),
        ),
        birth_date=date.fromisoformat(text(item, "birth_date")),
        text=blob(item, "text"),
        person=blob(item, "person"),
        archive_no=maybe_blob(item, "archive_no"),
        call_back=maybe_blob(item, "call_back"),
        reply=maybe_blob(item, "reply"),
    )


def _open_key(case_number: str) -> Item:
    return {"pk": S(_OPEN), "sk": S(case_number)}


def _case_key(case_number: str) -> Item:
    return {"pk": S(f"N#{case_number}"), "sk": S("N")}


def keys_of(report: Report) -> tuple[Item, Item, Item]:
    """The primary keys of all that is kept of a report: itself, its place among the open ones, its number."""
    return report_key(report), _open_key(report.case_number), _case_key(report.case_number)


class ReportReader:
    """The reading half of port `Reports`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Report]], bool]:
        """See `Reports.latest`: one query."""
        items, more = newest(self._client, self._table, f"C#{certificate_id}", (_FIRST, _LAST), before, limit)
        return [(text(item, "sk"), from_item(item)) for item in items], more


class ReportStore(ReportReader):
    """Port `Reports`."""

    def __init__(
        self, client: DynamoDBClient, table: str, *, sessions_table: str, remembering: Remembering
    ) -> None:
        super().__init__(client, table)
        self._signed_in = SignedIn(client, sessions_table)
        self._remembering = remembering

    def add(self, report: Report, *, session: Session, remembered: Remembered) -> Commit:
        """See `Reports.add`: one transaction."""
        key = report_key(report)
        place: Item = {"report_pk": key["pk"], "report_sk": key["sk"]}
        return self._signed_in.write(
            session,
            [
                self._remembering(remembered),
                put(self._table, to_item(report), "attribute_not_exists(pk)"),
                *(
                    put(self._table, where | place, "attribute_not_exists(pk)")
                    for where in (_open_key(report.case_number), _case_key(report.case_number))
                ),
            ],
        )


class OpenReportStore:
    """Ports `OpenReports` and `Cases`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def open(self) -> Iterator[Report]:
        """See `OpenReports.open`: a query, and one read for every hundred."""
        places = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(_OPEN)},
        )
        for some in batched(places, _BATCH, strict=False):
            keys = [{"pk": place["report_pk"], "sk": place["report_sk"]} for place in some]
            found = batch_get(self._client, [(self._table, key) for key in keys])
            for key in keys:
                item = found.get((self._table, text(key, "pk"), text(key, "sk")))
                if item is not None:
                    yield from_item(item)

    def find(self, case_number: str) -> Report | None:
        """See `Cases.find`: two reads."""
        place = get(self._client, self._table, _case_key(case_number))
        if place is None:
            return None
        item = get(self._client, self._table, {"pk": place["report_pk"], "sk": place["report_sk"]})
        return None if item is None else from_item(item)

    def move(self, report: Report, status: Status, now: datetime, reply: bytes | None = None) -> bool:
        """See `OpenReports.move`: one transaction, so that what is over is not among the open ones."""
        values = {":before": S(report.status), ":after": S(status), ":now": S(rfc3339(now))}
        told = {} if reply is None else {":reply": B(reply)}
        ops = [
            update(
                self._table,
                report_key(report),
                "SET #status = :after, changed_at = :now" + (", reply = :reply" if told else ""),
                "#status = :before",
                {"#status": "status"},
                values | told,
            )
        ]
        if not status.open:
            ops.append(delete(self._table, _open_key(report.case_number)))
        try:
            transact(self._client, ops)
        except Cancelled:
            return False
        return True


class ClinicDirectory:
    """Port `Directory`: what a clinic's console has set with its week (see `vaxcert.clinics.items`)."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, clinic_code: str) -> Contact | None:
        """See `Directory.find`: one eventually consistent read."""
        item = get(self._client, self._table, clinic_key(clinic_code), consistent=False)
        if item is None:
            return None
        return Contact(
            clinic_code, maybe_text(item, "name"), maybe_text(item, "address"), maybe_text(item, "phone")
        )


class ExportBucket:
    """Port `Exports`."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, name: str, content: bytes) -> None:
        """See `Exports.put`: under `reports/`."""
        self._s3.put_object(
            Bucket=self._bucket,
            Key=f"reports/{name}",
            Body=content,
            ContentType="text/csv; charset=utf-8",
        )


def open_reports_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> OpenReportStore:
    """A function that goes through open reports has REPORTS_TABLE."""
    return OpenReportStore(dynamodb, env["REPORTS_TABLE"])


def filed_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> ReportReader:
    """A function that reads reports has REPORTS_TABLE."""
    return ReportReader(dynamodb, env["REPORTS_TABLE"])


def reports_of(env: Mapping[str, str], dynamodb: DynamoDBClient, remembering: Remembering) -> ReportStore:
    """A function that takes reports has REPORTS_TABLE and SESSIONS_TABLE."""
    return ReportStore(
        dynamodb, env["REPORTS_TABLE"], sessions_table=env["SESSIONS_TABLE"], remembering=remembering
    )


def directory_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> ClinicDirectory:
    """A function that names the clinic to contact has CLINICS_TABLE."""
    return ClinicDirectory(dynamodb, env["CLINICS_TABLE"])


def exports_of(env: Mapping[str, str], s3: S3Client) -> ExportBucket:
    """The daily export goes to FEED_BUCKET."""
    return ExportBucket(s3, env["FEED_BUCKET"])
