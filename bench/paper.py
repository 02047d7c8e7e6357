"""What a paper costs: milliseconds and megabytes, cold and warm, modules, and how often its code reads from a print (ADR 0014).

`python -m bench.paper` sets the papers of the tests, prints them at 300 dots an inch, and has their codes read by zxing-cpp, zbar and
zxing-wasm, beside HCERTs of the same record; `--costs` or `--reading` does one of both; `--pictures` draws those of docs/paper/ anew.
docs/paper.md has the figures.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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
import sys, time
start = time.process_time()
from bench.paper import a_paper, of_reportlab
loaded = time.process_time()
if sys.argv[1] == "typst":
    from vaxcert.documents.typesetting import Typesetter
    typesetter = Typesetter()
    ready = time.process_time()
    pdf = a_paper(typesetter)
else:
    import bench.second_paper
    ready = time.process_time()
    pdf = of_reportlab()
done = time.process_time()
import resource
print(1000 * (ready - loaded), 1000 * (done - ready), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(pdf) / 1024)
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


def of_reportlab(subject: Subject | None = None) -> bytes:
    """The record of the tests by the other library."""
    from bench.second_paper import pdf_of

    subject = subject or a_subject()
    document, cose = a_document(Kind.RECORD, "zh", subject=subject)
    page = sheet(document, subject, ISSUER, lambda _: True)
    return pdf_of(page, address_of(CHECK_URL, cose))


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


def _rates(page: Image.Image, text: str) -> str:
    """How many of the harmed prints each reader reads as what the code says."""
    from pyzbar.pyzbar import ZBarSymbol, decode

    frames = [seen.convert("L") for seen in harmed(page)]
    read = {"zxing-cpp": 0, "zbar": 0}
    for frame in frames:
        found = zxingcpp.read_barcode(frame)
        read["zxing-cpp"] += found is not None and found.text == text
        read["zbar"] += text in {one.data.decode() for one in decode(frame, symbols=[ZBarSymbol.QRCODE])}
    by_wasm = _read_by_wasm(frames, text)
    assert not by_wasm["wrong"]
    told = ", ".join(f"{name} {count}" for name, count in (read | {"zxing-wasm": by_wasm["read"]}).items())
    return f"{told} of {_PRINTS} (wasm {by_wasm['ms'] / _PRINTS:.0f} ms a frame)"


def _read_by_wasm(frames: list[Image.Image], text: str) -> dict[str, float]:
    """By zxing-wasm as the pages have it, under node."""
    with tempfile.TemporaryDirectory() as folder:
        told = []
        for number, frame in enumerate(frames):
            Path(folder, f"{number}.grey").write_bytes(frame.tobytes())
            told.append(
                {"file": f"{number}.grey", "width": frame.width, "height": frame.height, "text": text}
            )
        Path(folder, "frames.json").write_text(json.dumps(told), "utf-8")
        node = [str(ROOT / ".local/bin/node"), str(ROOT / "bench/zxing_frames.mjs"), folder]
        found = subprocess.run(node, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return dict(json.loads(found))


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

    for library in ("typst", "reportlab"):
        for _ in range(3):
            told = subprocess.run(
                [sys.executable, "-c", _COLD, library], check=True, capture_output=True, text=True, cwd=ROOT,
                env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/vaxcert/python'}"},
            ).stdout.split()  # fmt: skip
            load, first, most, size = map(float, told)
            print(
                f"cold  {library:9} load {load:5.0f} ms CPU, first paper {first:5.0f} ms, {most:4.0f} MB at most, {size:4.0f} KB"
            )
    # Another name of the same person each time: typst remembers what it has set.
    named = [a_subject(a_childhood(), name=f"周样{number}") for number in "一二三四五六七八"]
    print(f"warm  reportlab  record, 22 doses   {_warm(of_reportlab, named)}")
    typesetter = Typesetter()
    for name, count in (("22 doses", 22), ("no dose", 0), ("60 doses", 60), ("300 doses", 300)):
        named = [a_subject(a_childhood(count), name=f"周样{number}") for number in "一二三四五六七八"]
        _, cose = a_document(Kind.RECORD, "zh", subject=a_subject(a_childhood(count)))
        side = len(modules(address_of(CHECK_URL, cose)))
        print(
            f"warm  typst      record, {name:9}  {_warm(lambda one: a_paper(typesetter, one), named)}, {side} modules, {len(cose)} COSE bytes"
        )
    print(f"peak  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, both libraries loaded")


def _warm(paper: Callable[[Subject], bytes], subjects: list[Subject]) -> str:
    times, sizes = [], []
    for subject in subjects:
        a_document(Kind.RECORD, "zh", subject=subject)  # signed beforehand
        start = time.process_time()
        sizes.append(len(paper(subject)))
        times.append(1000 * (time.process_time() - start))
    return f"{sorted(times)[len(times) // 2]:4.0f} ms CPU, {max(sizes) / 1024:4.0f} KB"


def _reading() -> None:
    from vaxcert.documents.typesetting import Typesetter

    typesetter, subject = Typesetter(), a_subject()
    text = address_of(CHECK_URL, a_document(Kind.RECORD, "zh", subject=subject)[1])
    side = len(modules(text))
    print(f"read  ours, 22 doses, {side} modules: {_rates(drawn(a_paper(typesetter), 300), text)}")
    for count in (_most_in(subject, 89), len(subject.doses)):
        record = _hcert(subject, count)
        symbol = segno.make(record, error="M", boost_error=False, micro=False)
        rates = _rates(_on_a_page(symbol, (side + 8) * 0.42), record)
        print(f"read  HCERT, {count} doses, {len(symbol.matrix)} modules, printed as large: {rates}")


def _hcert(subject: Subject, count: int) -> str:
    """So many doses in one HCERT, which its form does not allow: to compare sizes alone."""
    year = ISSUED + timedelta(days=365)
    return hcert_of(subject, subject.doses[:count], issuer="示范", issued=ISSUED, expires=year, key=KEY)


def _most_in(subject: Subject, side: int) -> int:
    """How many doses an HCERT holds in a symbol of so many modules."""
    sizes = {
        count: len(segno.make(_hcert(subject, count), error="M", boost_error=False, micro=False).matrix)
        for count in range(1, len(subject.doses) + 1)
    }
    return max(count for count, found in sizes.items() if found <= side)


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
        return
    if "--reading" not in sys.argv:
        _costs()
    if "--costs" not in sys.argv:
        _reading()


if __name__ == "__main__":
    main()
