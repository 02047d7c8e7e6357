"""Draws docs/terminal.svg, the picture of README, from what `make run` printed: lines are left out, none is changed but cut at the edge.

make run DETACH=1 FRESH=1 > run.txt && .venv/bin/python docs/terminal.py < run.txt > docs/terminal.svg
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape

COLUMNS: Final = 108
CELL: Final = 7.8
LINE: Final = 18
SIZE: Final = 13
MARGIN: Final = 18
BAR: Final = 34
# What is shown, in order. A section's heading is always followed by one of its lines.
SHOWN: Final = re.compile(
    r"^(sam build|deploying|━━ +[14567] |   ✓ 夜间任务完成，第 1 |   ✓ 电子预防接种证申领成功|   ✓ 已授权"
    r"|   二维码|   ✓ 取号：|   ✗ 登记：|   ✓ 登记：|   ✓ 接种：|   ✗ 留观：|   ✓ 留观：)"
)
COLOURS: Final = {"━": "#7cc4ff", "✓": "#8bd49c", "✗": "#ff9d8a", "$": "#ffffff"}
PIXELS: Final = re.compile(r"\x1b\[38;5;(16|231);48;5;(16|231)m(▀+)")


def width(text: str) -> int:
    """Columns that a terminal gives to a text: two to a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def cut(text: str) -> str:
    """At most COLUMNS columns of it."""
    if width(text) <= COLUMNS:
        return text
    while width(text) > COLUMNS - 1:
        text = text[:-1]
    return f"{text}…"


def written(text: str, y: float) -> Iterator[str]:
    """A line, in runs of one width, each held to its columns whatever font it is drawn with."""
    colour = COLOURS.get(text.strip()[:1], "#c9d1d9")
    column = 0
    for _, letters in groupby(text, key=width):
        run = "".join(letters)
        if run.strip():
            start = column + len(run) - len(run.lstrip())
            shown = run.strip()
            yield (
                f'<text x="{MARGIN + start * CELL:.1f}" y="{y:.1f}" textLength="{width(shown) * CELL:.1f}" '
                f'lengthAdjust="spacingAndGlyphs" fill="{colour}">{escape(shown)}</text>'
            )
        column += width(run)


def pixels(line: str) -> tuple[list[bool], list[bool]] | None:
    """The two rows of modules that a line of half blocks draws, or None: dark is True."""
    runs = PIXELS.findall(line)
    if not runs:
        return None
    upper = [colour == "16" for colour, _, blocks in runs for _ in blocks]
    lower = [colour == "16" for _, colour, blocks in runs for _ in blocks]
    return upper, lower


def drawn(rows: list[list[bool]], top: float) -> tuple[str, float]:
    """The code as one path on white, and its height."""
    module = CELL * 0.7
    path = "".join(
        f"M{x} {y}h{len(run)}v1h-{len(run)}z" for y, row in enumerate(rows) for x, run in _runs(row)
    )
    size = len(rows[0]) * module
    return (
        (
            f'<g transform="translate({MARGIN + 2 * CELL:.1f} {top:.1f}) scale({module})" shape-rendering="crispEdges">'
            f'<path fill="#fff" d="M0 0h{len(rows[0])}v{len(rows)}h-{len(rows[0])}z"/><path d="{path}"/></g>'
        ),
        size * len(rows) / len(rows[0]),
    )


def _runs(row: list[bool]) -> Iterator[tuple[int, list[bool]]]:
    start = 0
    for dark, cells in groupby(row):
        run = list(cells)
        if dark:
            yield start, run
        start += len(run)


def picture(printed: str) -> str:
    """The whole picture."""
    body: list[str] = []
    rows: list[list[bool]] = []
    y = BAR + 8.0
    for line in ["$ make run", *printed.splitlines()]:
        if (two := pixels(line)) is not None:
            rows += two
            continue
        if rows and line.strip():
            code, height = drawn(rows, y + 8)
            body.append(code)
            y += height + 14
            rows = []
        if SHOWN.match(line) or line.startswith("$"):
            y += LINE * (1.5 if line.startswith("━") else 1)
            body += written(cut(line), y)
    high = y + MARGIN
    wide = COLUMNS * CELL + 2 * MARGIN
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" height="{high:.0f}" '
                f"font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'Noto Sans Mono CJK SC','PingFang SC','Microsoft YaHei',"
                f'monospace" font-size="{SIZE}">'
            ),
            "<title>make run: a family's story from the nightly feed to the four stations of the clinic</title>",
            f'<rect width="{wide:.0f}" height="{high:.0f}" rx="10" fill="#0d1117"/>',
            *(
                f'<circle cx="{20 + 18 * n}" cy="18" r="5.5" fill="{c}"/>'
                for n, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))
            ),
            *body,
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(picture(sys.stdin.read()))
