"""Whether a device may do what it asks: the checks that every route of devices shares."""

from __future__ import annotations

from vaxcert.devices.model import Enrolment, Station
from vaxcert.errors import Forbidden, Unauthorized
from vaxcert.identity.model import Device


class DeviceDisabled(Forbidden):
    """The device is not enrolled any more, or was disabled (invariant 3)."""

    code = "device_disabled"


class StationNotAllowed(Forbidden):
    """The device is not enrolled for this station."""

    code = "station_not_allowed"


class ClinicNotAllowed(Forbidden):
    """The device is another clinic's."""

    code = "clinic_not_allowed"


def trusted(device: Device, enrolled: Enrolment | None) -> None:
    """Whether a token's device is still what the token says. Raises `DeviceDisabled`; `Unauthorized` where it has changed."""
    if enrolled is None or not enrolled.enabled:
        raise DeviceDisabled
    if enrolled.version != device.version:
        raise Unauthorized


def must_serve(device: Device, station: Station) -> None:
    """Raises `StationNotAllowed` where the device does not serve the station."""
    if station not in device.stations:
        raise StationNotAllowed


def must_be_of(device: Device, clinic_code: str) -> None:
    """Raises `ClinicNotAllowed` where the device is another clinic's."""
    if clinic_code != device.clinic_code:
        raise ClinicNotAllowed
