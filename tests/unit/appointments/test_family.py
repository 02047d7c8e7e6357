"""A family's open appointments in one list (R2, D5, D6, D7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.fakes.appointments import CLINIC_CODE
from tests.fakes.booking_desk import FIRST, LAST, BookingDesk
from tests.fakes.people import FATHER, GRANDMOTHER, MOTHER, an_archive, id_no
from vaxcert.claims.model import RELEASED, Actor, StatusReason, suspended
from vaxcert.claims.paging import UnknownCursor


def opened(desk: BookingDesk, who: str = FATHER) -> list[str]:
    found, _ = desk.family.open(desk.caller(who), desk.clock(), cursor=None, limit=50)
    return [view.appointment.appointment_id for view in found]


def a_sibling(desk: BookingDesk) -> str:
    archive = an_archive("2", number=id_no(date(2021, 3, 1), 2), born=date(2021, 3, 1))
    desk.home.register.store(archive)
    return desk.home.claim(archive.record_id)


def test_d7_the_open_ones_of_what_one_holds_and_is_authorised_for_the_next_one_first() -> None:
    desk = BookingDesk()
    sibling = a_sibling(desk)
    late = desk.book(LAST)
    early = desk.book(FIRST, certificate_id=sibling)
    assert opened(desk) == [early, late]
    assert opened(desk, GRANDMOTHER) == []
    desk.grandmother()
    assert opened(desk, GRANDMOTHER) == [late]
    assert opened(desk, MOTHER) == [], "who could claim it but did not sees nothing"


def test_ended_missed_and_closed_ones_are_not_open() -> None:
    desk = BookingDesk()
    booked = desk.book(FIRST)
    assert opened(desk) == [booked]
    week = desk.clinics.stored[CLINIC_CODE]
    desk.clinics.stored[CLINIC_CODE] = replace(week, days_off=frozenset({date(2026, 7, 2)}))
    assert opened(desk) == []
    desk.clinics.stored[CLINIC_CODE] = week
    desk.service.cancel(desk.caller(), desk.certificate_id, booked, desk.clock())
    assert opened(desk) == []
    desk.book(FIRST)
    desk.clock.now = datetime(2026, 7, 2, 1, 0, tzinfo=UTC)
    assert opened(desk) == [], "missed"


def test_d5_a_suspended_certificates_is_seen_by_its_holder_alone_and_a_released_ones_by_nobody() -> None:
    desk = BookingDesk()
    desk.grandmother()
    booked = desk.book(FIRST)
    certificate = desk.home.certificates.get(desk.certificate_id)
    assert certificate is not None
    halted = certificate.moved_to(suspended(StatusReason.OUT_OF_CARE), desk.clock())
    desk.home.certificates.apply(certificate, halted, Actor.NIGHT)
    assert (opened(desk), opened(desk, GRANDMOTHER)) == ([booked], [])
    desk.home.certificates.apply(halted, halted.moved_to(RELEASED, desk.clock()), Actor.HOLDER)
    assert opened(desk) == []


def test_it_goes_on_page_by_page_and_a_cursor_is_its_callers() -> None:
    desk = BookingDesk()
    desk.book(LAST)
    desk.book(FIRST, certificate_id=a_sibling(desk))
    desk.grandmother()
    first, cursor = desk.family.open(desk.caller(), desk.clock(), cursor=None, limit=1)
    second, end = desk.family.open(desk.caller(), desk.clock(), cursor=cursor, limit=1)
    assert [view.appointment.slot_id for view in (*first, *second)] == [FIRST, LAST]
    assert end is None
    with pytest.raises(UnknownCursor):
        desk.family.open(desk.caller(GRANDMOTHER), desk.clock(), cursor=cursor, limit=1)
