"""Step 4, for every part at once: rows become archives (R37, R38). Whose certificates they touch is kept for `close_feed` (D5).

Before it, as phase `weigh`, the dry run (D14): the same rows are read beside the archives as they stand, and what `close_feed` decides by is
kept beside the run record. It changes nothing else.

Step input   as of `check_part`: `{"run", "sequence", "business_date", "manifest_sha256", "part": {…}}`, and `"phase": "weigh" | "apply"`
             (`apply` if left out); further members are ignored.
Step output  the same members and `"status": "done" | "more"`. `more`: time ran short, progress is kept; call again with this output as the
             input (a Choice inside the Map's processor that leads back to the same Task).
Errors       `LeaseLost`, `NotAccepted` (never retry), anything else, a timeout included: retry with back-off; it resumes where it was.
Rights       FEED_BUCKET: s3:GetObject, s3:GetObjectVersion. RUNS_TABLE: GetItem, PutItem, UpdateItem.
             ARCHIVES_TABLE: GetItem, BatchGetItem, PutItem.
             KINSHIP_TABLE: Query, PutItem, DeleteItem. CERTIFICATES_TABLE: BatchGetItem. CLINICS_TABLE: PutItem.
             KEYS_TABLE and KMS as the Sealer needs; PEPPER_SECRET_ARN: GetSecretValue.
Variables    FEED_BUCKET, RUNS_TABLE, ARCHIVES_TABLE, KINSHIP_TABLE, CERTIFICATES_TABLE, CLINICS_TABLE, KEYS_TABLE, SEAL_KEY_ID,
             PEPPER_SECRET_ARN, PILOT_CITIES, CHILD_BORN_FROM, ADULT_DOSE_FROM, ADULT_AGE.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clients import client
from vaxcert.aws.clock import system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.secrets import pepper
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.clinics.store import ClinicStore
from vaxcert.corrections.feed.bucket import FeedBucket
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.run.runs import RunStore
from vaxcert.corrections.steps.applying import WORKERS, Applying
from vaxcert.corrections.steps.certificates import Keeper
from vaxcert.corrections.steps.forecast import ForecastStore, Unsealed
from vaxcert.corrections.steps.frame import ApplyInput, Event, StepHandler, seconds_left, step
from vaxcert.corrections.steps.store import ArchiveWriter, CertificateCorrections
from vaxcert.corrections.steps.weighing import Weighing
from vaxcert.identity.blinding import Blinder
from vaxcert.keys.sealing import sealer_of


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


@cache
def build() -> StepHandler:
    """The step over AWS."""
    settings = Settings.from_env(os.environ)
    dynamodb = database()
    progress = ProgressStore(dynamodb, os.environ["RUNS_TABLE"])
    archives, kinship = os.environ["ARCHIVES_TABLE"], os.environ["KINSHIP_TABLE"]
    blinder = Blinder(pepper(client("secretsmanager"), os.environ["PEPPER_SECRET_ARN"]))
    sealer = sealer_of(os.environ, dynamodb, client("kms"), system_clock)
    rules = ClaimRules.of(settings)
    runs = RunStore(dynamodb, os.environ["RUNS_TABLE"], system_clock)
    bucket = FeedBucket(client("s3"), os.environ["FEED_BUCKET"])
    reader = ArchiveReader(dynamodb, archives, kinship)
    certificates = CertificateCorrections(dynamodb, os.environ["CERTIFICATES_TABLE"])
    return create(
        Weighing(
            runs=runs,
            progress=progress,
            parts=bucket,
            maker=lambda business_date: ArchiveMaker(blinder, Unsealed(), business_date),
            archives=reader,
            certificates=certificates,
            forecast=ForecastStore(dynamodb, os.environ["RUNS_TABLE"]),
            adult_dose_from=settings.adult_dose_from,
            workers=WORKERS,
        ),
        Applying(
            runs=runs,
            progress=progress,
            parts=bucket,
            maker=lambda business_date: ArchiveMaker(blinder, sealer, business_date),
            writer=ArchiveWriter(
                dynamodb,
                archives_table=archives,
                kinship_table=kinship,
                progress=progress,
                adult_dose_from=settings.adult_dose_from,
            ),
            numbers=reader,
            keeper=Keeper(reader, certificates, rules, sealer, system_clock),
            clinics=ClinicStore(dynamodb, os.environ["CLINICS_TABLE"]),
            workers=WORKERS,
        ),
    )


handler = start(build)
