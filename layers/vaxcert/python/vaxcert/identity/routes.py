"""Who may call which route, as the authorizer's policy is made from it.

Each route says it where it stands, in `functions/*/app.py`; `identity/route_table.py` is generated from that, since the authorizer
can load no other function (`make docs`, and `make lint` checks it). A route that is not there is open to nobody with a token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vaxcert.identity.route_table import TABLE


class CallerClass(StrEnum):
    """Classes of callers. A token is of exactly one of the last three.

    A board is a device without stations; what is open to boards is open to every device (D21).
    """

    ANYONE = "anyone"
    CITIZEN = "citizen"
    DEVICE = "device"
    BOARD = "board"


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a resource path, as API Gateway spells it."""

    method: str
    path: str
    caller: CallerClass

    @property
    def pattern(self) -> str:
        """`METHOD/path` with a `*` for each parameter, as it stands in an execute-api ARN."""
        return self.method + re.sub(r"\{[^}]*\}", "*", self.path)


ROUTES: Final = tuple(Route(method, path, CallerClass(caller)) for method, path, caller in TABLE)
