"""What a code says, how it is carried, and that others can read it (D20)."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import base45
import cbor2
import cwt
import pytest
import zxingcpp
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from reference.document import Foreign, read
from tests.fakes.papers import AS_OF, BORN, CHECK_URL, ISSUED, KEY, a_childhood, a_document, a_dose, a_subject
from tests.fakes.signing import key_pair
from tools.hcert import hcert_of
from vaxcert.archives.model import Dose
from vaxcert.codes.picture import png
from vaxcert.documents.address import address_of, bytes_of, digits_of
from vaxcert.documents.model import Kind, document_id_of, is_document_id
from vaxcert.documents.model import bytes_of as id_bytes
from vaxcert.documents.statement import LARGEST, SMALL, day_of, days_of
from vaxcert.documents.symbol import modules
from vaxcert.keys.store import public_jwk

JWK = public_jwk(KEY.private.public_key(), KEY.kid)


def cose_of(doses: Sequence[Dose] | None = None, name: str = "周小样", kind: Kind = Kind.RECORD) -> bytes:
    return a_document(kind, subject=a_subject(doses, name=name))[1]


def body_of(cose: bytes) -> dict[int, Any]:
    """The map, verified and read by an independent library."""
    message = cwt.COSE.new(alg_auto_inclusion=False, kid_auto_inclusion=False)
    found: dict[int, Any] = cbor2.loads(message.decode(cose, keys=[cwt.COSEKey.from_jwk(JWK)]))
    return found


def test_d20_another_library_verifies_it_and_reads_what_the_paper_says() -> None:
    cose = cose_of()
    assert cose[0] == 0xD2, "tag 18"
    body = body_of(cose)
    assert (body[0], body[1], body[2], body[3]) == (1, bytes(range(1, 17)), 1, "2026")
    assert (body[4], day_of(body[5]), day_of(body[6]), body[7]) == ("周小样", BORN, AS_OF, ISSUED.timestamp())
    read_back = {
        (vaccine, number, BORN + timedelta(days=days), bool(more))
        for vaccine, *doses in body[8]
        for number, days, *more in doses
    }
    assert read_back == {
        (one.vaccine_code, one.dose_no, one.date, one.origin == "other_province") for one in a_childhood()
    }


def test_d19_school_entry_says_what_is_missing_and_no_dose() -> None:
    body = body_of(cose_of(a_childhood()[:18], kind=Kind.SCHOOL_ENTRY))
    assert (body[2], 8 in body) == (2, False)
    assert body[9] == [["bOPV", 4], ["1801", 2], ["1701", 1]]
    assert body_of(cose_of(kind=Kind.SCHOOL_ENTRY))[9] == []


def test_d20_a_record_of_22_doses_takes_no_more_than_77_modules() -> None:
    assert len(modules(address_of(CHECK_URL, cose_of()))) <= 77
    assert len(modules(address_of("https://" + "a" * 40 + ".cn/check/", cose_of()))) <= 77


def test_batches_stand_in_the_code_where_it_stays_as_small() -> None:
    few = body_of(cose_of(a_childhood(6)))
    assert few[8][0][1] == [1, 0, 0, "20200505A"]
    assert all(len(dose) <= 3 for course in body_of(cose_of())[8] for dose in course[1:])


def _of_size(doses: Sequence[Dose], octets: int) -> bytes:
    """The code of these doses under a name so long that with all that may be told it would take so many bytes."""
    short = cose_of(doses, name="a" * 24)
    found = cose_of(doses, name="a" * (24 + octets - len(short)))
    # A name's length is told by a second byte from 24 letters on, and by a third from 256 on.
    return found if len(found) == octets else cose_of(doses, name="a" * (23 + octets - len(short)))


@pytest.mark.parametrize(("doses", "most", "side"), [(9, SMALL, 77), (300, LARGEST, 177)])
def test_d20_as_much_is_told_as_a_symbol_takes_to_the_last_byte(doses: int, most: int, side: int) -> None:
    """Batches in a small one, doses in the largest; one byte more, and they are left out."""
    assert {77: 340, 177: 2200}[side] == most
    given = a_childhood(doses)
    whole = _of_size(given, most)
    assert len(whole) == most
    address = "https://" + "a" * 42 + ".cn/check/"
    assert (len(address), len(modules(address_of(address, b"\xff" * most)))) == (60, side)
    assert len(_of_size(given, most + 1)) < most
    with_batches, with_doses = (
        any(len(dose) > 3 for course in body_of(whole)[8] for dose in course[1:]),
        8 in body_of(_of_size(given, most + 1)),
    )
    assert (with_batches, with_doses) == ((True, True) if most == SMALL else (False, False))


def test_300_doses_fit_into_one_symbol_and_more_are_told_by_their_count() -> None:
    cose = cose_of(a_childhood(300))
    assert sum(len(course) - 1 for course in body_of(cose)[8]) == 300
    assert read_by_zxing(cose) == address_of(CHECK_URL, cose)
    body = body_of(cose_of(a_childhood(900)))
    assert (body[10], 8 in body) == (900, False)


def read_by_zxing(cose: bytes) -> str:
    found = zxingcpp.read_barcode(picture(cose))
    assert found is not None
    return str(found.text)


def picture(cose: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png(modules(address_of(CHECK_URL, cose)))))


@pytest.mark.needs("zbar")
def test_both_readers_read_the_whole_address() -> None:
    from pyzbar.pyzbar import ZBarSymbol, decode

    cose = cose_of()
    (found,) = decode(picture(cose), symbols=[ZBarSymbol.QRCODE])
    assert found.data.decode() == read_by_zxing(cose) == address_of(CHECK_URL, cose)


@given(st.binary(max_size=LARGEST))
@example(bytes(range(256)) * 8)
@example(b"\xff" * LARGEST)
def test_digits_carry_every_byte(data: bytes) -> None:
    digits = digits_of(data)
    assert digits.isascii()
    assert digits.isdigit()
    assert bytes_of(digits) == data


@pytest.mark.parametrize("text", ["", "0", "01", "2", "１２３", "-1", "1e5", "12 3"])
def test_digits_of_nobody_are_refused(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        assert bytes_of(text) != b""


@given(st.binary(min_size=16, max_size=16))
def test_an_id_has_one_text(octets: bytes) -> None:
    text = document_id_of(octets)
    assert is_document_id(text)
    assert id_bytes(text) == octets
    assert not is_document_id(text.upper())
    assert (
        not is_document_id(text[:-1] + chr(ord(text[-1]) + 1))
        or id_bytes(text[:-1] + chr(ord(text[-1]) + 1)) != octets
    )


@pytest.mark.parametrize("octets", [b"", bytes(15), bytes(17)])
def test_an_id_is_made_of_sixteen_bytes(octets: bytes) -> None:
    with pytest.raises(ValueError, match="not the bytes"):
        document_id_of(octets)


@pytest.mark.parametrize(
    "text", ["", "d", "e" + "a" * 26, "d" + "a" * 25 + "b", "d" + "a" * 24, "D" + "a" * 26]
)
def test_what_is_no_id_has_no_bytes(text: str) -> None:
    with pytest.raises(ValueError, match="not a document id"):
        id_bytes(text)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_days_are_counted_as_rfc_8943_counts_them(day: date) -> None:
    assert day_of(days_of(day)) == day


def test_the_reference_reads_it_and_refuses_everything_else() -> None:
    cose = cose_of()
    found = read(address_of(CHECK_URL, cose), [JWK])
    assert not isinstance(found, Foreign)
    assert (found.name, found.birth_date, found.count) == ("周小样", BORN, 22)
    broken = bytearray(cose)
    broken[60] ^= 1
    for text in (
        address_of(CHECK_URL, bytes(broken)),
        address_of(CHECK_URL, cose + b"\x00"),
        address_of(CHECK_URL, b""),
        CHECK_URL,
        "",
        "VC1:ABC",
        CHECK_URL + "#" + "9" * 9000,
    ):
        assert isinstance(read(text, [JWK]), Foreign), text[:40]
    other = key_pair("pzzz0")
    assert (
        read(address_of(CHECK_URL, cose), [public_jwk(other.private.public_key(), "pzzz0")])
        is Foreign.UNKNOWN_KEY
    )
    swapped = public_jwk(other.private.public_key(), KEY.kid)
    assert read(address_of(CHECK_URL, cose), [swapped]) is Foreign.BAD_SIGNATURE


def test_a_signature_of_the_other_sign_is_refused() -> None:
    cose = cose_of()
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    twin = cose[:-32] + (order - int.from_bytes(cose[-32:])).to_bytes(32)
    assert read(address_of(CHECK_URL, twin), [JWK]) is Foreign.BAD_SIGNATURE


def test_the_map_can_be_told_as_hcert_and_read_as_the_public_test_vectors_are() -> None:
    """`HC1:`, Base45, zlib, COSE, CBOR; claim -260, map 1: one dose an entry, and no foreign recognition is claimed."""
    doses = (a_dose("MMR", 1, date(2021, 1, 1)), a_dose("HepB", 1, BORN))
    year = timedelta(days=365)
    text = hcert_of(a_subject(doses), doses[:1], issuer="示范", issued=ISSUED, expires=ISSUED + year, key=KEY)
    assert text.startswith("HC1:")
    raw = zlib.decompress(base45.b45decode(text.removeprefix("HC1:")))
    claims: Any = cwt.CWT(leeway=10**9).decode(raw, keys=[cwt.COSEKey.from_jwk(JWK)])
    assert claims[1] == "示范"
    certificate = claims[-260][1]
    assert (certificate["dob"], certificate["nam"]["fn"], certificate["ver"]) == (
        "2020-05-01",
        "周小样",
        "1.3.0",
    )
    (dose,) = certificate["v"]
    assert (dose["dt"], dose["dn"], dose["co"], dose["vp"]) == ("2021-01-01", 1, "CN", "03")


def test_the_same_statement_has_the_same_bytes() -> None:
    document, cose = a_document()
    assert body_of(cose) == body_of(a_document(subject=a_subject(tuple(reversed(a_childhood()))))[1])
    assert replace(document, kid="x").document_id == document.document_id
