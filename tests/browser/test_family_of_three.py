"""A parent of three, twins among them: what is to be claimed, due, booked, on the first screen (R2, R16, D19); who looked (D11); reminders."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SMALL, Phones
from tests.browser.family import Family
from tests.stack.conftest import World

ELDEST, ELDER, YOUNGER = "three_eldest", "three_twin_elder", "three_twin_younger"


def _line(page: Page, name: str) -> Locator:
    """Of 近期事项: the names of the three begin alike."""
    return page.locator(".agenda-item").filter(has=page.get_by_text(name, exact=True))


def _book(family: Family) -> dict[str, Any]:
    clinic = family.archive.clinic.code
    slots = family.world.api.get(f"/v1/clinics/{clinic}/slots", family.world.token(family.parent))["slots"]
    slot = slots[0]
    family.world.api.post(
        f"/v1/certificates/{family.certificate_id}/appointments",
        {"clinic_code": clinic, "slot_id": slot["slot_id"]},
        family.world.token(family.parent),
        once=True,
    )
    found: dict[str, Any] = slot
    return found


def test_r16_one_screen_tells_of_each_of_three_children(phone: Phones, world: World) -> None:
    parent = world.parent(ELDEST)
    names = {key: world.case(key).archive.person.name for key in (ELDEST, ELDER, YOUNGER)}
    mine = phone()
    page = mine.enter(parent)
    for name in names.values():
        expect(page.get_by_role("button", name=f"立即申领 {name}", exact=True)).to_be_visible()
    mine.look("three-claimable")
    eldest, elder = Family(world, ELDEST), Family(world, ELDER)
    page.reload()
    younger_name = names[YOUNGER]
    expect(_line(page, younger_name)).to_contain_text("待申领")
    younger, slot = Family(world, YOUNGER), _book(eldest)
    page.reload()

    booked = page.locator(".agenda-item", has_text="已预约")
    expect(booked).to_have_count(1)
    expect(booked).to_contain_text(slot["starts_at"][11:16])
    expect(booked).to_contain_text("可以接种")  # what is due stands beside it
    waiting, due = _line(page, names[ELDER]), _line(page, younger_name)
    expect(waiting).to_contain_text("暂无到期接种，下一次")
    expect(waiting).to_contain_text("已申领")
    expect(due).to_contain_text("乙脑减毒活疫苗第2剂 可以接种")
    expect(due).to_contain_text("待预约")
    # The twins were born on one day: the end of the number stands behind the name, in the lists as well.
    for one in (elder, younger):
        tail = str(one.archive.person.id_no)[-2:]
        expect(page.get_by_text(f"（证件尾号{tail}）")).to_have_count(2)
    expect(page.get_by_role("tab", name="已申领 3")).to_be_visible()
    mine.look("three")
    due.click()
    expect(page.get_by_role("heading", name="接种计划")).to_be_visible()
    expect(page.locator(".whose")).to_contain_text(younger_name)

    small = phone(size=SMALL, large=True)
    page = small.enter(parent)
    expect(page.locator(".agenda-item")).to_have_count(3)
    small.look("three-small-large")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"


def test_d11_ones_own_looks_of_a_day_are_one_line_and_a_delegates_stay_each(
    phone: Phones, world: World
) -> None:
    family, delegate, mine = Family(world, "ordinary_30"), world.parent("ordinary_07"), phone()
    family.authorise(delegate, "paternal_uncle_aunt")
    for _ in range(3):
        family.get("records")
    for _ in range(2):
        world.api.get(f"/v1/certificates/{family.certificate_id}/records", world.token(delegate))
    page = family.at(mine, "谁看过")
    entries = family.get("access-log")["entries"]
    own = sum(one["who"] == "claimant" for one in entries)
    assert own > 3
    expect(page.get_by_text("您 查看接种记录")).to_have_count(1)
    expect(page.get_by_text(f"共 {own} 次")).to_be_visible()
    expect(page.get_by_text("（伯叔姑） 查看接种记录")).to_have_count(2)
    mine.look("access-folded")


def _subscribed(world: World, reminder_id: str) -> bool:
    address = f"{world.endpoints['identity_platform']}/reminders/{reminder_id}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return bool(json.load(answer)["subscribed"])


@pytest.mark.parametrize("agrees", [True, False])
def test_d22_a_reminder_is_registered_with_the_platform_and_taken_back(
    phone: Phones, world: World, agrees: bool
) -> None:
    family, mine = Family(world, "ordinary_26"), phone()
    page = family.at(mine, "接种提醒")
    addresses: list[str] = []
    page.on(
        "request", lambda request: addresses.append(request.url) if request.is_navigation_request() else None
    )
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="同意并开启").click()
    expect(page.get_by_role("heading", name="消息提醒")).to_be_visible()
    reminder_id = family.get("reminders")["reminder_id"]
    page.get_by_role("button", name="同意接收" if agrees else "暂不接收").click()
    expect(page.get_by_role("heading", name="接种提醒")).to_be_visible()
    expect(page.get_by_text("苏服办已开通消息" if agrees else "尚未在苏服办开通消息")).to_be_visible()
    expect(page.get_by_text("已开启", exact=True)).to_be_visible()
    assert _subscribed(world, reminder_id) is agrees
    assert page.url == f"{mine.home}#/reminders"
    mine.look(f"reminders-{'subscribed' if agrees else 'declined'}")
    page.get_by_role("button", name="关闭提醒").click()
    expect(page.get_by_text("苏服办已停发消息")).to_be_visible()
    expect(page.get_by_role("button", name="同意并开启")).to_be_visible()
    assert not _subscribed(world, reminder_id)
    assert not family.get("reminders")["on"]
    for secret in (
        family.name,
        str(family.archive.person.id_no),
        family.certificate_id,
        str(family.parent.phone),
    ):
        assert not any(secret in address for address in addresses)
