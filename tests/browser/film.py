"""A film in place of a camera: chromium takes one, so that a code can be held to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.conftest import _FLAGS
from tests.conftest import chromium

WIDTH, HEIGHT = 640, 480


def film_of(rows: Sequence[Sequence[int]], scale: int, frames: int = 4) -> bytes:
    """YUV4MPEG2 of a symbol in the middle of a grey table, so many dots a module."""
    size = len(rows) * scale
    top, left, quiet = (HEIGHT - size) // 2, (WIDTH - size) // 2, 4 * scale
    luma = bytearray(b"\xa0" * (WIDTH * HEIGHT))
    for y in range(top - quiet, top + size + quiet):
        luma[y * WIDTH + left - quiet : y * WIDTH + left + size + quiet] = b"\xeb" * (size + 2 * quiet)
    for y in range(size):
        line = b"".join((b"\x10" if dark else b"\xeb") * scale for dark in rows[y // scale])
        at = (top + y) * WIDTH + left
        luma[at : at + size] = line
    frame = b"FRAME\n" + bytes(luma) + b"\x80" * (WIDTH * HEIGHT // 2)
    return f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F5:1 Ip A1:1 C420jpeg\n".encode() + frame * frames


def empty_table(folder: Path) -> Path:
    """A film of nothing, to be written over."""
    path = folder / "table.y4m"
    path.write_bytes(film_of([[0] * 45] * 45, 8))
    return path


@contextmanager
def filming(browser: Browser, film: Path) -> Iterator[Browser]:
    """A browser whose camera shows this film from its beginning whenever it is opened."""
    flags = [
        *_FLAGS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    # Of the same driver: there is one to a process.
    running = browser.browser_type.launch(executable_path=chromium(), args=flags)
    yield running
    running.close()
