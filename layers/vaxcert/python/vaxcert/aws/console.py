"""Events that an operator gives by hand, from the console's test button: read, or refused without any of their values.

Whoever gives one says who they are and why. Both stand in the function's own log, whatever came of it, and so nothing personal may
stand in them (invariant 7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from vaxcert.aws.clock import Clock, rfc3339
from vaxcert.aws.runtime import kind_of, log

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], Event]

# An identity number has 18 characters, a mobile phone 11 digits, however they are grouped. A day and a ticket's number have fewer.
_NUMBER: Final = re.compile(r"[0-9０-９](?:[ ._-]?[0-9０-９Xx]){10}")


_SAID: Final = frozenset({"officer", "reason"})
_SAY: Final = (
    "officer is your staff account, not a name (2 to 64 of letters, digits, '.', '_' and '-'); reason is why, 10 to 200 characters; "
    "no identity or phone number stands in either"
)


class InvalidEvent(Exception):
    """The event is not of its form, or contradicts itself; the message tells where, never a value."""


def wanted[Wanted](read: Callable[[Event], Wanted], event: Event) -> Wanted:
    """What the operator asks for. Raises `InvalidEvent`, which names the members that are wrong or missing."""
    try:
        return read(event)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in found["loc"]) for found in error.errors()})
        told = f"wrong or missing: {', '.join(places) or 'action'}"
        raise InvalidEvent(
            told if _SAID.isdisjoint(place.rpartition(".")[2] for place in places) else f"{told}. {_SAY}"
        ) from None


def printable(text: str) -> str:
    """A validator: the text, which shows something and stays on its line. Raises ValueError."""
    if not text.isprintable() or not text.strip():
        raise ValueError("not to be printed")
    return text


def impersonal(text: str) -> str:
    """A validator: the text, in which no identity number and no mobile phone stands. Raises ValueError."""
    if _NUMBER.search(text):
        raise ValueError("a number of a person or a phone")
    return text


class Accountable(BaseModel):
    """What every operator's event says: who gives it (a staff account, not a name), and why, without personal data."""

    model_config = ConfigDict(
        extra="forbid", strict=True, str_strip_whitespace=True, hide_input_in_errors=True
    )

    officer: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$"), AfterValidator(impersonal)
    ]
    reason: Annotated[
        str,
        StringConstraints(min_length=10, max_length=200),
        AfterValidator(printable),
        AfterValidator(impersonal),
    ]


def accountable[Asked: Accountable](
    service: str,
    read: Callable[[Event], Asked],
    act: Callable[[Asked], tuple[Event, Mapping[str, object]]],
    clock: Clock,
) -> Handler:
    """The handler of a function that operators run: `act` answers them, and says what the log may know of it.

    One log line for each event that could be read: who, when, why and what came of it. It is written before anything is answered, so
    that nobody looks without a trace. Raises `InvalidEvent`, and what `act` raises.
    """

    def handle(event: Event, _context: Any) -> Event:
        asked = wanted(read, event)
        who = {"officer": asked.officer, "reason": asked.reason, "at": rfc3339(clock())}
        try:
            answer, told = act(asked)
        except Exception as error:
            log(service, message="operator", result="failed", error=kind_of(error), **who)
            raise
        log(service, message="operator", result="done", **told, **who)
        return answer

    return handle
