"""Who may call which route: the one table that the authorizer's policy is made from.

A route that is not listed here is open to nobody with a token; a test holds the table against
`template.yaml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class CallerClass(StrEnum):
    """Classes of callers. A token is of exactly one of the last two."""

    ANYONE = "anyone"
    CITIZEN = "citizen"
    DEVICE = "device"


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


_CERTIFICATE: Final = "/v1/certificates/{certificate_id}"

ROUTES: Final = (
    Route("POST", "/v1/challenges", CallerClass.ANYONE),
    Route("POST", "/v1/sessions", CallerClass.ANYONE),
    Route("POST", "/v1/devices/token", CallerClass.ANYONE),
    Route("GET", "/.well-known/jwks.json", CallerClass.ANYONE),
    Route("GET", "/healthz", CallerClass.ANYONE),
    Route("GET", "/v1/vaccines", CallerClass.ANYONE),
    Route("DELETE", "/v1/sessions/current", CallerClass.CITIZEN),
    Route("GET", "/v1/certificates", CallerClass.CITIZEN),
    Route("POST", "/v1/certificates", CallerClass.CITIZEN),
    Route("GET", "/v1/certificates/claimable/{record_id}", CallerClass.CITIZEN),
    Route("GET", _CERTIFICATE, CallerClass.CITIZEN),
    Route("DELETE", _CERTIFICATE, CallerClass.CITIZEN),
    Route("GET", f"{_CERTIFICATE}/records", CallerClass.CITIZEN),
    Route("GET", f"{_CERTIFICATE}/grants", CallerClass.CITIZEN),
    Route("POST", f"{_CERTIFICATE}/grants", CallerClass.CITIZEN),
    Route("DELETE", f"{_CERTIFICATE}/grants/{{grant_id}}", CallerClass.CITIZEN),
    Route("POST", f"{_CERTIFICATE}/codes", CallerClass.CITIZEN),
    Route("GET", f"{_CERTIFICATE}/access-log", CallerClass.CITIZEN),
    Route("GET", f"{_CERTIFICATE}/reports", CallerClass.CITIZEN),
    Route("POST", f"{_CERTIFICATE}/reports", CallerClass.CITIZEN),
    Route("GET", "/v1/clinics", CallerClass.CITIZEN),
    Route("GET", "/v1/clinics/{clinic_code}/slots", CallerClass.CITIZEN),
    Route("GET", f"{_CERTIFICATE}/appointments", CallerClass.CITIZEN),
    Route("POST", f"{_CERTIFICATE}/appointments", CallerClass.CITIZEN),
    Route("GET", f"{_CERTIFICATE}/appointments/{{appointment_id}}", CallerClass.CITIZEN),
    Route("DELETE", f"{_CERTIFICATE}/appointments/{{appointment_id}}", CallerClass.CITIZEN),
    Route("POST", "/v1/scans", CallerClass.DEVICE),
    Route("POST", "/v1/visits/{visit_id}/outcomes", CallerClass.DEVICE),
    Route("GET", "/v1/clinics/{clinic_code}/queue", CallerClass.DEVICE),
    Route("GET", "/v1/offline-pack", CallerClass.DEVICE),
)


def caller_class(method: str, path: str) -> CallerClass | None:
    """Who may call a route, given its path with `{parameters}`; None where it is not listed."""
    return next((route.caller for route in ROUTES if (route.method, route.path) == (method, path)), None)
