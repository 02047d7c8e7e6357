"""The demo's feeds: the first load, the corrections of the next day, and what a third day brings.

    python -m local demo-feeds --key-file feed.jwk --out .local/feeds [--today 2026-11-23] [--seed 0]

writes one directory per feed, ready for `make feed DIR=…`, and cast.json, which says who is who. Everything
follows from the day and the seed.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from local.demo import adults, children, corrections
from local.demo.clinics import NANTONG_FIRST, NANTONG_SECOND, WUXI_FIRST, WUXI_SECOND, Clinic
from local.demo.town import Case, State, Town, row_of
from local.feed.form import Row, Sex
from local.feed.writer import Feed, FeedWriter

ORDINARY_FAMILIES = 30
PARTS = 3
_SURNAMES = "贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧"
SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Demo:
    """Every case and every feed of the demo as it looks on `today` (Asia/Shanghai)."""

    today: date
    seed: int = 0

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        return tuple(_everybody(Town(self.today, self.seed)))

    def neighbours(self, count: int, clinic: Clinic) -> list[Case]:
        """Ordinary families of one clinic whom no feed of the demo tells of; their numbers are nobody else's."""
        town = Town(self.today, self.seed)
        for _ in _everybody(town):
            pass  # every number of the demo is given
        return [_neighbour(town, number, clinic) for number in range(count)]

    @property
    def business_dates(self) -> tuple[date, ...]:
        return Town(self.today, self.seed).days

    def case(self, key: str) -> Case:
        return next(case for case in self.cases if case.key == key)

    def rows(self, sequence: int) -> list[Row]:
        """The rows of one feed; an archive's version counts the times it was told of."""
        versions: Counter[str] = Counter()
        rows = []
        for state in sorted((state for case in self.cases for state in case.states), key=_sequence):
            versions[state.archive.archive_no] += 1
            if state.sequence == sequence:
                rows.append(row_of(state, versions[state.archive.archive_no], self.business_dates))
        return rows

    def feeds(self, writer: FeedWriter) -> Iterator[Feed]:
        """All feeds, chained."""
        previous = None
        for sequence, day in enumerate(self.business_dates, start=1):
            feed = writer.write(
                None, day, sequence, previous, self.rows(sequence), PARTS if sequence == 1 else 1
            )
            previous = feed.manifest_sha256
            yield feed

    def cast(self) -> list[dict[str, Any]]:
        """Who is who, with the fictional numbers that the stand-in takes."""
        return [
            {
                "case": case.key,
                "shows": {"zh": case.zh, "en": case.en, "cites": case.cites},
                "person": _plain(case.archive.person.row),
                "guardians": [
                    {"relation": guardian.relation, **_plain(guardian.person.row)}
                    for guardian in case.archive.guardians
                ],
            }
            for case in self.cases
        ]


def today_in_shanghai() -> date:
    return datetime.now(SHANGHAI).date()


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row)


def _sequence(state: State) -> int:
    return state.sequence


def _everybody(town: Town) -> Iterator[Case]:
    yield from corrections.cases(town)
    yield from children.cases(town)
    yield from adults.cases(town)
    yield from _ordinary(town)
    # Last, so that the others keep their numbers.
    yield from children.three(town)


def _ordinary(town: Town) -> Iterator[Case]:
    """Families in no special situation, so that a feed looks like one."""
    dice = random.Random(f"{town.seed}/ordinary")
    sexes: tuple[Sex, Sex] = ("male", "female")
    for number, surname in zip(
        range(1, ORDINARY_FAMILIES + 1),
        _SURNAMES,
        strict=True,
    ):
        born = town.days[0] - timedelta(days=dice.randint(200, 3200))
        clinic = dice.choice((NANTONG_FIRST, NANTONG_SECOND, WUXI_FIRST, WUXI_SECOND))
        yield children.once(
            town,
            f"ordinary_{number:02d}",
            "R6",
            "普通家庭",
            "an ordinary family",
            clinic=clinic,
            names=f"{surname}小样 {surname}示例 {surname}示范",
            sex=dice.choice(sexes),
            born=born,
        )


def _neighbour(town: Town, number: int, clinic: Clinic) -> Case:
    surname, given = _SURNAMES[number % len(_SURNAMES)], "样例范式模板型准幼苗仿拟"[number // len(_SURNAMES)]
    return children.once(
        town,
        f"neighbour_{number:03d}",
        "R6",
        "普通家庭",
        "an ordinary family",
        clinic=clinic,
        names=f"{surname}小{given} {surname}示{given} {surname}演{given}",
        sex="male" if number % 2 else "female",
        born=town.days[0] - timedelta(days=200 + 7 * number),
    )


def save(demo: Demo, writer: FeedWriter, out: Path) -> list[Path]:
    """Writes cast.json and a directory per feed, named by its business date."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "cast.json").write_text(json.dumps(demo.cast(), ensure_ascii=False, indent=1) + "\n")
    return [feed.save(out / feed.business_date.isoformat()) for feed in demo.feeds(writer)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local demo-feeds", description=__doc__)
    parser.add_argument("--key-file", type=Path, required=True, help="the province's private JWK")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--today", type=date.fromisoformat, default=today_in_shanghai())
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    writer = FeedWriter(json.loads(chosen.key_file.read_text()))
    for directory in save(Demo(chosen.today, chosen.seed), writer, chosen.out):
        print(directory)
    return 0
