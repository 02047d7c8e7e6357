"""The adults of the demo, whom the stand-in's page offers to be: every claimant, and who else an archive names."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from local.demo.feeds import Demo
from local.demo.schedule import add_months
from local.demo.town import Case, Person
from local.keys import write_private

_RELATIONS = {
    "father": "父亲",
    "mother": "母亲",
    "paternal_grandfather": "祖父",
    "paternal_grandmother": "祖母",
    "maternal_grandfather": "外祖父",
    "maternal_grandmother": "外祖母",
}
_ADULT_YEARS = 18


@dataclass(frozen=True, slots=True)
class Somebody:
    """Somebody of the cast. `key` is what travels in forms: a case and a part in it, nothing of the person."""

    key: str
    name: str
    part: str
    id_type: str
    id_no: str
    phone: str


def cast_of(demo: Demo) -> tuple[Somebody, ...]:
    """Everybody once, under the first case that they are in."""
    found: dict[str, Somebody] = {}
    for case in demo.cases:
        for somebody in _of(case, demo.today):
            found.setdefault(somebody.id_no, somebody)
    return tuple(found.values())


def save(people: tuple[Somebody, ...], path: Path) -> None:
    """Write them where the stand-in looks: a kept state has the people of the day on which it began."""
    write_private(path, json.dumps([asdict(one) for one in people], ensure_ascii=False))


def load(path: Path) -> tuple[Somebody, ...]:
    """Those that were saved; nobody before that."""
    try:
        return tuple(Somebody(**one) for one in json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ()


def _of(case: Case, today: date) -> Iterator[Somebody]:
    archive = case.archive
    for number, guardian in enumerate(archive.guardians, start=1):
        relation = guardian.relation if guardian.relation.isascii() else str(number)
        part = f"{archive.person.name}的{_RELATIONS.get(guardian.relation, '家人')}（{case.zh}）"
        yield from _somebody(f"{case.key}.{relation}", guardian.person, part)
    if add_months(archive.person.birth_date, _ADULT_YEARS * 12) <= today:
        yield from _somebody(case.key, archive.person, case.zh)


def _somebody(key: str, person: Person, part: str) -> Iterator[Somebody]:
    if person.id_no is not None:
        yield Somebody(key, person.name, part, person.id_type, person.id_no, person.phone)
