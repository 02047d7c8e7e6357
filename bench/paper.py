"""What a paper costs: milliseconds and megabytes, cold and warm, modules, and how often its code reads from a print (ADR 0014).

`python -m bench.paper` sets the papers of the tests and prints them at 300 dots an inch; `--pictures` draws those of docs/paper/ anew.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pypdfium2
import segno
import zxingcpp
from PIL import Image, ImageEnhance, ImageFilter

from tests.fakes.papers import CHECK_URL, ISSUED, ISSUER, KEY, a_childhood, a_document, a_dose, a_subject
from tools.hcert import hcert_of
from vaxcert.documents.address import address_of
from vaxcert.documents.model import Kind, PaperLanguage
from vaxcert.documents.ports import Size
from vaxcert.documents.sheet import Subject, sheet
from vaxcert.documents.symbol import modules
from vaxcert.programme.schedule import months

ROOT: Final = Path(__file__).resolve().parent.parent
_PICTURES: Final = ROOT / "docs" / "paper"
_PRINTS: Final = 60
_COLD: Final = """
import time
start = time.perf_counter()
from bench.paper import a_paper
loaded = time.perf_counter()
from vaxcert.documents.typesetting import Typesetter
typesetter = Typesetter()
ready = time.perf_counter()
pdf = a_paper(typesetter)
import resource
print(1000 * (ready - loaded), 1000 * (time.perf_counter() - ready), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def a_paper(
    typesetter: object,
    subject: Subject | None = None,
    kind: Kind = Kind.RECORD,
    language: PaperLanguage = "zh",
    size: Size = "a5",
) -> bytes:
    """The PDF of a document of the tests."""
    from vaxcert.documents.typesetting import Typesetter

    assert isinstance(typesetter, Typesetter)
    subject = subject or a_subject()
    document, cose = a_document(kind, language, subject=subject)
    page = sheet(document, subject, ISSUER, typesetter.printable)
    return typesetter.pdf(page, address_of(CHECK_URL, cose), size)


def drawn(pdf: bytes, dots: float, page: int = 0) -> Image.Image:
    """A page as a printer with so many dots an inch puts it down."""
    image: Image.Image = pypdfium2.PdfDocument(pdf)[page].render(scale=dots / 72).to_pil()
    return image


def harmed(page: Image.Image) -> Iterator[Image.Image]:
    """A print as phones see it: smaller, turned, blurred, in bad light."""
    dice = random.Random(20260701)
    for _ in range(_PRINTS):
        shrink = dice.uniform(0.45, 1.0)
        seen = page.resize(
            (round(page.width * shrink), round(page.height * shrink)), Image.Resampling.BILINEAR
        )
        seen = seen.rotate(dice.uniform(-25, 25), Image.Resampling.BICUBIC, expand=True, fillcolor="white")
        seen = seen.filter(ImageFilter.GaussianBlur(dice.uniform(0, 1.4)))
        yield ImageEnhance.Brightness(seen).enhance(dice.uniform(0.45, 1.1))


def _rates(page: Image.Image) -> tuple[int, int]:
    """How many of the harmed prints zxing-cpp and zbar read."""
    from pyzbar.pyzbar import ZBarSymbol, decode

    by_zxing = by_zbar = 0
    for seen in harmed(page):
        by_zxing += zxingcpp.read_barcode(seen) is not None
        by_zbar += bool(decode(seen, symbols=[ZBarSymbol.QRCODE]))
    return by_zxing, by_zbar


def _on_a_page(rows: segno.QRCode, millimetres: float, dots: float = 300) -> Image.Image:
    """Another code at the same size on the same A5 page."""
    side = round(millimetres / 25.4 * dots)
    page = Image.new("RGB", (round(148 / 25.4 * dots), round(210 / 25.4 * dots)), "white")
    picture = Image.new("L", (len(rows.matrix) + 8, len(rows.matrix) + 8), 255)
    for y, row in enumerate(rows.matrix):
        for x, dark in enumerate(row):
            if dark:
                picture.putpixel((x + 4, y + 4), 0)
    page.paste(picture.resize((side, side), Image.Resampling.NEAREST), (page.width - side - 130, 350))
    return page


def _costs() -> None:
    from vaxcert.documents.typesetting import Typesetter

    for _ in range(3):
        told = subprocess.run(
            [sys.executable, "-c", _COLD], check=True, capture_output=True, text=True, cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/vaxcert/python'}"},
        ).stdout.split()  # fmt: skip
        print(
            f"cold  load {float(told[0]):6.0f} ms, first paper {float(told[1]):6.0f} ms, {float(told[2]):5.0f} MB at most"
        )
    typesetter = Typesetter()
    cases = {
        "record, 22 doses": a_subject(),
        "record, none": a_subject(()),
        "record, 60 doses": a_subject(a_childhood(60)),
        "record, 300 doses": a_subject(a_childhood(300)),
    }
    for name, subject in cases.items():
        times = []
        for turn in range(8):
            # Another number of the same person each time: typst remembers what it has set.
            other = a_subject(subject.doses, name=f"周样{'一二三四五六七八'[turn]}")
            a_document(Kind.RECORD, "zh", subject=other)
            start = time.process_time()
            pdf = a_paper(typesetter, other)
            times.append(1000 * (time.process_time() - start))
        _, cose = a_document(Kind.RECORD, "zh", subject=subject)
        side = len(modules(address_of(CHECK_URL, cose)))
        print(
            f"warm  {name:18} {sorted(times)[4]:6.0f} ms CPU, {len(pdf) / 1024:5.0f} KB, {side} modules, {len(cose)} COSE bytes"
        )
    print(f"peak  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    page = drawn(a_paper(typesetter), 300)
    zxing, zbar = _rates(page)
    print(f"read  of {_PRINTS} harmed prints at 300 dpi: zxing-cpp {zxing}, zbar {zbar}")
    subject = a_subject()
    record = hcert_of(
        subject, subject.doses, issuer="示范", issued=ISSUED, expires=ISSUED + timedelta(days=365), key=KEY
    )
    hcert = segno.make(record, error="M", boost_error=False, micro=False)
    zxing, zbar = _rates(_on_a_page(hcert, (73 + 8) * 0.42))
    print(
        f"read  an HCERT of the record, {len(hcert.matrix)} modules, as large: zxing-cpp {zxing}, zbar {zbar}"
    )


def _pictures() -> None:
    from vaxcert.documents.typesetting import Typesetter

    typesetter = Typesetter()
    _PICTURES.mkdir(exist_ok=True)
    whole = a_subject((*a_childhood(), a_dose("DTaP", 5, months(72).after(a_subject().birth_date))))
    papers: dict[str, tuple[Subject, Kind, PaperLanguage, int]] = {
        "record-1": (whole, Kind.RECORD, "zh", 0),
        "record-2": (whole, Kind.RECORD, "zh", 1),
        "record-english-1": (whole, Kind.RECORD, "zh-en", 0),
        "school-entry-complete": (whole, Kind.SCHOOL_ENTRY, "zh", 0),
        "school-entry-missing": (a_subject(a_childhood(18)), Kind.SCHOOL_ENTRY, "zh-en", 0),
        "record-60-doses": (
            a_subject(a_childhood(60), name="阿卜杜热合曼·买买提艾力·吾斯曼江·阿不都拉"),
            Kind.RECORD,
            "zh",
            0,
        ),
    }
    for name, (subject, kind, language, page) in papers.items():
        picture = drawn(a_paper(typesetter, subject, kind, language), 110, page).quantize(
            32, dither=Image.Dither.NONE
        )
        picture.save(_PICTURES / f"{name}.png", optimize=True)


def main() -> None:
    """Print figures, or draw the pictures."""
    if "--pictures" in sys.argv:
        _pictures()
    else:
        _costs()


if __name__ == "__main__":
    main()
