"""The paper: what it says is what the record says, whatever names hold, and its code reads from a print (R4, R29-R33, D19, D20)."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

import pypdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.counts import PROVE, examples
from tests.fakes.papers import CHECK_URL, ISSUER, a_childhood, a_document, a_dose, a_subject
from vaxcert.documents.address import address_of
from vaxcert.documents.model import Kind, PaperLanguage
from vaxcert.documents.ports import Size
from vaxcert.documents.sheet import UNPRINTED, Subject, sheet
from vaxcert.documents.typesetting import Typesetter
from vaxcert.text import character_fault

DOTS = 300  # an inch, as an office printer has them


@cache
def typesetter() -> Typesetter:
    return Typesetter()


@lru_cache(maxsize=16)
def pdf_of(
    subject: Subject | None = None,
    kind: Kind = Kind.RECORD,
    language: PaperLanguage = "zh",
    size: Size = "a5",
) -> bytes:
    """The paper, set once: half of these tests look at the same one."""
    subject = subject or a_subject()
    document, cose = a_document(kind, language, subject=subject)
    page = sheet(document, subject, ISSUER, typesetter().printable)
    return typesetter().pdf(page, address_of(CHECK_URL, cose), size)


def pages_of(pdf: bytes) -> list[str]:
    """The text of every page, without the blanks that a reader makes of distances."""
    return ["".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def text_of(pdf: bytes) -> str:
    return "".join(pages_of(pdf))


def plain(words: str) -> str:
    return "".join(words.split())


@lru_cache(maxsize=2)
def printed(pdf: bytes, page: int = 0) -> Image.Image:
    """A page as it comes out of the printer. Who draws on it takes a copy."""
    drawn: Image.Image = pypdfium2.PdfDocument(pdf)[page].render(scale=DOTS / 72).to_pil()
    return drawn


@pytest.mark.parametrize("language", ["zh", "zh-en"])
def test_d20_the_text_is_the_record(language: PaperLanguage) -> None:
    text = text_of(pdf_of(language=language))
    for dose in a_childhood():
        line = f"{dose.dose_no}{dose.date}{dose.batch}{dose.manufacturer}{dose.clinic_name}"
        assert plain(f"{dose.vaccine_name}") in text
        assert line in text, line
    assert text.count("外省") >= 1
    for words in (
        "周小样",
        "女",
        "3206**********0016",
        "示范",
        "2020-05-01",
        "截至2026年6月30日",
        "共22剂",
        "2026年版",
        ISSUER.name,
        ISSUER.hotline,
    ):
        assert plain(words) in text
    assert ("CVX08" in text) is (language == "zh-en")
    assert ("VaccinationRecord" in text) is (language == "zh-en")


def test_r4_r29_r30_it_says_what_it_is_not_and_what_to_bring() -> None:
    text = text_of(pdf_of())
    assert "不替代纸质的《江苏省儿童预防接种证》" in text
    assert "补充打印完整" in text
    assert "不替代纸质的预防接种证或接种凭证" in text_of(pdf_of(a_subject(a_childhood(2), adult=True)))


def test_d19_school_entry_says_complete_or_what_is_missing_and_where_to_go() -> None:
    done = text_of(pdf_of(kind=Kind.SCHOOL_ENTRY))
    assert "已完成" in done
    assert "需补种的疫苗" not in done
    text = text_of(pdf_of(a_subject(a_childhood()[:18]), Kind.SCHOOL_ENTRY))
    for words in ("需补种", "有3剂", "脊灰减毒活疫苗4", "乙脑减毒活疫苗2", "A群C群流脑多糖疫苗1", "示范门诊"):
        assert words in text, words
    for words in ("截至2026年6月30日", "2026年版", "接种禁忌", "不作为拒绝入托、入学的依据", "30日内"):
        assert words in text, words


@pytest.mark.parametrize("count", [0, 1, 22, 60, 300])
def test_pages_are_numbered_and_tied_together(count: int) -> None:
    pages = pages_of(pdf_of(a_subject(a_childhood(count))))
    document, _ = a_document()
    for number, text in enumerate(pages, 1):
        assert document.document_id in text
        assert f"第{number}页，共{len(pages)}页" in text
        if number > 1:
            assert "周小样" in text
    assert ("没有该人的接种记录" in pages[0]) is (count == 0)
    text = "".join(pages)
    assert all(f"{dose.dose_no}{dose.date}{dose.batch}" in text for dose in a_childhood(count))


def test_the_same_document_has_the_same_bytes_in_another_process_too() -> None:
    assert pdf_of.__wrapped__() == pdf_of()
    again = Typesetter()
    subject = a_subject()
    document, cose = a_document(Kind.RECORD, "zh", subject=subject)
    page = sheet(document, subject, ISSUER, again.printable)
    assert again.pdf(page, address_of(CHECK_URL, cose), "a5") == pdf_of()


def test_it_is_archival_and_tagged() -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf_of()))
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", metadata)
    assert re.search(r"<pdfaid:conformance>A</pdfaid:conformance>", metadata)
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]).lower().startswith("zh")


@pytest.mark.parametrize(("size", "millimetres"), [("a5", (148, 210)), ("a4", (210, 297))])
def test_it_comes_on_a5_and_on_a4(size: Size, millimetres: tuple[int, int]) -> None:
    box = pypdf.PdfReader(io.BytesIO(pdf_of(size=size))).pages[0].mediabox
    assert tuple(round(float(side) / 72 * 25.4) for side in (box.width, box.height)) == millimetres


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("count", [0, 22, 60, 300])
def test_the_code_reads_from_a_print_at_300_dots_an_inch(kind: Kind, count: int) -> None:
    subject = a_subject(a_childhood(count))
    _, cose = a_document(kind, "zh", subject=subject)
    found = zxingcpp.read_barcode(printed(pdf_of(subject, kind)))
    assert found is not None
    assert found.text == address_of(CHECK_URL, cose)


@pytest.mark.needs("zbar")
def test_the_other_reader_reads_it_too() -> None:
    from pyzbar.pyzbar import ZBarSymbol, decode

    (found,) = decode(printed(pdf_of()), symbols=[ZBarSymbol.QRCODE])
    assert found.data.decode() == address_of(CHECK_URL, a_document(Kind.RECORD, "zh", subject=a_subject())[1])


def code_of(page: Image.Image) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """A copy of the page, and the box of its code: found by the reader, in dots."""
    found = zxingcpp.read_barcode(page)
    assert found is not None
    corners = [
        getattr(found.position, name) for name in ("top_left", "top_right", "bottom_right", "bottom_left")
    ]
    return page.copy(), (
        min(corner.x for corner in corners),
        min(corner.y for corner in corners),
        max(corner.x for corner in corners),
        max(corner.y for corner in corners),
    )


@pytest.mark.parametrize("degrees", [-60, -25, -8, 8, 25, 60, 90, 180])
def test_a_print_that_is_photographed_askew_is_read(degrees: int) -> None:
    page = printed(pdf_of())
    askew = page.resize((page.width * 3 // 5, page.height * 3 // 5)).rotate(
        degrees, expand=True, fillcolor="white"
    )
    # And from the side: the far edge is a fifth shorter than the near one.
    wide, high = askew.size
    tilted = askew.transform(
        (wide, high),
        Image.Transform.QUAD,
        (-wide * 0.1, 0, 0, high, wide, high, wide * 1.1, 0),
        Image.Resampling.BICUBIC,
        fillcolor="white",
    )
    found = zxingcpp.read_barcode(tilted)
    assert found is not None
    assert found.text == address_of(CHECK_URL, a_document(Kind.RECORD, "zh", subject=a_subject())[1])


TEARS = [(torn, corner) for corner in range(4) for torn in (0.05, 0.15, 0.3, 0.5, 0.8)]
# Each corner, and each size of a tear; all of them to prove.
FEW_TEARS = [(0.05, 2), (0.15, 0), (0.3, 1), (0.5, 3), (0.8, 0)]


@pytest.mark.parametrize(("torn", "corner"), TEARS if PROVE else FEW_TEARS)
def test_a_torn_code_is_read_whole_or_not_at_all(torn: float, corner: int) -> None:
    page, (left, top, right, bottom) = code_of(printed(pdf_of()))
    side = round((right - left) * torn)
    at = ((left, top), (right - side, top), (right - side, bottom - side), (left, bottom - side))[corner]
    page.paste("white", (*at, at[0] + side, at[1] + side))
    found = zxingcpp.read_barcode(page)
    whole = address_of(CHECK_URL, a_document(Kind.RECORD, "zh", subject=a_subject())[1])
    assert found is None or found.text == whole
    assert found is None or torn < 0.5
    assert found is not None or (torn, corner) != (0.05, 2), (
        "the corner without a finder may be torn a little"
    )


MARKUP: Sequence[str] = (
    "#set page(width: 1pt)",
    "*粗* _斜_ `代码`",
    '#eval("1+1")#read("/etc/passwd")',
    "$x^2$ <label> @ref // 注释 /* */",
    "\\u{41}\\ \\#",
    '"]]) #panic("x")',
    "= 标题 - 项 + 项",
    "{page}{pages}{as_of}{0}",
    "<b>粗</b>&lt;&amp;",
)


@pytest.mark.parametrize("name", MARKUP)
def test_names_are_never_markup(name: str) -> None:
    dose = a_dose(
        "MMR", 1, date(2021, 1, 1), vaccine_code="", vaccine_name=name, batch=name, clinic_name=name
    )
    text = text_of(pdf_of(a_subject((dose,), name=name)))
    assert text.count(plain(name)) >= 4


@pytest.mark.parametrize(
    "name",
    [
        "𬭎𫖯𬱟𫍣",
        "㛃喆堃媖",
        "〇·䶮",
        "阿卜杜热合曼·买买提艾力·吾斯曼江·阿不都拉·玉苏甫江·艾尼瓦尔",
        "A" * 36,
        "测" * 36,
    ],
)
def test_long_and_rare_names_are_printed_whole(name: str) -> None:
    assert len(name) <= 36
    pages = pages_of(pdf_of(a_subject(name=name)))
    assert plain(name) in pages[0]
    assert UNPRINTED not in pages[0]


def test_a_character_that_the_font_lacks_has_a_mark_and_a_word() -> None:
    text = text_of(pdf_of(a_subject(name="周𧒽👶")))
    assert f"周{UNPRINTED}{UNPRINTED}" in text
    assert "字库没有收录" in text
    assert "字库没有收录" not in text_of(pdf_of())


@settings(max_examples=examples(25))
@given(st.text(min_size=1, max_size=36).filter(lambda text: not character_fault(text)))
def test_whatever_a_name_holds_a_paper_comes_of_it(name: str) -> None:
    assert pdf_of(a_subject(a_childhood(1), name=name)).startswith(b"%PDF-1.7")
