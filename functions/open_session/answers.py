"""What is asked and answered at the entrance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, Tag

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


class ByAssertion(BaseModel):
    """The platform's assertion, a compact JWS: what a native client has."""

    model_config = ConfigDict(extra="forbid")

    assertion: Annotated[str, Field(min_length=1, max_length=LARGEST)]


class ByCode(BaseModel):
    """The one-time code that the platform sent the page back with, and the nonce that the page kept."""

    model_config = ConfigDict(extra="forbid")

    entry_code: Annotated[str, Field(min_length=1, max_length=512)]
    nonce: Annotated[str, Field(min_length=1, max_length=512)]


def _way(sent: Mapping[str, object]) -> str:
    return "by_code" if "entry_code" in sent or "nonce" in sent else "by_assertion"


class SessionRequest(
    RootModel[
        Annotated[
            Annotated[ByAssertion, Tag("by_assertion")] | Annotated[ByCode, Tag("by_code")],
            Discriminator(_way),
        ]
    ]
):
    """What the platform vouches with."""


class SessionAnswer(Shape):
    """The bearer token, and whom it was given to (name masked)."""

    token: str
    expires_at: str
    name: str
    method: Method
    channel: Channel
