"""What is drawn in the terminal can be scanned: it is read back from the escape codes and decoded."""

import re

import pytest
import zxingcpp
from PIL import Image

from local.story.terminal_qr import QUIET_ZONE, draw

CODE = "VC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0AHCD8KD97TK0F90KECTHGWJC0FDC:5"
SCALE = 4


def modules(drawn: str) -> list[list[bool]]:
    """A terminal's reading of the drawing: two rows of modules for each line; True is dark."""
    rows: list[list[bool]] = []
    for line in drawn.splitlines():
        upper: list[bool] = []
        lower: list[bool] = []
        for top, bottom, blocks in re.findall("\x1b\\[38;5;(\\d+);48;5;(\\d+)m(▀+)", line):
            upper += [top == "16"] * len(blocks)
            lower += [bottom == "16"] * len(blocks)
        rows += [upper, lower]
    return rows


@pytest.mark.parametrize("background", [0, 255])
@pytest.mark.parametrize("text", [CODE, "VC1:A"])
def test_the_drawing_decodes_on_dark_and_light_terminals(text: str, background: int) -> None:
    rows = modules(draw(text))
    width = len(rows[0])
    picture = Image.new("L", ((width + 8) * SCALE, (len(rows) + 8) * SCALE), background)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            picture.paste(
                0 if dark else 255, ((x + 4) * SCALE, (y + 4) * SCALE, (x + 5) * SCALE, (y + 5) * SCALE)
            )

    [found] = zxingcpp.read_barcodes(picture)
    assert found.text == text


def test_every_line_is_as_wide_as_the_others_and_resets() -> None:
    lines = draw(CODE).splitlines()
    assert len({line.count("▀") for line in lines}) == 1
    assert all(line.endswith("\x1b[0m") for line in lines)


def test_the_quiet_zone_is_light_on_every_side() -> None:
    rows = modules(draw(CODE))
    edge = range(QUIET_ZONE)
    assert not any(any(rows[index]) or any(rows[-1 - index]) for index in edge)
    assert not any(row[index] or row[-1 - index] for row in rows for index in edge)
