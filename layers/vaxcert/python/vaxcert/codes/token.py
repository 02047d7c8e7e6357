"""The shown code as text: a CWT (RFC 8392) in COSE_Sign1 (RFC 9052), `VC1:` and Base45 (RFC 9285); see ADR 0004.

The reader takes exactly what the writer makes: it walks the one fixed structure itself, so that no tag, nested item or
indefinite length is ever interpreted, and then compares with what the writer would have written for the same content. Two
texts of one code do not exist, up to letter case and to what a scanner makes of it (`tidied`). Nothing of a token is followed:
`kid` only picks one of our own keys, and the key's suite verifies whatever the header says (`vaxcert.keys.suites`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import base45
import cbor2

from vaxcert.aws.clock import epoch, from_epoch
from vaxcert.codes.model import Code, Fault
from vaxcert.keys.cose import protected_header, sign1, to_be_signed
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.suites import SUITES, Suite, suite_of
from vaxcert.text import trimmed

PREFIX: Final = "VC1:"
LONGEST: Final = 178  # what a version 7 symbol holds at level M (ISO/IEC 18004)

_EXP: Final = 4
_IAT: Final = 6
_CTI: Final = 7

_KID_FORM: Final = re.compile(rb"[0-9a-z]{1,8}")
# What scanners put in front when they are set to tell the kind of symbol (ISO/IEC 15424): `]Q3` and the like.
_AIM: Final = re.compile(r"\A\]Q[0-9A-Z]")
# What a Chinese input method makes of a scanner's keystrokes; none of these stands in a code. Full-width forms as well.
_TYPED: Final[dict[int, int | str]] = {
    **{point: point - 0xFEE0 for point in range(0xFF01, 0xFF5F)},
    ord("\u3000"): " ",
    ord("￥"): "$",
    ord("。"): ".",
    ord("、"): "/",
}
_OURS: Final = "VC1"
_IN_FRONT: Final = 4
_LOOKED_AT: Final = 32


def write(code: Code, key: SigningKey, suites: Sequence[Suite] = SUITES) -> str:
    """The text of a code, signed by the suite of its key: at most 178 characters of the QR alphanumeric set."""
    suite = suite_of(key.private, suites)
    protected = protected_header(suite.cose_alg, key.kid.encode())
    payload = _payload(code)
    signature = suite.sign(key.private, to_be_signed(protected, payload))
    return _text(sign1(protected, payload, signature))


def read(
    text: str,
    keys: Callable[[], Mapping[str, Any]],
    longest: timedelta,
    suites: Sequence[Suite] = SUITES,
) -> Code | Fault:
    """The code in what was scanned, or what is wrong with it: form, key, signature, in this order.

    `longest` bounds exp - iat. `keys` is asked only for a text of the right form. Whether the code is timely, and all that
    has to be looked up, is the caller's to ask.
    """
    if (parts := _parts(text, suites)) is None or (code := _code(parts.payload)) is None:
        return Fault.MALFORMED
    if not timedelta() < code.expires_at - code.issued_at <= longest:
        return Fault.MALFORMED
    key = keys().get(parts.kid.decode())
    if key is None:
        return Fault.UNKNOWN_KEY
    suite = suite_of(key, suites)
    if suite.cose_alg != parts.alg or not suite.holds(
        key, parts.signature, to_be_signed(parts.protected, parts.payload)
    ):
        return Fault.BAD_SIGNATURE
    return code


def tidied(text: str) -> str:
    """A scanned text as its picture has it, whatever the scanner, an input method or a form field made of it; "" for no such text.

    Taken back are full-width forms, the scanner's mark in front, blanks and controls around, and small letters: nothing of that can
    stand in a code, which has capitals only and never ends with a space (Base45).
    """
    plain = trimmed(text.translate(_TYPED)).upper()
    return trimmed(_AIM.sub("", plain)) if plain.isascii() else ""


def mangled(text: str) -> bool:
    """Whether a text that cannot be read begins as a code of ours does: then it is the scanner's settings that have to be mended."""
    begins = trimmed(text[:_LOOKED_AT].translate(_TYPED)).upper()
    return _OURS in "".join(filter(str.isalnum, begins))[: len(_OURS) + _IN_FRONT]


@dataclass(frozen=True, slots=True)
class _Parts:
    alg: int
    kid: bytes
    protected: bytes
    payload: bytes
    signature: bytes


class _Unreadable(Exception):
    """Not what the writer makes."""


class _Reader:
    """Walks definite-length CBOR items of the expected types, and stops at anything else.

    Whether something is behind them shows when what was read is written again.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise _Unreadable
        self._at += count
        return taken

    def expect(self, literal: bytes) -> None:
        if self.take(len(literal)) != literal:
            raise _Unreadable

    def head(self, major: int) -> int:
        first = self.take(1)[0]
        if first >> 5 != major:
            raise _Unreadable
        short = first & 0x1F
        if short < 24:
            return short
        if short > 26:  # eight bytes are never needed here; 28 to 31 are reserved or indefinite
            raise _Unreadable
        return int.from_bytes(self.take(1 << (short - 24)))

    def uint(self) -> int:
        return self.head(0)

    def negative(self) -> int:
        """A number below zero, as that of every algorithm that signs is (RFC 9053)."""
        return -1 - self.head(1)

    def octets(self) -> bytes:
        return self.take(self.head(2))


def _parts(text: str, suites: Sequence[Suite]) -> _Parts | None:
    """Prefix, Base45 and the COSE_Sign1 structure; None where the writer would not have written it so."""
    if len(text) > LONGEST + 32:  # before any work on it
        return None
    body = tidied(text)
    if not body.startswith(PREFIX) or len(body) > LONGEST:
        return None
    try:
        token = base45.b45decode(body.removeprefix(PREFIX))
        reader = _Reader(token)
        reader.expect(b"\xd2\x84")
        protected = reader.octets()
        reader.expect(b"\xa0")
        payload, signature = reader.octets(), reader.octets()
        inner = _Reader(protected)
        inner.expect(b"\xa2\x01")
        alg = inner.negative()
        inner.expect(b"\x04")
        kid = inner.octets()
    except (ValueError, _Unreadable):
        return None
    as_written = (
        _KID_FORM.fullmatch(kid) is not None
        and any((suite.cose_alg, suite.signature_bytes) == (alg, len(signature)) for suite in suites)
        and protected == protected_header(alg, kid)
        and token == sign1(protected, payload, signature)
        and body == _text(token)
    )
    return _Parts(alg, kid, protected, payload, signature) if as_written else None


def _code(payload: bytes) -> Code | None:
    """The claims; None where the writer would not have written them so."""
    reader = _Reader(payload)
    try:
        reader.expect(b"\xa3\x04")
        expires = reader.uint()
        reader.expect(b"\x06")
        issued = reader.uint()
        reader.expect(b"\x07")
        cti = reader.octets()
        code = Code.of(cti, from_epoch(issued), from_epoch(expires))
    except (ValueError, _Unreadable):
        return None
    return code if payload == _payload(code) else None


def _text(token: bytes) -> str:
    return f"{PREFIX}{base45.b45encode(token).decode()}"


def _payload(code: Code) -> bytes:
    claims = {_EXP: epoch(code.expires_at), _IAT: epoch(code.issued_at), _CTI: code.cti}
    return cbor2.dumps(claims, canonical=True)
