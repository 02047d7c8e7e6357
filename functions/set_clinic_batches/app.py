"""A clinic's list of recalled or stopped batches, set by hand from the console's test button (docs/clinic-day.md).

Event        `{"clinic_code", "batches": [{"vaccine_code", "batch"}], "officer", "reason"}`: the whole list, in place of the one
             before; it may be repeated.
Answer       `clinic_code` and how many batches are listed.
Errors       `InvalidEvent` tells which member is wrong.
"""

from __future__ import annotations

import os
from functools import cache

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Event, Handler, accountable
from vaxcert.aws.runtime import start
from vaxcert.clinics.batches import Batch, BatchStore, batches_of

from .answers import SetBatches


def create(store: BatchStore, clock: Clock) -> Handler:
    """The handler over its store."""

    def act(asked: SetBatches) -> tuple[Event, Event]:
        batches = {Batch(one.vaccine_code, one.batch) for one in asked.batches}
        store.list(asked.clinic_code, batches)
        answer = {"clinic_code": asked.clinic_code, "listed": len(batches)}
        return answer, answer

    return accountable("set_clinic_batches", SetBatches.model_validate, act, clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    return create(batches_of(os.environ, client("dynamodb")), system_clock)


handler = start(build)
