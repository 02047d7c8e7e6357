"""The people and archives of the model: two children, each with two archives, a grown woman, guardians and relatives."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from local.demo.numbers import with_check_digit
from tests.unit.corrections.samples import BLINDER, dose, guardian, record_of, row
from vaxcert.identity.model import Citizen

BORN: Final = {"A": date(2017, 1, 1), "B": date(2020, 2, 29), "C": date(1970, 5, 5)}
"""Birth dates by family: the first day of R6, a leap day, and a woman's."""


def _number(born: date, sequence: int) -> str:
    return with_check_digit(f"320600{born:%Y%m%d}{sequence:03d}")


RIGHT: Final = {family: _number(born, 2) for family, born in BORN.items()}
MISTYPED: Final = {family: _number(born, 4) for family, born in BORN.items()}
"""A valid number that is nobody's, as an archive may hold it until it is corrected."""

ARCHIVES: Final = ("A1", "A2", "B1", "B2", "C1")
MOTHER, FATHER, AUNT = (_number(date(1988, 8, 8), sequence) for sequence in (6, 7, 8))
GUARDIANS: Final = (MOTHER, FATHER, AUNT)
RELATIVES: Final = tuple(_number(date(1960, 1, 1), 100 + each) for each in range(13))
EVERYBODY: Final = (*GUARDIANS, *RIGHT.values(), *MISTYPED.values(), *RELATIVES[:2])
"""Whoever may come to claim or to look."""


def person(archive_no: str, number: str | None) -> str:
    """Whose record an archive is: that of its number, or without one a person of its own."""
    return number or f"#{archive_no}"


def record_id(who: str) -> str:
    """The product's opaque id of a person."""
    return record_of(archive_no=who[1:]) if who.startswith("#") else record_of(who)


def born(who: str) -> date:
    """The birth date that a person's archives state, which is that of their number."""
    return BORN[who[1]] if who.startswith("#") else date.fromisoformat(who[6:14])


def subject(number: str) -> str:
    """The blinded key of somebody with a number."""
    return BLINDER.subject(number)


def name_of(number: str) -> str:
    """A name of their own, for number and name must both match (D7)."""
    return f"某{number[-4:]}"


def citizen(number: str, now: datetime, *, name: str | None = None) -> Citizen:
    """Somebody who verified just now."""
    return Citizen(
        subject=subject(number),
        name_key=BLINDER.name(name or name_of(number)),
        session_id=f"s-{number}",
        auth_time=now,
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
        channel="app",
        method="face",
        issued_at=now.replace(microsecond=0),
    )


def feed_row(
    archive_no: str,
    version: int,
    *,
    number: str | None,
    guardians: tuple[str, ...],
    status: str,
    op: str,
    into: str | None,
) -> dict[str, Any]:
    """The feed's row of an archive."""
    changes: dict[str, Any] = {"op": op} if into is None else {"op": op, "into": into}
    return row(
        archive_no,
        version,
        id_no=number,
        birth_date=BORN[archive_no[0]].isoformat(),
        guardians=[guardian(each, "other_guardian") for each in guardians],
        status=status,
        doses=[dose("2021-01-05")],
        **changes,
    )
