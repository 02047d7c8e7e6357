"""Whatever stands in a row: the check answers, and a row that it lets pass can be applied (invariant 6).

A row that raises would end the night for everybody: a step that is tried again fails again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.counts import examples
from tests.fakes.clients import stands_in
from tests.fakes.sealing import fake_sealer
from tests.unit.corrections.samples import BLINDER, DAY, MOTHER, RULES, dose, guardian, row
from vaxcert.archives.model import links_of
from vaxcert.archives.store import from_item
from vaxcert.corrections.feed.form import BadRow, Row, parse_row, warnings_of
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.steps.store import ArchiveWriter

WRITER = ArchiveWriter(
    stands_in(None),
    archives_table="archives",
    kinship_table="kinship",
    progress=ProgressStore(stands_in(None), "runs"),
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


def _value(place: tuple[Any, ...]) -> Any:
    found: Any = WHOLE
    for name in place:
        found = found[name]
    return found


@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=3))
@example(changes=[(("recorded_at",), "0001-01-01T00:00:00+14:00")])
@settings(max_examples=examples(600))
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
    archive = ArchiveMaker(BLINDER, fake_sealer(), DAY).archives([found])[0]
    item = WRITER.replacement(archive)["Item"]
    assert from_item(item).doses == archive.doses
    assert len(links_of(archive)) <= 1 + len(found.guardians)
    assert sum(len(name) + len(content) for name, content in _contents(item)) < 400 * 1024


def _contents(item: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Every value of an item as DynamoDB counts it: UTF-8, which has no form for half of a surrogate pair."""
    for name, value in item.items():
        ((kind, content),) = value.items()
        if kind == "M":
            yield from _contents(content)
        else:
            assert kind in {"S", "N", "B"}
            yield name, content if isinstance(content, bytes) else content.encode()


json_texts = st.text() | st.sampled_from(
    ["\ud800", "\udc00x", "\U000323b0", "\ufeff", "\u202e", "\0", "x" * 5000]
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | json_texts,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(json_texts | st.sampled_from(list(WHOLE)), inner)
    ),
    max_leaves=8,
)


@given(value=any_json, ascii_only=st.booleans())
@settings(max_examples=examples(300))
def test_d15_no_json_whatever_stops_the_check_and_each_line_has_one_answer(
    value: Any, ascii_only: bool
) -> None:
    _asked_twice(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))


@given(line=st.binary() | st.text().map(str.encode))
@settings(max_examples=examples(200))
def test_d15_no_bytes_whatever_stop_the_check(line: bytes) -> None:
    _asked_twice(line)


@given(data=st.data())
@settings(max_examples=examples(400))
def test_d15_a_damaged_row_has_one_answer_too(data: st.DataObject) -> None:
    """A row with any part of it cut out, doubled or replaced, which is mostly still nearly JSON."""
    line = json.dumps(WHOLE, ensure_ascii=data.draw(st.booleans())).encode()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(line)))
        end = start + data.draw(st.integers(0, 20))
        put = data.draw(
            st.sampled_from([b"", line[start:end] * 2, b"\\", b'"', b"\\ud800", b"{", b",", b"9" * 4301])
        )
        line = line[:start] + put + line[end:]
    _asked_twice(line)


def _asked_twice(line: bytes) -> None:
    found = parse_row(line, DAY)
    assert parse_row(line, DAY) == found
    if isinstance(found, Row):
        _applied(found)


@pytest.mark.parametrize("place", [place for place in PLACES if not isinstance(_value(place), dict | list)])
@pytest.mark.parametrize("half", ["\\ud800", "\\udc00", "\\ud800\\ud800", "\\ud83d\\u0041"])
def test_d15_half_of_a_surrogate_pair_is_no_text_wherever_it_stands(
    place: tuple[Any, ...], half: str
) -> None:
    whole = json.loads(json.dumps(WHOLE))
    inside = whole
    for name in place[:-1]:
        inside = inside[name]
    inside[place[-1]] = "@@"
    line = json.dumps(whole).replace("@@", half).encode()
    assert parse_row(line, DAY) == BadRow("json_invalid:/", None)
