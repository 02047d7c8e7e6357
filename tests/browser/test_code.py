"""亮码接种 in a browser (R28, D8, D21): read off the screen by a scanner, renewed, kept light, paused, without a network; and the visit beneath."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SMALL, Phone, Phones
from tests.browser.family import Family, Suspended
from tests.stack.conftest import World

MMR = {
    "vaccine_code": "1201",
    "batch": "B-1",
    "trace_code": "00000000000000000031",
    "site": "left_arm",
}
CODES = "**/codes"


def _picture(page: Page) -> Any:
    return page.get_by_role("img", name="接种二维码")


def _read(page: Page) -> str:
    expect(_picture(page)).to_be_visible()
    with Image.open(io.BytesIO(page.screenshot())) as shown:
        read = zxingcpp.read_barcodes(shown.convert("L"))
    found = [one for one in read if one.format == zxingcpp.BarcodeFormat.QRCode]
    assert len(found) == 1, "one code on the screen, and a scanner reads it"
    return str(found[0].text)


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("light", {}),
        ("dark", {"dark": True}),
        ("small", {"size": SMALL}),
        ("small-large-dark", {"size": SMALL, "large": True, "dark": True}),
    ],
)
def test_r28_a_scanner_reads_the_code_off_the_screen_in_every_light(
    phone: Phones, world: World, name: str, look: dict[str, Any]
) -> None:
    """In dark surroundings too it is dark on light, since a scanner may not read an inverted one."""
    family, mine = Family(world, "ordinary_21"), phone(**look)
    page = family.at(mine, "亮码接种")
    code = _read(page)
    assert code.startswith("VC1:")
    assert family.name not in code
    colour = page.locator(".pass").evaluate("box => getComputedStyle(box).backgroundColor")
    assert colour == "rgb(255, 255, 255)"
    box = _picture(page).bounding_box()
    assert box
    assert box["y"] + box["height"] <= mine.page.viewport_size["height"], "whole without scrolling"  # type: ignore[index]
    mine.look(f"code-{name}")


def test_d8_the_code_renews_itself_and_counts_down(phone: Phones, world: World) -> None:
    """The page's clock is led on, so that nobody waits half a minute."""
    family, mine = Family(world, "ordinary_21"), phone()
    mine.page.clock.install()
    page = family.at(mine, "亮码接种")
    first = _read(page)
    page.clock.run_for(10_000)
    expect(page.get_by_text("秒后失效")).to_contain_text("5")
    with page.expect_response(CODES):
        page.clock.run_for(21_000)
    expect(page.get_by_text("60 秒后失效").or_(page.get_by_text("59 秒后失效"))).to_be_visible()
    assert _read(page) != first


def test_the_code_is_gone_while_the_page_is_hidden_and_new_when_it_is_back(
    phone: Phones, world: World
) -> None:
    family, mine = Family(world, "ordinary_21"), phone()
    page = family.at(mine, "亮码接种")
    first = _read(page)
    _hide(page, hidden=True)
    expect(_picture(page)).to_have_count(0)
    with page.expect_response(CODES):
        _hide(page, hidden=False)
    assert _read(page) != first


def _hide(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});"
        "document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_without_a_network_it_counts_until_it_expires_says_so_and_comes_back(
    phone: Phones, world: World
) -> None:
    family, mine = Family(world, "ordinary_21"), phone()
    mine.page.clock.install()
    page = family.at(mine, "亮码接种")
    _read(page)
    mine.context.set_offline(True)
    page.clock.run_for(31_000)
    expect(page.get_by_role("alert")).to_contain_text("网络不通，暂时无法更新二维码")
    expect(page.get_by_role("alert")).to_contain_text("当前二维码失效前仍可使用")
    _read(page)
    mine.look("code-offline")
    page.clock.run_for(31_000)
    expect(page.get_by_text("二维码已失效")).to_be_visible()
    expect(_picture(page)).to_have_count(0)
    mine.look("code-expired")
    mine.context.set_offline(False)
    expect(_picture(page)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_phone_whose_clock_is_wrong_is_told_and_its_code_counts_all_the_same(
    phone: Phones, world: World
) -> None:
    family, mine = Family(world, "ordinary_21"), phone()

    def an_hour_ahead(route: Route) -> None:
        """As if this phone were an hour behind: whatever is answered, the visit as well, which is asked for beside the code."""
        answer = route.fetch()
        body = answer.json()
        if "expires_at" in body:
            body["expires_at"] = (datetime.fromisoformat(body["expires_at"]) + timedelta(hours=1)).isoformat()
        ahead = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        route.fulfill(response=answer, json=body, headers={**answer.headers, "date": ahead})

    mine.page.route("**/v1/**", an_hour_ahead)
    page = family.at(mine, "亮码接种")
    expect(page.get_by_text("手机时间不准，相差约 60 分钟")).to_be_visible()
    expect(page.get_by_text("秒后失效")).to_be_visible()
    _read(page)


class Day:
    """The stations of the family's clinic."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.clinic = family.archive.clinic.code

    def scan(self, station: str, code: str) -> dict[str, Any]:
        world = self.family.world
        verdict = world.scan(world.device(self.clinic, station), station, code)
        assert verdict["result"] == "accepted", verdict
        return verdict

    def tell(self, at: str, visit_id: str, what: str, **body: Any) -> None:
        world = self.family.world
        device = world.device(self.clinic, at)
        world.api.post(f"/v1/visits/{visit_id}/{what}", {"station": at, **body}, device, once=True)


def test_d21_the_visit_is_followed_from_the_ticket_to_the_usual_reactions(
    phone: Phones, world: World
) -> None:
    """Scanned off the screen at every station; the family sees ticket, call, observation, what was given, and whom to call."""
    family, mine = Family(world, "ordinary_18"), phone()
    day, page = Day(family), family.at(mine, "亮码接种")
    visit = str(day.scan("ticket", _read(page))["visit"]["visit_id"])
    progress = page.get_by_role("region", name="今日接种进度")
    expect(progress).to_contain_text("即将登记")
    day.tell("registration", visit, "calls", desk="登记台2")
    expect(progress).to_contain_text("登记台2")
    mine.look("visit-called")
    day.scan("registration", _fresh(family))
    day.tell("registration", visit, "outcomes", outcome="fit")
    expect(progress).to_contain_text("即将接种")
    day.scan("vaccination", _fresh(family))
    day.tell("vaccination", visit, "outcomes", outcome="vaccinated", doses=[MMR])
    expect(progress).to_contain_text("批号 B-1")
    mine.look("visit-observed")
    end = time.monotonic() + 30
    while family.get("visit")["visit"]["minutes_left"] and time.monotonic() < end:
        page.wait_for_timeout(300)
    day.scan("observation", _fresh(family))
    expect(progress).to_contain_text("今日接种已完成")
    expect(progress).to_contain_text("疑似预防接种异常反应")
    expect(progress.get_by_role("link", name="拨打客服电话")).to_be_visible()
    mine.look("visit-done")


def _fresh(family: Family) -> str:
    """A code that no station has taken yet: the one on the screen may have been."""
    return family.world.code(family.parent, family.certificate_id)


def test_d16_a_code_that_is_refused_says_why_and_is_not_asked_for_again(phone: Phones, world: World) -> None:
    family, mine = Family(world, "ordinary_21"), phone()
    suspended = Suspended(mine.page, CODES)
    page = family.at(mine, "亮码接种")
    expect(page.get_by_role("alert")).to_contain_text("请联系接种单位。")
    expect(_picture(page)).to_have_count(0)
    mine.look("code-suspended")
    assert suspended.asked == 1


def test_a_phone_that_can_is_kept_awake(phone: Phones, world: World) -> None:
    family, mine = Family(world, "ordinary_21"), phone()
    mine.context.add_init_script(
        "Object.defineProperty(navigator, 'wakeLock', {value: {request: async what => { window.awake = what; "
        "return {release: async () => { window.awake = 'released'; }}; }}})"
    )
    page = family.at(mine, "亮码接种")
    page.wait_for_function("window.awake === 'screen'")
    page.get_by_role("button", name="返回").click()
    page.wait_for_function("window.awake === 'released'")


def test_nothing_of_a_code_is_kept(phone: Phones, world: World) -> None:
    """Neither while it is shown nor after signing out stands a code, a name or a ticket anywhere in the browser (invariant 7)."""
    family = Family(world, "ordinary_21")
    mine: Phone = phone()
    page = family.at(mine, "亮码接种")
    code = _read(page)
    kept = mine.kept()
    for secret in (code, family.name, str(family.archive.person.id_no)):
        assert secret not in kept
