"""Before step 1, on the first night after D13 came into force: what stands is judged by it, one segment of a table after another.

Step input   `{"run", "segment": {"what": "archives" | "certificates", "number"}}`; further members are ignored.
Step output  the same members and `"status": "done" | "more"`. `more`: time ran short; call again with this output as the input.
Errors       `LeaseLost` (never retry), anything else: retry with back-off; it goes on where it was.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from vaxcert.archives.store import register_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.corrections.run.progress import progress_of
from vaxcert.corrections.run.runs import runs_of
from vaxcert.corrections.steps.certificates import Keeper
from vaxcert.corrections.steps.frame import Event, SegmentInput, StepHandler, seconds_left, step
from vaxcert.corrections.steps.rejudging import (
    WORKERS,
    Rejudging,
    Segment,
    What,
    scanned_of,
    segments_of,
)
from vaxcert.corrections.steps.store import corrected_of, writer_of
from vaxcert.keys.sealing import sealer_of


def create(rejudging: Rejudging) -> StepHandler:
    """The step over its use case."""

    def work(event: Event, context: Any) -> tuple[Event, Event]:
        given = SegmentInput.model_validate(event)
        segment = Segment(What(given.segment.what), given.segment.number)
        counts, done = rejudging.go_through(given.run, segment, seconds_left(context))
        status = "done" if done else "more"
        return {**event, "status": status}, {**given.segment.model_dump(), "status": status, **counts}

    return step("rejudge_archives", work)


def database() -> Any:
    """One connection per worker: a worker that waits for one would be no worker."""
    return client("dynamodb", connections=WORKERS + 2)


@cache
def build() -> StepHandler:
    """The step over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = database()
    progress = progress_of(env, dynamodb)
    reader = register_of(env, dynamodb)
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    certificates = corrected_of(env, dynamodb)
    return create(
        Rejudging(
            client=dynamodb,
            tables=scanned_of(env),
            runs=runs_of(env, dynamodb, system_clock),
            segments=segments_of(env, dynamodb),
            archives=reader,
            writer=writer_of(env, dynamodb, progress, settings.adult_dose_from),
            doubts=progress,
            opener=sealer,
            keeper=Keeper(reader, certificates, ClaimRules.of(settings), sealer, system_clock),
            clock=system_clock,
        )
    )


handler = start(build)
