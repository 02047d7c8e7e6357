"""What a document's code says: a CBOR map with integer keys in COSE_Sign1 (tag 18). docs/document-map.md explains it to other readers.

Days are counted from 1970-01-01, as RFC 8943 counts them. The map is encoded deterministically (RFC 8949 §4.2), so that the same statement
has the same bytes, and the signature that the register keeps fits them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

import cbor2

from vaxcert.archives.model import Dose
from vaxcert.aws.clock import epoch
from vaxcert.documents.model import Document, Kind, bytes_of
from vaxcert.keys.cose import protected_header, sign1, to_be_signed
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.suites import ES256, suite_of
from vaxcert.programme.courses import Due
from vaxcert.programme.vaccines import LISTED, place_among

FORM: Final = 1
SMALL: Final = 340
"""COSE bytes that a symbol of 77 modules holds beside an address of 60 characters: batches stand in the code where it stays as small."""
LARGEST: Final = 2200
"""COSE bytes that the largest symbol holds beside it: some 400 doses. A longer history is told by the count of its doses alone."""
_FORM, _ID, _KIND, _EDITION, _NAME, _BORN, _AS_OF, _ISSUED, _DOSES, _MISSING, _COUNT = range(11)
KINDS: Final = {Kind.RECORD: 1, Kind.SCHOOL_ENTRY: 2}
OTHER_PROVINCE: Final = 1
LOCAL: Final = 0
_EPOCH: Final = date(1970, 1, 1)
_ANY_KID: Final = "p0000"


@dataclass(frozen=True, slots=True)
class Statement:
    """All that a code says. `doses` are a record's, `missing` a school entry's; the other is empty."""

    document_id: str
    kind: Kind
    edition: str
    name: str
    birth_date: date
    as_of: date
    issued_at: datetime
    doses: Sequence[Dose] = ()
    missing: Sequence[Due] = ()


def statement_of(
    document: Document,
    *,
    edition: str,
    name: str,
    birth_date: date,
    doses: Sequence[Dose],
    missing: Sequence[Due],
) -> Statement:
    """What the code of a document says of a person."""
    record = document.kind is Kind.RECORD
    return Statement(
        document.document_id,
        document.kind,
        edition,
        name,
        birth_date,
        document.as_of,
        document.issued_at,
        doses if record else (),
        () if record else missing,
    )


def by_vaccine(doses: Iterable[Dose]) -> list[Dose]:
    """Doses in the programme's order of vaccines, each vaccine's by date."""
    return sorted(doses, key=_place)


def payload(statement: Statement) -> bytes:
    """The map of a statement, as much as its symbol takes: with batches, without, or with no more than the count of doses."""
    body: dict[int, Any] = {
        _FORM: FORM,
        _ID: bytes_of(statement.document_id),
        _KIND: KINDS[statement.kind],
        _EDITION: statement.edition,
        _NAME: statement.name,
        _BORN: days_of(statement.birth_date),
        _AS_OF: days_of(statement.as_of),
        _ISSUED: epoch(statement.issued_at),
    }
    if statement.kind is Kind.SCHOOL_ENTRY:
        missing = groupby(statement.missing, key=lambda turn: turn.vaccine.code)
        return _encoded(
            body | {_MISSING: [[code, *(turn.dose_no for turn in turns)] for code, turns in missing]}
        )
    for batches, most in ((True, SMALL), (False, LARGEST)):
        told = _encoded(body | {_DOSES: _courses(statement, batches=batches)})
        if len(envelope(told, _ANY_KID, bytes(ES256.signature_bytes))) <= most:
            return told
    return _encoded(body | {_COUNT: len(statement.doses)})


def _encoded(body: dict[int, Any]) -> bytes:
    return cbor2.dumps(body, canonical=True)


def signed(body: bytes, key: SigningKey) -> bytes:
    """The signature over a map by the suite of a key."""
    suite = suite_of(key.private)
    return suite.sign(key.private, to_be_signed(protected_header(suite.cose_alg, key.kid.encode()), body))


def holds(body: bytes, document: Document, public: Any) -> bool:
    """Whether the signature that the register keeps is one over this map."""
    suite = suite_of(public)
    protected = protected_header(suite.cose_alg, document.kid.encode())
    return suite.holds(public, document.signature, to_be_signed(protected, body))


def envelope(body: bytes, kid: str, signature: bytes) -> bytes:
    """The COSE_Sign1 structure that the code carries."""
    return sign1(protected_header(ES256.cose_alg, kid.encode()), body, signature)


def days_of(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def day_of(days: int) -> date:
    """The day that `days_of` counts."""
    return _EPOCH + timedelta(days=days)


def _courses(statement: Statement, *, batches: bool) -> list[list[Any]]:
    courses = groupby(by_vaccine(statement.doses), key=_vaccine)
    return [
        [vaccine, *(_dose(dose, statement.birth_date, batches=batches) for dose in doses)]
        for vaccine, doses in courses
    ]


def _dose(dose: Dose, born: date, *, batches: bool) -> list[Any]:
    """[number, days after birth], then the origin where it is another province's, then the batch where it is told."""
    told: list[Any] = [dose.dose_no, (dose.date - born).days]
    batch = dose.batch if batches else None
    if batch or dose.origin != "local":
        told.append(LOCAL if dose.origin == "local" else OTHER_PROVINCE)
    return [*told, batch] if batch else told


def _vaccine(dose: Dose) -> str:
    """The national code, or the abbreviation that stands for one (`GET /v1/vaccines`); the name of what is not listed."""
    return dose.vaccine_code if dose.vaccine_code in LISTED else dose.vaccine_name


def _place(dose: Dose) -> tuple[Any, ...]:
    return (
        *place_among(dose.vaccine_code, dose.vaccine_name),
        _vaccine(dose),
        dose.date,
        dose.dose_no,
        dose.dose_id,
    )
