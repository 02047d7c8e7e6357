"""The code as text: what is written is read again, by us and by a library that we did not write (D8, ADR 0004)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import base45
import cbor2
import cwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counts import examples
from tests.fakes.signing import key_pair
from vaxcert.aws.clock import epoch
from vaxcert.claims.ids import certificate_id_of, is_certificate_id
from vaxcert.codes.model import Code, Fault
from vaxcert.codes.token import LONGEST, PREFIX, mangled, read, tidied, write
from vaxcert.keys.cose import protected_header, sign1, to_be_signed
from vaxcert.keys.store import public_jwk
from vaxcert.keys.suites import ES256

KEY = key_pair("cgx10")
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
MINUTE = timedelta(seconds=60)


def keys() -> Mapping[str, EllipticCurvePublicKey]:
    return {KEY.kid: KEY.private.public_key()}


def a_code(
    octets: bytes = bytes(range(8)), slot: int = 0, grant_version: int = 0, nonce: bytes = b"nonce"
) -> Code:
    return Code(certificate_id_of(octets), slot, grant_version, nonce, NOW, NOW + MINUTE)


CODES = st.builds(
    a_code,
    octets=st.binary(min_size=8, max_size=8),
    slot=st.integers(0, 10),
    grant_version=st.integers(0, 0xFFFFF),
    nonce=st.binary(min_size=5, max_size=5),
)


@settings(max_examples=examples(200))
@given(CODES)
def test_d8_what_is_written_is_read_again_and_fits_its_picture(code: Code) -> None:
    text = write(code, KEY)
    assert read(text, keys, MINUTE) == code
    assert len(text) <= LONGEST
    assert is_certificate_id(code.certificate_id)


@settings(max_examples=examples(200))
@given(CODES, st.sampled_from(["\r\n", "\n", "\r", " ", "  \t", ""]), st.booleans())
def test_a_keyboard_wedge_types_it_unharmed(code: Code, around: str, lower: bool) -> None:
    """Base45 never ends with a space, so that what a scanner or a form adds or trims changes nothing."""
    text = write(code, KEY)
    assert not text.endswith(" ")
    typed = text.lower() if lower else text
    assert read(around + typed + around, keys, MINUTE) == code


def test_r28_the_longest_that_its_picture_holds_is_read() -> None:
    signer = key_pair("c" * 8)
    text = write(a_code(slot=10, grant_version=0xFFFFF), signer)
    assert len(text) == LONGEST
    published = {signer.kid: signer.private.public_key()}
    assert read(text, lambda: published, MINUTE) == a_code(slot=10, grant_version=0xFFFFF)


@pytest.mark.parametrize("kid", ["", "C0001", "c-1", "é", "c" * 9])
def test_a_key_id_that_we_never_give_is_malformed_whoever_signed(kid: str) -> None:
    signer = key_pair(kid)
    published = {kid: signer.private.public_key()}
    assert read(write(a_code(), signer), lambda: published, MINUTE) is Fault.MALFORMED


def test_r28_what_is_longer_than_anything_typed_is_not_looked_at() -> None:
    """A scanner may put a few blanks around; a form that is sent megabytes of them costs nothing."""
    text = write(a_code(), KEY)
    assert read(text.ljust(LONGEST + 32), keys, MINUTE) == a_code()
    assert read(text.ljust(LONGEST + 33), keys, MINUTE) is Fault.MALFORMED


def test_r28_cut_off_anywhere_it_is_malformed_and_nothing_worse() -> None:
    token = base45.b45decode(write(a_code(), KEY).removeprefix(PREFIX))
    protected, _, payload, signature = cbor2.loads(token).value
    cut = [token[:length] for length in range(len(token))]
    cut += [sign1(protected[:length], payload, signature) for length in range(len(protected))]
    cut += [sign1(protected, payload[:length], signature) for length in range(len(payload))]
    cut += [sign1(protected, payload, signature[:length]) for length in range(len(signature))]
    for one in cut:
        text = PREFIX + base45.b45encode(one).decode()
        assert read(text, keys, MINUTE) is Fault.MALFORMED, one.hex()


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(
            {"exp": b"\x1b" + epoch(NOW + MINUTE).to_bytes(8)}, id="eight bytes for what needs four"
        ),
        pytest.param({"iat": b"\x1b" + epoch(NOW).to_bytes(8)}, id="eight bytes for the other time"),
        pytest.param({"exp": b"\x1b" + b"\xff" * 8}, id="past every year"),
        pytest.param({"exp": b"\x1c"}, id="reserved"),
        pytest.param({"exp": b"\x1f"}, id="indefinite"),
        pytest.param({"cti": b"\x58\x10"}, id="a byte for a length that needs none"),
        pytest.param({"cti": b"\x59\x00\x10"}, id="two bytes for it"),
    ],
)
def test_r28_a_number_as_we_never_write_it_is_malformed_and_nothing_worse(changed: dict[str, bytes]) -> None:
    """Well signed, and of the right content: it is not the one text of its code."""
    written = {
        "exp": b"\x1a" + epoch(NOW + MINUTE).to_bytes(4),
        "iat": b"\x1a" + epoch(NOW).to_bytes(4),
        "cti": b"\x50",
    }

    signer = key_pair("c")  # leaves room for longer numbers in what a picture holds

    def of(numbers: dict[str, bytes]) -> Code | Fault:
        protected = protected_header(ES256.cose_alg, signer.kid.encode())
        payload = (
            b"\xa3\x04" + numbers["exp"] + b"\x06" + numbers["iat"] + b"\x07" + numbers["cti"] + a_code().cti
        )
        signature = ES256.sign(signer.private, to_be_signed(protected, payload))
        text = PREFIX + base45.b45encode(sign1(protected, payload, signature)).decode()
        assert len(text) <= LONGEST
        return read(text, lambda: {signer.kid: signer.private.public_key()}, MINUTE)

    assert of(written) == a_code()
    assert of(written | changed) is Fault.MALFORMED


@pytest.mark.parametrize("behind", ["token", "protected", "payload", "signature", "cti"])
def test_r28_what_has_something_behind_it_is_malformed(behind: str) -> None:
    """Well signed: two texts of one code do not exist."""
    signer = key_pair("c")

    def part(name: str, content: bytes) -> bytes:
        return content + b"\0" if name == behind else content

    cti = part("cti", a_code().cti)
    claims = {4: epoch(NOW + MINUTE), 6: epoch(NOW), 7: cti}
    protected = part("protected", protected_header(ES256.cose_alg, signer.kid.encode()))
    payload = part("payload", cbor2.dumps(claims, canonical=True))
    signature = part("signature", ES256.sign(signer.private, to_be_signed(protected, payload)))
    token = part("token", sign1(protected, payload, signature))
    text = PREFIX + base45.b45encode(token).decode()
    assert len(text) <= LONGEST
    assert read(text, lambda: {signer.kid: signer.private.public_key()}, MINUTE) is Fault.MALFORMED


FULL_WIDTH = {point: point + 0xFEE0 for point in range(0x21, 0x7F)} | {0x20: "\u3000"}
CHINESE_KEYBOARD = str.maketrans({":": "：", "$": "￥", ".": "。", "/": "、"})


@settings(max_examples=examples(200))
@given(
    CODES,
    st.sampled_from(["", "]Q3", "]Q1", "]q3", " \t]Q3", "\ufeff"]),
    st.sampled_from(["", "\x1d", "\x1d\r\n", "\t", "\x04", "\u3000", "\xa0", "\u200b"]),
    st.sampled_from([{}, FULL_WIDTH, CHINESE_KEYBOARD]),
    st.booleans(),
)
def test_r28_a_scanners_settings_do_not_stop_a_family(
    code: Code, front: str, behind: str, keyboard: dict[int, Any], lower: bool
) -> None:
    """A mark of the symbology, a separator behind, a Chinese input method, small letters: nothing of that stands in a code."""
    text = write(code, KEY)
    typed = (front + (text.lower() if lower else text)).translate(keyboard) + behind
    assert tidied(typed) == text
    assert read(typed, keys, MINUTE) == code


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:40],
        lambda text: text.replace(":", ";", 1),
        lambda text: text.replace(":", "Ö", 1),
        lambda text: "]C1" + text,
        lambda text: "S1 " + text,
        lambda text: text.replace("V", "ＶＶ"[0], 1)[:-3],
        lambda text: text + text,
    ],
)
def test_r28_what_stays_unreadable_and_was_ours_names_the_scanner(spoil: Any) -> None:
    text = spoil(write(a_code(), KEY))
    assert read(text, keys, MINUTE) is Fault.MALFORMED
    assert mangled(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "6901234567892",
        "https://example.com/vc1",
        "HC1:NCFOXN",
        "WECHAT PAY VC1",
        "\x1d",
        "V C",
        "档案VC",
    ],
)
def test_r28_what_was_never_ours_does_not(text: str) -> None:
    assert read(text, keys, MINUTE) is Fault.MALFORMED
    assert not mangled(text)


def test_r28_every_full_width_form_is_taken_back_and_nothing_beside_them() -> None:
    narrow = "".join(map(chr, range(0x21, 0x7F)))
    assert tidied(narrow.translate(FULL_WIDTH)) == narrow.upper()
    for beside in ("\uff00", "\uff5f"):
        assert tidied(f"VC1:{beside}") == ""


def test_d8_it_carries_nothing_but_what_the_design_lists() -> None:
    tag = cbor2.loads(base45.b45decode(write(a_code(slot=3, grant_version=300), KEY).removeprefix(PREFIX)))
    assert tag.tag == 18
    protected, unprotected, payload, signature = tag.value
    assert cbor2.loads(protected) == {1: -7, 4: b"cgx10"}
    assert unprotected == {}
    assert cbor2.loads(payload) == {
        4: epoch(NOW + MINUTE),
        6: epoch(NOW),
        7: bytes(range(8)) + (3 << 20 | 300).to_bytes(3) + b"nonce",
    }
    assert len(signature) == 64


def test_an_independent_library_verifies_it() -> None:
    """RFC 8392 and RFC 9052 as `python-cwt` reads them, from the published JWK alone."""
    token = base45.b45decode(write(a_code(), KEY).removeprefix(PREFIX))
    key = cwt.COSEKey.from_jwk(public_jwk(KEY.private.public_key(), KEY.kid))
    claims = cwt.CWT(leeway=10**9).decode(token, keys=[key])
    assert claims[7] == a_code().cti
    assert claims[4] - claims[6] == 60


def test_the_same_content_has_the_same_bytes_up_to_the_signature() -> None:
    first, second = (base45.b45decode(write(a_code(), KEY).removeprefix(PREFIX)) for _ in range(2))
    assert first[:-64] == second[:-64]
    assert first != second


def test_the_certificate_id_must_have_its_form() -> None:
    code = Code("c" + "a" * 12, 0, 0, b"nonce", NOW, NOW + MINUTE)
    with pytest.raises(ValueError, match="not a certificate id"):
        write(code, KEY)


@pytest.mark.parametrize(
    "changed",
    [{"slot": -1}, {"slot": 16}, {"grant_version": -1}, {"grant_version": 1 << 20}, {"nonce": b"four"}],
)
def test_what_does_not_fit_is_never_written_as_something_else(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        write(a_code(**changed), KEY)


@settings(max_examples=examples(200))
@given(st.binary(min_size=16, max_size=16))
def test_any_sixteen_bytes_are_one_code_and_come_out_again(cti: bytes) -> None:
    assert Code.of(cti, NOW, NOW + MINUTE).cti == cti


@settings(max_examples=examples(200))
@given(CODES, CODES)
def test_two_codes_have_two_ctis(one: Code, other: Code) -> None:
    assert (one == other) is (one.cti == other.cti)


@pytest.mark.parametrize("seconds", [-60, 0, 61, 3600])
def test_exp_is_bounded_to_the_setting(seconds: int) -> None:
    code = Code(certificate_id_of(bytes(8)), 0, 0, b"nonce", NOW, NOW + timedelta(seconds=seconds))
    assert read(write(code, KEY), keys, MINUTE) is Fault.MALFORMED


@pytest.mark.parametrize(
    ("seconds", "timely"), [(-1, False), (0, True), (59, True), (59.999, True), (60, False), (61, False)]
)
def test_time_has_no_leeway(seconds: float, timely: bool) -> None:
    assert a_code().timely(NOW + timedelta(seconds=seconds)) is timely
