"""Claiming in a browser (R16-R20, R36, D5): the pop-up, the consent, a lost answer, and what cannot be claimed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Phone, Phones
from tests.stack.conftest import World

ONE = "ordinary_05"


def _open(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"立即申领 {name}").first.click()
    expect(page.get_by_role("dialog", name="核对个人信息")).to_be_visible()
    expect(page.get_by_role("button", name="同意并申领")).to_be_visible()


def _agree(page: Page) -> None:
    for box in page.get_by_role("dialog").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="同意并申领").click()


def test_r17_r19_the_information_is_checked_each_purpose_ticked_and_the_claim_succeeds(
    phone: Phones, world: World
) -> None:
    child = world.case(ONE).archive.person
    mine = phone()
    page = mine.enter(world.parent(ONE))
    _open(page, child.name)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("知情同意书》")).to_be_visible()
    mine.look("claim")
    page.get_by_role("button", name="同意并申领").click()
    expect(dialog.get_by_role("alert")).to_have_text("请阅读知情同意书，并逐项勾选。")
    _agree(page)
    expect(page.get_by_text("电子预防接种证申领成功")).to_be_visible()
    mine.look("claimed")
    page.get_by_role("button", name="查看证件").click()
    expect(page.get_by_role("heading", name="证件详情")).to_be_visible()
    expect(page.get_by_role("button", name="亮码接种")).to_be_visible()
    assert page.url == f"{mine.home}#/certificate"
    mine.look("certificate")
    page.get_by_role("button", name="返回").click()
    expect(page.get_by_role("tab", name="已申领 1")).to_be_visible()


def test_r20_the_other_parent_reads_that_it_is_claimed(phone: Phones, world: World) -> None:
    child, (first, second) = "ordinary_06", (world.parent("ordinary_06", 0), world.parent("ordinary_06", 1))
    name = world.case(child).archive.person.name
    mine, other = phone(), phone()
    page, others = mine.enter(first), other.enter(second)
    _open(page, name)
    _open(others, name)
    _agree(page)
    expect(page.get_by_text("电子预防接种证申领成功")).to_be_visible()
    _agree(others)
    expect(others.get_by_role("dialog").get_by_role("alert").last).to_be_visible()
    expect(others.get_by_text("电子预防接种证申领成功")).to_have_count(0)


def test_invariant_4_an_answer_that_is_lost_claims_once(phone: Phones, world: World) -> None:
    """The connection breaks after the service has acted; the same key brings the same certificate."""
    key = "ordinary_09"
    name, keys = world.case(key).archive.person.name, []
    mine = phone()
    page = mine.enter(world.parent(key))

    def lose_first(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        answer = route.fetch()
        if len(keys) == 1:
            assert answer.status == 201
            route.abort()
        else:
            route.fulfill(response=answer)

    page.route(
        "**/v1/certificates",
        lambda route: lose_first(route) if route.request.method == "POST" else route.continue_(),
    )
    _open(page, name)
    _agree(page)
    expect(page.get_by_text("网络中断，尚不清楚是否办成")).to_be_visible()
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_text("电子预防接种证申领成功")).to_be_visible()
    assert keys[0]
    assert keys == [keys[0], keys[0]]
    assert len(world.lists(world.parent(key))["claimed"]) == 1


def _verify_anew(mine: Phone, world: World, key: str, outcome: str = "人脸验证通过") -> None:
    """Wish to claim a quarter of an hour after the verification, and be led to the platform again."""
    page = mine.enter(world.parent(key))
    # The page itself knows that the service would refuse.
    page.evaluate(
        "() => { const kept = JSON.parse(sessionStorage.getItem('vaxcert.session')); kept.verified -= 1e6;"
        " sessionStorage.setItem('vaxcert.session', JSON.stringify(kept)); }"
    )
    page.reload()
    page.get_by_role("button", name=f"立即申领 {world.case(key).archive.person.name}").first.click()
    page.get_by_role("dialog").get_by_role("button", name="重新验证身份").click()
    mine.verify(world.parent(key), outcome)


def test_a_verification_that_is_too_old_leads_through_the_platform_and_back_to_the_pop_up(
    phone: Phones, world: World
) -> None:
    """However long the exchange takes: the lists of the session before are not shown meanwhile."""
    mine, held = phone(), list[Route]()
    page = mine.page

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/sessions", hold)
    _verify_anew(mine, world, "ordinary_10")
    expect(page.get_by_text("正在核对验证结果")).to_be_visible()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))")
    expect(page.get_by_text("正在核对验证结果")).to_be_visible()
    expect(page.get_by_role("tablist")).to_have_count(0)
    for exchange in held:
        exchange.continue_()
    expect(page.get_by_role("button", name="同意并申领")).to_be_visible()


def test_r15_who_gives_up_the_second_verification_is_told_and_goes_on_with_the_first(
    phone: Phones, world: World
) -> None:
    mine = phone()
    _verify_anew(mine, world, "ordinary_10", "取消并返回")
    expect(mine.page.get_by_text("您取消了身份验证")).to_be_visible()
    mine.look("welcome-verified")
    mine.page.get_by_role("button", name="返回列表").click()
    expect(mine.page.get_by_role("tablist")).to_be_visible()


@pytest.mark.parametrize(
    ("who", "told"),
    [("deceased", "档案状态已变更"), ("adult_not_pilot", "档案不在试点城市"), ("dose_2020_11_30", "")],
)
def test_r36_who_cannot_claim_reads_why_and_what_to_do(
    phone: Phones, world: World, who: str, told: str
) -> None:
    mine = phone()
    page = mine.enter(world.case(who).archive.person)
    expect(page.get_by_role("tabpanel").get_by_text("下一步：").first).to_be_visible()
    if told:
        expect(page.get_by_text(told).first).to_be_visible()
    mine.look(f"reason-{who}")


def test_d5_a_released_certificate_can_be_claimed_again(phone: Phones, world: World) -> None:
    key = "ordinary_11"
    name = world.case(key).archive.person.name
    mine = phone()
    page = mine.enter(world.parent(key))
    _open(page, name)
    _agree(page)
    page.get_by_role("button", name="查看证件").click()
    page.get_by_role("button", name="注销电子预防接种证").click()
    expect(page.get_by_role("dialog")).to_contain_text("授权和已出示的码立即失效")
    mine.look("release")
    page.get_by_role("button", name="确认注销").click()
    expect(page.get_by_role("status").get_by_text("已注销")).to_be_visible()
    page.get_by_role("tab", name="待申领 1").click()
    expect(page.get_by_role("button", name=f"立即申领 {name}")).to_be_visible()
