"""Steps 3 and 5: judge the checked feed as a whole; and, when it is applied, close it.

Step input   `{"phase": "judge" | "close", "run", "sequence", "manifest_sha256"}`, or `{"phase": "abandon", "run"}` after a failure
             of any other step but FeedRefused, which gives the lease up so that the next run need not wait 20 minutes for it.
Step output  judge: `{"status": "accepted", "sequence", "figures": {…}, "summary"}`. close: `{"status": "applied", "sequence", "figures": {…}, "summary"}`,
             or `{"status": "more"}` when time ran short among many merges: call again with the same input. abandon: `{"status": "abandoned"}`.
Errors       `FeedRefused` (judge: its message is the reason; nothing has been applied; never retry), `LeaseLost` (never retry),
             anything else: retry with back-off.
             After `close` the state machine goes back to `open_feed` for the next manifest, with the same run; `open_feed` ends the lease when nothing is left.
Rights       RUNS_TABLE: GetItem, PutItem, UpdateItem, DeleteItem, Query. ARCHIVES_TABLE: BatchGetItem. KINSHIP_TABLE: Query.
             CERTIFICATES_TABLE: BatchGetItem, PutItem, DeleteItem. FEED_BUCKET: s3:PutObject of `held-apart/`.
             KEYS_TABLE and KMS as the Sealer needs.
Variables    RUNS_TABLE, ARCHIVES_TABLE, KINSHIP_TABLE, CERTIFICATES_TABLE, FEED_BUCKET, KEYS_TABLE, SEAL_KEY_ID, MAX_BAD_ROWS_PERCENT, SERVICE_STAGE, PILOT_CITIES, CHILD_BORN_FROM, ADULT_DOSE_FROM, ADULT_AGE.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.sealing import sealer_of
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.corrections.apart import Apart
from vaxcert.corrections.bucket import FeedBucket
from vaxcert.corrections.certificates import Keeper
from vaxcert.corrections.closing import Closing
from vaxcert.corrections.model import Counts
from vaxcert.corrections.progress import ProgressStore
from vaxcert.corrections.runs import RunStore
from vaxcert.corrections.steps import CloseInput, Event, StepHandler, publish, seconds_left, step
from vaxcert.corrections.store import CertificateCorrections


def create(closing: Closing, clock: Clock, stage: str) -> StepHandler:
    """The step over its use case."""

    def work(event: Event, context: Any) -> tuple[Event, Event]:
        given = CloseInput.model_validate(event)
        if given.phase == "abandon":
            closing.abandon(given.run)
            return {"status": "abandoned"}, {"status": "abandoned"}
        feed = given.feed()
        if given.phase == "judge":
            return _told("accepted", feed[1], closing.judge(*feed))
        figures = closing.close(*feed, seconds_left(context))
        if figures is None:
            return {"status": "more"}, {"status": "more", "sequence": feed[1]}
        publish("close_feed", stage, figures, clock().timestamp())
        return _told("applied", feed[1], figures)

    return step("close_feed", work)


def _told(status: str, sequence: int, figures: Counts) -> tuple[Event, Event]:
    """Figures whole, and in a line for who reads the execution in the console."""
    summary = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in figures.items() if count)
    output: Event = {"status": status, "sequence": sequence, "figures": figures, "summary": summary}
    return output, {"status": status, "sequence": sequence, **figures}


@cache
def build() -> StepHandler:
    """The step over AWS."""
    settings = Settings.from_env(os.environ)
    dynamodb, table = client("dynamodb"), os.environ["RUNS_TABLE"]
    reader = ArchiveReader(dynamodb, os.environ["ARCHIVES_TABLE"], os.environ["KINSHIP_TABLE"])
    certificates = CertificateCorrections(dynamodb, os.environ["CERTIFICATES_TABLE"])
    sealer = sealer_of(os.environ, dynamodb, client("kms"), system_clock)
    progress = ProgressStore(dynamodb, table)
    closing = Closing(
        runs=RunStore(dynamodb, table, system_clock),
        progress=progress,
        archives=reader,
        keeper=Keeper(reader, certificates, ClaimRules.of(settings), sealer, system_clock),
        apart=Apart(
            doubts=progress,
            archives=reader,
            certificates=certificates,
            reports=FeedBucket(client("s3"), os.environ["FEED_BUCKET"]),
            opener=sealer,
        ),
        max_bad_rows_percent=settings.max_bad_rows_percent,
    )
    return create(closing, system_clock, settings.service_stage)


def handler(event: Event, context: Any) -> Event:
    """What Lambda calls."""
    return build()(event, context)
