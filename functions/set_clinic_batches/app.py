"""A clinic's list of recalled or stopped batches, set by hand from the console's test button (docs/clinic-day.md).

Event        `{"clinic_code", "batches": [{"vaccine_code", "batch"}]}`: the whole list, in place of the one before; it may be repeated.
Answer       `clinic_code` and how many batches are listed.
Errors       `InvalidEvent` tells which member is wrong.
Rights       CLINICS_TABLE: PutItem.
Variables    CLINICS_TABLE.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from vaxcert.aws.clients import client
from vaxcert.aws.runtime import log, start
from vaxcert.clinics.batches import MOST_BATCHES, Batch, BatchStore
from vaxcert.identity.model import is_clinic_code
from vaxcert.programme.vaccines import LISTED

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], dict[str, Any]]


class InvalidEvent(Exception):
    """The event is not of its form; the message names the members, never their values."""


def _clinic(text: str) -> str:
    if not is_clinic_code(text):
        raise ValueError("no clinic's code")
    return text


def _listed(text: str) -> str:
    if text not in LISTED:
        raise ValueError("not listed")
    return text


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("not as on a box")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Listed(_Strict):
    """One batch of one vaccine."""

    vaccine_code: Annotated[str, AfterValidator(_listed)]
    batch: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]


class SetBatches(_Strict):
    """The whole list of a clinic."""

    clinic_code: Annotated[str, AfterValidator(_clinic)]
    batches: Annotated[list[Listed], Field(max_length=MOST_BATCHES)]


def create(store: BatchStore) -> Handler:
    """The handler over its store."""

    def handle(event: Event, _context: Any) -> dict[str, Any]:
        try:
            wanted = SetBatches.model_validate(event)
        except ValidationError as error:
            places = sorted({".".join(str(part) for part in found["loc"]) for found in error.errors()})
            raise InvalidEvent(f"wrong or missing: {', '.join(places)}") from None
        batches = {Batch(one.vaccine_code, one.batch) for one in wanted.batches}
        store.list(wanted.clinic_code, batches)
        log("set_clinic_batches", listed=len(batches))
        return {"clinic_code": wanted.clinic_code, "listed": len(batches)}

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    return create(BatchStore(client("dynamodb"), os.environ["CLINICS_TABLE"]))


handler = start(build)
