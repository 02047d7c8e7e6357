"""Phones of delegates as people write them, in one form, masked (R25, D17)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.identity.phones import mask_phone, read_phone

MAINLAND = "13912345678"


@pytest.mark.parametrize(
    "text",
    [
        "13912345678",
        " 139 1234 5678 ",
        "139-1234-5678",
        "139\u20101234\u20135678",
        "+8613912345678",
        "+86 139 1234 5678",
        "(+86) 139-1234-5678",
        "0086 13912345678",
        "86 13912345678",
        "１３９１２３４５６７８",
        "＋８６　１３９１２３４５６７８",
        "13912345678\r\n",
    ],
)
def test_d17_a_mainland_number_is_kept_as_its_eleven_digits(text: str) -> None:
    assert read_phone(text) == MAINLAND


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+85291234567", "+85291234567"),
        ("+852 9123 4567", "+85291234567"),
        ("00852-9123-4567", "+85291234567"),
        ("+853 6612 3456", "+85366123456"),
        ("+886 912 345 678", "+886912345678"),
        ("+886 0912 345 678", "+886912345678"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("+13912345678", "+13912345678"),  # of North America, although its digits look like one of here
        ("+44 7700 900123", "+447700900123"),
    ],
)
def test_d17_a_number_of_elsewhere_is_kept_as_e164(text: str, kept: str) -> None:
    assert read_phone(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "+",
        "+86",
        "1391234567",
        "139123456789",
        "12912345678",
        "+8612912345678",
        "+86 513 8512 3456",  # a landline
        "0513-85123456",
        "91234567",  # of Hong Kong, without its code
        "+852 9123 456",
        "+852 9123 45678",
        "+0 123456789",
        "+1234567890123456",
        "13912345678 转 2",
        "13912345678a",
        "١٣٩١٢٣٤٥٦٧٨",
        "139123456\x0078",
        "++8613912345678",
    ],
)
def test_d17_anything_else_is_none(text: str) -> None:
    assert read_phone(text) is None


@given(st.text(max_size=40) | st.from_regex(r"\A(\+|00)?[0-9 ()-]{5,20}\Z"))
def test_d17_what_is_kept_has_one_form_and_is_read_as_itself(text: str) -> None:
    kept = read_phone(text)
    if kept is not None:
        assert re.fullmatch(r"1[3-9][0-9]{9}|\+[1-9][0-9]{6,14}", kept)
        assert not kept.startswith("+86")
        assert read_phone(kept) == kept


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+85291234567", "+852****4567"),
        ("+886912345678", "+886*****5678"),
        ("+2901234", "+290****"),
        ("051385", "******"),
        ("", ""),
    ],
)
def test_a_masked_phone_shows_its_ends(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.from_regex(r"\A(1[3-9][0-9]{9}|\+[1-9][0-9]{6,14})\Z"))
def test_invariant_7_a_masked_phone_hides_four_digits_at_least(phone: str) -> None:
    masked = mask_phone(phone)
    assert len(masked) == len(phone)
    assert masked.count("*") >= 4
