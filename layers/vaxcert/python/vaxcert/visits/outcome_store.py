"""Visits by their own id and by clinic: station outcomes and the board, in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from vaxcert.archives.model import Archive
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clock import epoch, rfc3339
from vaxcert.aws.dynamodb import (
    Cancelled,
    Item,
    L,
    N,
    Op,
    S,
    batch_get,
    get,
    number,
    put,
    query_all,
    text,
    transact,
    update,
)
from vaxcert.claims.items import certificate_key
from vaxcert.claims.items import from_item as certificate_from_item
from vaxcert.claims.model import Certificate
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.store import EnrolmentStore, device_check
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.store import AnswerStore
from vaxcert.identity.model import Device
from vaxcert.visits import items
from vaxcert.visits.board import BoardEntry
from vaxcert.visits.day_reader import DayReader
from vaxcert.visits.doses import Given
from vaxcert.visits.model import State, Visit, place_of
from vaxcert.visits.outcomes import Report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class VisitTables:
    """Names of the tables that the stations' desk touches."""

    visits: str
    devices: str
    certificates: str = ""


class VisitStore:
    """Ports `Visits`, `Board` and `Days`."""

    def __init__(
        self, client: DynamoDBClient, tables: VisitTables, *, answers: AnswerStore, archives: ArchiveReader
    ) -> None:
        self._client = client
        self._tables = tables
        self._answers = answers
        self._archives = archives
        self._enrolments = EnrolmentStore(client, tables.devices)
        self._days = DayReader(client, tables.visits)

    def enrolment(self, device_id: str) -> Enrolment | None:
        """See `Visits.enrolment`."""
        return self._enrolments.find(device_id)

    def find(self, visit_id: str) -> Visit | None:
        """See `Visits.find`: the board tells whose visit it is, the certificate's item how it stands."""
        place = self._place(visit_id)
        if place is None:
            return None
        latest = get(self._client, self._tables.visits, items.visit_key(text(place, "certificate_id")))
        if latest is not None and text(latest, "visit_id") == visit_id:
            return items.from_item(latest)
        return replace(items.from_item(place), state=State.ABANDONED)

    def report(
        self,
        before: Visit,
        after: Visit,
        report: Report,
        device: Device,
        remembered: Remembered,
        now: datetime,
    ) -> bool:
        """See `Visits.report`: one transaction, and one read before it where a report is replaced."""
        key = items.outcome_key(after, report.station)
        outcome: Item = {
            **key,
            "outcome": S(report.outcome),
            "device_id": S(device.device_id),
            "at": S(rfc3339(now)),
            "version": N(after.version),
            "ttl": items.ttl(after.day),
        }
        if report.reason is not None:
            outcome["reason"] = S(report.reason)
        if report.doses:
            outcome["doses"] = L([items.given_to_item(dose) for dose in report.doses])
        ops = [put(self._tables.visits, outcome)]
        if report.corrects or before.state is after.state:
            ops += self._kept(key)
        return self._written(before, after, device, remembered, ops)

    def move(self, before: Visit, after: Visit, device: Device, remembered: Remembered) -> bool:
        """See `Visits.move`: one transaction."""
        return self._written(before, after, device, remembered, [])

    def given(self, visit: Visit) -> tuple[Given, ...]:
        """See `Visits.given`: one read."""
        return items.given_from_item(
            get(self._client, self._tables.visits, items.outcome_key(visit, Station.VACCINATION))
        )

    def behind(self, visit: Visit, count: int, now: datetime) -> Sequence[int]:
        """See `Visits.behind`: one query of the line, which ends with the last that is wanted."""
        found = query_all(
            self._client,
            TableName=self._tables.visits,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk > :own",
            FilterExpression="over_at > :now",
            ExpressionAttributeValues={
                ":pk": S(items.line_pk(visit)),
                ":own": S(f"{items.line_sk(visit.turn)}#{visit.ticket}"),
                ":now": N(epoch(now)),
            },
        )
        return [number(item, "place") for item in islice(found, count)]

    def _kept(self, key: Item) -> list[Op]:
        """The report that is about to be replaced, under its version."""
        standing = get(self._client, self._tables.visits, key)
        if standing is None:
            return []
        aside = f"{text(standing, 'sk')}#{number(standing, 'version'):06d}"
        return [put(self._tables.visits, {**standing, "sk": S(aside)})]

    def _written(
        self, before: Visit, after: Visit, device: Device, remembered: Remembered, more: list[Op]
    ) -> bool:
        """The visit, its place on the board and in line, and what belongs to it, where the visit and the device stand."""
        ops = [
            put(
                self._tables.visits,
                items.to_item(after),
                "#version = :version AND visit_id = :visit",
                {"#version": "version"},
                {":version": N(before.version), ":visit": S(before.visit_id)},
            ),
            update(self._tables.visits, **_projected(after)),
            *items.line_ops(self._tables.visits, before, after),
            *more,
            device_check(self._tables.devices, device.device_id, device.version),
            self._answers.op(remembered),
        ]
        try:
            transact(self._client, ops)
        except Cancelled:
            return False
        return True

    def entries(self, clinic_code: str, day: date) -> Sequence[BoardEntry]:
        """See `Board.entries`; see `DayReader`."""
        return self._days.entries(clinic_code, day)

    def refused(self, clinic_code: str, day: date) -> Mapping[str, int]:
        """See `Days.refused`: see `DayReader`."""
        return self._days.refused(clinic_code, day)

    def certificates(self, certificate_ids: Iterable[str]) -> Sequence[Certificate]:
        """See `Days.certificates`: one batch read for a hundred."""
        keys = [certificate_key(one) for one in dict.fromkeys(certificate_ids)]
        found = batch_get(self._client, [(self._tables.certificates, key) for key in keys], consistent=False)
        return [certificate_from_item(item) for item in found.values()]

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """See `Board.archives`."""
        return self._archives.archives(keys)

    def _place(self, visit_id: str) -> Item | None:
        named = place_of(visit_id)
        if named is None:
            return None
        clinic_code, day, ticket = named
        key = {"pk": S(items.board_pk(clinic_code, day)), "sk": S(ticket)}
        return get(self._client, self._tables.visits, key)


def _projected(after: Visit) -> dict[str, Any]:
    """The change of a visit's place on the board."""
    changes = items.changing(after)
    set_to = {name: value for name, value in changes.items() if value is not None}
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in set_to)
    if gone := [name for name in changes if name not in set_to]:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    return {
        "key": items.board_key(after),
        "expression": expression,
        "names": {f"#{name}": name for name in changes},
        "values": {f":{name}": value for name, value in set_to.items()},
    }


def visits_of(
    env: Mapping[str, str], dynamodb: DynamoDBClient, answers: AnswerStore, archives: ArchiveReader
) -> VisitStore:
    """A function that leads visits has VISITS_TABLE, DEVICES_TABLE for who leads them, and CERTIFICATES_TABLE for whose they are."""
    return VisitStore(
        dynamodb,
        VisitTables(
            visits=env["VISITS_TABLE"],
            devices=env["DEVICES_TABLE"],
            certificates=env["CERTIFICATES_TABLE"],
        ),
        answers=answers,
        archives=archives,
    )
