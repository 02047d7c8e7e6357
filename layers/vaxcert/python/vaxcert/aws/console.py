"""Events that an operator gives by hand, from the console's test button: read, or refused without any of their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], Event]


class InvalidEvent(Exception):
    """The event is not of its form, or contradicts itself; the message tells where, never a value."""


def wanted[Wanted](read: Callable[[Event], Wanted], event: Event) -> Wanted:
    """What the operator asks for. Raises `InvalidEvent`, which names the members that are wrong or missing."""
    try:
        return read(event)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in found["loc"]) for found in error.errors()})
        raise InvalidEvent(f"wrong or missing: {', '.join(places) or 'action'}") from None


def printable(text: str) -> str:
    """A validator: the text, which shows something and stays on its line. Raises ValueError."""
    if not text.isprintable() or not text.strip():
        raise ValueError("not to be printed")
    return text
