"""docs/feed-rows.md, walked cell by cell: what becomes of a row by what stands in a field of it (D15)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from local.feed.drop import _FIGURES
from tests.fakes.clients import stands_in
from tests.unit.corrections.samples import BLINDER, DAY, FATHER, MOTHER, RULES, dose, guardian, row
from vaxcert.archives.model import Archive, Dose
from vaxcert.archives.store import from_item
from vaxcert.corrections.feed.form import (
    BadRow,
    ClinicForm,
    GuardianForm,
    PersonForm,
    Row,
    parse_row,
    warnings_of,
)
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.steps.store import ArchiveWriter

PAGE = Path(__file__).parents[3] / "docs" / "feed-rows.md"
COLUMNS = ("empty", "blank", "padded", "over-long", "wrong type", "missing", "null")
NONE = "–"
WRITER = ArchiveWriter(
    stands_in(None),
    archives_table="archives",
    kinship_table="kinship",
    progress=ProgressStore(stands_in(None), "runs"),
    adult_dose_from=RULES.adult_dose_from,
)
WHOLE = row(
    guardians=[guardian(MOTHER) | {"phone": "10000000002"}, guardian(FATHER, "father")],
    doses=[
        dose(batch="B1", manufacturer="厂", site="left_arm", clinic_name="门诊", trace_code="T1"),
        dose("2026-01-06", "d2"),
    ],
)
MERGE = row(op="merge", into="A2")


class _Plain:
    """Seals nothing, so that two archives can be compared."""

    def seal(self, plain: str, *, table: str, key: str, attribute: str) -> bytes:
        return plain.encode()


MAKER = ArchiveMaker(BLINDER, _Plain(), DAY)


def table() -> dict[str, dict[str, str]]:
    """The page's table: field → column → cell."""
    section, _, _ = PAGE.read_text().partition("## Texts")
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return {name.strip("`"): dict(zip(("most", *COLUMNS), rest, strict=True)) for name, *rest in cells}


def known_fields() -> list[str]:
    """Every field of every form."""
    parts = {
        "": Row.model_fields,
        "clinic.": ClinicForm.model_fields,
        "person.": PersonForm.model_fields,
        "guardians[].": GuardianForm.model_fields,
        "doses[].": [field.name for field in fields(Dose)],
    }
    return [prefix + name for prefix, names in parts.items() for name in names]


def whole_for(field: str) -> dict[str, Any]:
    return deepcopy(MERGE if field == "into" else WHOLE)


def place_of(field: str) -> list[str | int]:
    return [int(step) if step == "0" else step for step in field.replace("[]", ".0").split(".")]


def changed(field: str, change: Callable[[dict[str, Any], str], None]) -> dict[str, Any]:
    given = whole_for(field)
    *way, name = place_of(field)
    inside: Any = given
    for step in way:
        inside = inside[step]
    change(inside, str(name))
    return given


def with_value(field: str, value: Any) -> dict[str, Any]:
    return changed(field, lambda inside, name: inside.update({name: value}))


def value_of(field: str) -> Any:
    found: Any = whole_for(field)
    for step in place_of(field):
        found = found[step]
    return found


def longer(field: str, most: str) -> Any:
    """A value of the field, of the kind that it has, one more than `most`."""
    value = value_of(field)
    if isinstance(value, int):
        return int(most) + 1
    if field == "doses":
        return [dose(dose_id=f"d{number}") for number in range(int(most) + 1)]
    if isinstance(value, list):
        return value[:1] * (int(most) + 1)
    return str(value)[0] * (int(most) + 1) if most != NONE else f"{value}{value}"


def cases(field: str, column: str, most: str) -> Iterator[dict[str, Any]]:
    """Rows that are whole but for what `column` says of `field`."""
    value = value_of(field)
    texts = isinstance(value, str)
    match column:
        case "empty":
            yield with_value(field, "" if texts or isinstance(value, int) else type(value)())
        case "blank" if texts:
            yield from (with_value(field, blank) for blank in (" ", "\t\r\n", "　 "))
        case "padded" if texts:
            yield from (with_value(field, f"{pad}{value}{pad[::-1]}") for pad in (" ", "　\t", "\r\n"))
        case "over-long" if not isinstance(value, dict):
            yield with_value(field, longer(field, most))
        case "wrong type" if texts:
            yield from (with_value(field, wrong) for wrong in (7, 1.5, True, [value], {"x": value}))
        case "wrong type" if isinstance(value, int):
            yield from (with_value(field, wrong) for wrong in (str(value), 1.0, True, [value]))
        case "wrong type":
            yield from (with_value(field, wrong) for wrong in (7, "x", True))
        case "missing":
            yield changed(field, lambda inside, name: inside.pop(name))
        case "null":
            yield with_value(field, None)


def archive_of(found: Row) -> Archive:
    """The archive of a row, read back from the item that DynamoDB is given."""
    archive = MAKER.archives([found])[0]
    assert from_item(WRITER.replacement(archive)["Item"]) == archive
    return archive


def parsed(given: dict[str, Any]) -> Row | BadRow:
    return parse_row(json.dumps(given, ensure_ascii=False).encode(), DAY)


def fate(field: str, given: dict[str, Any]) -> str:
    """`taken`, `without` the field, either with warnings, or `bad` with the reason."""
    found = parsed(given)
    place = "/".join(map(str, place_of(field)))
    if isinstance(found, BadRow):
        return f"bad: {found.reason.removesuffix(f':/{place}')}"
    usual = parsed(whole_for(field))
    assert isinstance(usual, Row)
    archive = archive_of(found)
    lacking = parsed(changed(field, lambda inside, name: inside.pop(name)))
    lost = archive != archive_of(usual) and isinstance(lacking, Row) and archive == archive_of(lacking)
    told = "without" if lost else "taken"
    more = Counter(warnings_of(found, DAY)) - Counter(warnings_of(usual, DAY))
    return ", ".join([told, *sorted(more)])


def fates(field: str, column: str, most: str) -> set[str]:
    """What becomes of every case of a cell: one fate, or none where the cell has no case."""
    return {fate(field, given) for given in cases(field, column, most)} or {NONE}


def test_d15_every_field_of_every_form_is_in_the_table_once_and_in_order() -> None:
    assert list(table()) == known_fields()


@pytest.mark.parametrize("field", known_fields())
def test_d15_each_cell_tells_what_becomes_of_the_row(field: str) -> None:
    cells = dict(table()[field])
    most = cells.pop("most")
    assert {column: {cell} for column, cell in cells.items()} == {
        column: fates(field, column, most) for column in cells
    }


@pytest.mark.parametrize("field", [name for name, cells in table().items() if cells["most"].isdigit()])
def test_d15_what_is_just_not_too_long_is_taken(field: str) -> None:
    most = table()[field]["most"]
    value = longer(field, str(int(most) - 1))
    found = parsed(with_value(field, value))
    assert isinstance(found, Row)
    archive_of(found)


def test_d15_a_row_of_nothing_but_what_it_must_have_is_taken() -> None:
    least = deepcopy(WHOLE)
    for field, cells in table().items():
        if not cells["missing"].startswith("bad"):
            *way, name = place_of(field)
            inside: Any = least
            for step in way:
                inside = inside[step]
            inside.pop(name, None)
    found = parsed(least)
    assert isinstance(found, Row)
    assert archive_of(found).person_key is None


def test_d15_the_page_names_every_warning() -> None:
    odd = [guardian(None, "neighbour"), guardian("1")]
    rows = [row(id_no=None, phone="1" * 33, guardians=odd), row(id_no="1"), row(sex="female")]
    rows += [row(birth_date="2020-01-03")]
    told: set[str] = set()
    for each in rows:
        found = parsed(each)
        assert isinstance(found, Row)
        told |= warnings_of(found, DAY).keys()
    assert len(told) == 8
    assert all(f"`{word}`" in PAGE.read_text() for word in told - {"phone_left_out"})
    assert all(word in _FIGURES for word in told)
