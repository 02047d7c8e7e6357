"""打印与查验 in a browser (R4, R29-R33, D7, D16, D19, D20): issued once, printed, what became of it, and what is refused."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.clinic import Desk
from tests.browser.conftest import SMALL, Phones
from tests.browser.family import Family, LosingFirst, Suspended
from tests.stack.conftest import World

ONE = "ordinary_25"
LOOKS = [("phone", {}), ("small-large-dark", {"size": SMALL, "large": True, "dark": True})]
TITLE = "打印与查验"
_TOLD = """window.revoked = []; const revoke = URL.revokeObjectURL;
URL.revokeObjectURL = (address) => { revoked.push(address); revoke.call(URL, address); };"""


def _issue(family: Family, kind: str = "record") -> dict[str, Any]:
    token = family.world.token(family.parent)
    issued: dict[str, Any] = family.world.api.post(
        f"/v1/certificates/{family.certificate_id}/documents", {"kind": kind}, token, once=True
    )
    return issued


def _paper(family: Family, document_id: str, size: str) -> bytes:
    return family.world.api.call(
        "GET",
        f"/v1/certificates/{family.certificate_id}/documents/{document_id}?size={size}",
        token=family.world.token(family.parent),
        headers={"Accept": "application/pdf"},
    ).data


def _saved(page: Page) -> bytes:
    with page.expect_download() as told:
        page.get_by_role("link", name="保存").click()
    return Path(told.value.path()).read_bytes()


@pytest.mark.parametrize(("name", "look"), LOOKS)
def test_it_has_no_findings_and_fits(phone: Phones, world: World, name: str, look: dict[str, Any]) -> None:
    family, mine = Family(world, ONE), phone(**look)
    if not family.get("documents")["documents"]:
        _issue(family)
    page = family.at(mine, TITLE)
    expect(page.get_by_text("有效", exact=True).first).to_be_visible()
    mine.look(f"documents-{name}")
    page.get_by_role("button", name="打印 接种记录").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    mine.look(f"documents-print-{name}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"


def test_d20_a_paper_is_issued_once_and_saved_as_it_is(phone: Phones, world: World) -> None:
    """The answer of the first try is lost in the middle; the same key brings the same paper (invariant 4)."""
    family, mine, lossy = Family(world, "ordinary_26"), phone(), LosingFirst()
    mine.context.add_init_script(_TOLD)
    page = family.at(mine, TITLE)
    expect(page.get_by_text("不替代纸质接种证")).to_be_visible()  # R4
    expect(page.get_by_text("先到本地接种单位将它补充打印完整")).to_be_visible()  # R31
    expect(page.get_by_text("供当地接种单位核验")).to_be_visible()  # R32
    expect(page.get_by_text("对方用手机相机扫文书上的二维码")).to_be_visible()
    expect(page.get_by_text("还没有出具过。")).to_be_visible()
    page.get_by_role("checkbox", name="附英文对照").check()
    page.route("**/documents", lossy)
    page.get_by_role("button", name="出具接种记录").click()
    expect(page.get_by_role("alert")).to_contain_text("重试不会重复办理")
    page.get_by_role("button", name="出具接种记录").click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("/check/")
    (issued,) = family.get("documents")["documents"]
    assert (issued["kind"], issued["language"]) == ("record", "zh-en")
    assert (len(lossy.keys), len(set(lossy.keys))) == (2, 1)
    assert lossy.answers[0] == lossy.answers[1]
    sheet.get_by_role("button", name="A4").click()
    expect(sheet.get_by_text("文书已备好")).to_be_visible()
    mine.look("documents-ready")
    pdf = _saved(page)
    assert pdf == _paper(family, issued["document_id"], "a4")
    assert family.name in "".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
    expect(sheet.get_by_role("link", name="打开")).to_have_attribute("target", "_blank")
    # Invariant 7: the file is this phone's; its address is random, and goes with the pop-up.
    address = sheet.get_by_role("link", name="保存").get_attribute("href")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    assert address in page.evaluate("revoked")
    expect(page.get_by_text("中文和英文")).to_be_visible()
    kept = mine.kept()
    for secret in (family.name, str(family.archive.person.id_no), issued["document_id"]):
        assert secret not in kept


def test_d7_a_delegate_issues_the_paper_for_school(phone: Phones, world: World) -> None:
    family, delegate, mine = Family(world, "ordinary_27"), world.parent("ordinary_07"), phone()
    family.authorise(delegate, "maternal_grandfather")
    page = family.at(mine, TITLE, delegate)
    page.get_by_role("button", name="出具入托、入学查验").click()
    page.get_by_role("dialog").get_by_role("button", name="A5").click()
    assert _saved(page).startswith(b"%PDF")
    (issued,) = family.get("documents")["documents"]
    assert (issued["kind"], issued["status"]) == ("school_entry", "current")
    assert [one["kind"] for one in family.get("access-log")["entries"]].count("document") == 2  # D11


def test_d19_an_adult_is_offered_no_paper_for_school(phone: Phones, world: World) -> None:
    adult, mine = world.case("dose_2020_12_01").archive.person, phone()
    if not world.lists(adult)["claimed"]:
        world.claim(adult, world.claimable(adult, adult.name)["record_id"])
    page = mine.enter(adult)
    page.get_by_role("button", name=f"查看详情 {adult.name}").first.click()
    page.get_by_role("button", name=TITLE).click()
    expect(page.get_by_role("button", name="出具接种记录")).to_be_visible()
    expect(page.get_by_role("button", name="出具入托、入学查验")).to_have_count(0)
    expect(page.get_by_text("接种凭证")).to_be_visible()


def test_a_day_has_so_many_and_says_what_to_do_then(phone: Phones, world: World) -> None:
    family, mine = Family(world, "ordinary_28"), phone()
    for _ in range(10):
        _issue(family)
    page = family.at(mine, TITLE)
    page.get_by_role("button", name="出具接种记录").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("今天出具的文书已达上限")
    expect(alert).to_contain_text("明天再试")
    expect(alert).not_to_contain_text("秒后再试")
    mine.look("documents-limit")


def test_d20_what_is_withdrawn_is_not_printed(phone: Phones, world: World) -> None:
    family, mine = Family(world, ONE), phone()
    if not family.get("documents")["documents"]:
        _issue(family)

    def withdrawn(route: Route) -> None:
        if route.request.method != "GET":
            route.continue_()
            return
        told = route.fetch().json()
        route.fulfill(
            json={**told, "documents": [one | {"status": "withdrawn"} for one in told["documents"]]}
        )

    mine.page.route("**/documents", withdrawn)
    page = family.at(mine, TITLE)
    expect(page.get_by_text("已作废").first).to_be_visible()
    expect(page.get_by_text("请不要再使用。").first).to_be_visible()
    expect(page.get_by_role("button", name="打印 接种记录")).to_have_count(0)


def test_d16_a_suspended_certificate_says_why(phone: Phones, world: World) -> None:
    family, mine = Family(world, ONE), phone()
    Suspended(mine.page, "**/documents")
    page = family.at(mine, TITLE)
    expect(page.get_by_role("alert")).to_contain_text("请联系接种单位。")
    expect(page.get_by_role("button", name="出具接种记录")).to_have_count(0)
    mine.look("documents-suspended")


def test_d20_a_night_that_changes_the_records_supersedes_the_paper(phone: Phones, world: World) -> None:
    """The list was read before the night: printing is refused with what to do, and the list then says so as well."""
    family, mine = Family(world, "ordinary_29"), phone()
    _issue(family)
    page = family.at(mine, TITLE)
    page.get_by_role("button", name="打印 接种记录").click()
    row = world.row("ordinary_29")
    world.tell([row | {"version": row["version"] + 1, "doses": row["doses"][:-1]}])
    page.get_by_role("dialog").get_by_role("button", name="A5").click()
    expect(page.get_by_role("alert")).to_contain_text("请重新出具一份")
    page.keyboard.press("Escape")
    expect(page.get_by_text("已有更新")).to_be_visible()
    expect(page.get_by_text("换下已交出的那份")).to_be_visible()
    mine.look("documents-superseded")
    page.get_by_role("button", name="出具接种记录").click()
    page.get_by_role("dialog").get_by_role("button", name="A5").click()
    assert _saved(page).startswith(b"%PDF")


def test_d20_the_desk_tells_the_nurse_what_papers_are_for_and_that_the_family_issues_them(
    browser: Browser, world: World
) -> None:
    family, one = Family(world, "ordinary_27"), Desk(browser, world)
    try:
        page = one.enrol()
        token = world.token(family.parent)
        code = f"/v1/certificates/{family.certificate_id}/codes"
        for station in ("ticket", "registration"):
            one.scan(world.api.call("POST", code, token=token).json["code"])
            # The first scan of all waits for functions that start cold.
            seen = page.locator(f"[data-verdict=good][data-station={station}]")
            expect(seen).to_be_visible(timeout=60_000)
            if station == "ticket":
                page.get_by_role("button", name=re.compile("^叫号 ")).first.click()
                # Others of this clinic's day may have been called before.
                expect(page.get_by_text(re.compile("已叫到1号台")).first).to_be_visible()
        page.get_by_text("出省接种、入托入学要带什么").click()
        expect(page.get_by_text("先将纸质的《江苏省儿童预防接种证》补充打印完整")).to_be_visible()  # R31
        expect(page.get_by_text("不替代纸质接种证")).to_be_visible()  # R4
        expect(page.get_by_text("点“打印与查验”")).to_be_visible()
        one.look("desk-papers")
    finally:
        one.close()
