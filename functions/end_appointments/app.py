"""Gives up the appointment of a certificate that has ended, from the certificates table's stream, so that its seat is free (D5, D6).

Event        a batch of the stream, filtered to certificates that became released or closed. After a failure what is left comes again.
Answer       `{"batchItemFailures": […]}`.
Rights       the stream of the certificates table, and none to the table. APPOINTMENTS_TABLE: GetItem, UpdateItem, DeleteItem.
Variables    APPOINTMENTS_TABLE.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

from vaxcert.appointments.ending import Standing, given_up
from vaxcert.appointments.seat_store import SeatStore
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.claims.items import certificate_key, from_item
from vaxcert.http.api import start

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
                _log(freed=freed, failed=type(error).__name__)
                return {"batchItemFailures": [{"itemIdentifier": sequence}]}
        _log(freed=freed)
        return {"batchItemFailures": []}

    return handle


def build() -> Handler:
    """The handler over AWS."""
    return create(SeatStore(client("dynamodb"), os.environ["APPOINTMENTS_TABLE"]), system_clock)


def _ended(event: Event) -> Iterator[tuple[str, str]]:
    """Certificates of a batch that have ended, each with its place in the stream. The filter saves calls and decides nothing."""
    for record in event["Records"]:
        change = record["dynamodb"]
        item = change.get("NewImage", {})
        if item.get("sk") != certificate_key("")["sk"]:
            continue
        certificate = from_item(item)
        if certificate.standing.final:
            yield change["SequenceNumber"], certificate.certificate_id


def _log(**told: object) -> None:
    print(json.dumps({"service": "end_appointments", **told}))  # noqa: T201 - the one line of its log


handler = start(build)
