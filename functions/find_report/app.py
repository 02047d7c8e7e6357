"""A family's report, found by its case number and answered (R34, R35), by hand from the console's test button.

Event        `{"action": "find" (or left out), "case_number", "officer", "reason"}`; `{"action": "answer", "case_number", "reply",
             "officer", "reason"}` closes the case with words that the family reads. Each may be repeated; the first reply stands.
Answer       the case as it stands, and `closed_now`. It is personal data: it stands in the console's answer and in no log.
Errors       `InvalidEvent` tells which member is wrong; `UnknownCase` tells how a case number looks.
"""

from __future__ import annotations

import os
from functools import cache

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Event, Handler, accountable
from vaxcert.aws.runtime import start
from vaxcert.keys.sealing import sealer_of
from vaxcert.reports.cases import CaseService
from vaxcert.reports.personal import ReportData
from vaxcert.reports.store import open_reports_of

from .answers import WANTED, Find, Reply, shown


def create(service: CaseService, clock: Clock) -> Handler:
    """The handler over its use cases."""

    def read(event: Event) -> Find | Reply:
        return WANTED.validate_python({"action": "find", **event})

    def act(asked: Find | Reply) -> tuple[Event, Event]:
        if isinstance(asked, Reply):
            case, closed = service.answer(asked.case_number, asked.reply, clock())
        else:
            case, closed = service.find(asked.case_number), False
        told = {"action": asked.action, "case_number": asked.case_number, "closed_now": closed}
        return shown(case) | {"closed_now": closed}, told

    return accountable("find_report", read, act, clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, dynamodb = os.environ, client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    return create(CaseService(open_reports_of(env, dynamodb), ReportData(sealer)), system_clock)


handler = start(build)
