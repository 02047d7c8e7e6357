"""What an operator asks of `show_device`, and what it answers."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import StringConstraints

from vaxcert.aws.console import Accountable
from vaxcert.devices.model import Enrolment


class Show(Accountable):
    """Which device, by whom and why."""

    device_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]


def shown(device: Enrolment) -> dict[str, Any]:
    """The device as it is enrolled, its key by thumbprint, and what can be done."""
    return {
        "device_id": device.device_id,
        "clinic_code": device.clinic_code,
        "clinic_name": device.clinic_name,
        "stations": sorted(str(station) for station in device.stations),
        "kind": "desk" if device.stations else "board",
        "enabled": device.enabled,
        "version": device.version,
        "key_thumbprint": thumbprint(device.public_jwk),
        "next_step": (
            "it is taken: its next token and scan count. To refuse it, run EnrollDevice with the action disable"
            if device.enabled
            else "it is refused at every scan and gets no token. To take it back, run EnrollDevice with the action enable"
        ),
    }


def thumbprint(jwk: Mapping[str, str]) -> str:
    """A P-256 public key's thumbprint (RFC 7638)."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
