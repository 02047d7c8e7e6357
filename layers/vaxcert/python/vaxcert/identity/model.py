"""Who is asking: identity numbers and names as values, and the two kinds of caller (R3, R9, D10).

Everything here is a rule over values: the day is passed in, nothing is read or stored.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from math import sumprod
from typing import Final, Literal

from vaxcert.errors import Rejected


class IdType(StrEnum):
    """The documents whose number can name a person here (D10)."""

    RESIDENT = "resident"
    RESIDENCE_PERMIT = "residence_permit"
    PERMANENT_RESIDENT = "permanent_resident"


Sex = Literal["male", "female"]


class InvalidIdentityNumber(Rejected):
    """The text is no identity number, or not of the type it was given as (D10). Carries no part of it."""

    code = "identity_number_invalid"


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A number whose form, date and check digit hold. `repr` is masked, for it ends up in logs."""

    text: str
    id_type: IdType
    birth_date: date
    sex: Sex

    def __repr__(self) -> str:
        return f"IdentityNumber({mask_id_no(self.text)}, {self.id_type})"


# [0-9] and not \d, which takes full-width and Arabic digits; fullmatch and not $, which forgives a newline.
_FORM: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_RESIDENCE_PERMIT_REGIONS: Final = ("810000", "820000", "830000")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS: Final = "10X98765432"
_OF_CODES: Final = ord("0") * sum(_WEIGHTS)
# A date that nobody alive was born on is a mistyped year.
_OLDEST_YEARS: Final = 150


def check_character(digits: str) -> str:
    """The 18th character for seventeen digits: GB 11643, which is ISO 7064 MOD 11-2."""
    # In one call of C over the digits' codes: the night asks it of three numbers a row.
    total = int(sumprod(_WEIGHTS, digits.encode())) - _OF_CODES
    return _CHECK_CHARACTERS[total % 11]


def parse_id_no(text: str, id_type: IdType | None, today: date) -> IdentityNumber:
    """Read an identity number (D10); with `id_type` None its own form says which document it is of.

    All three documents have 18 characters, the birth date at 7-14, a sequence at 15-17 that is odd for men,
    and the same check character. Nothing is trimmed, upper-cased or converted: the text is the key that
    people are joined by, and every reading of it must give the same one. The region digits tell the documents
    apart and decide nothing else; they are not looked up, since lists of regions age and the number does not.

    `today` is the day in Shanghai. Raises InvalidIdentityNumber.
    """
    if not _FORM.fullmatch(text) or check_character(text[:17]) != text[17]:
        raise InvalidIdentityNumber
    found = _type_of(text)
    if found is None or id_type not in {None, found}:
        raise InvalidIdentityNumber
    birth_date = _birth_date(text[6:14], today)
    return IdentityNumber(text, found, birth_date, "male" if int(text[16]) % 2 else "female")


def valid_id_no(text: str | None, today: date) -> IdentityNumber | None:
    """The number, or None where there is none or a malformed one: who has none matches nobody (R9, R10)."""
    if text is None:
        return None
    try:
        return parse_id_no(text, None, today)
    except InvalidIdentityNumber:
        return None


def _type_of(text: str) -> IdType | None:
    if (
        text[0] == "9"
    ):  # 9, province (2), nationality (3): the form of 1 December 2023; citizens' numbers begin with 1-8
        return IdType.PERMANENT_RESIDENT
    if text.startswith(_RESIDENCE_PERMIT_REGIONS):
        return IdType.RESIDENCE_PERMIT
    if text[:2] in {"81", "82", "83"}:  # no citizen's number begins so: a mistyped permit
        return None
    return IdType.RESIDENT


def _birth_date(digits: str, today: date) -> date:
    try:
        birth_date = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise InvalidIdentityNumber from None  # the cause would quote the digits
    if birth_date > today or today.year - birth_date.year > _OLDEST_YEARS:
        raise InvalidIdentityNumber
    return birth_date


# Dots that stand between the parts of a name. The full stop is here because keyboards give it, and because
# the
# full-width stop and the one-dot leader become it under NFKC.
_NAME_DOTS: Final = frozenset("·•‧∙⋅・᛫⸱⸳.")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
# Unified ideographs of the first block: none has another form, a case, or a mark. Nearly every name is these alone.
_IDEOGRAPHS: Final = re.compile("[\u4e00-\u9fff]*")


def normalise_name(name: str) -> str:
    """The form in which names are compared (D7).

    NFKC, without spaces, middle dots and invisible marks, Latin letters casefolded. "" means that nothing is
    left, and such a name equals no name; callers refuse it.
    """
    if _IDEOGRAPHS.fullmatch(name):
        return name
    folded = unicodedata.normalize("NFKC", _visible(name)).casefold()
    composed = unicodedata.normalize("NFKC", _visible(unicodedata.normalize("NFKC", folded)))
    return "".join(character for character in composed if character not in _NAME_DOTS)


def _visible(name: str) -> str:
    """Without spaces, control and format characters, and marks that pick another glyph of an ideograph."""
    return "".join(
        character
        for character in name
        if unicodedata.category(character) not in _INVISIBLE
        and not ("\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef")
    )


def mask_name(name: str) -> str:
    """张三 → 张*, 欧阳娜娜 → 欧**: the first character, and at most two stars to tell no length."""
    shown = _visible(unicodedata.normalize("NFKC", name))
    if len(shown) < 2:
        return "*"
    return shown[0] + "*" * min(len(shown) - 1, 2)


def mask_id_no(id_no: str) -> str:
    """First and last two: enough for a family to tell its children apart.

    Screens show the birth date beside it, so every digit of the region or the sequence that is shown would
    leave few numbers to guess; the usual 3+4 leaves a thousand.
    """
    if len(id_no) < 8:
        return "*" * len(id_no)
    return id_no[0] + "*" * (len(id_no) - 3) + id_no[-2:]


# A hundred and twenty-eight bits in Base32: the last letter says three of them.
_RECORD_FORM: Final = re.compile(r"r[a-z2-7]{25}[aeimquy4]")
_CLINIC_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def record_id_of(key: str) -> str:
    """A person's opaque record id, from their subject or from the key of an archive without a number.

    The same for every guardian, and it leads back to nothing: the key is an HMAC already (R3).
    """
    digest = hashlib.sha256(b"vaxcert/record\0" + key.encode()).digest()[:16]
    return "r" + base64.b32encode(digest).decode().rstrip("=").lower()


def is_record_id(text: str) -> bool:
    """Whether a text has the form of a record id."""
    return _RECORD_FORM.fullmatch(text) is not None


def is_clinic_code(text: str) -> bool:
    """Whether a text has the form of a clinic's code, as devices and weeks are entered under it."""
    return _CLINIC_FORM.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Session:
    """One session, as far as its end is concerned: it can be signed out alone, or with all that its person had opened by then (D22)."""

    session_id: str
    subject: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person whom the identity platform authenticated, known by keys only (R3, R15)."""

    subject: str
    name_key: str
    session_id: str
    auth_time: datetime
    expires_at: datetime
    channel: str  # "app" | "alipay" (R11, R12)
    method: str  # "face", or the permitted non-face method (D9)
    issued_at: datetime  # when the session was opened, by our clock

    @property
    def session(self) -> Session:
        """Their session, for those who ask whether it has been signed out."""
        return Session(self.session_id, self.subject, self.issued_at)


@dataclass(frozen=True, slots=True)
class Device:
    """A clinic's scanner, as its token describes it; the scan compares `version` again (invariant 3)."""

    device_id: str
    clinic_code: str
    stations: frozenset[str]
    version: int
    expires_at: datetime
