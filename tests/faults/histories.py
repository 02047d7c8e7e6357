"""Random histories of a small province, night after night, with everything that a feed may do to the nightly sync.

Everything follows from a seed. A version of an archive has one content, as in the province; what varies is when, in which order
and how often it is told of.
"""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.unit.corrections.samples import ADULT, CHILD, CLINIC, FATHER, MOTHER, SIBLING, dose, guardian, row

type Row = dict[str, Any]

_NUMBERS = (CHILD, CHILD, SIBLING, ADULT, None, "not a number")
_PARENTS = (MOTHER, FATHER, ADULT, None, "12345")
_RELATIONS = ("mother", "father", "父亲", "other_guardian", "maternal_grandmother")
_SYSTEMS = ("child", "child", "child", "adult", "obstetrics", "rabies")
_BIRTHS = ("2020-01-02", "2020-01-02", "2021-03-04", "1970-05-05", "2012-02-02")
# A person's number holds the birth date, but for the rows that are mistyped (D13).
_BORN = {CHILD: "2020-01-02", SIBLING: "2021-03-04", ADULT: "1970-05-05"}
_MISTYPED = 0.05
"""The share of rows whose birth date is not their number's, and of new archives under another person's name: collisions are a tenth."""
_NAMES = ("张三", "李小四")
_CLINICS = (
    CLINIC,
    {"code": "3202060101", "name": "梁溪门诊", "city": "320200"},
    {"code": "3205060101", "name": "吴中门诊", "city": "320500"},
)
_DOSES = ((), ("2026-01-05",), ("2019-01-05",), ("2020-12-01", "2021-02-03"))
_BAD: tuple[dict[str, Any], ...] = (
    {"version": 0},
    {"system": "dental"},
    {"recorded_at": "2026-06-01T00:00:00+08:00"},
    {"doses": [dose(), dose()]},
    {"unknown": 1},
)


_PAIR = [guardian(MOTHER), guardian(FATHER, "father")]


@dataclass
class Delivery:
    """One feed: its rows, how many parts, how many nights it is late, and how many of its rows are bad."""

    rows: list[Row]
    parts: int
    late: int
    bad: int


@dataclass
class Province:
    """Archives as the province holds them; each change is a version."""

    dice: random.Random
    stands: dict[str, Row] = field(default_factory=dict)
    told: list[Row] = field(default_factory=list)

    def night(self) -> Delivery:
        """A day's changes as a feed: newest states, some of them told twice, late, in any order."""
        dice = self.dice
        archives = [f"A{number}" for number in range(1, 7)]
        rows: list[Row] = [self._changed(dice.choice(archives)) for _ in range(dice.randint(0, 7))]
        if self.told and dice.random() < 0.5:  # told again, or only now, after its successors
            rows += [deepcopy(one) for one in dice.choices(self.told, k=dice.randint(1, 3))]
        if rows and dice.random() < 0.4:
            rows.append(deepcopy(dice.choice(rows)))
        self.told += rows
        held_back = [one for one in rows if dice.random() < 0.08]  # comes with a later feed, if at all
        rows = [one for one in rows if not any(one is held for held in held_back)]
        if dice.random() < 0.6:
            dice.shuffle(rows)
        bad = dice.randint(0, min(2, len(rows) // 2)) if dice.random() < 0.3 else 0
        for _ in range(bad):
            rows.insert(dice.randint(0, len(rows)), row("A1", 99) | deepcopy(dice.choice(_BAD)))
        late = dice.choice((0, 0, 0, 1, 2))
        return Delivery(rows, dice.randint(1, 3), late, bad)

    def _changed(self, number: str) -> Row:
        dice = self.dice
        before = self.stands.get(number)
        if before is None:
            after = row(number, 1, **self._content())
        else:
            after = deepcopy(before)
            after["version"] += dice.randint(1, 3)
            self._mutate(after)
        person = after["person"]
        if dice.random() >= _MISTYPED:
            person["birth_date"] = _BORN.get(person.get("id_no"), person["birth_date"])
        self.stands[number] = after
        return deepcopy(after)

    def _content(self) -> dict[str, Any]:
        dice = self.dice
        return {
            "name": _NAMES[dice.random() < 2 * _MISTYPED],
            "id_no": dice.choice(_NUMBERS),
            "birth_date": dice.choice(_BIRTHS),
            "system": dice.choice(_SYSTEMS),
            "guardians": self._guardians(),
            "doses": self._doses(),
            "clinic": dict(dice.choice(_CLINICS[:2])),
        }

    def _mutate(self, one: Row) -> None:  # noqa: C901, PLR0912 - one case for each kind of correction
        dice = self.dice
        one.pop("into", None)
        one["op"] = "upsert"
        one["recorded_at"] = f"2026-02-{dice.randint(1, 28):02d}T1{dice.randint(0, 9)}:00:00+08:00"
        match dice.randint(0, 12):
            case 0 | 1:
                one["doses"] = self._doses()
            case 2:
                one["guardians"] = self._guardians()
            case 3:
                for given in one["guardians"]:
                    given["relation"] = dice.choice(_RELATIONS)
            case 4:
                number = dice.choice(_NUMBERS)
                one["person"].pop("id_no", None)
                one["person"] |= {} if number is None else {"id_no": number}
            case 5:
                one["clinic"] = dict(dice.choice(_CLINICS))
            case 6:
                one["status"] = dice.choice(("in_care", "transferred_out", "deceased"))
            case 7:
                one["op"] = "void"
            case 8 | 9:
                into = f"A{dice.randint(1, 8)}"
                if into != one["archive_no"]:
                    one |= {"op": "merge", "into": into}
            case 11:
                one["person"]["name"] = _NAMES[dice.random() < 4 * _MISTYPED]
            case 10:
                one["person"]["birth_date"] = dice.choice(_BIRTHS)
            case _:
                one["status"] = "in_care"
                if one["system"] == "obstetrics":
                    one["system"] = "child"

    def _guardians(self) -> list[Row]:
        chosen = self.dice.sample(_PARENTS, self.dice.randint(0, 3))
        return [guardian(one, self.dice.choice(_RELATIONS)) for one in chosen]

    def _doses(self) -> list[Row]:
        days = self.dice.choice(_DOSES)
        return [
            dose(day, f"d{index}", vaccine_code=self.dice.choice(("0201", "2801")))
            for index, day in enumerate(days)
        ]


def history(seed: int) -> list[Delivery]:
    """Three to six nights; the first one brings a family that somebody can claim."""
    dice = random.Random(f"history/{seed}")
    province = Province(dice)
    family = [row("A1"), row("A2", id_no=SIBLING, birth_date=_BORN[SIBLING], guardians=_PAIR)]
    province.stands |= {one["archive_no"]: one for one in family}
    province.told += family
    first = Delivery(deepcopy(family), dice.randint(1, 2), 0, 0)
    return [first, *(province.night() for _ in range(dice.randint(2, 5)))]
