"""What is told of a delegate's form: each field by itself, and all at once (R25, D7, D10, D17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.fakes.people import GRANDMOTHER_NO
from vaxcert.archives.relations import Relation
from vaxcert.errors import FieldError, Rejected
from vaxcert.grants.form import Delegate, Form, faults_of, named_by
from vaxcert.identity.model import InvalidIdentityNumber, valid_id_no

TODAY = date(2026, 7, 1)
GOOD = Form(
    id_no=GRANDMOTHER_NO,
    name=" 沈测试 ",
    relation="外祖母",
    phone="138 0000 0000",
    expires_on=TODAY.isoformat(),
)
# In the form's order.
FAULTS = (
    ("id_no", "320600", FieldError("/id_no", "invalid", "identity_number")),
    ("name", "·", FieldError("/name", "invalid", "name")),
    ("relation", "邻居的朋友", FieldError("/relation", "unknown")),
    ("phone", "1380000", FieldError("/phone", "invalid", "phone")),
    ("expires_on", "2026-02-30", FieldError("/expires_on", "invalid", "date")),
)
FIELDS = {field: getattr(GOOD, field) for field, *_ in FAULTS}


def test_a_good_form_names_its_delegate() -> None:
    number = valid_id_no(GRANDMOTHER_NO, TODAY)
    assert number is not None
    whole = Delegate(number, "沈测试", Relation.MATERNAL_GRANDMOTHER, "13800000000", TODAY)
    assert named_by(GOOD, TODAY) == whole
    assert named_by(replace(GOOD, expires_on=None), TODAY) == replace(whole, expires_on=None)


@pytest.mark.parametrize(
    ("field", "written", "fault"),
    [
        *FAULTS,
        ("name", "沈\u202e测试", FieldError("/name", "control_character")),
        ("expires_on", (TODAY - timedelta(days=1)).isoformat(), FieldError("/expires_on", "in_the_past")),
    ],
)
def test_each_field_is_told_by_itself(field: str, written: str, fault: FieldError) -> None:
    """Alone too, as where another phone is written; as the number's own problem where it is all that is wrong."""
    assert faults_of({field: written}, TODAY) == faults_of(FIELDS | {field: written}, TODAY) == (fault,)
    assert faults_of({field: FIELDS[field]}, TODAY) == ()
    with pytest.raises(Rejected) as refused:
        named_by(replace(GOOD, **{field: written}), TODAY)
    assert refused.value.fields == (fault,)
    assert type(refused.value) is (InvalidIdentityNumber if field == "id_no" else Rejected)


def test_all_that_is_wrong_is_told_at_once_in_the_forms_order() -> None:
    wrong = {field: written for field, written, _ in FAULTS}
    told = tuple(fault for *_, fault in FAULTS)
    assert faults_of(dict(reversed(wrong.items())), TODAY) == told
    with pytest.raises(Rejected) as refused:
        named_by(Form(**wrong), TODAY)
    assert (type(refused.value), refused.value.fields) == (Rejected, told)


@pytest.mark.parametrize("fields", [{}, dict.fromkeys(FIELDS), dict.fromkeys(FIELDS, 7), {"other": "·"}])
def test_what_is_no_text_is_left_to_the_forms_shape(fields: dict[str, object]) -> None:
    assert faults_of(fields, TODAY) == ()
