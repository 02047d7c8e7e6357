"""What an operator asks of `enroll_device`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, TypeAdapter

from vaxcert.aws.console import Accountable
from vaxcert.devices.model import Station

type Coordinate = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


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


class Enroll(Accountable):
    """Enrol a device, or change what it is enrolled for."""

    model_config = ConfigDict(strict=False)

    action: Literal["enroll"]
    device_id: str
    clinic_code: str
    clinic_name: Annotated[str, Field(min_length=1, max_length=100)]
    stations: list[Station]
    public_jwk: PublicJwk


class Switch(Accountable):
    """Refuse a device, or take it back."""

    action: Literal["disable", "enable"]
    device_id: str


WANTED: Final[TypeAdapter[Enroll | Switch]] = TypeAdapter(Annotated[Enroll | Switch, Discriminator("action")])
