"""The PDF of a sheet by typst (ADR 0014): PDF/A-2a, tagged, the same bytes for the same sheet.

typst and its fonts are in a layer that only the printing function has (`layers/paper`); nothing else imports this module.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, cast

import pylopdf_fonts_zh_cn as fonts
import typst

from vaxcert.codes.picture import svg
from vaxcert.documents.fonts import Coverage
from vaxcert.documents.ports import Size
from vaxcert.documents.sheet import Sheet
from vaxcert.documents.symbol import modules

TEMPLATE: Final = Path(__file__).parent / "paper" / "document.typ"
STANDARD: Final = "a-2a"


class Typesetter:
    """Port `Typesetter`. The compiler reads template and fonts once, and is kept."""

    def __init__(self) -> None:
        self.printable = Coverage(fonts.sans_path(), fonts.serif_path())
        self._compiler = typst.Compiler(
            input=TEMPLATE,
            root=TEMPLATE.parent,
            font_paths=[fonts.sans_path().parent],
            ignore_system_fonts=True,
        )

    def pdf(self, sheet: Sheet, address: str, size: Size) -> bytes:
        """The paper with the code of an address."""
        rows = modules(address)
        inputs = {
            "sheet": json.dumps(sheet, ensure_ascii=False),
            "code": svg(rows),
            "modules": str(len(rows)),
            "size": size,
        }
        # No time of day is written into it: the day of issue stands in the sheet.
        return cast("bytes", self._compiler.compile(format="pdf", pdf_standards=STANDARD, sys_inputs=inputs))
