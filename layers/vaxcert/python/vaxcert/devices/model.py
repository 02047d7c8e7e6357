"""A clinic's enrolled device: where it stands, what it serves, and the key it proves itself by.

Its version grows at each change of the enrolment. A token tells the version that it was made for, and the scan's own
transaction compares the two, so that disabling or moving a device acts on its next scan (invariant 3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from vaxcert.identity.model import is_clinic_code

_ID_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Station(StrEnum):
    """The four stations of a visit (R28): 取号, 登记, 接种, 留观, in this order."""

    TICKET = "ticket"
    REGISTRATION = "registration"
    VACCINATION = "vaccination"
    OBSERVATION = "observation"


def is_device_id(text: str) -> bool:
    """Whether a text has the form of a device's id."""
    return _ID_FORM.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One device as enrolled. `public_jwk` is its P-256 public key; the private half has never left the device.

    One without stations is a board: it reads the queue and nothing else (D21).
    """

    device_id: str
    clinic_code: str
    clinic_name: str
    stations: frozenset[Station]
    public_jwk: Mapping[str, str]
    enabled: bool = True
    version: int = 1

    def __post_init__(self) -> None:
        if not is_device_id(self.device_id) or not is_clinic_code(self.clinic_code):
            raise ValueError("device ids and clinic codes are short and of letters, digits, '-', '_' and '.'")
        if not self.clinic_name:
            raise ValueError("a device is of a named clinic")

    def says_as(self, other: Enrolment) -> bool:
        """Whether the two differ by their version at most."""
        return replace(self, version=other.version) == other
