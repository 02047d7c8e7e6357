"""Numbers that look right to the product and belong to nobody.

Identity numbers carry the region digits 320600 and 320200: those name the two cities as a whole, and a
person's number always names a district below. Permits use the regions of the real form (D10) with sequence
numbers from 900 up, and the permanent resident's nationality is 999, which is no country's. Phones have
the form of a mobile number and begin with 142, a block that no carrier has been given.
"""

from collections import Counter
from datetime import date

from local.feed.form import IdType, Sex

NANTONG = "320600"
WUXI = "320200"
SUZHOU = "320500"  # in the province, not in the pilot (R39)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PREFIXES: dict[IdType, tuple[str, ...]] = {
    "resident": (NANTONG, WUXI),
    "residence_permit": ("810000", "820000", "830000"),
    "permanent_resident": ("932999",),
}


def with_check_digit(seventeen: str) -> str:
    """GB 11643-1999: the remainder of the weighted sum by eleven picks the last character."""
    remainder = sum(int(digit) * weight for digit, weight in zip(seventeen, _WEIGHTS, strict=True)) % 11
    return seventeen + "10X98765432"[remainder]


class Registry:
    """Hands out numbers in order: the same calls get the same numbers, and no number is given twice."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def id_no(self, id_type: IdType, prefix: str, birth_date: date, sex: Sex) -> str:
        if prefix not in _PREFIXES[id_type]:
            raise ValueError(f"{prefix} does not begin a fictional {id_type} number")
        stem = f"{prefix}{birth_date:%Y%m%d}"
        count = self._next(f"{stem}{sex}")
        first = 900 if id_type == "residence_permit" else 0
        # GB 11643: the sequence is odd for men and even for women
        return with_check_digit(f"{stem}{first + 2 * count - (sex == 'male'):03d}")

    def archive_no(self, clinic_code: str, year: int) -> str:
        """18 digits, as long as an identity number on purpose (D10): clinic 10, year 4, number 4."""
        return f"{clinic_code}{year}{self._next(f'{clinic_code}{year}'):04d}"

    def phone(self) -> str:
        return f"142{self._next('phone'):08d}"

    def _next(self, series: str) -> int:
        self._given[series] += 1
        return self._given[series]
