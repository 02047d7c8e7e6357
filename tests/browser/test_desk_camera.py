"""A code held to a camera: chromium takes a film for one. The wasm is ours, under our policy, and comes only when it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.clinic import TABLET, Desk, Family
from tests.browser.conftest import _FLAGS
from tests.stack.conftest import World
from vaxcert.codes.picture import modules

pytestmark = pytest.mark.stack

WIDTH, HEIGHT, SCALE = 640, 480, 8


def _film(rows: Sequence[Sequence[int]], frames: int = 4) -> bytes:
    """YUV4MPEG2 of a symbol in the middle of a grey table."""
    size = len(rows) * SCALE
    top, left, quiet = (HEIGHT - size) // 2, (WIDTH - size) // 2, 4 * SCALE
    luma = bytearray(b"\xa0" * (WIDTH * HEIGHT))
    for y in range(top - quiet, top + size + quiet):
        luma[y * WIDTH + left - quiet : y * WIDTH + left + size + quiet] = b"\xeb" * (size + 2 * quiet)
    for y in range(size):
        line = b"".join((b"\x10" if dark else b"\xeb") * SCALE for dark in rows[y // SCALE])
        at = (top + y) * WIDTH + left
        luma[at : at + size] = line
    frame = b"FRAME\n" + bytes(luma) + b"\x80" * (WIDTH * HEIGHT // 2)
    return f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F5:1 Ip A1:1 C420jpeg\n".encode() + frame * frames


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "table.y4m"
    path.write_bytes(_film([[0] * 45] * 45))
    return path


@pytest.fixture
def filming(browser: Browser, film: Path) -> Iterator[Browser]:
    flags = [
        *_FLAGS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    # Of the same driver: there is one to a process.
    running = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=flags)
    yield running
    running.close()


def test_r28_a_code_is_read_by_the_camera(filming: Browser, film: Path, world: World) -> None:
    one, family = Desk(filming, world, size=TABLET), Family(world, "ordinary_23")
    fetched: list[str] = []
    one.page.on("request", lambda request: fetched.append(request.url))
    page = one.enrol()
    assert not [url for url in fetched if "zxing" in url]
    film.write_bytes(_film(modules(family.code())))
    page.get_by_role("button", name="用摄像头扫码").click()
    expect(page.locator("[data-camera=on]")).to_be_visible(timeout=30_000)
    one.expect_verdict("good", "ticket")
    one.look("desk-camera")
    assert [url for url in fetched if url.endswith(".wasm")]
    assert all(url.startswith((world.endpoints["api"], "blob:")) for url in fetched)
    one.close()
