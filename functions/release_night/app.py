"""Releasing a night that the brake has stopped (D14), by hand from the console's test button.

Event        `{"manifest_sha256", "officer", "reason"}`: the digest as the held run's output has it, who decides (a staff account, not a
             name), and why (no personal data: it is logged and stands in the run record). It may be repeated.
Answer       `{"status": "released" | "released_before", "sequence", "business_date", "manifest_sha256", "next_step"}`.
Errors       `InvalidEvent` tells which member is wrong; `NotHeld` tells what is held, if anything.
Rights       RUNS_TABLE: GetItem, UpdateItem (`FEED`).
Variables    RUNS_TABLE.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.runtime import log, start
from vaxcert.corrections.run.runs import runs_of
from vaxcert.corrections.steps.releasing import Releasing

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], dict[str, Any]]


class InvalidEvent(Exception):
    """The event is not of its form; the message names the members, never their values."""


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("not to be printed")
    return text


class Release(BaseModel):
    """Who lets which night go on, and why."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)

    manifest_sha256: Annotated[str, StringConstraints(to_lower=True, pattern="^[0-9a-fA-F]{64}$")]
    officer: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$")]
    reason: Annotated[str, StringConstraints(min_length=10, max_length=200), AfterValidator(_printable)]


def create(releasing: Releasing, clock: Clock) -> Handler:
    """The handler over its use case."""

    def handle(event: Event, _context: Any) -> dict[str, Any]:
        try:
            wanted = Release.model_validate(event)
        except ValidationError as error:
            places = sorted({".".join(str(part) for part in found["loc"]) for found in error.errors()})
            raise InvalidEvent(f"wrong or missing: {', '.join(places)}") from None
        released = releasing.release(wanted.manifest_sha256, wanted.officer, wanted.reason)
        told = {
            "status": "released_before" if released.again else "released",
            "sequence": released.run.sequence,
            "business_date": released.run.business_date.isoformat(),
            "manifest_sha256": released.run.manifest_sha256,
        }
        log("release_night", **told, officer=wanted.officer, reason=wanted.reason, at=rfc3339(clock()))
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
