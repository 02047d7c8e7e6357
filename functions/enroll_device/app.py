"""Enrolling clinics' devices, by hand from the console's test button.

Event        `{"action": "enroll" (or left out), "device_id", "clinic_code", "clinic_name", "stations": […], "public_jwk": {kty, crv, x, y}}`,
             a board of the waiting room (`"stations": []`) reads the queue only,
             `{"action": "disable" | "enable", "device_id"}`. Each may be repeated.
Answer       the device as it stands, and `root_public_jwk`: what the device checks offline packs by.
Errors       `InvalidEvent` tells which member is wrong; `UnknownDevice`.
Rights       DEVICES_TABLE: GetItem, PutItem. KEYS_TABLE: GetItem (`published`).
Variables    DEVICES_TABLE, KEYS_TABLE.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, TypeAdapter, ValidationError

from vaxcert.aws.clients import client
from vaxcert.aws.runtime import log, start
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.service import EnrolmentService
from vaxcert.devices.store import EnrolmentStore
from vaxcert.keys.keyset import ROOT
from vaxcert.keys.model import Publications
from vaxcert.keys.published import PublishedReader

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], dict[str, Any]]
type Coordinate = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class InvalidEvent(Exception):
    """The event is not of its form; the message names the members, never their values."""


class PublicJwk(BaseModel):
    """A P-256 public key. A private half (`d`) is refused: it has left its device then."""

    model_config = ConfigDict(extra="forbid")

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Coordinate
    y: Coordinate
    alg: Literal["ES256"] = "ES256"
    use: Literal["sig"] = "sig"
    kid: Annotated[str, Field(max_length=64)] = ""


class Enroll(BaseModel):
    """Enrol a device, or change what it is enrolled for."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["enroll"]
    device_id: str
    clinic_code: str
    clinic_name: Annotated[str, Field(min_length=1, max_length=100)]
    stations: list[Station]
    public_jwk: PublicJwk


class Switch(BaseModel):
    """Refuse a device, or take it back."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["disable", "enable"]
    device_id: str


_WANTED: TypeAdapter[Enroll | Switch] = TypeAdapter(Annotated[Enroll | Switch, Discriminator("action")])


def create(service: EnrolmentService, published: Publications) -> Handler:
    """The handler over its collaborators."""

    def handle(event: Event, _context: Any) -> dict[str, Any]:
        try:
            wanted = _WANTED.validate_python({"action": "enroll", **event})
            device = _carried_out(service, wanted)
        except ValidationError as error:
            places = sorted({".".join(str(part) for part in found["loc"]) for found in error.errors()})
            raise InvalidEvent(f"wrong or missing: {', '.join(places) or 'action'}") from None
        except ValueError as error:
            raise InvalidEvent(str(error)) from None
        root = published.find(ROOT)
        log("enroll_device", action=wanted.action, version=device.version)
        return {
            "device_id": device.device_id,
            "clinic_code": device.clinic_code,
            "clinic_name": device.clinic_name,
            "stations": sorted(str(station) for station in device.stations),
            "enabled": device.enabled,
            "version": device.version,
            "root_public_jwk": None if root is None else json.loads(root.body),
        }

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    dynamodb = client("dynamodb")
    return create(
        EnrolmentService(EnrolmentStore(dynamodb, os.environ["DEVICES_TABLE"])),
        PublishedReader(dynamodb, os.environ["KEYS_TABLE"]),
    )


def _carried_out(service: EnrolmentService, wanted: Enroll | Switch) -> Enrolment:
    if isinstance(wanted, Enroll):
        return service.enroll(
            Enrolment(
                device_id=wanted.device_id,
                clinic_code=wanted.clinic_code,
                clinic_name=wanted.clinic_name,
                stations=frozenset(wanted.stations),
                public_jwk={
                    "kty": "EC",
                    "crv": "P-256",
                    "x": wanted.public_jwk.x,
                    "y": wanted.public_jwk.y,
                },
            )
        )
    return (
        service.disable(wanted.device_id) if wanted.action == "disable" else service.enable(wanted.device_id)
    )


handler = start(build)
