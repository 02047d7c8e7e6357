"""A pattern that is read once means what it meant when it was read each time."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.emulator.thrift import arn_matches

_API = "arn:aws:execute-api:cn-north-1:000000000000:abc/live"
_TEXT = st.text("ab.+:/", max_size=6)


@given(_TEXT, st.lists(st.sampled_from(["*", "?", "a", ".", "/"]), max_size=6).map("".join))
def test_stars_and_question_marks_stand_for_what_they_do_in_a_policy_and_nothing_else_does(
    arn: str, pattern: str
) -> None:
    assert arn_matches(pattern, arn) == fnmatchcase(arn, pattern)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (f"{_API}/*", True),
        (f"{_API}/GET/v1/certificates", True),
        (f"{_API}/GET/v1/certificate?", True),
        (f"{_API}/POST/*", False),
        (f"{_API}/GET/v1", False),
        ("arn:aws:execute-api:cn-north-1:000000000000:abd/*", False),
    ],
)
def test_a_decision_of_the_authoriser_reaches_its_own_methods_only(pattern: str, matches: bool) -> None:
    assert arn_matches(pattern, f"{_API}/GET/v1/certificates") is matches
