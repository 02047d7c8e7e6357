"""What papers are made of in tests and pictures: a child of the programme, long histories, names that are hard to set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from tests.fakes.people import an_archive
from tests.fakes.signing import key_pair
from vaxcert.archives.model import Dose, Sex
from vaxcert.documents.model import Document, Kind, PaperLanguage, document_id_of
from vaxcert.documents.sheet import Issuer, Subject
from vaxcert.documents.statement import envelope, payload, signed, statement_of
from vaxcert.programme.due import plan
from vaxcert.programme.schedule import months
from vaxcert.programme.vaccines import VACCINES, vaccine_named

BORN = date(2020, 5, 1)
ISSUED = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
AS_OF = date(2026, 6, 30)
KEY = key_pair("puh70")
CHECK_URL = "https://vaxcert.example.invalid/check/"
ISSUER = Issuer("示范市卫生健康委员会（演示，部署时改为实际单位）", "400-101-6588", rabies_shown=False)

# (vaccine, dose, months after birth) of the programme and of what is usually bought beside it: 22 doses.
COURSE = (
    ("HepB", 1, 0), ("BCG", 1, 0), ("HepB", 2, 1), ("IPV", 1, 2), ("DTaP", 1, 3), ("IPV", 2, 3), ("bOPV", 3, 4),
    ("DTaP", 2, 4), ("DTaP", 3, 5), ("HepB", 3, 6), ("MPSV-A", 1, 6), ("MMR", 1, 8), ("JE-L", 1, 8), ("MPSV-A", 2, 9),
    ("Varicella", 1, 12), ("DTaP", 4, 18), ("MMR", 2, 18), ("HepA-L", 1, 18), ("JE-L", 2, 24), ("MPSV-AC", 1, 36),
    ("bOPV", 4, 48), ("Influenza", 1, 54),
)  # fmt: skip
_MAKERS = ("北京示范生物制品有限公司", "示例生物", "长江样品生物技术股份有限公司")
_UNITS = ("示范市示范区示例街道社区卫生服务中心", "示范门诊", "示例县人民医院预防接种门诊")


def a_dose(vaccine: str, number: int, day: date, **fields: Any) -> Dose:
    """A dose of a listed vaccine."""
    known = vaccine_named(vaccine)
    place = len(vaccine) + number
    values: dict[str, Any] = {
        "dose_id": f"D{vaccine}{number}{day:%y%m%d}",
        "vaccine_code": known.code,
        "vaccine_name": known.chinese,
        "dose_no": number,
        "date": day,
        "clinic_code": "3206000001",
        "clinic_name": _UNITS[place % 3],
        "origin": "other_province" if vaccine == "JE-L" and number == 2 else "local",
        "batch": f"{day:%Y%m}{place:02d}A",
        "manufacturer": _MAKERS[place % 3],
    }
    return Dose(**(values | fields))


def a_childhood(count: int = 22, born: date = BORN) -> tuple[Dose, ...]:
    """So many doses: the course of the programme, then one vaccine of the list after the other, year after year."""
    made = [a_dose(vaccine, number, months(age).after(born)) for vaccine, number, age in COURSE[:count]]
    for place in range(count - len(made)):
        vaccine = VACCINES[place % len(VACCINES)]
        made.append(a_dose(vaccine.key, 1 + place // len(VACCINES), born + timedelta(days=1700 + 2 * place)))
    return tuple(made)


def a_subject(
    doses: Sequence[Dose] | None = None, *, name: str = "周小样", born: date = BORN, adult: bool = False
) -> Subject:
    """Whose paper it is."""
    given = a_childhood() if doses is None else doses
    found = plan(born, Sex.FEMALE, given, date(2026, 7, 1))
    archive = an_archive(born=born)
    return Subject(
        name,
        Sex.FEMALE,
        born,
        "3206**********0016",
        archive.clinic.name,
        given,
        None if adult else found.missing,
    )


@cache
def a_document(
    kind: Kind = Kind.RECORD, language: PaperLanguage = "zh", subject: Subject | None = None
) -> tuple[Document, bytes]:
    """A document, signed once in a run, and the COSE bytes of its code."""
    subject = subject or a_subject()
    unsigned = Document(
        document_id_of(bytes(range(1, 17))),
        "cmjqxgkqtpmzfa",
        kind,
        language,
        ISSUED,
        AS_OF,
        {"a1": "0"},
        "a1",
        KEY.kid,
        b"",
    )
    body = payload(
        statement_of(
            unsigned,
            edition="2026",
            name=subject.name,
            birth_date=subject.birth_date,
            doses=subject.doses,
            missing=subject.missing or (),
        )
    )
    return unsigned, envelope(body, KEY.kid, signed(body, KEY))
