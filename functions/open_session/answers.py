"""What is asked and answered at the entrance."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from vaxcert.http.shapes import Shape
from vaxcert.identity.assertions import Channel, Method
from vaxcert.keys.jws import LARGEST


class ChallengeRequest(BaseModel):
    """What the challenge is for."""

    model_config = ConfigDict(extra="forbid")

    purpose: Literal["enter"]


class ChallengeAnswer(Shape):
    """A nonce to take to the platform, good until `expires_at`."""

    nonce: str
    expires_at: str


class SessionRequest(BaseModel):
    """The platform's assertion, a compact JWS."""

    model_config = ConfigDict(extra="forbid")

    assertion: Annotated[str, Field(min_length=1, max_length=LARGEST)]


class SessionAnswer(Shape):
    """The bearer token, and whom it was given to (name masked)."""

    token: str
    expires_at: str
    name: str
    method: Method
    channel: Channel
