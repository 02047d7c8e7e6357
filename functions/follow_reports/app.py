"""The night's last step: reports whose entry the feeds have changed become `corrected` (R37, R38).

Event        `{"action": "follow"}` from the state machine.
Answer       `{"open", "corrected", "unread"}`, as counts.
Errors       anything: retry. Running it again is always safe. The night does not fail for it.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from vaxcert.archives.store import archives_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Event, Handler
from vaxcert.aws.runtime import log, start
from vaxcert.claims.store import certificates_of
from vaxcert.reports.following import FollowService
from vaxcert.reports.store import open_reports_of

from .answers import FollowInput


def create(service: FollowService, clock: Clock) -> Handler:
    """The handler over its collaborators."""

    def handle(event: Event, context: Any) -> Event:
        FollowInput.model_validate(event)
        counts = service.follow(clock(), lambda: float(context.get_remaining_time_in_millis()) / 1000)
        log("follow_reports", action="follow", **counts)
        return dict(counts)

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, dynamodb = os.environ, client("dynamodb")
    service = FollowService(
        open_reports_of(env, dynamodb),
        certificates_of(env, dynamodb),
        archives_of(env, dynamodb),
    )
    return create(service, system_clock)


handler = start(build)
