"""What becomes of a report that was answered (D22): it goes after its time, with what was sealed in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import Item, N, Op, S, delete, text, transact, update
from vaxcert.aws.sweeping import swept
from vaxcert.reports.store import ReportReader, from_item, keys_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PAGE: Final = 50


class CaseEraser:
    """Removes the reports of one certificate before their time (D22)."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._reports = ReportReader(client, table)

    def remove(self, certificate_id: str, besides: str | None = None) -> int:
        """Remove each report of a certificate but that of the case `besides`, with its number and its place among the open ones.

        How many were removed.
        """
        removed, before, more = 0, None, True
        while more:
            found, more = self._reports.latest(certificate_id, before, _PAGE)
            for position, report in found:
                before = position
                if report.case_number != besides:
                    transact(self._client, [delete(self._table, key) for key in keys_of(report)])
                    removed += 1
        return removed


class ReportEraser:
    """Goes through all reports. `kept`: how long one is kept after it was answered."""

    def __init__(self, client: DynamoDBClient, table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def sweep(self, now: datetime) -> int:
        """Say when each report that was answered goes, and with it its number; how many items were changed."""
        del now  # what was answered has its own time
        return swept(self._client, self._table, self._ops)

    def _ops(self, item: Item) -> list[Op]:
        if not text(item, "sk").startswith("R#") or "ttl" in item:
            return []
        report = from_item(item)
        if report.status.open:
            return []
        whole, _, case = keys_of(report)
        ttl = {":ttl": N(epoch(report.changed_at + self._kept))}
        return [
            # Before the mark, so that a run that is broken off comes back to it.
            update(self._table, case, "SET #ttl = :ttl", "attribute_exists(pk)", {"#ttl": "ttl"}, ttl),
            update(
                self._table,
                whole,
                "SET #ttl = :ttl",
                "#status = :status",
                {"#ttl": "ttl", "#status": "status"},
                {**ttl, ":status": S(report.status)},
            ),
        ]


def report_eraser_of(env: Mapping[str, str], dynamodb: DynamoDBClient, kept: timedelta) -> ReportEraser:
    """The eraser of a deployment: REPORTS_TABLE."""
    return ReportEraser(dynamodb, env["REPORTS_TABLE"], kept)


def case_eraser_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> CaseEraser:
    """Removes reports of a deployment: REPORTS_TABLE."""
    return CaseEraser(dynamodb, env["REPORTS_TABLE"])
