"""Booking in a browser (R2, D7): clinic, day, slot; moved, cancelled, taken meanwhile, booked by the other phone, an answer lost."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import icalendar
from playwright.sync_api import Page, expect

from local.demo.clinics import NANTONG_ADULT, NANTONG_FIRST, WUXI_FIRST, Clinic
from tests.browser.conftest import SMALL, Phones
from tests.browser.family import Family, LosingFirst
from tests.stack.conftest import World

OPEN_TIMES = ".time:enabled"
OTHERS = ("ordinary_20", "ordinary_21", "ordinary_22", "ordinary_23", "born_2017_01_01", "born_2017_01_02")
"""As many families as a slot has seats."""


def _choose(page: Page, clinic: Clinic, city: str) -> None:
    page.get_by_role("tab", name=city).click()
    page.get_by_role("button", name=clinic.name).click()
    expect(page.get_by_role("heading", name="选择时段")).to_be_visible()


def _slots(family: Family, clinic: Clinic) -> list[dict[str, Any]]:
    token = family.world.token(family.parent)
    found: list[dict[str, Any]] = family.world.api.get(f"/v1/clinics/{clinic.code}/slots", token)["slots"]
    return found


def _statuses(family: Family) -> list[str]:
    return [one["status"] for one in family.get("appointments")["appointments"]]


def test_r2_a_slot_is_booked_put_in_the_calendar_moved_and_cancelled(phone: Phones, world: World) -> None:
    family, mine = Family(world, "ordinary_24"), phone()
    page = family.at(mine, "预约接种")
    mine.look("booking-clinics")
    _choose(page, NANTONG_FIRST, "南通市")
    mine.look("booking-slots")
    page.locator(OPEN_TIMES).first.click()
    page.get_by_role("button", name="确认预约").click()
    expect(page.get_by_role("heading", name="预约成功")).to_be_visible()
    mine.look("booking-done")
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_text("申领人", exact=True)).to_be_visible()
    mine.look("booking-open")
    with page.expect_download() as download:
        page.get_by_role("button", name="添加到日历").click()
    text = download.value.path().read_text("utf-8")
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert family.name not in text
    assert download.value.suggested_filename == "appointment.ics"
    booked = family.get("appointments")["appointments"][0]
    assert event.start == datetime.fromisoformat(booked["starts_at"])  # type: ignore[attr-defined]

    page.get_by_role("button", name="改约").click()
    page.locator(OPEN_TIMES).nth(3).click()
    page.get_by_role("button", name="确认改约").click()
    expect(page.get_by_role("heading", name="改约成功")).to_be_visible()
    assert _statuses(family) == ["booked", "moved"]
    page.get_by_role("button", name="完成").click()
    page.get_by_role("button", name="取消预约").click()
    expect(page.get_by_role("dialog", name="取消预约")).to_be_visible()
    mine.look("booking-cancel")
    page.get_by_role("button", name="确认取消").click()
    expect(page.get_by_role("heading", name="选择接种门诊")).to_be_visible()
    assert _statuses(family) == ["cancelled", "moved"]
    mine.look("booking-ended")


def test_a_slot_taken_meanwhile_renews_the_list_and_keeps_the_choice(phone: Phones, world: World) -> None:
    """Every seat goes to others between the choice and the press."""
    family, mine = Family(world, "ordinary_08"), phone(size=SMALL, large=True, dark=True)
    page = family.at(mine, "预约接种")
    _choose(page, WUXI_FIRST, "无锡市")
    page.locator(OPEN_TIMES).last.click()
    chosen = page.locator('.time[aria-pressed="true"] strong').inner_text()
    day = page.locator('.day[aria-pressed="true"] strong').inner_text()
    slot = next(
        one
        for one in _slots(family, WUXI_FIRST)
        if one["starts_at"][11:16] == chosen[:5] and _day(one) == day
    )
    for case in OTHERS[: slot["remaining"]]:
        _book(Family(world, case), slot)
    page.get_by_role("button", name="确认预约").click()
    expect(page.get_by_role("alert")).to_contain_text("该时段刚刚被约满")
    expect(page.locator(".time:disabled strong")).to_have_text(chosen)
    expect(page.locator('.day[aria-pressed="true"] strong')).to_have_text(day)
    mine.look("booking-taken")
    page.locator(OPEN_TIMES).first.click()
    page.get_by_role("button", name="确认预约").click()
    expect(page.get_by_role("heading", name="预约成功")).to_be_visible()
    assert _statuses(family) == ["booked"]


def test_two_phones_of_one_family_the_second_moves_what_the_first_booked(phone: Phones, world: World) -> None:
    """D7: the grandmother books while the father chooses; he sees hers, and moves it; his log tells of his own move not at all."""
    family, grandmother = Family(world, "ordinary_17"), world.parent("ordinary_18", 1)
    family.authorise(grandmother, "maternal_grandmother")
    mine, hers = phone(), phone()
    page, other = family.at(mine, "预约接种"), family.at(hers, "预约接种", grandmother)
    for one in (page, other):
        _choose(one, NANTONG_ADULT, "南通市")
    page.locator(OPEN_TIMES).nth(1).click()
    other.locator(OPEN_TIMES).first.click()
    other.get_by_role("button", name="确认预约").click()
    expect(other.get_by_role("heading", name="预约成功")).to_be_visible()
    page.get_by_role("button", name="确认预约").click()
    expect(page.get_by_role("alert")).to_contain_text("已有预约")
    mine.look("booking-already")
    page.get_by_role("button", name="改约到所选时段").click()
    expect(page.get_by_role("heading", name="改约成功")).to_be_visible()
    assert _statuses(family) == ["booked", "moved"]
    assert [one["booked_by"] for one in family.get("appointments")["appointments"]] == [
        "claimant",
        "delegate",
    ]
    # The delegate cancels; the claimant reads who did.
    other.get_by_role("button", name="完成").click()
    expect(other.get_by_role("region", name="当前预约")).to_contain_text("申领人")
    other.get_by_role("button", name="取消预约").click()
    other.get_by_role("button", name="确认取消").click()
    expect(other.get_by_role("heading", name="选择接种门诊")).to_be_visible()
    assert _statuses(family) == ["cancelled", "moved"]
    page.get_by_role("button", name="返回").click()
    for _ in range(3):
        if page.get_by_role("heading", name="证件详情").count():
            break
        page.get_by_role("button", name="返回").click()
    page.get_by_role("button", name="谁看过").click()
    expect(page.get_by_text("取消预约").first).to_be_visible()
    expect(page.get_by_text("外祖母").first).to_be_visible()
    mine.look("access-delegate")


def test_invariant_4_a_booking_whose_answer_is_lost_is_made_once(phone: Phones, world: World) -> None:
    family, mine, lossy = Family(world, "ordinary_19"), phone(), LosingFirst()
    page = family.at(mine, "预约接种")
    _choose(page, NANTONG_ADULT, "南通市")
    page.route("**/appointments", lossy)
    page.locator(OPEN_TIMES).last.click()
    page.get_by_role("button", name="确认预约").click()
    expect(page.get_by_role("alert")).to_contain_text("重试不会重复办理")
    mine.look("booking-cut")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("heading", name="预约成功")).to_be_visible()
    assert len(set(lossy.keys)) == 1
    assert lossy.answers[0] == lossy.answers[1]
    assert _statuses(family) == ["booked"]


def _book(family: Family, slot: dict[str, Any]) -> None:
    family.world.api.call(
        "POST",
        f"/v1/certificates/{family.certificate_id}/appointments",
        token=family.world.token(family.parent),
        body={"clinic_code": slot["clinic_code"], "slot_id": slot["slot_id"]},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )


def _day(slot: dict[str, Any]) -> str:
    _, month, day = slot["starts_at"][:10].split("-")
    return f"{int(month)}月{int(day)}日"
