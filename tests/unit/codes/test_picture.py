"""The picture of a code: decoded by two readers, in both formats, within the agreed size (R2, R28, ADR 0004)."""

from __future__ import annotations

import io
import random
import re
import struct
from collections.abc import Callable
from typing import Any

import pytest
import segno
import zxingcpp
from PIL import Image

from bench.pictures import HARMS, Harm, photographed, texts
from tests.fakes.signing import key_pair
from tests.unit.codes.test_token import KEY, a_code
from vaxcert.codes.picture import QUIET, modules, png, svg
from vaxcert.codes.token import LONGEST, write

LARGEST = write(a_code(slot=10, grant_version=0xFFFFF), key_pair("c" * 8))


def by_zxing(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def by_zbar(picture: Image.Image) -> list[str]:
    from pyzbar.pyzbar import ZBarSymbol, decode  # it binds to a library of the system when it is imported

    return [found.data.decode() for found in decode(picture, symbols=[ZBarSymbol.QRCODE])]


READERS = [
    pytest.param(by_zxing, id="zxing"),
    pytest.param(by_zbar, id="zbar", marks=pytest.mark.needs("zbar")),
]


def drawn(picture: str, scale: int) -> Image.Image:
    """The SVG, drawn stroke by stroke: the tests' own idea of what its path means."""
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', picture)
    assert box is not None
    size = int(box[1])
    image = Image.new("L", (size, size), 255)
    path = re.search(r'stroke="#000" d="([^"]+)"', picture)
    assert path is not None
    strokes = re.findall(r"M(\d+) (\d+)\.5h(\d+)", path[1])
    assert "".join(f"M{x} {y}.5h{length}" for x, y, length in strokes) == path[1]
    for x, y, length in strokes:
        for step in range(int(length)):
            image.putpixel((int(x) + step, int(y)), 0)
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


def test_r28_four_light_modules_are_around_it_on_every_side() -> None:
    """ISO/IEC 18004 wants the quiet zone; a scanner may miss a symbol that touches what is beside it."""
    rows = modules(LARGEST)
    around = QUIET, QUIET, QUIET + len(rows), QUIET + len(rows)
    for picture in (
        drawn(svg(rows), 1),
        Image.open(io.BytesIO(png(rows))).convert("L").reduce(8),
    ):
        assert picture.size == (len(rows) + 8, len(rows) + 8)
        assert picture.point(lambda value: 255 - value).getbbox() == around
    pixels = 8 * (len(rows) + 8)
    assert f'width="{pixels}" height="{pixels}"' in svg(rows), "eight pixels a module, as the PNG has it"


def test_the_png_says_what_it_is_to_readers_that_are_strict() -> None:
    """Eight pixels a module, one bit each, grey, and no way of packing but the one that all know (RFC 2083, 4.1.1)."""
    picture = png(modules(LARGEST))
    size = 8 * (45 + 8)
    assert picture[12:16] == b"IHDR"
    assert struct.unpack(">IIBBBBB", picture[16:29]) == (size, size, 1, 0, 0, 0, 0)


@pytest.mark.parametrize("text", ["VC1:", LARGEST], ids=["short", "largest"])
def test_r28_every_symbol_is_of_one_version_level_and_mask(text: str) -> None:
    """However much room a text leaves (ADR 0004): level M, mask 010, in the format's bits (ISO/IEC 18004, annex C)."""
    rows = modules(text)
    along = [(8, column) for column in (*range(6), 7, 8)] + [(row, 8) for row in (7, *range(5, -1, -1))]
    assert len(rows) == len(rows[0]) == 17 + 4 * 7
    assert "".join(str(rows[row][column]) for row, column in along) == "101111001111100"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", [write(a_code(), KEY), LARGEST], ids=["usual", "largest"])
def test_both_formats_are_read(reader: Callable[[Any], list[str]], text: str) -> None:
    rows = modules(text)
    assert reader(Image.open(io.BytesIO(png(rows))).convert("L")) == [text]
    assert reader(drawn(svg(rows), 6)) == [text]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "harm", [HARMS[0], Harm("a little of all", blur=0.15, turn=3, tilt=8, noise=0.03)], ids=str
)
def test_a_cheap_scanner_reads_it_at_two_and_a_half_pixels_a_module(
    harm: Harm, reader: Callable[[Any], list[str]]
) -> None:
    """`bench/pictures.py` has the whole table; this is its first line, and a hand's usual harm."""
    dice = random.Random(20240810)
    for text in texts(4):
        assert reader(photographed(modules(text), harm, 2.5, dice)) == [text]


def test_the_symbol_is_version_7_at_level_m_whatever_it_says() -> None:
    """The screen swaps one code for the next without a jump, and cheap scanners see large modules."""
    assert {len(modules(text)) for text in (write(a_code(), KEY), LARGEST)} == {45}
    assert len(LARGEST) == LONGEST, "there is no room left"
    assert len(segno.make(LARGEST, error="m", boost_error=False).matrix) == 45


def test_the_quiet_zone_is_four_modules_of_light() -> None:
    picture = drawn(svg(modules(LARGEST)), 1)
    size = picture.width
    assert size == 45 + 2 * QUIET
    frame = [
        picture.getpixel((x, y))
        for x in range(size)
        for y in range(size)
        if not (QUIET <= x < size - QUIET and QUIET <= y < size - QUIET)
    ]
    assert set(frame) == {255}
    assert picture.getpixel((QUIET, QUIET)) == 0


def test_the_svg_loads_nothing_and_is_small() -> None:
    picture = svg(modules(LARGEST))
    assert len(picture) < 8000
    assert picture.count("http") == 1, "the name of the SVG namespace, and no address"
    assert "<script" not in picture


def test_the_png_is_one_bit_deep_and_small() -> None:
    data = png(modules(LARGEST))
    image = Image.open(io.BytesIO(data))
    assert (image.mode, image.size) == ("1", (424, 424))
    assert len(data) < 2000
