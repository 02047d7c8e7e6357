"""A dose told as HCERT, the form of the EU's certificates, to show that our map can be (docs/document-map.md, D20).

The service issues none: nobody has said that they accept it.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Final

import base45
import cbor2

from vaxcert.archives.model import Dose
from vaxcert.aws.clock import epoch
from vaxcert.documents.sheet import Subject
from vaxcert.keys.cose import protected_header, sign1, to_be_signed
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.suites import ES256
from vaxcert.programme.vaccines import vaccine_of

_HCERT: Final = -260


def hcert_of(
    subject: Subject,
    *,
    issuer: str,
    expires: datetime,
    key: SigningKey,
    dose: Dose,
    issued: datetime | None = None,
) -> str:
    """One dose as an HCERT: `HC1:` and Base45 over zlib over a CWT. The form alone: nobody has said that they accept it.

    The value sets of the form know no vaccine of the childhood programme: CVX stands in `vp`, our abbreviation in `tg`.
    """
    known = vaccine_of(dose.vaccine_code, dose.vaccine_name)
    entry = {
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
    body = {
        "ver": "1.3.0",
        "nam": {"fn": subject.name},
        "dob": subject.birth_date.isoformat(),
        "v": [entry],
    }
    begun = issued or expires - timedelta(days=365)
    claims = {1: issuer, 4: epoch(expires), 6: epoch(begun), _HCERT: {1: body}}
    payload = cbor2.dumps(claims, canonical=True)
    protected = protected_header(ES256.cose_alg, key.kid.encode())
    signature = ES256.sign(key.private, to_be_signed(protected, payload))
    packed: bytes = base45.b45encode(zlib.compress(sign1(protected, payload, signature), 9))
    return f"HC1:{packed.decode()}"
