"""Sentences of the programme that stand one after the other: set apart by a blank in English, by nothing in Chinese (D12, D19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.unit.programme.a_child import planned
from vaxcert.programme.courses import Hint
from vaxcert.programme.words import ADVICE, HINTS, PROGRAMME, advice, dose_due
from vaxcert.wording import Language, day

TODAY = date(2026, 7, 1)
BEHIND = planned("2024-01-01", "2026-07-01")
LANGUAGES: tuple[tuple[Language, str], ...] = (("zh", ""), ("en", " "))


def test_d12_d19_several_hints_of_a_dose() -> None:
    turn = replace(BEHIND.due[0], hints=(Hint.CATCH_UP, Hint.OR_INACTIVATED))
    for language, between in LANGUAGES:
        first, second = (HINTS[hint][language] for hint in turn.hints)
        assert dose_due(turn, language)["note"] == first + between + second
    assert "note" not in dose_due(replace(turn, hints=()), "zh")


def test_d12_d19_the_advice_beside_a_plan_that_something_is_missing_of() -> None:
    assert BEHIND.missing
    for language, between in LANGUAGES:
        as_of = day(TODAY, english=language == "en")
        first, second = (
            ADVICE[name][language].format(programme=PROGRAMME[language], as_of=as_of)
            for name in ("plan", "missing")
        )
        assert advice(BEHIND, TODAY, language) == first + between + second
        assert as_of in advice(BEHIND, TODAY, language)
