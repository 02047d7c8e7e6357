"""A consent as it is given and shown, for every function that asks for one (R17, R18, D22)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from vaxcert.http.shapes import Shape


class ConsentGiven(BaseModel):
    """What was agreed to: the version of the text on the screen, and the ids of its purposes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Annotated[str, Field(max_length=32)] | None = None
    purposes: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=16)] = []


class PurposeAnswer(Shape):
    """One thing to agree to."""

    id: str
    text: str
    required: bool


class ConsentAnswer(Shape):
    """The consent in force."""

    version: str
    text: str
    purposes: list[PurposeAnswer]
