"""证照授权 in a browser (R22-R27, D7, D17, D22): five fields and their faults, the list, two phones of one family."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from local.demo.town import Person
from tests.browser.conftest import Phones
from tests.stack.conftest import World

ONE = "ordinary_12"


@pytest.fixture(scope="module")
def claimed(world: World) -> str:
    """The name of a child whose certificate is claimed."""
    name = world.case(ONE).archive.person.name
    world.claim(world.parent(ONE), world.claimable(world.parent(ONE), name)["record_id"])
    return name


def _grants(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"查看详情 {name}").click()
    page.get_by_role("button", name="证照授权").click()
    expect(page.get_by_role("heading", name="证照授权")).to_be_visible()


def _fill(page: Page, person: Person, **other: str) -> None:
    page.get_by_role("button", name="添加授权").click()
    page.get_by_label("身份证号").fill(other.get("id_no", person.id_no or ""))
    page.get_by_label("姓名").fill(other.get("name", person.name))
    page.get_by_label("授权关系").select_option(label=other.get("relation", "祖母"))
    page.get_by_label("手机号码").fill(other.get("phone", person.phone or "138 0013 8000"))
    page.get_by_role("button", name="确认授权").click()


def test_r25_every_fault_stands_at_its_field(phone: Phones, world: World, claimed: str) -> None:
    mine = phone()
    page = mine.enter(world.parent(ONE))
    _grants(page, claimed)
    mine.look("grants-none")
    page.get_by_role("button", name="添加授权").click()
    page.get_by_role("button", name="确认授权").click()
    for label, told in (
        ("身份证号", "身份证号"),
        ("姓名", "姓名"),
        ("授权关系", "授权关系"),
        ("手机号码", "手机号码"),
    ):
        field = page.get_by_label(label)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(_ends(f"请填写{told}"))
    expect(page.get_by_label("身份证号")).to_be_focused()
    mine.look("grant-empty")
    page.get_by_label("身份证号").fill("320600199001011230")
    page.get_by_label("姓名").fill("测试")
    page.get_by_label("授权关系").select_option(label="祖母")
    page.get_by_label("手机号码").fill("12")
    page.get_by_label("有效期至").fill("2020-01-01")
    page.get_by_role("button", name="确认授权").click()
    for label in ("身份证号", "手机号码", "有效期至"):
        expect(page.get_by_label(label)).to_have_attribute("aria-invalid", "true")
    for label in ("姓名", "授权关系"):
        expect(page.get_by_label(label)).not_to_have_attribute("aria-invalid", "true")
    mine.look("grant-faults")


def _ends(text: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(text)}$")


@pytest.mark.parametrize("case", ["self", "underage"])
def test_d7_who_cannot_be_authorised_is_told_at_the_number(
    phone: Phones, world: World, claimed: str, case: str
) -> None:
    who = {"self": world.parent(ONE), "underage": world.case("ordinary_13").archive.person}[case]
    mine = phone()
    page = mine.enter(world.parent(ONE))
    _grants(page, claimed)
    _fill(page, who, relation="兄弟姐妹")
    expect(page.get_by_label("身份证号")).to_have_attribute("aria-invalid", "true")


def test_r26_d7_two_phones_of_one_family(phone: Phones, world: World, claimed: str) -> None:
    """The claimant authorises; the delegate sees it, cannot authorise or release, and leaves; the claimant sees that it ended."""
    relative = world.parent("ordinary_14")
    mine, other = phone(), phone()
    page = mine.enter(world.parent(ONE))
    _grants(page, claimed)
    _fill(page, relative, phone="+86 138-0013-8000")
    expect(page.get_by_role("status").get_by_text(f"已授权给{relative.name}")).to_be_visible()
    expect(page.get_by_role("heading", name=relative.name)).to_be_visible()
    expect(page.get_by_text(relative.id_no or "")).to_have_count(0)
    mine.look("grants")

    page.get_by_role("button", name=f"更换手机号 {relative.name}").click()
    page.get_by_label("新的手机号码").fill("139 0013 9000")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("手机号码已更换")).to_be_visible()

    theirs = other.enter(relative)
    theirs.get_by_role("tab", name="被授权 1").click()
    theirs.get_by_role("button", name=f"查看详情 {claimed}").click()
    expect(theirs.get_by_role("button", name="亮码接种")).to_be_visible()
    for own in ("证照授权", "谁看过", "注销电子预防接种证"):
        expect(theirs.get_by_role("button", name=own)).to_have_count(0)
    other.look("certificate-of-delegate")
    theirs.get_by_role("button", name="退出授权").click()
    theirs.get_by_role("button", name="确认退出").click()
    expect(theirs.get_by_text("已退出授权")).to_be_visible()
    expect(theirs.get_by_role("tab", name="被授权", exact=True)).to_be_visible()

    page.reload()
    expect(page.get_by_role("heading", name="已结束的授权")).to_be_visible()
    expect(page.get_by_text(relative.name)).to_have_count(0)


def test_d7_a_revoked_authorisation_is_gone_from_the_other_phone(
    phone: Phones, world: World, claimed: str
) -> None:
    relative = world.parent("ordinary_15")
    mine, other = phone(), phone()
    page = mine.enter(world.parent(ONE))
    _grants(page, claimed)
    _fill(page, relative)
    theirs = other.enter(relative)
    expect(theirs.get_by_role("tab", name="被授权 1")).to_be_visible()
    page.get_by_role("button", name=f"撤销授权 {relative.name}").click()
    mine.look("revoke")
    page.get_by_role("button", name="确认撤销").click()
    expect(page.get_by_text(f"已撤销对{relative.name}的授权")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_role("tab", name="被授权", exact=True)).to_be_visible()


def test_r24_an_adults_certificate_offers_no_authorisation(phone: Phones, world: World) -> None:
    adult = world.case("dose_2020_12_02").archive.person
    world.claim(adult, world.claimable(adult, adult.name)["record_id"])
    page = phone().enter(adult)
    page.get_by_role("button", name=f"查看详情 {adult.name}").click()
    expect(page.get_by_text("成人的电子预防接种证仅供本人使用")).to_be_visible()
    expect(page.get_by_role("button", name="证照授权")).to_have_count(0)
