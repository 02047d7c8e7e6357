"""The reference for whoever reads a document's code: what it says, if a key of ours signed it; and how it is told as HCERT (D20).

`python -m reference.document KEYS ADDRESS` (the file of `GET /v1/document-keys`, and what a camera read; `-` reads it from standard input)
prints what the paper should say, as JSON. Whether it still stands only the service knows: `GET /v1/documents/{document_id}`.

It takes exactly what the service writes: the envelope and the map are encoded again and have to give the same bytes. docs/document-map.md.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import base45
import cbor2

from vaxcert.archives.model import Dose
from vaxcert.aws.clock import epoch, from_epoch, rfc3339
from vaxcert.documents.address import bytes_of
from vaxcert.documents.model import ID_BYTES, document_id_of
from vaxcert.documents.sheet import Subject
from vaxcert.documents.statement import FORM, KINDS, OTHER_PROVINCE, day_of
from vaxcert.keys import es256
from vaxcert.keys.cose import SIGN1, protected_header, sign1, to_be_signed
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.store import public_key
from vaxcert.keys.suites import ES256
from vaxcert.programme.vaccines import vaccine_of

_MOST_DIGITS: Final = 6000
_HCERT: Final = -260


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


def read(text: str, keys: Iterable[Mapping[str, str]], killed: Sequence[str] = ()) -> Paper | Foreign:
    """What the code says, or why it is none of ours; `keys` and `killed` as `GET /v1/document-keys` has them."""
    digits = text.rpartition("#")[2]
    if len(digits) > _MOST_DIGITS:
        return Foreign.MALFORMED
    try:
        envelope = cbor2.loads(bytes_of(digits))
        protected, _, body, signature = envelope.value
        kid = cbor2.loads(protected)[4].decode()
        paper = _paper(cbor2.loads(body))
        as_written = (
            envelope.tag == SIGN1
            and protected == protected_header(ES256.cose_alg, kid.encode())
            and cbor2.dumps(cbor2.loads(body), canonical=True) == body
            and sign1(protected, body, signature) == bytes_of(digits)
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
    held = es256.holds(public_key(known[kid]), signature, to_be_signed(protected, body))
    return paper if held else Foreign.BAD_SIGNATURE


def hcert_of(
    subject: Subject,
    doses: Iterable[Dose],
    *,
    issuer: str,
    issued: datetime,
    expires: datetime,
    key: SigningKey,
) -> str:
    """Doses as an HCERT: `HC1:` and Base45 over zlib over a CWT. The form alone: nobody has said that they accept it.

    The value sets of the form know no vaccine of the childhood programme: CVX stands in `vp`, our abbreviation in `tg`.
    """
    body = {
        "ver": "1.3.0",
        "nam": {"fn": subject.name},
        "dob": subject.birth_date.isoformat(),
        "v": [_entry(dose, issuer) for dose in doses],
    }
    claims = {1: issuer, 4: epoch(expires), 6: epoch(issued), _HCERT: {1: body}}
    payload = cbor2.dumps(claims, canonical=True)
    protected = protected_header(ES256.cose_alg, key.kid.encode())
    signature = ES256.sign(key.private, to_be_signed(protected, payload))
    packed: bytes = base45.b45encode(zlib.compress(sign1(protected, payload, signature), 9))
    return f"HC1:{packed.decode()}"


def _entry(dose: Dose, issuer: str) -> dict[str, Any]:
    known = vaccine_of(dose.vaccine_code, dose.vaccine_name)
    return {
        "tg": known.key if known else dose.vaccine_name,
        "vp": (known.cvx if known else None) or dose.vaccine_code,
        "mp": dose.vaccine_code or dose.vaccine_name,
        "ma": dose.manufacturer or "-",
        "dn": dose.dose_no,
        "sd": dose.dose_no,
        "dt": dose.date.isoformat(),
        "co": "CN",
        "is": issuer,
        "ci": f"URN:UVCI:01:CN:{dose.dose_id.upper()}",
    }


def _paper(body: Mapping[int, Any]) -> Paper:
    """The statement in a map. Raises for whatever the service does not write."""
    if body[0] != FORM or len(body[1]) != ID_BYTES:
        raise ValueError("another form")
    kind = {number: str(kind) for kind, number in KINDS.items()}[body[2]]
    born = day_of(body[5])
    courses = body.get(8)
    doses = (
        None
        if courses is None
        else tuple(_told(born, course[0], dose) for course in courses for dose in course[1:])
    )
    missing = tuple((course[0], number) for course in body.get(9, ()) for number in course[1:])
    return Paper(
        document_id_of(body[1]),
        kind,
        body[3],
        body[4],
        born,
        day_of(body[6]),
        from_epoch(body[7]),
        doses,
        body.get(10, len(doses or ())),
        missing,
    )


def _told(born: date, vaccine: str, dose: Sequence[Any]) -> Told:
    number, days, *more = dose
    origin = "other_province" if more and more[0] == OTHER_PROVINCE else "local"
    return Told(vaccine, number, born + timedelta(days=days), origin, more[1] if len(more) > 1 else None)


def main(arguments: Sequence[str]) -> int:
    """Say what a code says."""
    keys_file, text = arguments
    published = json.loads(Path(keys_file).read_text("utf-8"))
    text = sys.stdin.read().strip() if text == "-" else text
    found = read(text, published["keys"], published["killed"])
    if isinstance(found, Foreign):
        print(json.dumps({"finding": found}))
        return 1
    told = asdict(found) | {"issued_at": rfc3339(found.issued_at)}
    print(json.dumps({"finding": "genuine", **told}, ensure_ascii=False, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
