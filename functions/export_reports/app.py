"""The operators' daily file of new reports: `reports/<day>/<time>.csv` in the feed bucket, safe to open in a spreadsheet (R34).

Event        anything; started by EventBridge Scheduler every morning, or by hand. It may run at any time, any number of times.
Answer       `{"forwarded": n}`. Reports become `forwarded` once they stand in a file; without new ones no file is written.
Errors       anything: retry. A case may then stand in two files, and is recognised by its number.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import log, start
from vaxcert.keys.sealing import sealer_of
from vaxcert.reports.export import ExportService
from vaxcert.reports.personal import ReportData
from vaxcert.reports.store import exports_of, open_reports_of

type Handler = Callable[[Any, Any], dict[str, int]]


def create(service: ExportService, clock: Clock) -> Handler:
    """The handler over its collaborators."""

    def handle(_event: Any, _context: Any) -> dict[str, int]:
        answer = {"forwarded": service.run(clock())}
        log("export_reports", **answer)
        return answer

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, dynamodb = os.environ, client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    service = ExportService(
        open_reports_of(env, dynamodb),
        exports_of(env, client("s3")),
        ReportData(sealer),
    )
    return create(service, system_clock)


handler = start(build)
