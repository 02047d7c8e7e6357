"""Makes reference/document_vectors.json, which every reader of papers is held to:
`python -m tests.unit.reference.make_document_vectors > reference/document_vectors.json`.

Signatures hold random numbers, so each run makes other texts that say the same. The keys are those of the tests.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any, Final

import cbor2

from reference.document import SHANGHAI, Foreign, read
from tests.fakes.key_register import a_root
from tests.fakes.papers import AS_OF, BORN, CHECK_URL, ISSUED, KEY, a_childhood, a_document, a_subject
from tests.fakes.signing import key_pair
from vaxcert.documents.address import address_of, digits_of
from vaxcert.documents.model import Kind
from vaxcert.documents.statement import days_of, envelope, signed
from vaxcert.keys.cose import protected_header, to_be_signed
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.keyset import document_keys
from vaxcert.keys.model import KeyRecord
from vaxcert.keys.store import public_jwk
from vaxcert.keys.suites import ES256

ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DEAD, NOBODYS = key_pair("pdead"), key_pair("pzzz0")
MARKUP = "<img src=x onerror=alert(1)>#[]&小样"
GENUINE: Final = "genuine"


def published() -> dict[str, Any]:
    """What `GET /v1/document-keys` answers: one key, and another that was killed."""
    records = [
        KeyRecord(
            "document", key.kid, public_jwk(key.private.public_key(), key.kid), b"", ISSUED, killed=dead
        )
        for key, dead in ((KEY, False), (DEAD, True))
    ]
    body: dict[str, Any] = json.loads(document_keys(records, a_root(), ISSUED).body)
    return body


def _body(**changed: Any) -> dict[int, Any]:
    """A map of a small record; `k4="x"` puts another value at key 4."""
    body: dict[int, Any] = {
        0: 1,
        1: bytes(range(1, 17)),
        2: 1,
        3: "2026",
        4: "周小样",
        5: days_of(BORN),
        6: days_of(AS_OF),
        7: int(ISSUED.timestamp()),
        8: [["0201", [1, 0], [2, 31, 1], [3, 190, 0, "B-7"]]],
    }
    return body | {int(name[1:]): value for name, value in changed.items()}


def _signed(payload: bytes, key: SigningKey = KEY) -> bytes:
    return envelope(payload, key.kid, signed(payload, key))


def _of(body: Any, key: SigningKey = KEY) -> bytes:
    return _signed(cbor2.dumps(body, canonical=True), key)


def _parted(payload: bytes, unprotected: dict[int, bytes], *more: int) -> bytes:
    """An envelope of other parts around a payload that is signed well."""
    protected = protected_header(ES256.cose_alg, KEY.kid.encode())
    signature = ES256.sign(KEY.private, to_be_signed(protected, payload))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected, payload, signature, *more]), canonical=True)


def _cases() -> Iterator[tuple[str, str, str]]:
    """What it is, the text, the finding."""
    for what, cose, finding in (*_genuine(), *_foreign(), *_malformed()):
        yield what, address_of(CHECK_URL, cose), finding
    good = digits_of(_of(_body()))
    yield "digits alone, as a scanner may send them", good, GENUINE
    yield "behind another page's address", f"https://elsewhere.example.invalid/#a#{good}", GENUINE
    for what, digits in (
        ("nothing", ""),
        ("an address without digits", CHECK_URL),
        ("a zero in front", f"0{good}"),
        ("another mark in front", str(2 * 256**9)),
        ("a letter among the digits", good[:-1] + "x"),
        ("digits of another script", good[:-1] + "٣"),
        ("a minus", f"-{good}"),
        ("its last digit is gone", good[:-1]),
        ("cut in half", good[: len(good) // 2]),
        ("more digits than any code holds", "9" * 6001),
        ("a shown code", "VC1:ABCDEF"),
    ):
        yield what, f"{CHECK_URL}#{digits}" if digits != CHECK_URL else digits, "malformed"


def _genuine() -> Iterator[tuple[str, bytes, str]]:
    yield "a small record", _of(_body()), GENUINE
    yield "a record of 22 doses", _document(Kind.RECORD), GENUINE
    yield "a record of 300 doses", _document(Kind.RECORD, doses=300), GENUINE
    yield "a record too long for its code", _document(Kind.RECORD, doses=450), GENUINE
    yield "a record without doses", _of(_body(k8=[])), GENUINE
    yield "school entry, complete", _of(_entry([])), GENUINE
    yield "school entry, doses missing", _document(Kind.SCHOOL_ENTRY, doses=9), GENUINE
    yield (
        "somebody born in 1941, dose number not known",
        _of(_body(k5=-10_500, k8=[["0401", [0, 29_000]], ["某疫苗", [-1, 29_900]]])),
        GENUINE,
    )
    yield "a name that is markup", _of(_body(k4=MARKUP)), GENUINE
    yield "a name of rare characters", _of(_body(k4="𬭎𫖯𱟱·㛃")), GENUINE
    yield "a mark of byte order in a name", _of(_body(k4="\ufeff小样")), GENUINE


def _foreign() -> Iterator[tuple[str, bytes, str]]:
    good = cbor2.dumps(_body(), canonical=True)
    signature = signed(good, KEY)
    low, other = int.from_bytes(signature[32:]), bytes([signature[0] ^ 1])
    yield (
        "the name was changed",
        envelope(cbor2.dumps(_body(k4="周小羊"), canonical=True), KEY.kid, signature),
        "bad_signature",
    )
    yield (
        "a dose was added",
        envelope(cbor2.dumps(_body(k8=[*_body()[8], ["BCG", [1, 0]]]), canonical=True), KEY.kid, signature),
        "bad_signature",
    )
    yield "the signature was changed", envelope(good, KEY.kid, other + signature[1:]), "bad_signature"
    yield (
        "the signature's twin",
        envelope(good, KEY.kid, signature[:32] + (ORDER - low).to_bytes(32)),
        "bad_signature",
    )
    yield "a signature of zeros", envelope(good, KEY.kid, bytes(64)), "bad_signature"
    yield (
        "another key under our key's id",
        envelope(good, KEY.kid, signed(good, replace(NOBODYS, kid=KEY.kid))),
        "bad_signature",
    )
    yield "a key of somebody else", _of(_body(), NOBODYS), "unknown_key"
    yield "a killed key", _of(_body(), DEAD), "killed_key"


def _malformed() -> Iterator[tuple[str, bytes, str]]:
    good = cbor2.dumps(_body(), canonical=True)
    plain = _signed(good)
    order = [b"\x00\x01", b"\x02\x01", b"\x01\x50" + bytes(16)]
    for what, cose in (
        ("a byte behind the end", plain + b"\x00"),
        ("a byte too few", plain[:-1]),
        ("no tag", plain[1:]),
        ("another tag", b"\xd1" + plain[1:]),
        ("an unprotected header", _parted(good, {4: b"x"})),
        ("five parts", _parted(good, {}, 0)),
        (
            "another algorithm",
            cbor2.dumps(
                cbor2.CBORTag(
                    18, [cbor2.dumps({1: -35, 4: KEY.kid.encode()}, canonical=True), {}, good, bytes(64)]
                )
            ),
        ),
        ("a map that is none", _of([1, 2, 3])),
        ("a length that is not the shortest", _signed(good.replace(b"\x00\x01", b"\x00\x18\x01", 1))),
        ("keys out of order", _signed(bytes([0xA9]) + b"".join(order) + good[good.index(b"\x03\x64") :])),
        ("a key that comes twice", _signed(bytes([0xAA]) + b"\x00\x01" + good[1:])),
        ("an open length", _signed(b"\xbf" + good[1:] + b"\xff")),
        ("something behind the map", _signed(good + b"\x00")),
        ("another form", _of(_body(k0=2))),
        ("another kind", _of(_body(k2=3))),
        ("an id of 15 bytes", _of(_body(k1=bytes(15)))),
        ("bytes that are no text", _signed(good.replace("周".encode(), b"\xff\xfe\xfd"))),
        ("a day past all calendars", _of(_body(k5=2_932_897))),
        ("nothing in it", b""),
    ):
        yield what, cose, "malformed"


def _document(kind: Kind, doses: int = 22) -> bytes:
    return a_document(kind, subject=a_subject(a_childhood(doses)))[1]


def _entry(missing: list[Any]) -> dict[int, Any]:
    body = _body(k2=2, k9=missing)
    del body[8]
    return body


def vectors() -> dict[str, Any]:
    """What is published, a set of keys that the root key did not sign, and cases."""
    keys = published()
    cases = []
    for what, text, finding in _cases():
        found = read(text, keys["keys"], keys["killed"])
        told = None
        if not isinstance(found, Foreign):
            told = asdict(found) | {"issued_at": found.issued_at.astimezone(SHANGHAI).isoformat()}
        cases.append({"what": what, "text": text, "finding": finding, "told": told})
    part, payload, signature = keys["signed"].split(".")
    forged = {
        **keys,
        "signed": f"{part}.{payload[:-2]}{'A' if payload[-2] != 'A' else 'B'}{payload[-1]}.{signature}",
    }
    swapped = {**keys, "root": dict(public_jwk(NOBODYS.private.public_key(), keys["root"]["kid"]))}
    return {
        "about": "What every reader of papers must find, by the keys of `published` (docs/document-map.md)",
        "published": keys,
        "untrusted": [forged, swapped, {**keys, "signed": ""}, {}],
        "cases": json.loads(json.dumps(cases, default=str)),
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, ensure_ascii=True, indent=1)
    sys.stdout.write("\n")
