"""The check of papers on the wire and without one: nothing about a person is sent or kept (D20, invariant 7)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from local.functions import BY, invoke
from tests.browser.papers import Checker, Holder
from tests.browser.wire import Wire
from tests.stack.conftest import World

pytestmark = pytest.mark.stack

_MAY_BE_ASKED = re.compile(
    r"^(/check/|.*/check/|.*/check/sw\.js|.*/assets/[\w.-]+|.*/v1/document-keys|.*/v1/vaccines|.*/v1/documents/d[a-z2-7]{26})$"
)
_CACHED = """async () => JSON.stringify(await Promise.all((await caches.keys()).map(async name => { const cache = await caches.open(name);
  return Promise.all((await cache.keys()).map(async key => [key.url, (key.url.endsWith('.wasm') ? '' : await (await cache.match(key)).text())])) })))"""


@pytest.fixture(scope="module")
def holder(world: World) -> Holder:
    return Holder(world, "name_with_dot")


@pytest.fixture
def wire(world: World) -> Iterator[Wire]:
    with Wire(world.stack.port) as made:
        yield made


class Wired(Checker):
    """A browser at the end of a wire."""

    def __init__(self, browser: Browser, world: World, wire: Wire, **look: Any) -> None:
        super().__init__(browser, world, **look)
        self.wire = wire

    def over(self, address: str) -> str:
        """The same address, over the wire."""
        return address.replace(f":{self.world.stack.port}/", f":{self.wire.port}/")

    @property
    def home(self) -> str:
        return self.over(super().home)

    def works_without_network(self) -> None:
        self.page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
        self.page.wait_for_function(
            "async () => (await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).length)))"
            ".reduce((a, b) => a + b, 0) >= 8"
        )


def personal(holder: Holder, address: str) -> list[str]:
    """Everything about the person that could be sent or kept, as it could be written."""
    digits, born = address.split("#")[1], holder.born
    name = holder.name
    return [
        digits, digits[:40], digits[-40:], name, quote(name), name.encode("unicode_escape").decode(),
        born, born.replace("-", ""), born.replace("-", "/"), holder.certificate_id,
    ]  # fmt: skip


def test_d20_nothing_about_a_person_goes_over_the_wire(
    browser: Browser, world: World, holder: Holder, wire: Wire
) -> None:
    issued = holder.issue()
    one = Wired(browser, world, wire)
    page = one.check(one.over(issued["check_url"]))
    one.expect("current")
    one.works_without_network()
    page.reload()
    expect(page.get_by_text("请扫描文书上的二维码")).to_be_visible()
    one.type(issued["check_url"])
    one.expect("current")
    sent = bytes(wire.sent).decode("utf-8", "replace")
    assert [path for path in wire.requests if not _MAY_BE_ASKED.match(path)] == []
    assert [path for path in wire.requests if f"/v1/documents/{issued['document_id']}" in path]
    assert [text for text in personal(holder, issued["check_url"]) if text in sent] == []
    headers = {line.split(":")[0].lower() for line in sent.split("\r\n") if ":" in line}
    assert not headers & {"cookie", "authorization", "referer"}
    assert re.search(r"^POST ", sent, re.MULTILINE) is None
    kept = one.kept() + page.evaluate(_CACHED)
    assert [text for text in personal(holder, issued["check_url"]) if text in kept] == []
    assert issued["document_id"] not in kept
    one.close()


def test_d20_who_is_signed_in_to_the_familys_pages_is_nobody_here(
    browser: Browser, world: World, holder: Holder, wire: Wire
) -> None:
    one = Wired(browser, world, wire)
    one.context.add_init_script(
        "sessionStorage.setItem('vaxcert.session', JSON.stringify({token: 'of-a-citizen', expires_at: '2099-01-01T00:00:00+08:00', name: '某'}))"
    )
    one.check(one.over(holder.issue()["check_url"]))
    one.expect("current")
    assert b"of-a-citizen" not in wire.sent
    one.close()


def test_d20_after_the_first_visit_it_works_without_a_network(
    browser: Browser, world: World, holder: Holder, wire: Wire
) -> None:
    first, second = holder.issue(), holder.issue("school_entry")
    one = Wired(browser, world, wire)
    page = one.check(one.over(first["check_url"]))
    one.expect("current")
    one.works_without_network()
    home = page.url
    wire.cut()
    page.goto("about:blank")
    page.goto(f"{home}#{second['check_url'].split('#')[1]}")
    one.expect("no_network")
    expect(one.shown).to_contain_text(holder.name)
    expect(page.locator("[data-complete]")).to_be_visible()
    one.look("check-no-network")
    one.type(first["check_url"])
    one.expect("no_network")
    expect(one.shown).to_contain_text("疫苗")  # by its name, not its code
    wire.mend()
    one.type(second["check_url"])
    one.expect("current")
    one.close()


def test_d20_a_class_in_a_row_is_listed_exported_and_cleared(
    browser: Browser, world: World, holder: Holder
) -> None:
    other = Holder(world, "residence_permits")
    papers = [holder.issue("school_entry"), other.issue("school_entry"), other.issue()]
    one = Checker(browser, world, size=(1366, 900))
    page = one.open()
    expect(page.get_by_text("请扫描文书上的二维码")).to_be_visible()
    # The first twice: it stays one line.
    for place, paper in enumerate([*papers, papers[0]]):
        one.type(paper["check_url"])
        expect(page.locator("[data-checked]")).to_have_attribute("data-checked", str(min(place + 1, 3)))
        one.expect("current")
    expect(page.locator("[data-line]").last).to_contain_text(holder.name)
    one.type(papers[0]["check_url"][:-9] + "000000000")
    expect(page.locator("[data-checked]")).to_have_attribute("data-checked", "4")
    page.wait_for_load_state("networkidle")
    one.look("check-class")
    with page.expect_download() as saving:
        page.get_by_role("button", name="导出表格").click()
    raw = saving.value.path().read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    heading, *rows = list(csv.reader(io.StringIO(raw[3:].decode("utf-8"), newline="")))
    assert heading[:5] == ["序号", "核验时间", "核验结论", "姓名", "出生日期"]
    assert [row[3] for row in rows[:3]] == [other.name, other.name, holder.name]
    assert {row[2] for row in rows[:3]} == {"真实，且为最新"}
    assert rows[3][3] == "（内容不可信，未显示）"
    assert not re.search(r"^[=+\-@]", "\n".join(cell for row in rows for cell in row), re.MULTILINE)
    assert holder.name not in one.kept()
    page.get_by_role("button", name="清空").click()
    page.get_by_role("dialog").get_by_role("button", name="清空").click()
    expect(page.get_by_text("核验过的文书会列在这里。")).to_be_visible()
    one.close()


def test_d20_a_killed_key_fails_all_that_it_signed(browser: Browser, world: World, holder: Holder) -> None:
    """The last of this file: another key signs from here on."""
    issued = holder.issue()
    kid = world.api.get("/v1/document-keys")["keys"][0]["kid"]
    invoke(world.stack.emulator.client("lambda"), world.physical("RotateKeys"), BY | {"kill": kid})
    teacher = Checker(browser, world)
    teacher.check(issued["check_url"])
    teacher.expect("killed_key")
    assert teacher.title == "签名所用的密钥已作废，请勿采信"
    expect(teacher.shown).to_have_count(0)
    teacher.close()
