"""接种记录, 接种计划, 问题反馈 and 谁看过 in a browser (R2, R33-R35, R37, D7, D11, D16, D19), for claimant, delegate and adult."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SMALL, Phone, Phones
from tests.browser.family import Family, LosingFirst, Suspended
from tests.counts import PROVE
from tests.stack.conftest import World

ONE = "ordinary_03"
SCREENS = ("接种记录", "接种计划", "预约接种", "问题反馈", "谁看过")
# As the screens are on most phones, the tests below look at all of them: that is left to prove.
WHOLE: list[tuple[str, dict[str, Any]]] = [
    ("small-large-dark", {"size": SMALL, "large": True, "dark": True}),
    ("phone", {}),
]
LOOKS = WHOLE if PROVE else WHOLE[:1]


@pytest.mark.parametrize(("name", "look"), LOOKS)
def test_every_screen_has_no_findings_and_fits(
    phone: Phones, world: World, name: str, look: dict[str, Any]
) -> None:
    family, mine = Family(world, ONE), phone(**look)
    page = family.at(mine, SCREENS[0])
    for screen in SCREENS:
        if screen != SCREENS[0]:
            _back(page)
            page.get_by_role("button", name=screen).first.click()
            expect(page.get_by_role("heading", name=screen, level=1)).to_be_visible()
        expect(page.get_by_role("status", name="正在加载")).to_have_count(0)
        mine.look(f"{screen}-{name}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{screen} is cut off"


def test_r2_records_by_date_and_by_vaccine_with_what_they_are_as_of(phone: Phones, world: World) -> None:
    family, mine = Family(world, ONE), phone()
    page = family.at(mine, "接种记录")
    records = family.get("records")
    year, month, day = (int(part) for part in records["as_of"].split("-"))
    expect(page.get_by_text(f"数据截至{year}年{month}月{day}日")).to_be_visible()
    expect(page.locator("#panel-date details")).to_have_count(len(records["doses"]))
    newest = records["doses"][0]
    page.locator("#panel-date summary").first.click()
    for told in (newest["batch"], newest["manufacturer"], newest["clinic_name"]):
        if told:
            expect(page.locator("#panel-date details").first).to_contain_text(told)
    for notice in records["notices"]:
        expect(page.get_by_text(notice["title"])).to_be_visible()
    page.get_by_role("tab", name="按疫苗").click()
    vaccines = {dose["vaccine_name"] for dose in records["doses"]}
    expect(page.locator("#panel-vaccine details")).to_have_count(len(records["doses"]))
    expect(page.locator("#panel-vaccine h2")).to_have_count(len(vaccines))
    mine.look("records-vaccine")


def test_records_come_page_by_page(phone: Phones, world: World) -> None:
    """A small page is asked for, so that the demo's children have several."""
    family, mine = Family(world, ONE), phone()

    def small(route: Route) -> None:
        route.continue_(url=f"{route.request.url}&limit=5")

    mine.page.route("**/records?*", small)
    page = family.at(mine, "接种记录")
    expect(page.locator("#panel-date details")).to_have_count(5)
    page.get_by_role("button", name="加载更多").click()
    expect(page.locator("#panel-date details")).to_have_count(10)
    shown = [text.split("\n")[0] for text in page.locator("#panel-date summary .row-main").all_inner_texts()]
    wanted = [f"{dose['vaccine_name']} 第{dose['dose_no']}剂" for dose in family.get("records")["doses"][:10]]
    assert [text.strip() for text in shown] == wanted


def test_d19_the_plan_leads_to_booking(phone: Phones, world: World) -> None:
    family, mine = Family(world, "backfill"), phone()
    page, plan = family.at(mine, "接种计划"), family.get("plan")
    assert plan["missing"], "doses of another province are not backfilled yet"
    for dose in plan["due"] + plan["missing"]:
        expect(page.get_by_text(f"{dose['vaccine_name']} 第{dose['dose_no']}剂").first).to_be_visible()
    expect(page.get_by_text(f"还有 {len(plan['school_entry']['missing'])} 剂需要补种")).to_be_visible()
    expect(page.get_by_text(plan["advice"])).to_be_visible()
    expect(page.get_by_text(f"{plan['edition']}年版免疫程序")).to_be_visible()
    mine.look("plan-missing")
    page.get_by_role("button", name="去预约接种").click()
    expect(page.get_by_role("heading", name="选择接种门诊")).to_be_visible()


def test_r34_r37_a_report_is_filed_once_and_its_fate_is_seen(phone: Phones, world: World) -> None:
    """The answer of the first try is lost in the middle; the same key brings the same case (invariant 4)."""
    family, mine, lossy = Family(world, "ordinary_04"), phone(), LosingFirst()
    page = family.at(mine, "问题反馈")
    expect(page.get_by_text("还没有反馈")).to_be_visible()
    page.get_by_role("button", name="我要反馈").click()
    page.get_by_role("button", name="提交反馈").click()
    expect(page.get_by_text("请选择问题类型")).to_be_visible()
    expect(page.get_by_label("问题类型")).to_be_focused()
    page.get_by_label("问题类型").select_option("wrong_dose")
    dose = family.get("records")["doses"][0]
    page.get_by_label("哪一条接种记录").select_option(dose["dose_id"])
    page.get_by_label("问题说明").fill("日期有误。\n应为前一天。")
    mine.look("report-form")
    page.route("**/reports", lossy)
    page.get_by_role("button", name="提交反馈").click()
    expect(page.get_by_role("alert")).to_contain_text("重试不会重复办理")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("heading", name="反馈已提交")).to_be_visible()
    (report,) = family.get("reports")["reports"]
    assert len(set(lossy.keys)) == 1
    assert (report["kind"], report["dose_id"]) == ("wrong_dose", dose["dose_id"])
    expect(page.get_by_text(report["case_number"])).to_be_visible()
    expect(page.get_by_text(report["clinic"]["name"])).to_be_visible()
    expect(page.get_by_role("link", name="拨打客服电话")).to_be_visible()
    mine.look("report-sent")
    page.get_by_role("button", name="查看反馈进度").click()
    expect(page.get_by_text("已收到")).to_be_visible()
    mine.look("report-list")


def test_d7_a_delegate_sees_all_but_the_log_and_files_nothing(phone: Phones, world: World) -> None:
    family, delegate = Family(world, ONE), world.parent("ordinary_07")
    family.authorise(delegate, "paternal_uncle_aunt")
    mine = phone()
    page = family.at(mine, "接种记录", delegate)
    expect(page.get_by_text("被授权使用")).to_be_visible()
    page.locator("#panel-date summary").first.click()
    expect(page.get_by_text("这条记录有误")).to_have_count(0)
    mine.look("delegate-records")
    _back(page)
    expect(page.get_by_role("button", name="谁看过")).to_have_count(0)
    page.get_by_role("button", name="问题反馈").click()
    expect(page.get_by_text("只有申领人可以提交反馈")).to_be_visible()
    expect(page.get_by_role("button", name="我要反馈")).to_have_count(0)
    mine.look("delegate-reports")
    for screen in ("接种计划", "预约接种", "亮码接种"):
        _back(page)
        page.get_by_role("button", name=screen).click()
        expect(page.get_by_role("heading", name=screen, level=1)).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)

    # The claimant reads who looked (D11).
    holder = phone()
    log = family.at(holder, "谁看过")
    expect(log.get_by_text("伯叔姑").first).to_be_visible()
    holder.look("access")


def _back(page: Page) -> None:
    page.get_by_role("button", name="返回").click()
    expect(page.get_by_role("heading", name="证件详情")).to_be_visible()


@pytest.mark.parametrize("screen", ["接种记录", "接种计划"])
def test_d16_a_suspended_certificate_says_why_on_its_screens(
    phone: Phones, world: World, screen: str
) -> None:
    family, mine = Family(world, ONE), phone()
    Suspended(mine.page, f"**/{'records?*' if screen == '接种记录' else 'plan'}")
    page = family.at(mine, screen)
    expect(page.get_by_role("alert")).to_contain_text("请联系接种单位。")
    mine.look(f"suspended-{screen}")


def test_invariant_7_nothing_personal_stays_after_signing_out(phone: Phones, world: World) -> None:
    """Every screen was open, the browser was used for hours as it were; then it holds nothing of the family."""
    family, mine = Family(world, ONE), phone()
    page = family.at(mine, "接种记录")
    page.locator("#panel-date summary").first.click()
    for screen in SCREENS[1:]:
        _back(page)
        page.get_by_role("button", name=screen).click()
        expect(page.get_by_role("heading", name=screen, level=1)).to_be_visible()
        assert page.url == f"{mine.home}#/{page.url.rpartition('/')[2]}"
        assert family.certificate_id not in page.url
    _back(page)
    page.get_by_role("button", name="返回").click()
    page.get_by_role("button", name="设置").click()
    page.get_by_role("button", name="退出登录").first.click()
    expect(page.get_by_role("button", name="验证身份").first).to_be_visible()
    kept, dose = mine.kept(), family.get("records")["doses"][0]
    secrets = (
        family.name,
        str(family.archive.person.id_no),
        family.certificate_id,
        family.parent.name,
        dose["dose_id"],
        str(family.parent.phone),
    )
    for secret in secrets:
        assert secret not in kept


def _asked(mine: Phone, family: Family) -> list[str]:
    """What a phone fetches until nothing is left to fetch."""
    asked: list[str] = []
    mine.page.on("request", lambda request: asked.append(request.url))
    mine.enter(family.parent)
    mine.page.wait_for_timeout(2500)  # the other screens come while nothing else is to be done
    return asked


def _spoken(url: str) -> str | None:
    """The language of a built script, by its name."""
    found = re.search(r"/assets/\w+-(zh|en)-[\w-]+\.js", url)
    return None if found is None else str(found[1])


def test_d12_english_is_loaded_by_who_reads_it_and_by_nobody_else(phone: Phones, world: World) -> None:
    """A page is built once in each language: a phone loads the one that was chosen, and the other on demand."""
    family, mine = Family(world, ONE), phone(language="en")
    assert {_spoken(url) for url in _asked(phone(), family)} == {None, "zh"}
    # The head of the page names the Chinese build, so that most need not wait for the script that chooses.
    assert "en" in {_spoken(url) for url in _asked(mine, family)}
    page = mine.page
    page.get_by_role("button", name=f"Details: {family.name}").first.click()
    for screen in ("Records", "Vaccination plan", "Book", "Report a problem", "Who looked"):
        page.get_by_role("button", name=screen).first.click()
        expect(page.get_by_role("heading", name=screen, level=1)).to_be_visible()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        mine.look(f"english-{screen.lower().replace(' ', '-')}")
        page.get_by_role("button", name="Back").click()
