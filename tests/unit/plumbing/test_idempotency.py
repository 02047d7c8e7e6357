"""Repeatable requests (invariant 4, contract: `Idempotency-Key`)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.answers import FakeAnswers
from tests.fakes.clock import FakeClock
from vaxcert.idempotency.model import Answer, KeyMissing, KeyReused, remember, repeatable

CLOCK = FakeClock()
REQUEST = repeatable("v1:me", "POST /v1/certificates", "k" * 8, '{"a":1}')


def _kept() -> FakeAnswers:
    answers = FakeAnswers()
    answers.keep(remember(REQUEST, Answer(201, "{}"), CLOCK()))
    return answers


def test_the_same_request_finds_its_answer() -> None:
    assert _kept().find(REQUEST, CLOCK()) == Answer(201, "{}")


def test_another_body_under_the_same_key_is_refused() -> None:
    other = repeatable("v1:me", "POST /v1/certificates", "k" * 8, '{"a":2}')
    with pytest.raises(KeyReused):
        _kept().find(other, CLOCK())


@pytest.mark.parametrize(
    ("caller", "route", "key"),
    [
        ("v1:you", "POST /v1/certificates", "k" * 8),
        ("v1:me", "POST /v1/scans", "k" * 8),
        ("v1:me", "POST /v1/certificates", "l" * 8),
    ],
)
def test_the_scope_is_caller_route_and_key(caller: str, route: str, key: str) -> None:
    assert _kept().find(repeatable(caller, route, key, '{"a":1}'), CLOCK()) is None


def test_an_answer_is_kept_for_a_day_and_compared_by_time_not_by_presence() -> None:
    """Invariant 5: an expired item may still be there."""
    answers = _kept()
    assert answers.find(REQUEST, CLOCK() + timedelta(hours=23, minutes=59)) is not None
    assert answers.find(REQUEST, CLOCK() + timedelta(hours=24)) is None


@pytest.mark.parametrize(
    "key", [None, "", "short", "k" * 129, "with space", "中文中文中文中文", "tab\tinside"]
)
def test_a_key_of_another_form_is_refused(key: str | None) -> None:
    with pytest.raises(KeyMissing):
        repeatable("v1:me", "POST /v1/certificates", key, "")
