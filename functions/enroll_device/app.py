"""Enrolling clinics' devices, by hand from the console's test button.

Event        `{"action": "enroll" (or left out), "device_id", "clinic_code", "clinic_name", "stations": […], "public_jwk": {kty, crv, x, y}}`,
             a board of the waiting room (`"stations": []`) reads the queue only,
             `{"action": "disable" | "enable", "device_id"}`; each with `"officer"` and `"reason"`. Each may be repeated.
Answer       the device as it stands, and `root_public_jwk`: what the device checks offline packs by.
Errors       `InvalidEvent` tells which member is wrong; `UnknownDevice`; `UnknownClinic` tells where the code is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from functools import cache

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Event, Handler, InvalidEvent, accountable
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.clinics.looking import Known, look_up
from vaxcert.clinics.store import clinics_of
from vaxcert.devices.model import Enrolment
from vaxcert.devices.service import EnrolmentService
from vaxcert.devices.store import enrolments_of
from vaxcert.keys.keyset import ROOT
from vaxcert.keys.model import Publications
from vaxcert.keys.published import published_of

from .answers import WANTED, Enroll, Switch


def create(
    service: EnrolmentService,
    clinics: Known,
    cities: Collection[str],
    published: Publications,
    clock: Clock,
) -> Handler:
    """The handler over its collaborators; `cities` are those of the pilot."""

    def read(event: Event) -> Enroll | Switch:
        return WANTED.validate_python({"action": "enroll", **event})

    def act(asked: Enroll | Switch) -> tuple[Event, Event]:
        try:
            if isinstance(asked, Enroll):
                wanted = _enrolment(asked)
                look_up(clinics, wanted.clinic_code, cities)
                device = service.enroll(wanted)
            else:
                change = service.disable if asked.action == "disable" else service.enable
                device = change(asked.device_id)
        except ValueError as error:
            raise InvalidEvent(str(error)) from None
        root = published.find(ROOT)
        told = {"action": asked.action, "device_id": device.device_id, "version": device.version}
        return {
            "device_id": device.device_id,
            "clinic_code": device.clinic_code,
            "clinic_name": device.clinic_name,
            "stations": sorted(str(station) for station in device.stations),
            "enabled": device.enabled,
            "version": device.version,
            "root_public_jwk": None if root is None else json.loads(root.body),
        }, told

    return accountable("enroll_device", read, act, clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    return create(
        EnrolmentService(enrolments_of(env, dynamodb)),
        clinics_of(env, dynamodb),
        settings.pilot_cities,
        published_of(env, dynamodb),
        system_clock,
    )


def _enrolment(wanted: Enroll) -> Enrolment:
    """The device as it is to be enrolled. Raises ValueError for an id or a code that is not of its form."""
    key = wanted.public_jwk
    return Enrolment(
        device_id=wanted.device_id,
        clinic_code=wanted.clinic_code,
        clinic_name=wanted.clinic_name,
        stations=frozenset(wanted.stations),
        public_jwk={"kty": "EC", "crv": "P-256", "x": key.x, "y": key.y},
    )


handler = start(build)
