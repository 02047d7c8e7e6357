"""The paper of a record by another library, reportlab, to compare with (ADR 0014): the same sheet, the same code, the same two pages.

It is plainer than ours and neither tagged nor archival: what it costs is its least.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import paperang_p2_fonts_cjk as fonts
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from vaxcert.documents.sheet import Sheet
from vaxcert.documents.symbol import modules

_FONT: Final = "WenQuanYi"
_MODULE: Final = 0.42 * mm
_RULE: Final = HexColor("#b9c6c1")


@cache
def _font() -> str:
    file = Path(fonts.__file__).parent / "fonts" / "wqy-microhei.ttc"
    pdfmetrics.registerFont(TTFont(_FONT, str(file), subfontIndex=0))
    return _FONT


class _Code(Flowable):  # type: ignore[misc]
    """The symbol, run by run."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._rows = modules(address)
        self.width = self.height = (len(self._rows) + 8) * _MODULE

    def draw(self) -> None:
        for y, row in enumerate(self._rows):
            start = 0
            for x in range(1, len(row) + 1):
                if x == len(row) or row[x] != row[start]:
                    if row[start]:
                        top = self.height - (y + 5) * _MODULE
                        self.canv.rect((start + 4) * _MODULE, top, (x - start) * _MODULE, _MODULE, 0, 1)
                    start = x


def pdf_of(sheet: Sheet, address: str) -> bytes:
    """The record's paper on A5."""
    told = cast("dict[str, Any]", sheet)
    small = ParagraphStyle("small", fontName=_font(), fontSize=6.6, leading=8.6, wordWrap="CJK")
    title = ParagraphStyle("title", parent=small, fontSize=17, leading=24, alignment=1)

    def cell(text: object) -> Paragraph:
        safe = str(text).replace("&", "&amp;").replace("<", "&lt;")
        return Paragraph(safe, small)

    person = Table([[cell(one["label"][0]), cell(one["value"][0])] for one in told["person"]])
    flow: list[Any] = [
        Paragraph(told["title"][0], title),
        Table([[person, _Code(address)]], colWidths=[88 * mm, 35 * mm]),
        cell(told["says"][0]),
        _table([column[0] for column in told["columns"]], _doses(told), cell, (26, 8, 17, 30, 32, 12)),
    ]
    if told["missing"]:
        rows = [[turn["vaccine"][0], turn["no"], turn["since"][0]] for turn in told["missing"]]
        flow += [
            cell(told["missing_says"][0]),
            _table([column[0] for column in told["missing_columns"][:3]], rows, cell, (60, 15, 50)),
        ]
    flow += [Spacer(1, 2 * mm), *(cell("· " + note[0]) for note in told["notes"]), cell(told["issuer"])]
    made = io.BytesIO()

    def numbered(canvas: Any, document: Any) -> None:
        canvas.setFont(_font(), 6.4)
        canvas.drawString(11 * mm, 9 * mm, told["number"])
        canvas.drawRightString(137 * mm, 9 * mm, f"第 {document.page} 页")

    SimpleDocTemplate(
        made,
        pagesize=A5,
        leftMargin=11 * mm,
        rightMargin=11 * mm,
        topMargin=13 * mm,
        bottomMargin=16 * mm,
        invariant=1,
    ).build(flow, onFirstPage=numbered, onLaterPages=numbered)
    return made.getvalue()


def _doses(told: dict[str, Any]) -> list[list[str]]:
    return [
        [course["vaccine"][0], dose["no"], dose["date"], f"{dose['batch']} {dose['maker']}", dose["unit"], dose["origin"][0]]
        for course in told["courses"]
        for dose in course["doses"]
    ]  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], cell: Any, widths: Sequence[float]) -> Table:
    table = Table(
        [[cell(text) for text in row] for row in (head, *rows)],
        colWidths=[width * mm for width in widths],
        repeatRows=1,
    )
    table.setStyle(
        TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.3, _RULE), ("TOPPADDING", (0, 0), (-1, -1), 2)])
    )
    return table
