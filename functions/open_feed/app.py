"""Step 1 of the night: which feed is next, and is it the province's? (R38, D2, invariant 6)

Step input   `{"run": "<$$.Execution.Id>"}`: who holds the lease. Further members are ignored, so the loop may hand on anything.
Step output  `{"status": "nothing", "reason": "up_to_date" | "not_yet" | "busy" | "held", "as_of": "2024-08-10" | null}`: the run succeeds;
             where it is `held`, `sequence`, `business_date` and `manifest_sha256` of the feed that waits for `release_night` are beside it; or
             `{"status": "rejudge", "run", "segments": [{"what", "number"}]}`: what stands from before D13 has to be gone through first, by
             `rejudge_archives`; then call again; or
             `{"status": "open", "run", "sequence", "business_date", "manifest_sha256", "accepted": bool,
               "parts": [{"index", "key", "rows"}]}`: what names a part, and no more, since a state holds 256 KB; digests and versions
             stand in the run record, which is all that later steps go by. `accepted` is true where an earlier run has judged this very
             feed already: the state machine may go straight on to the applying. `parts` may be empty.
Errors       `FeedRefused` (its message is the reason; never retry), anything else: retry with back-off.
Metrics      `feed_missing_days`, whenever a run looks for a feed: days whose feed is overdue (D2); `feed_held`: 1 while one waits for an
             operator (D14). None where another run is at work.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.corrections.feed.bucket import feeds_of
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.feed.signature import FeedKey
from vaxcert.corrections.run.model import RunState
from vaxcert.corrections.run.runs import runs_of
from vaxcert.corrections.steps.frame import Event, OpenInput, StepHandler, feed_output, publish, step
from vaxcert.corrections.steps.opening import PINNERS, Idle, Nothing, Opening, Rejudge, days_missing
from vaxcert.corrections.steps.rejudging import segments_of


def create(opening: Opening, clock: Clock, stage: str) -> StepHandler:
    """The step over its use case."""

    def tell(*, held: bool = False) -> None:
        now = clock()
        figures = {"missing_days": days_missing(opening.as_of(), now), "held": int(held)}
        publish("open_feed", stage, figures, now.timestamp())

    def work(event: Event, _context: Any) -> tuple[Event, Event]:
        given = OpenInput.model_validate(event)
        try:
            found = opening.next(given.run)
        except FeedRefused:
            tell()
            raise
        if isinstance(found, Nothing):
            if found.reason is not Idle.BUSY:  # the run at work says it
                tell(held=found.reason is Idle.HELD)
            as_of = found.as_of.business_date.isoformat() if found.as_of else None
            output: Event = {"status": "nothing", "reason": found.reason, "as_of": as_of}
            if found.held is not None:
                output |= feed_output(found.held)
            return output, output
        tell()
        if isinstance(found, Rejudge):
            segments = [{"what": one.what, "number": one.number} for one in found.segments]
            output = {"status": "rejudge", "run": given.run, "segments": segments}
            return output, {"status": "rejudge", "segments": len(segments)}
        told = {
            "status": "open",
            "accepted": found.state is RunState.ACCEPTED,
            "rows": found.rows,
            **feed_output(found),
        }
        parts = [{"index": part.index, "key": part.key, "rows": part.rows} for part in found.parts]
        return {**told, "run": given.run, "parts": parts}, told

    return step("open_feed", work)


@cache
def build() -> StepHandler:
    """The step over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    key = FeedKey(settings.feed_public_jwk, settings.next_feed_public_jwk)
    dynamodb = client("dynamodb")
    runs, rules = runs_of(env, dynamodb, system_clock), segments_of(env, dynamodb)
    bucket = feeds_of(env, client("s3", connections=PINNERS))
    return create(Opening(runs, rules, bucket, key, system_clock), system_clock, settings.service_stage)


handler = start(build)
