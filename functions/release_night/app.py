"""Releasing a night that the brake has stopped (D14), by hand from the console's test button.

Event        `{"manifest_sha256", "officer", "reason"}`: the digest as the held run's output has it, who decides (a staff account, not a
             name), and why (no personal data: it is logged and stands in the run record). It may be repeated.
Answer       `{"status": "released" | "released_before", "sequence", "business_date", "manifest_sha256", "next_step"}`.
Errors       `InvalidEvent` tells which member is wrong; `NotHeld` tells what is held, if anything.
"""

from __future__ import annotations

import os
from functools import cache

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Event, Handler, accountable
from vaxcert.aws.runtime import start
from vaxcert.corrections.run.runs import runs_of
from vaxcert.corrections.steps.releasing import Releasing

from .answers import Release


def create(releasing: Releasing, clock: Clock) -> Handler:
    """The handler over its use case."""

    def release(asked: Release) -> tuple[Event, Event]:
        released = releasing.release(asked.manifest_sha256, asked.officer, asked.reason)
        told = {
            "status": "released_before" if released.again else "released",
            "sequence": released.run.sequence,
            "business_date": released.run.business_date.isoformat(),
            "manifest_sha256": released.run.manifest_sha256,
        }
        following = "the next hourly run applies it; to do it now, start the state machine with {}"
        return told | {"next_step": following}, told

    return accountable("release_night", Release.model_validate, release, clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env = os.environ
    runs = runs_of(env, client("dynamodb"), system_clock)
    return create(Releasing(runs), system_clock)


handler = start(build)
