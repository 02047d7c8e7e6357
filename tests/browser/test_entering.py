"""Entering through the platform, in a browser (R11-R16): there and back with a one-time code, and every way in which it ends."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Phone, Phones
from tests.stack.conftest import World

PARENT = "ordinary_01"


def test_r13_r16_entering_leads_to_the_lists_and_leaves_no_code_behind(phone: Phones, world: World) -> None:
    mine, parent = phone(), world.parent(PARENT)
    page = mine.enter_by_the_platform(parent)
    expect(
        page.get_by_role("button", name=f"立即申领 {world.case(PARENT).archive.person.name}")
    ).to_be_visible()
    assert page.url == f"{mine.home}#/home"
    assert "entry_code" not in mine.kept()
    assert parent.id_no
    assert parent.id_no not in mine.kept()
    assert mine.said == []


@pytest.mark.parametrize(
    ("button", "told"),
    [("取消并返回", "您取消了身份验证"), ("模拟人脸验证未通过", "身份验证未通过")],
    ids=["cancelled", "failed"],
)
def test_r15_who_is_not_verified_reads_why_and_can_try_again(
    phone: Phones, world: World, button: str, told: str
) -> None:
    mine = phone()
    mine.open()
    mine.to_platform()
    page = mine.verify(world.parent(PARENT), button)
    if button != "取消并返回":  # the platform lets people try again, or give up
        page.get_by_role("button", name="取消并返回").click()
    expect(page.get_by_text(told)).to_be_visible()
    assert page.url == mine.home
    mine.look(f"welcome-{button}")
    mine.to_platform()
    mine.verify(world.parent(PARENT))
    expect(page.get_by_role("tablist")).to_be_visible()


def test_d9_another_way_than_the_face_is_refused_where_no_setting_allows_it(
    phone: Phones, world: World
) -> None:
    mine = phone()
    mine.open()
    mine.to_platform()
    page = mine.verify(world.parent(PARENT), "短信验证码和登录密码验证通过")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="重新验证身份")).to_be_visible()


def test_a_return_that_this_page_did_not_ask_for_is_not_taken(phone: Phones) -> None:
    """The nonce is the page's own: a link with somebody else's code opens nobody's session."""
    mine = phone()
    mine.page.goto(f"{mine.home}?entry_code=somebody-elses&nonce=another")
    expect(mine.page.get_by_text("这次验证无法使用")).to_be_visible()
    assert "somebody-elses" not in mine.kept()


def test_a_code_that_the_network_lost_can_be_carried_again(phone: Phones, world: World) -> None:
    mine = phone()
    mine.open()
    mine.to_platform()
    lost: list[str] = []

    def lose_once(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    mine.page.route("**/v1/sessions", lose_once)
    page = mine.verify(world.parent(PARENT))
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("tablist")).to_be_visible()


def _token(mine: Phone) -> str:
    kept = mine.page.evaluate("sessionStorage.getItem('vaxcert.session')")
    return str(json.loads(kept)["token"])


def test_a_session_that_ended_elsewhere_leads_back_to_where_one_was(phone: Phones, world: World) -> None:
    """D22: signing out everywhere on one phone ends the other's session too; there one verifies and goes on."""
    parent = world.parent("ordinary_02")
    mine, other = phone(), phone()
    mine.enter(parent)
    mine.page.get_by_role("button", name="设置").click()
    mine.page.get_by_role("button", name=re.compile("^我的个人信息")).click()
    expect(mine.page.get_by_role("heading", name="我的个人信息")).to_be_visible()
    page = other.enter(parent)
    page.get_by_role("button", name="设置").click()
    page.get_by_role("button", name="退出所有设备").click()
    page.get_by_role("dialog").get_by_role("button", name="确认退出").click()
    expect(page.get_by_role("button", name="进入并验证身份")).to_be_visible()

    _until_ended(mine)
    mine.page.reload()
    expect(mine.page.get_by_text("验证已过期")).to_be_visible()
    mine.to_platform()
    mine.verify(parent)
    expect(mine.page.get_by_role("heading", name="我的个人信息")).to_be_visible()
    assert mine.page.url.endswith("#/my-data")


def _until_ended(mine: Phone) -> None:
    """Reading ends within a minute (the authorizer's cache, which the emulator keeps for each route)."""
    told = "([address, token]) => fetch(address, {headers: {Authorization: `Bearer ${token}`}}).then(answer => answer.status)"
    asked = ["../v1/my-data", _token(mine)]
    for _ in range(45):
        if mine.page.evaluate(told, asked) == 401:
            return
        mine.page.wait_for_timeout(2_000)
    raise AssertionError("a session that was ended elsewhere reads for more than a minute")


def test_who_signs_out_leaves_nothing_behind(phone: Phones, world: World) -> None:
    """Invariant 7: address, history, storage, console and caches hold nothing of a person after signing out."""
    parent, child = world.parent(PARENT), world.case(PARENT).archive.person
    mine = phone()
    page = mine.enter_by_the_platform(parent)
    token = _token(mine)
    page.get_by_role("button", name="设置").click()
    page.get_by_role("button", name=re.compile("^退出登录")).click()
    expect(page.get_by_role("button", name="进入并验证身份")).to_be_visible()
    held = mine.kept()
    assert "vaxcert.size" in held
    for told in (
        token,
        parent.id_no,
        parent.name,
        parent.phone,
        child.id_no,
        child.name,
        "vaxcert.session",
    ):
        assert str(told) not in held
    page.go_back()
    expect(page.get_by_role("button", name="进入并验证身份")).to_be_visible()
    assert child.name not in page.content()
    assert world.raw("GET", "/v1/certificates", Authorization=f"Bearer {token}").status in {
        200,
        401,
    }  # within a minute
