"""What a claimant agrees to (R17, R18, D9, D12)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from vaxcert.claims.consent import (
    CONSENTS,
    CURRENT,
    MINOR_AGE,
    ConsentOutdated,
    ConsentRequired,
    Purpose,
    agreed,
    offer_for,
)
from vaxcert.claims.model import Kind
from vaxcert.errors import Rejected

TODAY = date(2026, 7, 1)
CHILD = offer_for(Kind.CHILD, date(2020, 5, 1), TODAY)
ADULT = offer_for(Kind.ADULT, date(1990, 5, 4), TODAY)
IDS = [str(purpose) for purpose in Purpose]


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_r17_a_guardians_consent_for_the_child_is_asked_below_fourteen(days: int) -> None:
    born = TODAY.replace(year=TODAY.year - MINOR_AGE) - timedelta(days=days)
    asked = Purpose.CHILD_INFORMATION in offer_for(Kind.CHILD, born, TODAY).purposes
    assert asked is (days < 0)


@pytest.mark.parametrize(("day", "asked"), [(27, True), (28, False)])
def test_r17_born_on_29_february_a_child_is_fourteen_on_the_28th(day: int, *, asked: bool) -> None:
    offer = offer_for(Kind.CHILD, date(2020, 2, 29), date(2034, 2, day))
    assert (Purpose.CHILD_INFORMATION in offer.purposes) is asked


def test_r17_an_adult_is_not_asked_about_a_child() -> None:
    assert ADULT.purposes == (Purpose.BASIC_SERVICE, Purpose.SENSITIVE_HEALTH_DATA)


def test_agreeing_to_everything_is_recorded_in_the_texts_order() -> None:
    assert agreed(CURRENT.version, reversed(IDS), CHILD, "zh") == tuple(IDS)


@pytest.mark.parametrize("missing", IDS)
def test_every_purpose_is_required_and_the_refusal_shows_them(missing: str) -> None:
    with pytest.raises(ConsentRequired) as refused:
        agreed(CURRENT.version, [one for one in IDS if one != missing], CHILD, "zh")
    assert refused.value.extra["consent"] == CHILD.shown("zh")


def test_without_a_version_nothing_was_agreed_to() -> None:
    with pytest.raises(ConsentRequired) as refused:
        agreed(None, IDS, CHILD, "zh")
    assert [field.pointer for field in refused.value.fields] == ["/consent/version"]


def test_everything_missing_or_unknown_is_told_at_once() -> None:
    with pytest.raises(ConsentRequired) as refused:
        agreed(None, (), CHILD, "zh")
    assert [field.pointer for field in refused.value.fields] == ["/consent/version", "/consent/purposes"]
    with pytest.raises(Rejected) as rejected:
        agreed(None, ("a", IDS[0], "b"), CHILD, "zh")
    assert [(field.pointer, field.code) for field in rejected.value.fields] == [
        ("/consent/version", "required"),
        ("/consent/purposes", "required"),
        ("/consent/purposes/0", "unknown"),
        ("/consent/purposes/2", "unknown"),
    ]


def test_another_version_is_answered_with_the_one_in_force() -> None:
    with pytest.raises(ConsentOutdated) as refused:
        agreed("2020-01-01", IDS, CHILD, "en")
    assert refused.value.extra["consent"] == CHILD.shown("en")


def test_nobody_agrees_to_what_was_not_on_the_screen() -> None:
    with pytest.raises(Rejected) as refused:
        agreed(CURRENT.version, IDS, ADULT, "zh")
    assert [field.pointer for field in refused.value.fields] == ["/consent/purposes/2"]


def test_d12_texts_are_in_both_languages_and_versions_are_told_apart() -> None:
    assert len({consent.version for consent in CONSENTS}) == len(CONSENTS)
    for consent in CONSENTS:
        for text in (consent.text, *consent.purposes.values()):
            assert text.in_language("zh") != text.in_language("en")


def test_r4_r5_r29_the_text_says_that_it_is_a_pilot_and_that_paper_goes_on() -> None:
    assert "试点" in CURRENT.text.zh
    assert "不替代纸质" in CURRENT.text.zh
    assert "pilot" in CURRENT.text.en
