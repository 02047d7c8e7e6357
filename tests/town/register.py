"""The province's side of the town: people, archives as clinics hold them, and the feeds that tell of them (R1, R37, R38)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from local.demo.numbers import with_check_digit
from local.feed.writer import Feed, FeedWriter
from tests.unit.corrections.samples import PROVINCE

NANTONG, WUXI, SUZHOU = "320600", "320200", "320500"
_SURNAMES: Final = "周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
_GIVEN: Final = "安平宁康乐和清明文嘉思远子涵雨晨欣怡浩然"
_VACCINES: Final = (("0201", "乙肝疫苗"), ("1201", "麻腮风疫苗"), ("1801", "乙脑疫苗"), ("2101", "流感疫苗"))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as they truly are."""

    number: str
    name: str
    born: date


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as a clinic records it."""

    dose_id: str
    vaccine: int
    on: date
    clinic: str


@dataclass(frozen=True, slots=True)
class Row:
    """An archive as a clinic holds it: not always what is true."""

    no: str
    version: int
    name: str
    number: str | None
    born: date
    guardians: tuple[Person, ...]
    clinic: str
    city: str
    doses: tuple[Dose, ...] = ()
    system: str = "child"
    status: str = "in_care"
    op: str = "upsert"
    into: str | None = None
    recorded_on: date = date(2034, 12, 1)

    @property
    def stands(self) -> bool:
        """Neither void nor merged."""
        return self.op == "upsert"

    @property
    def clinics(self) -> bool:
        """Of a vaccination unit (R8)."""
        return self.stands and self.system in {"child", "adult"}

    @property
    def who(self) -> str:
        """Whose it is: that of its number if the birth date agrees (D13), else a person of its own."""
        believed = self.number is not None and self.number[6:14] == f"{self.born:%Y%m%d}"
        return str(self.number) if believed else f"#{self.no}"

    def told(self) -> dict[str, Any]:
        """As the feed has it."""
        person = {
            "name": self.name,
            "sex": "female",
            "birth_date": self.born.isoformat(),
            "phone": "10000000001",
        }
        if self.number is not None:
            person |= {"id_type": "resident", "id_no": self.number}
        return {
            "archive_no": self.no,
            "version": self.version,
            "op": self.op,
            "recorded_at": f"{self.recorded_on}T10:00:00+08:00",
            "system": self.system,
            "status": self.status,
            "clinic": {"code": self.clinic, "name": f"示范门诊{self.clinic[-2:]}", "city": self.city},
            "person": person,
            "guardians": [
                {"relation": "mother" if number % 2 else "father", "name": one.name, "id_no": one.number}
                for number, one in enumerate(self.guardians)
            ],
            "doses": [_told(one) for one in self.doses],
        } | ({} if self.into is None else {"into": self.into})


@dataclass
class Province:
    """Who was born, what clinics hold, and what has to be told tonight."""

    drawn: Counter[date] = field(default_factory=Counter)
    people: int = 0
    archives: dict[str, Row] = field(default_factory=dict)
    changed: dict[str, Row] = field(default_factory=dict)
    told: dict[str, list[Row]] = field(default_factory=dict)
    sequence: int = 0
    previous: str | None = None
    doses: int = 0

    def person(self, born: date) -> Person:
        """Another one; numbers and names are nobody else's."""
        self.drawn[born] += 1
        number = with_check_digit(f"{NANTONG}{born:%Y%m%d}{self.drawn[born]:03d}")
        self.people += 1
        at, size = self.people, len(_GIVEN)
        name = _SURNAMES[at % 20] + _GIVEN[at // 20 % size] + _GIVEN[at // (20 * size) % size]
        return Person(number, name + _GIVEN[at // (20 * size * size) % size] * (at >= 20 * size * size), born)

    def establish(self, person: Person, guardians: tuple[Person, ...], clinic: str, **more: Any) -> Row:
        """A new archive."""
        no = f"K{len(self.archives) + 1:06d}"
        given = {"number": person.number, "city": city_of(clinic)} | more
        return self.change(
            Row(no, 0, person.name, born=person.born, guardians=guardians, clinic=clinic, **given)
        )

    def change(self, row: Row, **changes: Any) -> Row:
        """A clinic writes: the next version, told tonight (R38)."""
        after = replace(row, version=row.version + 1, **changes)
        self.archives[after.no] = self.changed[after.no] = after
        return after

    def dose(self, row: Row, on: date, clinic: str, vaccine: int) -> Row:
        """A dose is recorded."""
        self.doses += 1
        dose = Dose(f"d{self.doses:07d}", vaccine, on, clinic)
        return self.change(row, doses=(*row.doses, dose), recorded_on=on)

    def feed(self, day: date, again: list[Row]) -> tuple[Feed, list[Row]]:
        """The day's feed: what has changed, and older versions that are told again."""
        self.sequence += 1
        rows = [*again, *self.changed.values()]
        for row in self.changed.values():
            self.told.setdefault(row.no, []).append(row)
        self.changed = {}
        parts = 1 + (len(rows) > 40)
        writer = FeedWriter(PROVINCE)
        told: Any = [one.told() for one in rows]
        feed = writer.write(None, day, self.sequence, self.previous, told, parts, check=False)
        self.previous = feed.manifest_sha256
        return feed, rows


def clinic_code(number: int) -> str:
    """Clinics stand in Nantong and Wuxi by turns."""
    return f"{(NANTONG, WUXI)[number % 2]}{number + 1:04d}"


def city_of(clinic: str) -> str:
    """Where it is."""
    return clinic[:6]


def birthday(born: date, age: int) -> date:
    """28 February stands in for the 29th (D6)."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 2, 28)


def day_after(day: date, days: int = 1) -> date:
    """So many days later."""
    return day + timedelta(days=days)


def _told(one: Dose) -> dict[str, Any]:
    code, name = _VACCINES[one.vaccine % len(_VACCINES)]
    return {
        "dose_id": one.dose_id,
        "vaccine_code": code,
        "vaccine_name": name,
        "dose_no": 1 + one.vaccine // len(_VACCINES) % 3,
        "date": one.on.isoformat(),
        "batch": "DEMO-01",
        "site": "left_arm",
        "clinic_code": one.clinic,
        "origin": "local",
    }
