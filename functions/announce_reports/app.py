"""Tells the operators of every new report by an EventBridge event, from the reports table's stream (R34, invariant 7).

Event        a batch of the stream, filtered to new reports. After a failure only what is left comes again.
Answer       `{"batchItemFailures": […]}`.
The event    source `vaxcert.reports`, detail type `ReportReceived`, detail `{case_number, kind, clinic_code, received_on, stage}`:
             nothing of a person, no text, no certificate. It may come twice; the case number tells.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from itertools import batched
from typing import Any, Final

from vaxcert.aws.clients import client
from vaxcert.aws.clock import rfc3339
from vaxcert.aws.runtime import log, start
from vaxcert.aws.settings import Settings
from vaxcert.reports.model import Report
from vaxcert.reports.store import from_item

_MOST: Final = 10  # entries that one PutEvents takes
SOURCE: Final = "vaxcert.reports"
DETAIL_TYPE: Final = "ReportReceived"

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], Event]


def create(put_events: Callable[..., Any], stage: str) -> Handler:
    """The handler over EventBridge's PutEvents."""

    def handle(event: Event, _context: Any) -> Event:
        new = list(_new(event))
        for some in batched(new, _MOST, strict=False):
            entries = [_entry(report, stage) for _, report in some]
            answer = put_events(Entries=entries)
            for (sequence, _), told in zip(some, answer["Entries"], strict=True):
                if "ErrorCode" in told:
                    # Of a stream, the first that failed says where to go on.
                    log("announce_reports", failed=told["ErrorCode"])
                    return {"batchItemFailures": [{"itemIdentifier": sequence}]}
        log("announce_reports", announced=len(new))
        return {"batchItemFailures": []}

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    return create(client("events").put_events, Settings.from_env(os.environ).service_stage)


def _new(event: Event) -> Iterator[tuple[str, Report]]:
    for record in event["Records"]:
        change = record["dynamodb"]
        if record["eventName"] == "INSERT" and change["Keys"]["sk"]["S"].startswith("R#"):
            # Sealed attributes come as base64 text here, and stay closed.
            plain = {name: value for name, value in change["NewImage"].items() if "B" not in value}
            item = plain | {"text": {"B": b""}, "person": {"B": b""}}
            yield change["SequenceNumber"], from_item(item)


def _entry(report: Report, stage: str) -> dict[str, Any]:
    detail = {
        "case_number": report.case_number,
        "kind": report.kind,
        "clinic_code": report.contact.clinic_code,
        "received_on": rfc3339(report.received_at)[:10],
        "stage": stage,
    }
    return {"Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": json.dumps(detail)}


handler = start(build)
