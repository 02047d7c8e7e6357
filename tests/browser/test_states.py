"""What a screen says when nothing comes, too much is asked, or something breaks; and that it can be tried again."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Phones
from tests.stack.conftest import World

ONE = "ordinary_16"
# The file of every screen but the first.
MORE = "**/assets/more-*.js"


def _problem(status: int, code: str, title: str, detail: str, retry: str | None) -> dict[str, object]:
    body = {
        "type": f"urn:vaxcert:problem:{code}",
        "status": status,
        "code": code,
        "title": title,
        "detail": detail,
    }
    headers = {"Retry-After": retry} if retry else {}
    return {
        "status": status,
        "headers": headers,
        "content_type": "application/problem+json",
        "body": json.dumps(body),
    }


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        (
            "throttled",
            _problem(429, "too_many_requests", "操作过于频繁", "请稍候再试。", "30"),
            "请 30 秒后再试。",
        ),
        ("busy", _problem(503, "unavailable", "服务繁忙", "请稍后重试，不会重复办理。", "60"), "服务繁忙"),
        ("broken", {"status": 502, "body": "<html>"}, "服务暂时不可用"),
    ],
)
def test_a_service_that_does_not_answer_says_so_and_can_be_asked_again(
    phone: Phones, world: World, name: str, answer: dict[str, object], told: str
) -> None:
    mine = phone()
    page = mine.enter(world.parent(ONE))

    def refuse(route: Route) -> None:
        route.fulfill(**answer)  # type: ignore[arg-type]

    page.route("**/v1/certificates", refuse)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text(told)
    mine.look(f"state-{name}")
    page.unroute("**/v1/certificates", refuse)
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("tablist")).to_be_visible()


def test_without_a_network_the_page_says_so_and_goes_on_when_it_is_back(phone: Phones, world: World) -> None:
    mine = phone()
    # The other screens come a moment after the first: from then on they open without a network.
    with mine.context.expect_event("requestfinished", lambda request: "/assets/more-" in request.url):
        page = mine.enter(world.parent(ONE))
    mine.context.set_offline(True)
    page.get_by_role("button", name="设置").click()
    page.get_by_role("button", name="我的个人信息").click()
    expect(page.get_by_role("alert")).to_contain_text("网络不通")
    mine.look("state-offline")
    mine.context.set_offline(False)
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("button", name="下载为文件")).to_be_visible()


def test_a_screen_that_the_network_does_not_bring_says_so_and_opens_when_asked_again(
    phone: Phones, world: World
) -> None:
    mine = phone()
    mine.context.route(MORE, lambda route: route.abort("internetdisconnected"))
    page = mine.enter(world.parent(ONE))
    page.get_by_role("button", name="设置").click()
    expect(page.get_by_role("alert")).to_contain_text("网络不通")
    mine.context.unroute(MORE)
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("button", name="我的个人信息")).to_be_visible()


def test_a_wait_that_is_short_is_sat_out(phone: Phones, world: World) -> None:
    mine = phone()
    page = mine.enter(world.parent(ONE))
    asked: list[str] = []

    def refuse_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(**_problem(503, "unavailable", "服务繁忙", "请稍后重试。", "1"))  # type: ignore[arg-type]
        else:
            route.continue_()

    page.route("**/v1/certificates", refuse_once)
    page.reload()
    expect(page.get_by_role("tablist")).to_be_visible()
    assert len(asked) == 2


def test_the_lists_are_asked_for_once_and_while_the_pages_script_is_still_on_its_way(
    phone: Phones, world: World
) -> None:
    """A slow line is waited for once: the start script asks (web/family/early.ts), the page takes the answer."""
    mine = phone()
    page = mine.enter(world.parent("ordinary_20"))
    asked: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.on("request", lambda request: asked.append(request.url))
    page.route(re.compile(r"/assets/family-zh-.*\.js"), hold)
    with page.expect_request("**/v1/certificates"):
        page.reload(wait_until="commit")
    assert held, "the script is not there"
    expect(page.get_by_role("tablist")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(page.get_by_role("tablist")).to_be_visible()
    assert len([address for address in asked if address.endswith("/v1/certificates")]) == 1
