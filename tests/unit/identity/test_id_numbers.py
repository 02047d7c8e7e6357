"""Identity numbers: D10, by example, by near miss, and against python-stdnum as a second opinion."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from vaxcert.identity.model import (
    IdType,
    InvalidIdentityNumber,
    check_character,
    mask_id_no,
    parse_id_no,
    valid_id_no,
)

TODAY = date(2026, 7, 1)


def number(region: str = "320600", born: str = "19900101", sequence: str = "001") -> str:
    digits = region + born + sequence
    return digits + check_character(digits)


@pytest.mark.parametrize(
    ("text", "id_type", "birth_date", "sex"),
    [
        ("11010519491231002X", IdType.RESIDENT, date(1949, 12, 31), "female"),  # the example of GB 11643
        ("440524188001010014", IdType.RESIDENT, date(1880, 1, 1), "male"),  # likewise
        ("810000199408230021", IdType.RESIDENCE_PERMIT, date(1994, 8, 23), "female"),
        (number("820000"), IdType.RESIDENCE_PERMIT, date(1990, 1, 1), "male"),
        ("830000199201300022", IdType.RESIDENCE_PERMIT, date(1992, 1, 30), "female"),
        (number("911124", "19810803", "002"), IdType.PERMANENT_RESIDENT, date(1981, 8, 3), "female"),
        (number("932840", "20200229", "999"), IdType.PERMANENT_RESIDENT, date(2020, 2, 29), "male"),
    ],
)
def test_d10_each_document_is_read(text: str, id_type: IdType, birth_date: date, sex: str) -> None:
    for given_type in (None, id_type):
        parsed = parse_id_no(text, given_type, TODAY)
        assert (parsed.text, parsed.id_type, parsed.birth_date, parsed.sex) == (
            text,
            id_type,
            birth_date,
            sex,
        )


@pytest.mark.parametrize("region", ["320600", "810000", "911124"])
@pytest.mark.parametrize("id_type", list(IdType))
def test_d10_the_type_given_must_be_the_numbers(region: str, id_type: IdType) -> None:
    text = number(region)
    own = parse_id_no(text, None, TODAY).id_type
    if id_type is own:
        assert parse_id_no(text, id_type, TODAY).id_type is own
    else:
        with pytest.raises(InvalidIdentityNumber):
            parse_id_no(text, id_type, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "11010519491231002x",  # lower-case x
        "11010519491231002Ｘ",  # full-width x
        "１10105194912310021",  # a full-width digit
        "١1010519491231002X",  # an Arabic digit, which int() takes
        " 11010519491231002X",
        "11010519491231002X ",
        "11010519491231002X\n",
        "110105194912310 02X",
        "110105-19491231-002X",
        "1101051949123100",
        "11010519491231002",
        "11010519491231002XX",
        "130503670401001",  # the fifteen digits of before 1999
        "1101051949123100X2",
        "X10105194912310021",
        number("010105"),  # no province begins with 0
        number("810001"),  # a permit's region, mistyped
        number("830100"),
        number("820100"),
    ],
)
def test_d10_near_misses_of_form_are_refused(text: str) -> None:
    assert valid_id_no(text, TODAY) is None


@pytest.mark.parametrize(
    "born", ["20230229", "19000229", "20241301", "20240001", "20240132", "20240431", "20240100", "00000101"]
)
def test_d10_a_date_that_never_was_is_refused(born: str) -> None:
    assert valid_id_no(number(born=born), TODAY) is None


@pytest.mark.parametrize(
    ("born", "good"),
    [("20260630", True), ("20260701", True), ("20260702", False), ("18760101", True), ("18751231", False)],
)
def test_d10_the_date_is_past_and_of_somebody_alive(born: str, good: bool) -> None:
    assert (valid_id_no(number(born=born), TODAY) is not None) is good


def test_r9_a_missing_number_is_nobodys() -> None:
    assert valid_id_no(None, TODAY) is None


def test_d10_archive_numbers_of_eighteen_digits_are_not_taken_for_people() -> None:
    assert valid_id_no("320600202400000017", TODAY) is None


@given(
    region=st.from_regex(r"[1-79][0-9]{5}", fullmatch=True),
    born=st.dates(date(1900, 1, 1), TODAY),
    sequence=st.integers(0, 999),
)
def test_d10_property_every_well_formed_number_is_read_as_it_was_made(
    region: str, born: date, sequence: int
) -> None:
    text = number(region, born.strftime("%Y%m%d"), f"{sequence:03}")
    parsed = parse_id_no(text, None, TODAY)
    assert text[-1] == ric.calc_check_digit(text)
    assert parsed.birth_date == born == ric.get_birth_date(text)
    assert parsed.sex == ("male" if sequence % 2 else "female")


@given(text=st.from_regex(r"[1-79][0-9]{16}[0-9X]", fullmatch=True))
def test_d10_property_the_check_character_agrees_with_another_implementation(text: str) -> None:
    assert check_character(text[:17]) == ric.calc_check_digit(text)
    if text[-1] != ric.calc_check_digit(text):
        assert valid_id_no(text, TODAY) is None


@given(
    text=st.dates(date(1950, 1, 1), TODAY).map(lambda born: number(born=born.strftime("%Y%m%d"))),
    position=st.integers(0, 16),
    shift=st.integers(1, 9),
)
def test_d10_property_one_wrong_digit_is_always_seen(text: str, position: int, shift: int) -> None:
    wrong = str((int(text[position]) + shift) % 10)
    assert valid_id_no(text[:position] + wrong + text[position + 1 :], TODAY) is None


@given(
    text=st.dates(date(1950, 1, 1), TODAY).map(
        lambda born: number(born=born.strftime("%Y%m%d"), sequence="120")
    ),
    position=st.integers(0, 15),
)
def test_d10_property_two_neighbours_swapped_are_always_seen(text: str, position: int) -> None:
    swapped = text[:position] + text[position + 1] + text[position] + text[position + 2 :]
    assert (valid_id_no(swapped, TODAY) is not None) is (swapped == text)


@given(text=st.text(max_size=20))
def test_d10_property_no_text_makes_it_stumble(text: str) -> None:
    parsed = valid_id_no(text, TODAY)
    assert parsed is None or parsed.text == text


def test_d10_reading_depends_on_the_day_only_by_the_birth_date() -> None:
    text = number(born="20260702")
    assert valid_id_no(text, TODAY) is None
    assert valid_id_no(text, TODAY + timedelta(days=1)) is not None


def test_invariant_7_nothing_of_a_refused_number_is_told() -> None:
    for text in (number(born="20230229"), "11010519491231002x", number("810001")):
        with pytest.raises(InvalidIdentityNumber) as caught:
            parse_id_no(text, None, TODAY)
        assert str(caught.value) == "identity_number_invalid"
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_invariant_7_a_repr_is_masked() -> None:
    parsed = parse_id_no("11010519491231002X", None, TODAY)
    assert repr(parsed) == "IdentityNumber(1***************2X, resident)"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("11010519491231002X", "1***************2X"),
        ("1234567", "*******"),
        ("", ""),
        ("12345678", "1*****78"),
    ],
)
def test_invariant_7_a_masked_number_shows_three_of_eighteen(text: str, masked: str) -> None:
    assert mask_id_no(text) == masked
