"""Closes what age alone has ended (D6) and erases what has had its time (D22): started every day, or by hand.

Event        anything.
Answer       `{"grants": n, "certificates": n, "reports": n}`: how many items were changed. From then on the tables' own expiry removes them.
Errors       again: what is done already is left alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import log, start
from vaxcert.aws.settings import Settings
from vaxcert.claims.erasing import certificate_eraser_of
from vaxcert.documents.erasing import document_eraser_of
from vaxcert.grants.erasing import grant_ender_of, grant_eraser_of
from vaxcert.reports.erasing import report_eraser_of

type Handler = Callable[[Any, Any], dict[str, int]]


class Eraser(Protocol):
    """Port: goes through one table."""

    def sweep(self, now: datetime) -> int:
        """How many items were changed."""
        ...


def create(erasers: Mapping[str, Eraser], clock: Clock) -> Handler:
    """The handler over its collaborators."""

    def handle(_event: Any, _context: Any) -> dict[str, int]:
        now = clock()
        answer = {name: eraser.sweep(now) for name, eraser in erasers.items()}
        log("erase_ended", **answer)
        return answer

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, dynamodb = os.environ, client("dynamodb")
    settings = Settings.from_env(env)
    kept = timedelta(days=settings.access_log_days)
    return create(
        {
            # First, for the grants of one that is over end with it.
            "certificates": certificate_eraser_of(
                env,
                dynamodb,
                kept,
                (
                    grant_ender_of(env, dynamodb).of_certificate,
                    document_eraser_of(env, dynamodb, kept).of_certificate,
                ),
                settings.adult_age,
            ),
            "grants": grant_eraser_of(env, dynamodb, kept),
            "reports": report_eraser_of(env, dynamodb, kept),
        },
        system_clock,
    )


handler = start(build)
