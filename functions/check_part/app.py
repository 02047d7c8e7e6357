"""Step 2, for every part of the feed at once: is it what the manifest says, and has every row its form? Nothing is applied.

Step input   `{"run", "sequence", "business_date", "manifest_sha256", "part": {"index", "key", "rows"}}`
             (ItemSelector: run, sequence, business_date, manifest_sha256 from the state, part from $$.Map.Item.Value).
Step output  `{"index", "rows", "bad", "warnings", "reasons", "fault": null | "hash" | "rows" | "gzip" | "line_too_long"}`. A fault is no error: `close_feed` judges
             the whole feed from what this step has written to RUNS_TABLE, so the state machine may drop the output (ResultPath null).
Errors       `LeaseLost` (never retry), anything else: retry with back-off.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from vaxcert.aws.clients import client
from vaxcert.aws.clock import system_clock
from vaxcert.aws.runtime import start
from vaxcert.corrections.feed.bucket import feeds_of
from vaxcert.corrections.run.progress import progress_of
from vaxcert.corrections.run.runs import runs_of
from vaxcert.corrections.steps.checking import Checking
from vaxcert.corrections.steps.frame import Event, PartInput, StepHandler, step


def create(checking: Checking) -> StepHandler:
    """The step over its use case."""

    def work(event: Event, _context: Any) -> tuple[Event, Event]:
        given = PartInput.model_validate(event)
        check = checking.check(given.run, given.sequence, given.manifest_sha256, given.part.index)
        output = {
            "index": check.index,
            "rows": check.rows,
            "bad": check.bad,
            "warnings": dict(check.warnings),
            "reasons": dict(check.reasons),
            "fault": check.fault,
        }
        return output, {"sequence": given.sequence, **output}

    return step("check_part", work)


@cache
def build() -> StepHandler:
    """The step over AWS."""
    env, dynamodb = os.environ, client("dynamodb")
    bucket = feeds_of(env, client("s3"))
    return create(Checking(runs_of(env, dynamodb, system_clock), progress_of(env, dynamodb), bucket))


handler = start(build)
