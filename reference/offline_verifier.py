"""The reference for makers of scanners: what a clinic's device may say of a code while its line is down (docs/adr/0008-offline-scans.md).

`python offline_verifier.py PACK ROOT_JWK CODE [STATION]` (files and a code; `-` reads the code from standard input) prints the finding as
JSON, and what to hand in later. It says `genuine but unconfirmed`, never `accepted`: whether a code was used, revoked or
released only the service knows. A pack past 48 hours says `stale` to everything. Go on with the paper certificate.

This file stands alone: it needs Python 3.13 and the package `cryptography`, and nothing of the service.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

SKEW: Final = timedelta(seconds=30)
"""A device's clock may be off by so much; the service takes the same when the scan is handed in."""
SERVES: Final = timedelta(hours=48)
"""How old a pack may be."""
SHANGHAI: Final = timezone(timedelta(hours=8))

_PACK: Final = "offline-pack+jws"
_PREFIX: Final = "VC1:"
_LONGEST: Final = 178  # what a version 7 symbol holds at level M (ISO/IEC 18004)
_BASE45: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_KID: Final = re.compile(rb"[0-9a-z]{1,8}")
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # n of P-256 (FIPS 186-5)
_COORDINATE: Final = 32
# Controls, spaces of every width, line ends, and marks that nobody sees.
_BLANK: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
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


class Finding(StrEnum):
    """All that can be said without a line. There is no `accepted` among them."""

    GENUINE = "genuine but unconfirmed"
    STALE = "stale"
    EXPIRED = "expired"
    SEEN_BEFORE = "seen before"
    MALFORMED = "malformed"
    SCANNER = "malformed by the scanner's settings"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


class UntrustedPack(Exception):
    """The pack is not the root key's: whoever wrote it, nothing is verified by it."""


@dataclass(frozen=True)
class Pack:
    """A pack whose signature was checked: from `keys` the killed ones are gone already, `killed` names them for the log."""

    issued_at: datetime
    lifetime: timedelta
    keys: Mapping[str, EllipticCurvePublicKey]
    killed: frozenset[str]

    def stale(self, now: datetime) -> bool:
        """Whether it is older than 48 hours, or of a time to come: then the clock is wrong and nothing can be said either."""
        return not -SKEW <= now - self.issued_at <= SERVES


def open_pack(pack: str, root_jwk: Mapping[str, Any]) -> Pack:
    """Check a pack, a flattened JWS (RFC 7515 §7.2.2), by the root key that the device got when it was enrolled.

    Raises: UntrustedPack.
    """
    try:
        sent = _object(pack)
        protected, payload, signature = (str(sent[name]) for name in ("protected", "payload", "signature"))
        header = {"alg": "ES256", "typ": _PACK, "kid": root_jwk["kid"]}
        signed = f"{protected}.{payload}".encode()
        if _object(_decoded(protected).decode()) != header:
            raise UntrustedPack
        if not _holds(_public_key(root_jwk), _decoded(signature), signed):
            raise UntrustedPack
        told = _object(_decoded(payload).decode())
        killed = frozenset(told["killed"])
        keys = {jwk["kid"]: _public_key(jwk) for jwk in told["keys"] if jwk["kid"] not in killed}
        issued_at = datetime.fromisoformat(told["issued_at"]).astimezone(UTC)
        return Pack(issued_at, timedelta(seconds=told["code_ttl_seconds"]), keys, killed)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UntrustedPack from None


class OfflineVerifier:
    """One device while its line is down. It remembers the codes that it saw: a second showing is told at once."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._seen: set[bytes] = set()

    def look(self, text: str, now: datetime) -> Finding:
        """What can be said of a scanned text at the moment `now`."""
        if self._pack.stale(now):
            return Finding.STALE
        try:
            code = _Code.of(text)
        except ValueError:
            return Finding.SCANNER if _mangled(text) else Finding.MALFORMED
        if not 0 < code.expires - code.issued <= self._pack.lifetime.total_seconds():
            return Finding.SCANNER if _mangled(text) else Finding.MALFORMED
        key = self._pack.keys.get(code.kid)
        if key is None:
            return Finding.UNKNOWN_KEY
        if not _holds(key, code.signature, code.signed):
            return Finding.BAD_SIGNATURE
        return self._timely(code, now)

    def _timely(self, code: _Code, now: datetime) -> Finding:
        skew = int(SKEW.total_seconds())
        if not code.issued - skew <= int(now.timestamp()) < code.expires + skew:
            return Finding.EXPIRED
        if code.cti in self._seen:
            return Finding.SEEN_BEFORE
        self._seen.add(code.cti)
        return Finding.GENUINE


def to_hand_in(text: str, station: str, now: datetime) -> dict[str, str]:
    """The body that hands the scan in once the line is back: `POST /v1/scans`, with a new Idempotency-Key kept beside it."""
    return {"code": _tidied(text), "station": station, "scanned_at": _rfc3339(now)}


@dataclass(frozen=True)
class _Code:
    """What stands in a code: a CWT (RFC 8392) in COSE_Sign1 (RFC 9052), `VC1:` and Base45 (RFC 9285; docs/adr/0004-code-format.md).

    A code has one spelling. No tag, nested item or indefinite length is ever interpreted: the one fixed structure is walked, every
    length in its shortest form. `signed` is what the signature is over, times are seconds since 1970.
    """

    kid: str
    issued: int
    expires: int
    cti: bytes
    signature: bytes
    signed: bytes

    @classmethod
    def of(cls, text: str) -> _Code:
        """The code in what was scanned. Raises ValueError for any other text."""
        if len(text) > _LONGEST + 32:  # before any work on it
            raise ValueError("too long")
        body = _tidied(text)
        if not body.startswith(_PREFIX) or len(body) > _LONGEST:
            raise ValueError("no code of ours")
        token = _Items(_base45(body.removeprefix(_PREFIX)))
        token.expect(b"\xd2\x84")  # tag 18, an array of four
        protected = token.octets()
        token.expect(b"\xa0")  # no unprotected header
        payload, signature = token.octets(), token.octets()
        token.end()
        header = _Items(protected)
        header.expect(b"\xa2\x01\x26\x04")  # alg: ES256, kid
        kid = header.octets()
        header.end()
        claims = _Items(payload)
        claims.expect(b"\xa3\x04")
        expires = claims.number(0)
        claims.expect(b"\x06")
        issued = claims.number(0)
        claims.expect(b"\x07")
        cti = claims.octets()
        claims.end()
        if not _KID.fullmatch(kid) or len(cti) != 16 or len(signature) != 2 * _COORDINATE:
            raise ValueError("no code of ours")
        # Sig_structure (RFC 9052 §4.4): "Signature1", the protected header, no external data, the payload.
        signed = b"\x84\x6aSignature1" + _as_octets(protected) + b"\x40" + _as_octets(payload)
        return cls(kid.decode(), issued, expires, cti, signature, signed)


class _Items:
    """Walks CBOR items of the expected types in their shortest form. Raises ValueError at anything else."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise ValueError("too short")
        self._at += count
        return taken

    def expect(self, literal: bytes) -> None:
        if self.take(len(literal)) != literal:
            raise ValueError("another structure")

    def number(self, major: int) -> int:
        first = self.take(1)[0]
        short = first & 0x1F
        if first >> 5 != major or short > 26:  # eight bytes are never needed here
            raise ValueError("another type")
        number = short if short < 24 else int.from_bytes(self.take(1 << (short - 24)))
        if _head(major, number)[0] != first:
            raise ValueError("not the shortest form")
        return number

    def octets(self) -> bytes:
        return self.take(self.number(2))

    def end(self) -> None:
        if self._at != len(self._data):
            raise ValueError("something behind the end")


def _head(major: int, number: int) -> bytes:
    """The head of a CBOR item in its shortest form (RFC 8949 §4.2)."""
    if number < 24:
        return bytes([major << 5 | number])
    size = 0 if number < 1 << 8 else 1 if number < 1 << 16 else 2
    return bytes([major << 5 | 24 + size]) + number.to_bytes(1 << size)


def _as_octets(data: bytes) -> bytes:
    return _head(2, len(data)) + data


def _base45(text: str) -> bytes:
    """The bytes of a Base45 text (RFC 9285). Raises ValueError."""
    made = bytearray()
    for at in range(0, len(text), 3):
        group = [_BASE45.index(letter) for letter in text[at : at + 3]]
        if len(group) == 1:
            raise ValueError("a letter too many")
        value, size = sum(digit * 45**place for place, digit in enumerate(group)), len(group) - 1
        if value >= 256**size:
            raise ValueError("more than its bytes hold")
        made += value.to_bytes(size)
    return bytes(made)


def _tidied(text: str) -> str:
    """A scanned text as its picture has it, whatever the scanner or an input method made of it; "" for no such text.

    Taken back are full-width forms, the scanner's mark in front, blanks and controls around, and small letters.
    """
    plain = _trimmed(text.translate(_TYPED)).upper()
    return _trimmed(_AIM.sub("", plain)) if plain.isascii() else ""


def _mangled(text: str) -> bool:
    """Whether a text that cannot be read begins as a code of ours does: then it is the scanner's settings that have to be mended."""
    begins = _trimmed(text[:32].translate(_TYPED)).upper()
    return "VC1" in "".join(filter(str.isalnum, begins))[:7]


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start]) in _BLANK:
        start += 1
    while start < end and unicodedata.category(text[end - 1]) in _BLANK:
        end -= 1
    return text[start:end]


def _object(text: str) -> dict[str, Any]:
    """A JSON object in which no member stands twice. Raises ValueError."""
    found = json.loads(text, object_pairs_hook=_members)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - like everything else that is wrong with a text
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _decoded(text: str) -> bytes:
    """The bytes of an unpadded base64url text in its one spelling (RFC 7515 §2). Raises ValueError."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise ValueError("no base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("stray bits in the last letter")
    return data


def _public_key(jwk: Mapping[str, Any]) -> EllipticCurvePublicKey:
    """The P-256 key of a JWK (RFC 7518 §6.2). Raises ValueError, also for a private key that was published."""
    if "d" in jwk or jwk.get("use", "sig") != "sig" or jwk.get("alg", "ES256") != "ES256":
        raise ValueError("no public key for signatures")
    x, y = _decoded(jwk["x"]), _decoded(jwk["y"])
    if (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256") or {len(x), len(y)} != {_COORDINATE}:
        raise ValueError("no P-256 key")
    return EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), SECP256R1()).public_key()


def _holds(key: EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether 64 bytes r | s are the key's ES256 signature. Of (r, s) and its twin (r, n - s) only the low s counts."""
    r, s = int.from_bytes(signature[:_COORDINATE]), int.from_bytes(signature[_COORDINATE:])
    if len(signature) != 2 * _COORDINATE or s > _ORDER // 2:
        return False
    try:
        key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).isoformat(timespec="seconds")


def main() -> int:
    """0 for a genuine code, 1 for anything else, 2 for a pack that is nobody's."""
    pack_file, root_file, text = sys.argv[1:4]
    text = sys.stdin.read() if text == "-" else text
    now = datetime.now(UTC)
    try:
        pack = open_pack(Path(pack_file).read_text("utf-8"), json.loads(Path(root_file).read_text("utf-8")))
    except UntrustedPack:
        print("the pack is not signed by the root key", file=sys.stderr)
        return 2
    finding = OfflineVerifier(pack).look(text, now)
    told: dict[str, Any] = {"finding": finding, "pack_issued_at": _rfc3339(pack.issued_at)}
    if finding is Finding.GENUINE:
        told["hand_in_later"] = to_hand_in(text, sys.argv[4] if len(sys.argv) > 4 else "registration", now)
    print(json.dumps(told, ensure_ascii=False, indent=1))
    return 0 if finding is Finding.GENUINE else 1


if __name__ == "__main__":
    sys.exit(main())
