"""Visits by their own id and by clinic: station outcomes and the board, in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from vaxcert.archives.model import Archive
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clock import epoch, rfc3339
from vaxcert.aws.dynamodb import Cancelled, Item, N, S, get, put, query_all, text, transact, update
from vaxcert.devices.model import Enrolment
from vaxcert.devices.store import EnrolmentStore, device_check
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.store import AnswerStore
from vaxcert.identity.model import Device
from vaxcert.visits import items
from vaxcert.visits.board import BoardEntry
from vaxcert.visits.model import State, Visit, place_of
from vaxcert.visits.outcomes import Report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class VisitTables:
    """Names of the tables that the stations' desk touches."""

    visits: str
    devices: str


class VisitStore:
    """Ports `Visits` and `Board`."""

    def __init__(
        self, client: DynamoDBClient, tables: VisitTables, *, answers: AnswerStore, archives: ArchiveReader
    ) -> None:
        self._client = client
        self._tables = tables
        self._answers = answers
        self._archives = archives
        self._enrolments = EnrolmentStore(client, tables.devices)

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
        visit = items.from_item(place)
        return visit if visit.state.ended else replace(visit, state=State.ABANDONED)

    def report(
        self,
        before: Visit,
        after: Visit,
        report: Report,
        device: Device,
        remembered: Remembered,
        now: datetime,
    ) -> bool:
        """See `Visits.report`: one transaction."""
        outcome: Item = {
            **items.outcome_key(after, report.station),
            "outcome": S(report.outcome),
            "device_id": S(device.device_id),
            "at": S(rfc3339(now)),
            "ttl": items.ttl(after.day),
            **{name: S(value) for name, value in report.details.items()},
        }
        ops = [
            put(
                self._tables.visits,
                items.to_item(after),
                "#version = :version AND visit_id = :visit",
                {"#version": "version"},
                {":version": N(before.version), ":visit": S(before.visit_id)},
            ),
            update(self._tables.visits, **_projected(after)),
            put(self._tables.visits, outcome),
            device_check(self._tables.devices, device.device_id, device.version),
            self._answers.op(remembered),
        ]
        try:
            transact(self._client, ops)
        except Cancelled:
            return False
        return True

    def entries(self, clinic_code: str, day: date) -> Sequence[BoardEntry]:
        """See `Board.entries`; eventually consistent, as it is asked for again in a few seconds."""
        found = query_all(
            self._client,
            TableName=self._tables.visits,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(items.board_pk(clinic_code, day))},
        )
        return [items.from_board_item(item) for item in found if text(item, "sk") != items.COUNTER]

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
    changes: Item = {
        ":state": S(after.state),
        ":version": N(after.version),
        ":changed_at": N(epoch(after.changed_at)),
    }
    expression = "SET #state = :state, #version = :version, changed_at = :changed_at"
    if after.observed_until is not None:
        expression += ", observed_until = :until"
        changes[":until"] = N(epoch(after.observed_until))
    return {
        "key": items.board_key(after),
        "expression": expression,
        "names": {"#state": "state", "#version": "version"},
        "values": changes,
    }


def visits_of(
    env: Mapping[str, str], dynamodb: DynamoDBClient, answers: AnswerStore, archives: ArchiveReader
) -> VisitStore:
    """A function that leads visits has VISITS_TABLE, and DEVICES_TABLE for who leads them."""
    return VisitStore(
        dynamodb,
        VisitTables(visits=env["VISITS_TABLE"], devices=env["DEVICES_TABLE"]),
        answers=answers,
        archives=archives,
    )
