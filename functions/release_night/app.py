"""Releasing a night that the brake has stopped (D14), by hand from the console's test button.

Event        `{"manifest_sha256", "officer", "reason"}`: the digest as the held run's output has it, who decides (a staff account, not a
             name), and why (no personal data: it is logged and stands in the run record). It may be repeated.
Answer       `{"status": "released" | "released_before", "sequence", "business_date", "manifest_sha256", "next_step"}`.
Errors       `InvalidEvent` tells which member is wrong; `NotHeld` tells what is held, if anything.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.console import Event, Handler, wanted
from vaxcert.aws.runtime import log, start
from vaxcert.corrections.run.runs import runs_of
from vaxcert.corrections.steps.releasing import Releasing

from .answers import Release


def create(releasing: Releasing, clock: Clock) -> Handler:
    """The handler over its use case."""

    def handle(event: Event, _context: Any) -> dict[str, Any]:
        asked = wanted(Release.model_validate, event)
        released = releasing.release(asked.manifest_sha256, asked.officer, asked.reason)
        told = {
            "status": "released_before" if released.again else "released",
            "sequence": released.run.sequence,
            "business_date": released.run.business_date.isoformat(),
            "manifest_sha256": released.run.manifest_sha256,
        }
        log("release_night", **told, officer=asked.officer, reason=asked.reason, at=rfc3339(clock()))
        return told | {
            "next_step": "the next hourly run applies it; to do it now, start the state machine with {}"
        }

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    env = os.environ
    runs = runs_of(env, client("dynamodb"), system_clock)
    return create(Releasing(runs), system_clock)


handler = start(build)
