"""Gives up the appointment of a certificate that has ended, from the certificates table's stream, so that its seat is free (D5, D6).

Event        a batch of the stream, filtered to certificates that became released or closed. After a failure what is left comes again.
Answer       `{"batchItemFailures": […]}`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from vaxcert.appointments.ending import Standing, given_up
from vaxcert.appointments.seat_store import seats_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import log, start
from vaxcert.claims.items import certificate_key, from_item

_SERVICE: Final = "end_appointments"

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], Event]


def create(standing: Standing, clock: Clock) -> Handler:
    """The handler over its collaborators."""

    def handle(event: Event, _context: Any) -> Event:
        freed = 0
        for sequence, certificate_id in _ended(event):
            try:
                freed += given_up(standing, certificate_id, clock())
            except Exception as error:  # noqa: BLE001 - a stream goes on where it failed, with those before it done
                log(_SERVICE, freed=freed, failed=type(error).__name__)
                return {"batchItemFailures": [{"itemIdentifier": sequence}]}
        log(_SERVICE, freed=freed)
        return {"batchItemFailures": []}

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    env = os.environ
    return create(seats_of(env, client("dynamodb")), system_clock)


def _ended(event: Event) -> Iterator[tuple[str, str]]:
    """Certificates of a batch that have ended, each with its place in the stream. The filter saves calls and decides nothing."""
    for record in event["Records"]:
        change = record["dynamodb"]
        item = change.get("NewImage", {})
        if item.get("sk") != certificate_key("")["sk"]:
            continue
        # A stream gives what is sealed as base64, and nothing sealed decides here.
        certificate = from_item({name: value for name, value in item.items() if "B" not in value})
        if certificate.standing.final:
            yield change["SequenceNumber"], certificate.certificate_id


handler = start(build)
