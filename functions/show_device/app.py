"""A clinic's device as it is enrolled, by hand from the console's test button.

Event        `{"device_id", "officer", "reason"}`; the id stands in the settings of the desk's page.
Answer       clinic, stations, whether it is enabled, its version, its key's thumbprint (RFC 7638), and `next_step`.
Errors       `InvalidEvent` tells which member is wrong; `UnknownDevice` tells where the id is read.
"""

from __future__ import annotations

import os
from functools import cache

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Event, Handler, accountable
from vaxcert.aws.runtime import start
from vaxcert.devices.looking import Found, look_up
from vaxcert.devices.store import enrolments_of

from .answers import Show, shown


def create(enrolments: Found, clock: Clock) -> Handler:
    """The handler over its store."""

    def show(asked: Show) -> tuple[Event, Event]:
        device = look_up(enrolments, asked.device_id)
        # A device stands in a clinic and is nobody's: its id may be logged.
        return shown(device), {"device_id": device.device_id}

    return accountable("show_device", Show.model_validate, show, clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    return create(enrolments_of(os.environ, client("dynamodb")), system_clock)


handler = start(build)
