"""What becomes of a report that was answered (D22): it goes after its time, with what was sealed in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import Item, N, Op, S, text, update
from vaxcert.aws.sweeping import swept
from vaxcert.reports.store import from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ReportEraser:
    """Goes through all reports. `kept`: how long one is kept after it was answered."""

    def __init__(self, client: DynamoDBClient, table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def sweep(self, now: datetime) -> int:
        """Say when each report that was answered goes; how many were changed."""
        del now  # what was answered has its own time
        return swept(self._client, self._table, self._ops)

    def _ops(self, item: Item) -> list[Op]:
        if not text(item, "sk").startswith("R#") or "ttl" in item:
            return []
        report = from_item(item)
        if report.status.open:
            return []
        return [
            update(
                self._table,
                {"pk": item["pk"], "sk": item["sk"]},
                "SET #ttl = :ttl",
                "#status = :status",
                {"#ttl": "ttl", "#status": "status"},
                {":ttl": N(epoch(report.changed_at + self._kept)), ":status": S(report.status)},
            )
        ]


def report_eraser_of(env: Mapping[str, str], dynamodb: DynamoDBClient, kept: timedelta) -> ReportEraser:
    """The eraser of a deployment: REPORTS_TABLE."""
    return ReportEraser(dynamodb, env["REPORTS_TABLE"], kept)
