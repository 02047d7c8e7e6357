"""Every refused field says what to do, in Chinese and in English (D12)."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from pydantic_core.core_schema import ErrorType

from vaxcert.errors import FieldCode, FieldError, FieldHint, Rejected
from vaxcert.http.field_words import FIELD_WORDS, field_words
from vaxcert.http.messages import MESSAGES
from vaxcert.http.problems import problem_body
from vaxcert.http.validation import code_of
from vaxcert.wording import Wording

CODES = get_args(FieldCode)


def test_every_code_and_every_hint_has_words_and_no_words_are_left_over() -> None:
    """mypy proves that no other code can be given to a FieldError."""
    assert set(FIELD_WORDS) == {*CODES, *get_args(FieldHint)}


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_whatever_pydantic_finds_has_words(kind: str) -> None:
    assert code_of(kind) in CODES


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("missing", "required"),
        ("string_too_long", "too_long"),
        ("less_than_equal", "out_of_range"),
        ("string_type", "wrong_type"),
        ("int_parsing", "wrong_type"),
        ("value_error", "invalid"),
        ("string_pattern_mismatch", "invalid"),
    ],
)
def test_a_field_is_refused_by_the_code_of_the_contract(kind: str, code: str) -> None:
    assert code_of(kind) == code


@pytest.mark.parametrize("words", FIELD_WORDS.values(), ids=FIELD_WORDS)
def test_d12_words_are_whole_and_in_their_language(words: tuple[str, str]) -> None:
    chinese, english = words
    assert re.search("[一-鿿]", chinese)
    assert chinese.endswith("。")
    assert english.isascii()
    assert english.endswith(".")


def test_a_hint_stands_in_for_the_words_of_the_code() -> None:
    plain, hinted = FieldError("/phone", "invalid"), FieldError("/phone", "invalid", "phone")
    assert field_words(plain, "zh") != field_words(hinted, "zh")
    told = problem_body(Rejected(fields=(hinted,)), "en", None, Wording())
    assert field_words(hinted, "en") in told
    assert '"code":"invalid"' in told


def test_d12_what_people_read_of_a_refused_form_names_no_member_of_the_answer() -> None:
    assert not any("errors" in text for text in MESSAGES["invalid_request"])
