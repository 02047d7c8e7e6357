"""A paper held to the check page's own camera: read by our wasm, which comes only when it is used (D20)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.film import empty_table, film_of, filming
from tests.browser.papers import Checker, Holder
from tests.stack.conftest import World
from vaxcert.documents.symbol import modules

pytestmark = pytest.mark.stack


def test_d20_papers_are_read_by_the_camera(browser: Browser, world: World, tmp_path: Path) -> None:
    """Of 73 modules, as a record of 22 doses has it."""
    holder, film = Holder(world, "two_guardians"), empty_table(tmp_path)
    with filming(browser, film) as running:
        one = Checker(running, world)
        fetched: list[str] = []
        one.page.on("request", lambda request: fetched.append(request.url))
        page = one.open()
        expect(page.get_by_text("请扫描文书上的二维码")).to_be_visible()
        assert not [url for url in fetched if "zxing" in url]
        film.write_bytes(film_of(modules(holder.issue()["check_url"]), 5))
        page.get_by_role("button", name="用摄像头扫码").click()
        expect(page.locator("[data-camera=on]")).to_be_visible(timeout=30_000)
        one.expect("current")
        expect(one.shown).to_contain_text(holder.name)
        one.look("check-camera")
        assert [url for url in fetched if url.endswith(".wasm")]
        page.get_by_role("button", name="关闭摄像头").click()
        expect(page.locator("[data-camera]")).to_have_count(0)
        one.close()
