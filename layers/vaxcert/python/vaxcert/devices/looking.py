"""A device as it is enrolled, looked up by an operator; nothing of tokens is loaded for it."""

from __future__ import annotations

from typing import Protocol

from vaxcert.devices.model import Enrolment, is_device_id


class Found(Protocol):
    """Port: enrolled devices."""

    def find(self, device_id: str) -> Enrolment | None:
        """The device as it stands."""
        ...


class UnknownDevice(Exception):
    """No such device is enrolled. A console event's slip must not look like success."""

    def __init__(self) -> None:
        super().__init__(
            "no device with this id is enrolled: copy the id whole from the settings of the desk's page, capitals and small letters as "
            "they stand there"
        )


def look_up(enrolments: Found, device_id: str) -> Enrolment:
    """The device as it stands. Raises UnknownDevice."""
    found = enrolments.find(device_id) if is_device_id(device_id) else None
    if found is None:
        raise UnknownDevice
    return found
