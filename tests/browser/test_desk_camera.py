"""A code held to a camera: chromium takes a film for one. The wasm is ours, under our policy, and comes only when it is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.clinic import TABLET, Desk, Family
from tests.browser.film import empty_table, film_of, filming
from tests.stack.conftest import World
from vaxcert.codes.picture import modules

pytestmark = pytest.mark.stack


def test_r28_a_code_is_read_by_the_camera(browser: Browser, world: World, tmp_path: Path) -> None:
    film = empty_table(tmp_path)
    with filming(browser, film) as running:
        one, family = Desk(running, world, size=TABLET), Family(world, "ordinary_23")
        fetched: list[str] = []
        one.page.on("request", lambda request: fetched.append(request.url))
        page = one.enrol()
        assert not [url for url in fetched if "zxing" in url]
        film.write_bytes(film_of(modules(family.code()), 8))
        page.get_by_role("button", name="用摄像头扫码").click()
        expect(page.locator("[data-camera=on]")).to_be_visible(timeout=30_000)
        one.expect_verdict("good", "ticket")
        one.look("desk-camera")
        assert [url for url in fetched if url.endswith(".wasm")]
        assert all(url.startswith((world.endpoints["api"], "blob:")) for url in fetched)
        one.close()
