"""Who calls: what the authorizer found, read from the request and checked again.

API Gateway caches the authorizer's answer for up to a minute, so the end of the token travels in the context and is compared
here with the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from vaxcert.aws.clock import from_epoch
from vaxcert.errors import Forbidden, Unauthorized
from vaxcert.identity.model import Citizen, Device


class VerificationStale(Forbidden):
    """The face verification is too long ago for what is asked (contract: 15 minutes)."""

    code = "verification_stale"


def citizen(event: Mapping[str, Any], now: datetime) -> Citizen:
    """The citizen of a request. Raises `Unauthorized` for another class of token or one that has ended."""
    context = _context(event, "citizen", now)
    return Citizen(
        subject=context["subject"],
        name_key=context["name_key"],
        session_id=context["session_id"],
        auth_time=from_epoch(int(context["auth_time"])),
        expires_at=from_epoch(int(context["exp"])),
        channel=context["channel"],
        method=context["method"],
        # API Gateway may still hold an answer of the authorizer's version before: as old as can be, so that no sign-out misses it.
        issued_at=from_epoch(int(context.get("iat", "0"))),
    )


def device(event: Mapping[str, Any], now: datetime) -> Device:
    """The clinic device of a request. Raises `Unauthorized` likewise."""
    context = _context(event, "device", now)
    return Device(
        device_id=context["device_id"],
        clinic_code=context["clinic_code"],
        stations=frozenset(filter(None, context["stations"].split(","))),
        version=int(context["version"]),
        expires_at=from_epoch(int(context["exp"])),
    )


def require_fresh(caller: Citizen, now: datetime, seconds: int) -> None:
    """Raises `VerificationStale` where the caller verified longer than `seconds` ago."""
    if now - caller.auth_time > timedelta(seconds=seconds):
        raise VerificationStale


def _context(event: Mapping[str, Any], kind: str, now: datetime) -> dict[str, str]:
    found = (event.get("requestContext") or {}).get("authorizer") or {}
    context = {name: str(value) for name, value in found.items()}
    if context.get("kind") != kind or from_epoch(int(context.get("exp", "0"))) <= now:
        raise Unauthorized
    return context
