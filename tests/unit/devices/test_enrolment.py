"""Enrolling devices: each change grows the version, repeating one changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.devices import FakeEnrolments, an_enrolment, token_of
from vaxcert.aws.clock import system_clock
from vaxcert.devices.looking import UnknownDevice
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.service import EnrolmentService
from vaxcert.devices.trust import (
    ClinicNotAllowed,
    DeviceDisabled,
    StationNotAllowed,
    must_be_of,
    must_serve,
    trusted,
)
from vaxcert.errors import Unauthorized
from vaxcert.keys.base64url import encode


def test_the_first_enrolment_is_version_one() -> None:
    service = EnrolmentService(FakeEnrolments())
    assert service.enroll(an_enrolment()).version == 1
    assert service.enroll(an_enrolment()).version == 1, "repeated"


@pytest.mark.parametrize(
    "changed",
    [{"clinic_code": "x2"}, {"stations": frozenset({Station.TICKET})}, {"clinic_name": "新名"}],
    ids=str,
)
def test_each_change_grows_the_version(changed: dict[str, Any]) -> None:
    store = FakeEnrolments()
    service = EnrolmentService(store)
    service.enroll(an_enrolment())
    assert service.enroll(an_enrolment(**changed)).version == 2
    assert service.disable("reg-1").version == 3
    assert service.disable("reg-1").version == 3
    assert service.enable("reg-1").version == 4
    assert store.stored["reg-1"].enabled


def test_a_disabled_device_stays_so_when_it_is_enrolled_again() -> None:
    service = EnrolmentService(FakeEnrolments())
    service.enroll(an_enrolment())
    service.disable("reg-1")
    assert not service.enroll(an_enrolment(clinic_code="x2")).enabled


def test_what_is_not_enrolled_cannot_be_switched() -> None:
    service = EnrolmentService(FakeEnrolments())
    for switch in (service.disable, service.enable):
        with pytest.raises(UnknownDevice):
            switch("reg-1")


def rsa_jwk() -> dict[str, str]:
    numbers = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    return {"kty": "RSA", "n": encode(numbers.n.to_bytes(256)), "e": "AQAB"}


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        {**an_enrolment().public_jwk, "crv": "P-384"},
        {**an_enrolment().public_jwk, "d": "A" * 43},
        rsa_jwk(),
    ],
    ids=["empty", "off the curve", "P-384", "private", "RSA"],
)
def test_only_a_public_p256_key_is_taken(jwk: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="P-256"):
        EnrolmentService(FakeEnrolments()).enroll(replace(an_enrolment(), public_jwk=jwk))


@pytest.mark.parametrize(
    "changed",
    [
        {"device_id": ""},
        {"device_id": "a b"},
        {"device_id": "x" * 65},
        {"device_id": "reg#1"},
        {"clinic_code": ""},
        {"clinic_code": "a/b"},
        {"clinic_name": ""},
    ],
    ids=str,
)
def test_ids_are_fit_for_keys(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="device"):
        an_enrolment(**changed)


class Racing(FakeEnrolments):
    """Somebody else changes the device first, once."""

    def save(self, enrolment: Enrolment, replaces: int | None) -> bool:
        if replaces == 1:
            self.stored["reg-1"] = replace(self.stored["reg-1"], clinic_name="别人改的", version=2)
        return super().save(enrolment, replaces)


def test_two_changes_at_once_both_count() -> None:
    store = Racing()
    service = EnrolmentService(store)
    service.enroll(an_enrolment())
    disabled = service.disable("reg-1")
    assert (disabled.clinic_name, disabled.enabled, disabled.version) == ("别人改的", False, 3)


def test_trust_is_of_the_enrolment_that_the_token_was_made_for() -> None:
    enrolled = an_enrolment(version=3)
    device = token_of(enrolled, system_clock())
    trusted(device, enrolled)
    with pytest.raises(DeviceDisabled):
        trusted(device, None)
    with pytest.raises(DeviceDisabled):
        trusted(device, replace(enrolled, enabled=False, version=4))
    with pytest.raises(Unauthorized):
        trusted(device, replace(enrolled, version=4))


def test_bounds() -> None:
    device = token_of(an_enrolment(stations=frozenset({Station.TICKET})), system_clock())
    must_serve(device, Station.TICKET)
    must_be_of(device, device.clinic_code)
    with pytest.raises(StationNotAllowed):
        must_serve(device, Station.VACCINATION)
    with pytest.raises(ClinicNotAllowed):
        must_be_of(device, "other")
