"""The demo clinics' weeks are ones that the function takes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.set_clinic_week.app import create
from local.clinic_weeks import BOOKABLE, week_of
from local.demo.clinics import DEVICES, Clinic
from tests.fakes.booking_desk import BookingDesk
from vaxcert.aws.clock import shanghai_date


@pytest.mark.parametrize("clinic", BOOKABLE, ids=lambda clinic: str(clinic.code))
def test_a_demo_clinic_has_slots_on_every_day_but_sunday(clinic: Clinic) -> None:
    desk = BookingDesk()
    create(desk.weeks, desk.clock)(week_of(clinic), None)
    stored = desk.clinics.stored[clinic.code]
    days = [shanghai_date(desk.clock()) + timedelta(days=number) for number in range(7)]
    assert [day.isoweekday() for day in days if not stored.slots_on(day)] == [7]


def test_every_clinic_with_devices_takes_appointments() -> None:
    assert {device.clinic_code for device in DEVICES} <= {clinic.code for clinic in BOOKABLE}
