"""The reference for whoever reads a document's code: what it says, if a key of ours signed it (D20).

`python document.py KEYS ADDRESS [ROOT_JWK]` (the file of `GET /v1/document-keys`, and what a camera read; `-` reads it from standard
input) prints what the paper should say, as JSON. With the file of the root's public key nothing is believed of KEYS but what the root
signed. Whether a paper still stands only the service knows: `GET /v1/documents/{document_id}`.

It takes exactly what the service writes: the envelope and the map are encoded again and have to give the same bytes. docs/document-map.md.
This file stands alone: it needs Python 3.13 and the packages `cryptography` and `cbor2`, and nothing of the service.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

SHANGHAI: Final = timezone(timedelta(hours=8))

_SIGN1: Final = 18  # the CBOR tag of COSE_Sign1 (RFC 9052)
_ALG, _KID, _ES256 = 1, 4, -7
_COORDINATE: Final = 32
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # n of P-256 (FIPS 186-5)
_MARK: Final = b"\x01"
_CHUNK: Final = 4000  # Python turns no more than 4300 digits at once
_FORM: Final = 1
_ID_BYTES: Final = 16
_KINDS: Final = {1: "record", 2: "school_entry"}
_OTHER_PROVINCE: Final = 1
_EPOCH: Final = date(1970, 1, 1)
_MOST_DIGITS: Final = 6000
_SIGNED_KEYS: Final = "document-keys+jws"


class Foreign(StrEnum):
    """Why a text is no document of ours."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    KILLED_KEY = "killed_key"
    BAD_SIGNATURE = "bad_signature"


@dataclass(frozen=True, slots=True)
class Told:
    """A dose as the code tells it: `vaccine` is a code of `GET /v1/vaccines`, or the name of what is not listed."""

    vaccine: str
    dose_no: int
    date: date
    origin: str
    batch: str | None


@dataclass(frozen=True, slots=True)
class Paper:
    """What a document's code says. `doses` is None where it is too long to be told: `count` says how many there are."""

    document_id: str
    kind: str
    edition: str
    name: str
    birth_date: date
    as_of: date
    issued_at: datetime
    doses: tuple[Told, ...] | None
    count: int
    missing: tuple[tuple[str, int], ...]


class NotOfTheRoot(Exception):
    """The keys are not signed by the root key: whoever wrote them, no paper is verified by them."""


def open_keys(signed: str, root_jwk: Mapping[str, str]) -> tuple[list[dict[str, str]], list[str]]:
    """The keys and the ids of killed ones that `signed` of `GET /v1/document-keys` states, a compact JWS (RFC 7515 §3.1).

    Raises NotOfTheRoot for what the root key did not sign, or signed as something else.
    """
    try:
        head, body, signature = signed.split(".")
        header = {"alg": "ES256", "typ": _SIGNED_KEYS, "kid": root_jwk["kid"]}
        genuine = json.loads(_from_base64url(head)) == header and _holds(
            root_jwk, _from_base64url(signature), f"{head}.{body}".encode()
        )
        stated = json.loads(_from_base64url(body)) if genuine else None
    except (ValueError, RecursionError):
        stated = None
    if not isinstance(stated, dict):
        raise NotOfTheRoot
    return stated["keys"], stated["killed"]


def read(text: str, keys: Iterable[Mapping[str, str]], killed: Sequence[str] = ()) -> Paper | Foreign:
    """What the code says, or why it is none of ours; `keys` and `killed` as `GET /v1/document-keys` has them."""
    digits = text.rpartition("#")[2]
    if len(digits) > _MOST_DIGITS:
        return Foreign.MALFORMED
    try:
        cose = _bytes_of(digits)
        envelope = cbor2.loads(cose)
        protected, _, body, signature = envelope.value
        kid = cbor2.loads(protected)[_KID].decode()
        paper = _paper(cbor2.loads(body))
        as_written = (
            protected == cbor2.dumps({_ALG: _ES256, _KID: kid.encode()}, canonical=True)
            and cbor2.dumps(cbor2.loads(body), canonical=True) == body
            and cbor2.dumps(cbor2.CBORTag(_SIGN1, [protected, {}, body, signature]), canonical=True) == cose
        )
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is none of ours
        return Foreign.MALFORMED
    if not as_written:
        return Foreign.MALFORMED
    if kid in killed:
        return Foreign.KILLED_KEY
    known = {jwk["kid"]: jwk for jwk in keys}
    if kid not in known:
        return Foreign.UNKNOWN_KEY
    signed = cbor2.dumps(["Signature1", protected, b"", body], canonical=True)
    return paper if _holds(known[kid], signature, signed) else Foreign.BAD_SIGNATURE


def _holds(jwk: Mapping[str, str], signature: bytes, signed: bytes) -> bool:
    """Whether it is an ES256 signature of this key, in the one form that the service writes (s at most half the order)."""
    if len(signature) != 2 * _COORDINATE:
        return False
    r, s = int.from_bytes(signature[:_COORDINATE]), int.from_bytes(signature[_COORDINATE:])
    if not (0 < r < _ORDER and 0 < s <= _ORDER // 2):
        return False
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=")) for name in ("x", "y"))
    try:
        key = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
        key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _from_base64url(text: str) -> bytes:
    """Base64url without padding (RFC 7515 §2). Raises ValueError for a text that is another than those bytes' own."""
    found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(found).decode().rstrip("=") != text:
        raise ValueError("not the text of these bytes")
    return found


def _bytes_of(digits: str) -> bytes:
    """The COSE bytes that decimal digits carry behind 0x01. Raises ValueError for what the service does not write."""
    if not (digits.isascii() and digits.isdigit()) or digits[0] == "0":
        raise ValueError("no digits of a document")
    value = 0
    for start in range(0, len(digits), _CHUNK):
        part = digits[start : start + _CHUNK]
        value = value * 10 ** len(part) + int(part)
    found = value.to_bytes((value.bit_length() + 7) // 8)
    if not found.startswith(_MARK):
        raise ValueError("no digits of a document")
    return found[len(_MARK) :]


def _paper(body: Mapping[int, Any]) -> Paper:
    """The statement in a map. Raises for whatever the service does not write."""
    if body[0] != _FORM or len(body[1]) != _ID_BYTES:
        raise ValueError("another form")
    born = _day_of(body[5])
    courses = body.get(8)
    doses = (
        None
        if courses is None
        else tuple(_told(born, course[0], dose) for course in courses for dose in course[1:])
    )
    missing = tuple((course[0], number) for course in body.get(9, ()) for number in course[1:])
    return Paper(
        "d" + base64.b32encode(body[1]).decode().rstrip("=").lower(),
        _KINDS[body[2]],
        body[3],
        body[4],
        born,
        _day_of(body[6]),
        datetime.fromtimestamp(body[7], UTC),
        doses,
        body.get(10, len(doses or ())),
        missing,
    )


def _told(born: date, vaccine: str, dose: Sequence[Any]) -> Told:
    number, days, *more = dose
    origin = "other_province" if more and more[0] == _OTHER_PROVINCE else "local"
    return Told(vaccine, number, born + timedelta(days=days), origin, more[1] if len(more) > 1 else None)


def _day_of(days: int) -> date:
    return _EPOCH + timedelta(days=days)


def main(arguments: Sequence[str]) -> int:
    """Say what a code says."""
    keys_file, text, *root_file = arguments
    published = json.loads(Path(keys_file).read_text("utf-8"))
    keys, killed = published["keys"], published["killed"]
    if root_file:
        try:
            keys, killed = open_keys(published["signed"], json.loads(Path(root_file[0]).read_text("utf-8")))
        except NotOfTheRoot:
            print("the keys are not signed by the root key", file=sys.stderr)
            return 2
    text = sys.stdin.read().strip() if text == "-" else text
    found = read(text, keys, killed)
    if isinstance(found, Foreign):
        print(json.dumps({"finding": found}))
        return 1
    told = asdict(found) | {"issued_at": found.issued_at.astimezone(SHANGHAI).isoformat()}
    print(json.dumps({"finding": "genuine", **told}, ensure_ascii=False, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
