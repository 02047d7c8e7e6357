"""The check of papers over the real stack: every verdict with its words, and what people scan in place of a paper's code (D19, D20)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cbor2
import pytest
from PIL import Image
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import SMALL
from tests.browser.papers import Checker, Holder
from tests.fakes.papers import a_document
from tests.stack.conftest import World
from vaxcert.codes.picture import png
from vaxcert.documents.address import address_of, bytes_of
from vaxcert.documents.symbol import modules

pytestmark = pytest.mark.stack
PC = (1366, 900)


@pytest.fixture(scope="module")
def holder(world: World) -> Holder:
    return Holder(world, "two_guardians")


@pytest.fixture(scope="module")
def record(holder: Holder) -> dict[str, Any]:
    return holder.issue()


@pytest.fixture
def teacher(browser: Browser, world: World) -> Iterator[Checker]:
    one = Checker(browser, world)
    yield one
    one.close()


def changed(address: str, *, key: int, to: Any) -> str:
    """The same code with another value in its map, under the same signature."""
    page, digits = address.split("#")
    tag = cbor2.loads(bytes_of(digits))
    protected, unprotected, payload, signature = tag.value
    body = cbor2.dumps(cbor2.loads(payload) | {key: to}, canonical=True)
    return address_of(
        page, cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected, body, signature]), canonical=True)
    )


def test_d20_an_ordinary_camera_opens_the_verdict_and_what_the_paper_should_say(
    teacher: Checker, holder: Holder, record: dict[str, Any]
) -> None:
    page = teacher.check(record["check_url"])
    teacher.expect("current")
    assert teacher.title == "真实，且为最新"
    for text in (holder.name, holder.born, record["as_of"], record["document_id"]):
        expect(teacher.shown).to_contain_text(text)
    doses = holder.get("records")["doses"]
    expect(page.locator(".said-doses tbody tr")).to_have_count(len(doses))
    for dose in doses:
        expect(teacher.shown).to_contain_text(dose["date"])
    assert "#" not in page.url
    assert holder.name not in page.title()
    page.wait_for_load_state("networkidle")
    teacher.look("check-phone")


def test_d19_school_entry_says_in_large_words_what_is_missing(
    browser: Browser, world: World, holder: Holder
) -> None:
    plan = holder.get("plan")["school_entry"]
    pc = Checker(browser, world, size=PC)
    page = pc.check(holder.issue("school_entry")["check_url"])
    pc.expect("current")
    expect(page.locator(f"[data-complete={str(plan['complete']).lower()}]")).to_contain_text(
        "已完成" if plan["complete"] else f"需补种 {len(plan['missing'])} 剂"
    )
    for dose in plan["missing"]:
        expect(pc.shown).to_contain_text(f"第 {dose['dose_no']} 剂")
    page.wait_for_load_state("networkidle")
    pc.look("check-desktop")
    pc.close()


def test_d20_what_was_altered_forged_or_signed_by_somebody_else_fails_and_shows_nothing_of_it(
    teacher: Checker, record: dict[str, Any]
) -> None:
    address = record["check_url"]
    foreign = address_of(address.split("#")[0], a_document()[1])
    for text, outcome, words in (
        (changed(address, key=4, to="周小羊"), "altered", "内容与签名不符，请勿采信"),
        (changed(address, key=5, to=18_000), "altered", "内容与签名不符，请勿采信"),
        (foreign, "foreign_key", "不是本服务出具的，请勿采信"),
        (address[:-1], "malformed", "读不出文书内容"),
    ):
        teacher.page.goto("about:blank")
        teacher.check(text)
        teacher.expect(outcome)
        assert teacher.title == words
        expect(teacher.shown).to_have_count(0)
        expect(teacher.page.locator("main")).not_to_contain_text("周小")
    teacher.look("check-failed")


def test_d20_what_the_service_does_not_know_is_not_accepted(teacher: Checker, holder: Holder) -> None:
    issued = holder.issue()
    holder.world.stack.emulator.client("dynamodb").delete_item(
        TableName=holder.world.physical("DocumentsTable"),
        Key={"pk": {"S": f"D#{issued['document_id']}"}, "sk": {"S": "D"}},
    )
    teacher.check(issued["check_url"])
    teacher.expect("unknown")
    assert teacher.title == "查无此文书，请勿采信"


def test_d20_superseded_by_the_night_and_withdrawn_with_its_archive(teacher: Checker, world: World) -> None:
    holder = Holder(world, "permanent_residents")
    address = holder.issue()["check_url"]
    row = world.row(holder.case)
    world.tell([row | {"version": row["version"] + 1, "doses": row["doses"][:-1]}])
    teacher.check(address)
    teacher.expect("superseded")
    expect(teacher.shown).to_contain_text(holder.name)
    teacher.look("check-superseded")
    world.tell([row | {"version": row["version"] + 2, "op": "void", "doses": []}])
    teacher.page.goto("about:blank")
    teacher.check(address)
    teacher.expect("withdrawn")


def test_d20_without_status_keys_or_trust_it_says_what_is_known(
    browser: Browser, world: World, record: dict[str, Any]
) -> None:
    """The worker is left out: it would answer in the network's place."""

    def refused(route: Route) -> None:
        route.fulfill(
            status=503,
            json={"status": 503, "code": "unavailable", "title": "服务繁忙", "detail": "请稍后重试。"},
        )

    def untrusted(route: Route) -> None:
        body = route.fetch().json()
        route.fulfill(json=body | {"signed": body["signed"][:-8] + "AAAAAAAA"})

    for what, act, outcome in (
        ("**/v1/documents/*", lambda route: route.abort(), "no_network"),
        ("**/v1/documents/*", refused, "no_status"),
        ("**/v1/document-keys", lambda route: route.abort(), "no_keys"),
        ("**/v1/document-keys", untrusted, "untrusted_keys"),
    ):
        one = Checker(browser, world, service_workers="block")
        one.page.route(what, act)
        one.check(record["check_url"])
        one.expect(outcome)
        expect(one.shown).to_have_count(1 if outcome in ("no_network", "no_status") else 0)
        one.close()


def test_d20_another_root_key_than_this_browser_knows_is_not_believed(
    teacher: Checker, record: dict[str, Any]
) -> None:
    teacher.open()
    teacher.page.wait_for_function("() => localStorage.getItem('vaxcert.check.root')")
    teacher.page.evaluate("localStorage.setItem('vaxcert.check.root', 'another')")
    teacher.page.goto("about:blank")
    teacher.check(record["check_url"])
    teacher.expect("untrusted_keys")


def test_d20_a_clock_that_is_wrong_is_told_and_changes_no_verdict(
    browser: Browser, world: World, record: dict[str, Any]
) -> None:
    one = Checker(browser, world)
    one.page.clock.install(time="2020-02-02T08:00:00+08:00")
    one.check(record["check_url"])
    one.expect("current")
    expect(one.page.get_by_text("本机时间不准")).to_be_visible()
    one.close()


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("https://example.com/a?b=c", "address"),
        ("VC1:6BFA70T90000000000", "visit_code"),
        ("81234567890123456789", "box"),
        ("WIFI:T:WPA;S:school;;", "other"),
    ],
)
def test_d20_what_is_scanned_by_mistake_has_words_of_its_own(
    teacher: Checker, text: str, outcome: str
) -> None:
    teacher.open()
    expect(teacher.page.get_by_text("请扫描文书上的二维码")).to_be_visible()
    teacher.type(text)
    teacher.expect(outcome)


def test_d20_a_scanner_types_the_code(teacher: Checker, holder: Holder, record: dict[str, Any]) -> None:
    teacher.open()
    expect(teacher.page.get_by_text("请扫描文书上的二维码")).to_be_visible()
    teacher.type(record["check_url"])
    teacher.expect("current")
    expect(teacher.shown).to_contain_text(holder.name)


def test_d20_a_photo_is_read_askew_and_a_torn_one_says_so(
    teacher: Checker, record: dict[str, Any], tmp_path: Path
) -> None:
    symbol = Image.open(io.BytesIO(png(modules(record["check_url"])))).convert("L")
    askew = Image.new("L", (2000, 2000), 200)
    askew.paste(symbol.resize((1200, 1200)).rotate(14, expand=True, fillcolor=200), (250, 250))
    # Held at an angle: its far edge is shorter.
    side = askew.transform((2000, 2000), Image.Transform.QUAD, (0, 0, 200, 2000, 1800, 2000, 2000, 0))
    torn = symbol.crop((0, 0, symbol.width, symbol.height // 2))
    page = teacher.open()
    for name, picture, outcome in (("askew", side, "current"), ("torn", torn, "no_code")):
        picture.save(tmp_path / f"{name}.png")
        page.locator("input[type=file]").set_input_files(tmp_path / f"{name}.png")
        teacher.expect(outcome)
    (tmp_path / "text.png").write_text("no picture", "utf-8")
    page.locator("input[type=file]").set_input_files(tmp_path / "text.png")
    teacher.expect("no_picture")


@pytest.mark.parametrize(
    ("played", "words"),
    [
        ("WebAssembly.compile = () => Promise.reject(new Error());", "请升级到 Chrome 97、Safari 16 以上"),
        ("", "识别组件加载失败：请检查网络后重试"),
    ],
    ids=["an engine without wasm", "a line that breaks"],
)
def test_d20_where_pictures_cannot_be_read_it_says_why_and_what_else_there_is(
    browser: Browser, world: World, record: dict[str, Any], tmp_path: Path, played: str, words: str
) -> None:
    one = Checker(browser, world, service_workers="block")
    one.context.add_init_script(f"delete window.BarcodeDetector; {played}")
    one.page.route("**/assets/zxing*", lambda route: route.abort())
    page = one.open()
    (tmp_path / "paper.png").write_bytes(png(modules(record["check_url"])))
    page.locator("input[type=file]").set_input_files(tmp_path / "paper.png")
    one.expect("no_reader")
    assert one.title == "不能识别图像"
    expect(page.locator("[data-outcome]")).to_contain_text(words)
    expect(page.locator("[data-outcome]")).to_contain_text(
        "手机自带的相机或微信扫描文书上的二维码，或使用扫码枪"
    )
    expect(one.shown).to_have_count(0)
    one.look(f"check-no-reader-{'old' if played else 'broken'}")
    # A scanner still does it.
    one.type(record["check_url"])
    one.expect("current")
    one.close()


def test_d20_a_browser_without_signatures_says_so_and_shows_nothing_of_the_paper(
    browser: Browser, world: World, holder: Holder, record: dict[str, Any]
) -> None:
    """As below http:// and in old in-app browsers: `crypto.subtle` is not there."""
    one = Checker(browser, world, service_workers="block")
    one.context.add_init_script("Object.defineProperty(window.crypto, 'subtle', {value: undefined});")
    page = one.check(record["check_url"])
    one.expect("no_crypto")
    assert one.title == "本浏览器不能核验签名"
    expect(page.locator("[data-outcome]")).to_contain_text("请用系统自带的浏览器，从文书二维码重新打开本页")
    expect(one.shown).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text(holder.name)
    one.look("check-no-crypto")
    one.close()


def test_names_that_are_markup_are_text(browser: Browser, world: World) -> None:
    """By keys of our own in place of the service's: no archive has such a name."""
    given = json.loads(Path("reference/document_vectors.json").read_text("utf-8"))
    address = next(case["text"] for case in given["cases"] if case["what"] == "a name that is markup")
    one = Checker(browser, world, service_workers="block")
    one.page.route("**/v1/document-keys", lambda route: route.fulfill(json=given["published"]))
    one.page.route("**/v1/documents/*", lambda route: route.fulfill(json={"status": "current"}))
    one.check(f"{one.home}#{address.split('#', 1)[1]}")
    one.expect("current")
    expect(one.shown).to_contain_text("<img src=x onerror=alert(1)>#[]&小样")
    assert one.page.locator("[data-said] img").count() == 0
    one.close()


LOOKS: dict[str, dict[str, Any]] = {
    "dark": {"dark": True},
    "small-large": {"size": SMALL, "large": True},
    "english": {"size": SMALL, "language": "en"},
    "desktop-dark": {"size": PC, "dark": True},
}


@pytest.mark.parametrize("name", LOOKS)
def test_every_look_is_accessible(browser: Browser, world: World, record: dict[str, Any], name: str) -> None:
    one = Checker(browser, world, **LOOKS[name])
    page = one.open()
    page.wait_for_load_state("networkidle")
    one.look(f"check-start-{name}")
    page.goto("about:blank")
    one.check(record["check_url"])
    one.expect("current")
    page.wait_for_load_state("networkidle")
    one.look(f"check-{name}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    one.close()
