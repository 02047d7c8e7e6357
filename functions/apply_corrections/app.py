"""Step 4, for every part at once: rows become archives (R37, R38). Whose certificates they touch is kept for `close_feed` (D5).

Before it, as phase `weigh`, the dry run (D14): the same rows are read beside the archives as they stand, and what `close_feed` decides by is
kept beside the run record. It changes nothing else.

Step input   as of `check_part`: `{"run", "sequence", "business_date", "manifest_sha256", "part": {…}}`, and `"phase": "weigh" | "apply"`
             (`apply` if left out); further members are ignored.
Step output  the same members and `"status": "done" | "more"`. `more`: time ran short, progress is kept; call again with this output as the
             input (a Choice inside the Map's processor that leads back to the same Task).
Errors       `LeaseLost`, `NotAccepted` (never retry), anything else, a timeout included: retry with back-off; it resumes where it was.
"""

from __future__ import annotations

import gc
import os
from functools import cache
from typing import Any, Final

from vaxcert.archives.store import register_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.secrets import peppers_of
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.clinics.store import clinics_of
from vaxcert.corrections.feed.bucket import feeds_of
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.run.progress import progress_of
from vaxcert.corrections.run.runs import runs_of
from vaxcert.corrections.steps.applying import WORKERS, Applying
from vaxcert.corrections.steps.certificates import Keeper
from vaxcert.corrections.steps.forecast import Unsealed, forecast_of
from vaxcert.corrections.steps.frame import ApplyInput, Event, StepHandler, seconds_left, step
from vaxcert.corrections.steps.store import corrected_of, writer_of
from vaxcert.corrections.steps.weighing import Weighing
from vaxcert.identity.handle_store import handles_of
from vaxcert.keys.sealing import sealer_of

_YOUNG: Final = 50_000
"""Objects that are made before garbage is looked for: more than the rows of all workers at once."""


def create(weighing: Weighing, applying: Applying) -> StepHandler:
    """The step over its use cases."""

    def work(event: Event, context: Any) -> tuple[Event, Event]:
        given = ApplyInput.model_validate(event)
        take = weighing.weigh if given.phase == "weigh" else applying.apply
        done = take(given.run, given.sequence, given.manifest_sha256, given.part.index, seconds_left(context))
        status = "done" if done else "more"
        told = {"phase": given.phase, "sequence": given.sequence, "index": given.part.index, "status": status}
        return {**event, "status": status}, told

    return step("apply_corrections", work)


def database() -> Any:
    """One connection per worker: a worker that waits for one would be no worker."""
    return client("dynamodb", connections=WORKERS + 2)


def collect_seldom() -> None:
    """Look for garbage seldom: rows go by themselves, and to look through those at work is a twenty-fifth of what a row takes."""
    gc.set_threshold(_YOUNG)


@cache
def build() -> StepHandler:
    """The step over AWS."""
    collect_seldom()
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = database()
    progress = progress_of(env, dynamodb)
    peppers = peppers_of(env, client("secretsmanager"), system_clock)
    handles = handles_of(env, dynamodb, peppers, system_clock)
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    rules = ClaimRules.of(settings)
    runs = runs_of(env, dynamodb, system_clock)
    bucket = feeds_of(env, client("s3"))
    reader = register_of(env, dynamodb)
    certificates = corrected_of(env, dynamodb)
    return create(
        Weighing(
            runs=runs,
            progress=progress,
            parts=bucket,
            maker=lambda business_date: ArchiveMaker(handles, Unsealed(), business_date),
            archives=reader,
            certificates=certificates,
            forecast=forecast_of(env, dynamodb),
            adult_dose_from=settings.adult_dose_from,
            workers=WORKERS,
        ),
        Applying(
            runs=runs,
            progress=progress,
            parts=bucket,
            maker=lambda business_date: ArchiveMaker(handles, sealer, business_date),
            writer=writer_of(env, dynamodb, progress, settings.adult_dose_from),
            numbers=reader,
            keeper=Keeper(reader, certificates, rules, sealer, system_clock),
            clinics=clinics_of(env, dynamodb),
            workers=WORKERS,
        ),
    )


handler = start(build)
