"""A member that stands twice makes a bad row, however the row is written (D15, RFC 8259 section 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counts import examples
from tests.unit.corrections.samples import DAY, MOTHER, dose, guardian, row
from vaxcert.corrections.feed.form import BadRow, Row, parse_row


@pytest.mark.parametrize(
    "twice",
    [
        b'{"version":1,',
        b'{"archive_no":"A1",',
        b'{"into":null,"into":null,',
        b'{"into":"","into":null,',
        b'{"recorded_at":"2026-02-28T10:00:00Z",',
        b'{"recorded_at":"1\\u003a2:3",',
        b'{"recorded_at":"1\\u003a2\\u003a3",',
        b'{"vers\\u0069on" : 1 , ',
        b'{"guardians":[],',
        b'{"clinic":{},',
    ],
)
@pytest.mark.parametrize("doses", [{}, {"batch": None}, {"batch": "1:2"}, {"batch": "", "site": None}])
@pytest.mark.parametrize(
    "time", [b"10:00:00+08:00", b"10\\u003a00:00+08:00", b"10\\u003a00\\u003a00+08\\u003a00"]
)
def test_d15_a_member_that_stands_twice_makes_a_bad_row(
    twice: bytes, doses: dict[str, Any], time: bytes
) -> None:
    line = json.dumps(row(doses=[dose(**doses), dose(dose_id="d2")])).encode()
    plain = line.replace(b"10:00:00+08:00", time)
    assert isinstance(parse_row(plain, DAY), Row)
    assert parse_row(plain.replace(b"{", twice, 1), DAY) == BadRow("member_repeated", "A1")


@pytest.mark.parametrize("times", range(1, 20))
def test_d15_a_member_may_stand_once_however_often_it_stands(times: int) -> None:
    plain = json.dumps(row(doses=[dose()])).encode()
    line = plain.replace(b"{", b"{" + b'"version":1,' * times, 1)
    assert parse_row(line, DAY) == BadRow("member_repeated", "A1")


@given(data=st.data())
@settings(max_examples=examples(300))
def test_d15_no_second_member_is_overlooked_wherever_it_stands(data: st.DataObject) -> None:
    """As JSON may be written: null, blank or absent fields, escapes, white space; and colons in values."""
    some = st.sampled_from([None, "", " ", "1:2", "批:号", "x"])
    optional = ("batch", "manufacturer", "clinic_name", "trace_code")
    doses = [
        dose(dose_id=f"d{number}") | {name: data.draw(some) for name in optional if data.draw(st.booleans())}
        for number in range(data.draw(st.integers(0, 3)))
    ]
    whole = row(doses=doses, guardians=[guardian(MOTHER) | {"name": data.draw(some | st.just({"a": [{}]}))}])
    form: dict[str, Any] = {
        "ensure_ascii": data.draw(st.booleans()),
        "separators": data.draw(st.sampled_from([None, (",", ":"), (" , ", " : ")])),
    }
    line = json.dumps(whole, **form)
    assert isinstance(parse_row(line.encode(), DAY), Row)
    objects = [whole, whole["clinic"], whole["person"], *whole["guardians"], *whole["doses"]]
    chosen = data.draw(st.sampled_from(objects))
    name = data.draw(st.sampled_from(list(chosen)))
    inside = json.dumps(chosen, **form)
    value = data.draw(st.sampled_from(["null", '""', json.dumps(chosen[name], **form), '"a:b"']))
    doubled = f'{{"{name}":{value},{inside.removeprefix("{")}'
    assert parse_row(line.replace(inside, doubled, 1).encode(), DAY) == BadRow("member_repeated", "A1")
