"""A clinic's list of recalled or stopped batches, set by hand from the console's test button (docs/clinic-day.md).

Event        `{"clinic_code", "batches": [{"vaccine_code", "batch"}], "officer", "reason"}`: the whole list, in place of the one
             before; it may be repeated.
Answer       `clinic_code` and how many batches are listed.
Errors       `InvalidEvent` tells which member is wrong; `UnknownClinic` tells where the code is read.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cache

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Event, Handler, accountable
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.clinics.batches import Batch, BatchStore, batches_of
from vaxcert.clinics.looking import Known, look_up
from vaxcert.clinics.store import clinics_of

from .answers import SetBatches


def create(store: BatchStore, clinics: Known, cities: Collection[str], clock: Clock) -> Handler:
    """The handler over its stores; `cities` are those of the pilot."""

    def act(asked: SetBatches) -> tuple[Event, Event]:
        batches = {Batch(one.vaccine_code, one.batch) for one in asked.batches}
        look_up(clinics, asked.clinic_code, cities)
        store.list(asked.clinic_code, batches)
        answer = {"clinic_code": asked.clinic_code, "listed": len(batches)}
        return answer, answer

    return accountable("set_clinic_batches", SetBatches.model_validate, act, clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    return create(
        batches_of(env, dynamodb),
        clinics_of(env, dynamodb),
        settings.pilot_cities,
        system_clock,
    )


handler = start(build)
