"""A clinic's list of recalled or stopped batches, set by hand from the console's test button (docs/clinic-day.md).

Event        `{"clinic_code", "batches": [{"vaccine_code", "batch"}]}`: the whole list, in place of the one before; it may be repeated.
Answer       `clinic_code` and how many batches are listed.
Errors       `InvalidEvent` tells which member is wrong.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from vaxcert.aws.clients import client
from vaxcert.aws.console import Event, Handler, wanted
from vaxcert.aws.runtime import log, start
from vaxcert.clinics.batches import Batch, BatchStore, batches_of

from .answers import SetBatches


def create(store: BatchStore) -> Handler:
    """The handler over its store."""

    def handle(event: Event, _context: Any) -> dict[str, Any]:
        asked = wanted(SetBatches.model_validate, event)
        batches = {Batch(one.vaccine_code, one.batch) for one in asked.batches}
        store.list(asked.clinic_code, batches)
        log("set_clinic_batches", listed=len(batches))
        return {"clinic_code": asked.clinic_code, "listed": len(batches)}

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    return create(batches_of(os.environ, client("dynamodb")))


handler = start(build)
