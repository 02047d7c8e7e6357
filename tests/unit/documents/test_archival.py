"""The rules of PDF/A-2a (ISO 19005-2) that can be looked up in the file itself; no validator judges here (docs/paper.md)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import pypdf
import pytest
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from tests.fakes.papers import a_childhood, a_subject
from tests.unit.documents.test_paper import pdf_of
from vaxcert.documents.model import Kind

PAPERS: dict[str, Callable[[], bytes]] = {
    "record": pdf_of,
    "english": partial(pdf_of, language="zh-en", size="a4"),
    "school entry": lambda: pdf_of(a_subject(a_childhood(18)), Kind.SCHOOL_ENTRY),
    "rare characters": lambda: pdf_of(a_subject(a_childhood(60), name="𬭎𫖯𬱟㛃·買買提")),
}


@cache
def made(name: str) -> bytes:
    return PAPERS[name]()


def opened(name: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(made(name)), strict=True)


def everything(reader: pypdf.PdfReader) -> Iterator[Any]:
    """Every dictionary and stream that the trailer leads to, once."""
    seen: set[int] = set()
    waiting: list[Any] = [reader.trailer]
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if one.idnum in seen:
                continue
            seen.add(one.idnum)
            one = one.get_object()
        if isinstance(one, ArrayObject):
            waiting += list(one)
        elif isinstance(one, DictionaryObject):
            yield one
            waiting += [dict.__getitem__(one, key) for key in one]


def fonts(reader: pypdf.PdfReader) -> list[Any]:
    return [one for one in everything(reader) if one.get("/Type") == "/Font"]


@pytest.mark.parametrize("name", PAPERS)
def test_every_font_is_embedded_and_every_character_has_its_unicode(name: str) -> None:
    found = fonts(opened(name))
    assert any(one["/Subtype"] == "/Type0" for one in found)
    for font in found:
        if font["/Subtype"] == "/Type0":
            assert font["/ToUnicode"].get_object().get_data(), (
                "6.2.11.7: text is text for whoever copies or hears it"
            )
            assert font["/Encoding"] in {"/Identity-H", "/Identity-V"}
        else:
            assert font["/Subtype"] in {"/CIDFontType0", "/CIDFontType2"}
            descriptor: Any = font["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(descriptor), "6.2.11.4: embedded"
            assert re.match(r"/[A-Z]{6}\+", font["/BaseFont"]), "as a subset"


@pytest.mark.parametrize("name", PAPERS)
def test_colours_have_their_profile(name: str) -> None:
    root: Any = opened(name).trailer["/Root"]
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    profile = intent.get_object()["/DestOutputProfile"].get_object()
    assert profile.get_data()[36:40] == b"acsp", "an ICC profile"


@pytest.mark.parametrize("name", PAPERS)
def test_nothing_acts_nothing_is_elsewhere_nothing_is_locked_and_nothing_shines_through(name: str) -> None:
    reader = opened(name)
    root: Any = reader.trailer["/Root"]
    assert "/Encrypt" not in reader.trailer
    identified: Any = reader.trailer["/ID"]
    assert len(identified) == 2
    assert not {"/AA", "/OpenAction", "/AcroForm", "/Collection", "/Requirements"} & set(root)
    for one in everything(reader):
        assert one.get("/S") not in {
            "/JavaScript",
            "/Launch",
            "/Sound",
            "/Movie",
            "/ImportData",
            "/ResetForm",
        }
        assert not {"/JS", "/EF", "/XFA", "/PS", "/TR", "/HTP"} & set(one)
        assert one.get("/Interpolate", False) is False
        if isinstance(one, StreamObject):
            assert not {"/F", "/FFilter", "/FDecodeParms"} & set(one), "6.1.7: no stream lies in another file"
            assert "LZW" not in str(one.get("/Filter", ""))
        assert one.get("/SMask", "/None") == "/None"
        assert one.get("/BM", "/Normal") in {"/Normal", "/Compatible"}
        assert (one.get("/CA", 1), one.get("/ca", 1)) == (1, 1)


@pytest.mark.parametrize("name", PAPERS)
def test_what_the_file_says_of_itself_agrees(name: str) -> None:
    pdf, reader = made(name), opened(name)
    assert re.match(rb"%PDF-1\.7\r?\n%[\x80-\xff]{4}", pdf), "6.1.2"
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"]
    assert "/Filter" not in metadata or metadata.get_data()
    told = metadata.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in told
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in told
    info = reader.metadata
    assert info is not None
    assert info.title
    assert info.title in told


@pytest.mark.parametrize("name", PAPERS)
def test_it_is_tagged_the_code_has_its_words_and_tables_their_heads(name: str) -> None:
    reader = opened(name)
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).lower().startswith("zh")
    assert all("/StructParents" in page for page in reader.pages)
    elements = [one for one in everything(reader) if {"/S", "/P", "/K"} <= set(one)]
    kinds = {str(one["/S"]) for one in elements}
    assert {"/H1", "/Table", "/TH", "/TD", "/TR", "/Figure"} <= kinds, kinds
    assert all(one.get("/Alt") for one in elements if one.get("/S") == "/Figure")
