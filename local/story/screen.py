"""The story's page: Chinese first, short English beside it, in a terminal or in a file."""

import os
import sys
import unicodedata
from collections.abc import Sequence
from typing import TextIO

_BOLD, _DIM, _GREEN, _YELLOW, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[0m"


class Screen:
    """Writes lines; colours only for a terminal that has not said NO_COLOR."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colours = self._stream.isatty() and not os.environ.get("NO_COLOR")
        self._chapters = 0

    def chapter(self, zh: str, en: str) -> None:
        self._chapters += 1
        self.line()
        self.line(self._in(_BOLD, f"━━ {self._chapters:>2}  {zh}") + self._in(_DIM, f"  {en}"))

    def say(self, zh: str, en: str = "") -> None:
        self.line(f"   {zh}" + (self._in(_DIM, f"  {en}") if en else ""))

    def good(self, zh: str, en: str = "") -> None:
        self.line(f"   {self._in(_GREEN, '✓')} {zh}" + (self._in(_DIM, f"  {en}") if en else ""))

    def refused(self, zh: str, en: str = "") -> None:
        self.line(f"   {self._in(_YELLOW, '✗')} {zh}" + (self._in(_DIM, f"  {en}") if en else ""))

    def item(self, text: str) -> None:
        self.line(f"     · {text}")

    def table(self, rows: Sequence[Sequence[str]], *, marked: Sequence[int] = ()) -> None:
        """Columns in line; `marked` rows stand out."""
        widths = [max(width_of(cell) for cell in column) for column in zip(*rows, strict=True)]
        for index, row in enumerate(rows):
            text = "  ".join(pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
            self.line(f"   {self._in(_YELLOW, f'▶ {text}') if index in marked else f'  {text}'}")

    def line(self, text: str = "") -> None:
        print(text, file=self._stream, flush=True)

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self._colours else text


def width_of(text: str) -> int:
    """Columns in a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def pad(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))
