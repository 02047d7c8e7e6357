"""Enrolling the demonstration's devices through the function that enrols real ones."""

from typing import Any

from local import jws
from local.demo.clinics import DEVICES
from local.functions import BY, invoke
from local.homes import Home
from local.keys import load_or_make


def enrol(emulator_client: Any, function: str, home: Home) -> dict[str, dict[str, Any]]:
    """Enrol every demo device; enrolling the same key again changes nothing.

    :returns: what `endpoints.json` tells of each device
    :raises LocalProblem: the function refused
    """
    told = {}
    for device in DEVICES:
        private_jwk = load_or_make(home.keys / f"{device.device_id}.jwk")
        event = BY | {
            "action": "enroll",
            "device_id": device.device_id,
            "clinic_code": device.clinic_code,
            "clinic_name": device.clinic_name,
            "stations": list(device.stations),
            "public_jwk": jws.public_half(private_jwk),
        }
        invoke(emulator_client, function, event)
        told[device.device_id] = {
            "clinic_code": device.clinic_code,
            "stations": list(device.stations),
            "private_jwk": private_jwk,
        }
    return told
