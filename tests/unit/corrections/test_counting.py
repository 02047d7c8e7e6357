"""How it is seen that no member of a row stands twice: by a sum, nearly always, and not by reading it once more (D15)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.corrections.samples import DAY, FATHER, MOTHER, dose, guardian, row
from vaxcert.corrections.feed import members
from vaxcert.corrections.feed.form import Row, parse_row

FAMILY = [guardian(MOTHER), guardian(FATHER, "father")]
FULL = dose(batch="B1", manufacturer="厂", site="left_arm", clinic_name="门诊", trace_code="T1")


def taken(**changes: Any) -> bool:
    return isinstance(parse_row(json.dumps(row(**changes)).encode(), DAY), Row)


@pytest.mark.parametrize("guardians", [[], FAMILY])
@pytest.mark.parametrize("doses", [[], [dose()], [FULL, dose(dose_id="d2")]])
def test_d15_a_line_of_nothing_but_what_is_known_is_counted_and_read_no_further(
    guardians: list[dict[str, Any]], doses: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To read every line twice would cost a third of the check."""
    monkeypatch.setattr(members, "from_json", None)
    monkeypatch.setattr(members, "any_repeated", None)
    assert taken(guardians=guardians, doses=doses)


@pytest.mark.parametrize("guardians", [[], FAMILY])
@pytest.mark.parametrize("more", [{"batch": None}, {"batch": "", "site": None}, {"vaccine_code": None}])
def test_d15_a_line_with_nulls_is_counted_whole_and_not_read_member_by_member(
    guardians: list[dict[str, Any]], more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "any_repeated", None)
    assert taken(guardians=guardians, doses=[dose(**more), FULL | {"dose_id": "d2"}])
