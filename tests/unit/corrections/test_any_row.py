"""Whatever stands in a row: the check answers, and a row that it lets pass can be applied (invariant 6).

A row that raises would end the night for everybody: a step that is tried again fails again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fakes.sealing import fake_sealer
from tests.unit.corrections.samples import BLINDER, DAY, MOTHER, RULES, dose, guardian, row
from vaxcert.archives.model import links_of
from vaxcert.archives.store import from_item
from vaxcert.corrections.form import BadRow, Row, parse_row, warnings_of
from vaxcert.corrections.progress import ProgressStore
from vaxcert.corrections.rows import ArchiveMaker
from vaxcert.corrections.store import ArchiveWriter

WRITER = ArchiveWriter(
    None,
    archives_table="archives",
    kinship_table="kinship",
    progress=ProgressStore(None, "runs"),
    adult_dose_from=RULES.adult_dose_from,
)
WHOLE = row(
    guardians=[guardian(MOTHER), guardian(None, "父亲")],
    doses=[
        dose(batch="b", site="oral", trace_code="t", manufacturer="m", clinic_name="n"),
        dose(dose_id="d2"),
    ],
)

texts = st.text(max_size=40) | st.sampled_from(
    ["", " ", "\0", "\ud800", "0001-01-01", "9999-12-31", "1870-01-01", "1772000000", "-1", "１９９９-01-01"]
    + [
        f"{day}T{time}"
        for day in ("0001-01-01", "9999-12-31")
        for time in ("00:00:00+14:00", "23:59:59-12:00")
    ]
    + ["2026-02-28T10:00:00Z", "merge", "void", "rabies", "other_province", "A2", "A" * 32, "x" * 5000]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if place:
        yield place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from _places(inner, (*place, name))


PLACES = list(_places(WHOLE))


@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=3))
@example(changes=[(("recorded_at",), "0001-01-01T00:00:00+14:00")])
@settings(max_examples=600, deadline=None)
def test_a_row_is_bad_or_can_be_applied_invariant_6(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    whole = json.loads(json.dumps(WHOLE))
    for place, value in changes:
        inside: Any = whole
        for name in place[:-1]:
            inside = inside[name] if _has(inside, name) else {}
        if _has(inside, place[-1]):
            inside[place[-1]] = value
    found = parse_row(json.dumps(whole).encode(), DAY)
    if isinstance(found, BadRow):
        assert found.reason
        return
    _applied(found)


def _has(inside: Any, name: Any) -> bool:
    if isinstance(inside, dict):
        return name in inside
    return isinstance(inside, list) and isinstance(name, int) and name < len(inside)


def _applied(found: Row) -> None:
    warnings_of(found, DAY)
    archive = ArchiveMaker(BLINDER, fake_sealer(), DAY).archive(found)
    item = WRITER.replacement(archive)["Item"]
    assert from_item(item).doses == archive.doses
    assert len(links_of(archive)) <= 1 + len(found.guardians)
    assert sum(len(str(value)) for value in item.values()) < 400 * 1024
