"""A town whose clinics mistype numbers: families with archives, and what each of them may know by the rows alone (D13, D16).

The reference has no code of the product: it reads the rows as the feed tells them. Names and doses are everybody's own, birth dates are few,
so that mistyped numbers meet people of the same birth date.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from local.demo.numbers import with_check_digit
from tests.unit.corrections.samples import dose, guardian, row

type Row = dict[str, Any]

_BIRTHS = ("20190305", "20200909", "20210711", "20230202")
_MISTYPED = 0.1


def _number(born: str, sequence: int) -> str:
    return with_check_digit(f"320600{born}{sequence:03d}")


@dataclass(frozen=True)
class Person:
    """Somebody with a number and a name of their own."""

    number: str
    name: str

    @property
    def born(self) -> str:
        """The birth date, as the feed has it."""
        digits = self.number[6:14]
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


@dataclass
class Town:
    """Families and their archives, day by day."""

    dice: random.Random
    parents: list[Person] = field(default_factory=list)
    children: list[tuple[Person, tuple[Person, ...]]] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    ever: dict[str, set[date]] = field(default_factory=dict)
    """Birth dates of whoever's archive has ever named a number: what somebody had a right to, they have known (D16)."""
    _made: int = 0

    def __post_init__(self) -> None:
        for family in range(24):
            pair = tuple(self._person(f"19{80 + family % 20}0101") for _ in range(2))
            self.parents += pair
            for _ in range(self.dice.randint(1, 2)):
                self.children.append((self._person(self.dice.choice(_BIRTHS)), pair))

    def first(self) -> list[Row]:
        """The day on which everybody is registered."""
        for place, (child, _) in enumerate(self.children):
            self._tell(f"C{place}", self._of_child(place, child.number))
        for place, parent in enumerate(self.parents):
            if self.dice.random() < 0.5:
                self._tell(f"P{place}", {"system": "adult", "guardians": [], **self._of(parent, f"P{place}")})
        return list(self.rows.values())

    def day(self) -> list[Row]:
        """Corrections, new mistakes, changes of guardians and names, second archives."""
        told = []
        for _ in range(12):
            place = self.dice.randrange(len(self.children))
            number = f"{self.dice.choice('CCD')}{place}"
            child, _ = self.children[place]
            given = self._of_child(place, child.number)
            match self.dice.randint(0, 6):
                case 0:
                    given["guardians"] = [guardian(self.dice.choice(self.parents).number)]
                case 1:
                    self.children[place] = (Person(child.number, f"{child.name}改"), self.children[place][1])
                    given |= self._of(self.children[place][0], f"C{place}")
                case 2:
                    given["op"] = "void"
                case 3:
                    given["system"] = "obstetrics"
            self._tell(number, given)
            told.append(self.rows[number])
        return [*{one["archive_no"]: one for one in told}.values()]

    def standing(self) -> Iterator[Row]:
        """Archives that stand."""
        return (one for one in self.rows.values() if one["op"] == "upsert")

    def _person(self, born: str) -> Person:
        self._made += 1
        return Person(_number(born, self._made), f"例{self._made:04d}")

    def _of(self, person: Person, key: str) -> Row:
        return {
            "id_no": person.number,
            "birth_date": person.born,
            "name": person.name,
            "doses": [dose("2026-01-05", f"{key}-{person.number[-4:]}")],
        }

    def _of_child(self, place: int, number: str) -> Row:
        child, pair = self.children[place]
        given = self._of(child, f"C{place}") | {"guardians": [guardian(one.number) for one in pair]}
        if self.dice.random() < _MISTYPED:
            others = [other.number for other, _ in self.children if other.born == child.born]
            given["id_no"] = self.dice.choice(
                [self.dice.choice(others), self.dice.choice(self.children)[0].number, pair[0].number]
            )
        return given

    def _tell(self, archive_no: str, given: Row) -> None:
        version = self.rows[archive_no]["version"] + 1 if archive_no in self.rows else 1
        told = self.rows[archive_no] = row(archive_no, version, **given)
        for one in (_number_of(told), *(each.get("id_no") for each in told["guardians"])):
            if one is not None and _names(told, one):
                self.ever.setdefault(one, set()).add(date.fromisoformat(told["person"]["birth_date"]))


@dataclass(frozen=True)
class Known:
    """What one person may read: names whole, birth dates, doses."""

    names: frozenset[str]
    births: frozenset[date]
    doses: frozenset[str]


def known_to(asker: Person, town: Town) -> Known:
    """By the rows: those that name the asker as a guardian, or as the person with a number that fits the birth date; and of the same person,
    one number, one birth date, one name, what other rows tell."""
    own = [one for one in town.standing() if _names(one, asker.number)]
    same = [
        other
        for one in own
        for other in town.standing()
        if _fits(one) and _fits(other) and _who(one) == _who(other)
    ]
    rows = [*own, *same]
    # Of one child, obstetrics and the clinic may tell different names (D13).
    numbers = {one["person"]["id_no"] for one in own if _fits(one)}
    rows += [
        other
        for other in town.standing()
        if _fits(other)
        and other["person"]["id_no"] in numbers
        and "obstetrics"
        in {other["system"], *(one["system"] for one in own if _number_of(one) == _number_of(other))}
    ]
    # A certificate whose archive was made void is still its holder's, by the name that the void archive has.
    void = [one for one in town.rows.values() if _names(one, asker.number)]
    return Known(
        frozenset(one["person"]["name"] for one in (*rows, *void)),
        frozenset(date.fromisoformat(one["person"]["birth_date"]) for one in rows)
        | town.ever.get(asker.number, set()),
        frozenset(given["dose_id"] for one in rows for given in one["doses"]),
    )


def _number_of(one: Row) -> str | None:
    number: str | None = one["person"].get("id_no")
    return number


def _fits(one: Row) -> bool:
    number = _number_of(one)
    return number is not None and number[6:14] == one["person"]["birth_date"].replace("-", "")


def _who(one: Row) -> tuple[str | None, str]:
    return _number_of(one), one["person"]["name"]


def _names(one: Row, number: str) -> bool:
    return number in {given.get("id_no") for given in one["guardians"]} or (
        _fits(one) and _number_of(one) == number
    )
