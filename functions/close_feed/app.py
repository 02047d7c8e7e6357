"""Steps 3 and 5: judge the checked feed as a whole, decide by its dry run (D14); and, when it is applied, close it.

Step input   `{"phase": "judge" | "decide" | "close", "run", "sequence", "manifest_sha256"}`, or `{"phase": "abandon", "run"}` after a failure
             of any other step but FeedRefused, which gives the lease up so that the next run need not wait 20 minutes for it.
Step output  judge: `{"status": "judged", "sequence", "figures": {…}, "summary"}`. decide: the same with `accepted`, or `held` where the night would
             suspend or close too many certificates: go back to `open_feed`, which leaves the feed to an operator (`release_night`).
             close: the same with `applied`. decide, close: `{"status": "more"}` if time ran short among many certificates: call again with
             the same input. abandon: `{"status": "abandoned"}`.
Errors       `FeedRefused` (judge, decide: its message is the reason; nothing has been applied; never retry), `LeaseLost` (never retry),
             anything else: retry with back-off.
             After `close` the state machine goes back to `open_feed` for the next manifest, with the same run; `open_feed` ends the lease when nothing is left.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from vaxcert.archives.store import register_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.corrections.feed.bucket import feeds_of
from vaxcert.corrections.run.progress import progress_of
from vaxcert.corrections.run.runs import runs_of
from vaxcert.corrections.steps.apart import Apart
from vaxcert.corrections.steps.brake import Brake
from vaxcert.corrections.steps.certificates import Keeper
from vaxcert.corrections.steps.closing import Closing
from vaxcert.corrections.steps.forecast import Unsealed, forecast_of
from vaxcert.corrections.steps.frame import CloseInput, Event, StepHandler, publish, seconds_left, step
from vaxcert.corrections.steps.judging import Judging
from vaxcert.corrections.steps.store import corrected_of
from vaxcert.keys.sealing import sealer_of


def create(judging: Judging, closing: Closing, clock: Clock, stage: str) -> StepHandler:
    """The step over its use cases."""

    def work(event: Event, context: Any) -> tuple[Event, Event]:
        given = CloseInput.model_validate(event)
        if given.phase == "abandon":
            closing.abandon(given.run)
            return {"status": "abandoned"}, {"status": "abandoned"}
        feed = given.feed()
        if given.phase == "judge":
            return _told("judged", feed[1], judging.judge(*feed))
        if given.phase == "decide":
            decision = judging.decide(*feed, seconds_left(context))
            if decision is None:
                return _more(feed[1])
            return _told("held" if decision.held else "accepted", feed[1], decision.figures)
        figures = closing.close(*feed, seconds_left(context))
        if figures is None:
            return _more(feed[1])
        publish("close_feed", stage, figures, clock().timestamp())
        return _told("applied", feed[1], figures)

    return step("close_feed", work)


def _more(sequence: int) -> tuple[Event, Event]:
    return {"status": "more"}, {"status": "more", "sequence": sequence}


def _told(status: str, sequence: int, figures: Mapping[str, int]) -> tuple[Event, Event]:
    """Figures whole, and in a line for who reads the execution in the console."""
    summary = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in figures.items() if count)
    output: Event = {"status": status, "sequence": sequence, "figures": dict(figures), "summary": summary}
    return output, {"status": status, "sequence": sequence, **figures}


@cache
def build() -> StepHandler:
    """The step over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    reader = register_of(env, dynamodb)
    rules = ClaimRules.of(settings)
    runs, progress = runs_of(env, dynamodb, system_clock), progress_of(env, dynamodb)
    certificates = corrected_of(env, dynamodb)
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    judging = Judging(
        runs=runs,
        progress=progress,
        archives=reader,
        certificates=certificates,
        forecast=forecast_of(env, dynamodb),
        keepers=lambda archives, foreseen: Keeper(archives, foreseen, rules, Unsealed(), system_clock),
        clock=system_clock,
        adult_age=settings.adult_age,
        max_bad_rows_percent=settings.max_bad_rows_percent,
        brake=Brake.of(settings),
    )
    closing = Closing(
        runs=runs,
        progress=progress,
        archives=reader,
        keeper=Keeper(reader, certificates, rules, sealer, system_clock),
        apart=Apart(
            doubts=progress,
            archives=reader,
            certificates=certificates,
            reports=feeds_of(env, client("s3")),
            opener=sealer,
        ),
    )
    return create(judging, closing, system_clock, settings.service_stage)


handler = start(build)
