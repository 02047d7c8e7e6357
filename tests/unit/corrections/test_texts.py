"""Texts of a feed: what is blank is absent, nothing else is, and none is quoted or changed (D15, invariants 6 and 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.corrections.samples import CHILD, DAY, dose, row
from vaxcert.corrections.feed.form import BadRow, Row, parse_row


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"into": " \t"}, None),
        ({"into": "*"}, "string_pattern_mismatch:/into"),
        ({"into": 7}, "string_type:/into"),
        ({"doses": [dose(site=" ")]}, None),
        ({"doses": [dose(site="x")]}, "literal_error:/doses/0/site"),
    ],
)
def test_d15_a_single_letter_where_a_word_may_lack_is_a_word_and_no_blank(
    changes: dict[str, Any], fault: str | None
) -> None:
    found = parse_row(json.dumps(row(**changes)).encode(), DAY)
    assert (found.reason if isinstance(found, BadRow) else None) == fault


@pytest.mark.parametrize("line", [b'{"archive_no":"%s*"}', b'{"archive_no":["%s"]}', b'"%s"'])
def test_invariant_7_the_error_of_a_bad_row_quotes_no_value_of_it(line: bytes) -> None:
    """Also where nobody turned it into a reason."""
    with pytest.raises(ValidationError) as refused:
        Row.model_validate_json(line.replace(b"%s", CHILD.encode()))
    assert CHILD not in str(refused.value)


@pytest.mark.parametrize("name", ["version", "person"])
def test_invariant_6_a_row_stays_as_it_was_judged(name: str) -> None:
    taken = parse_row(json.dumps(row()).encode(), DAY)
    assert isinstance(taken, Row)
    with pytest.raises(ValidationError):
        setattr(taken, name, getattr(taken, name))
