"""What a claimant agrees to (R17, R18, D9, D12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.fakes.household import CONSENT, Household
from tests.fakes.people import an_archive
from vaxcert.aws.settings import Settings
from vaxcert.claims.consent import (
    CONSENTS,
    MINOR_AGE,
    ConsentOutdated,
    ConsentRequired,
    Purpose,
    agreed,
    consent_of,
    offer_for,
)
from vaxcert.claims.model import Kind
from vaxcert.errors import Rejected

TODAY = date(2026, 7, 1)
CHILD = offer_for(CONSENT, Kind.CHILD, date(2020, 5, 1), TODAY)
ADULT = offer_for(CONSENT, Kind.ADULT, date(1990, 5, 4), TODAY)
IDS = [str(purpose) for purpose in CONSENT.purposes]


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_r17_a_guardians_consent_for_the_child_is_asked_below_fourteen(days: int) -> None:
    born = TODAY.replace(year=TODAY.year - MINOR_AGE) - timedelta(days=days)
    asked = Purpose.CHILD_INFORMATION in offer_for(CONSENT, Kind.CHILD, born, TODAY).purposes
    assert asked is (days < 0)


@pytest.mark.parametrize(("day", "asked"), [(27, True), (28, False)])
def test_r17_born_on_29_february_a_child_is_fourteen_on_the_28th(day: int, *, asked: bool) -> None:
    offer = offer_for(CONSENT, Kind.CHILD, date(2020, 2, 29), date(2034, 2, day))
    assert (Purpose.CHILD_INFORMATION in offer.purposes) is asked


def test_r17_an_adult_is_not_asked_about_a_child() -> None:
    assert ADULT.purposes == (Purpose.BASIC_SERVICE, Purpose.SENSITIVE_HEALTH_DATA)


def test_agreeing_to_everything_is_recorded_in_the_texts_order() -> None:
    assert agreed(CONSENT.version, reversed(IDS), CHILD, "zh") == tuple(IDS)


@pytest.mark.parametrize("missing", IDS)
def test_every_purpose_is_required_and_the_refusal_shows_them(missing: str) -> None:
    with pytest.raises(ConsentRequired) as refused:
        agreed(CONSENT.version, [one for one in IDS if one != missing], CHILD, "zh")
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
        agreed(CONSENT.version, IDS, ADULT, "zh")
    assert [field.pointer for field in refused.value.fields] == ["/consent/purposes/2"]


def test_d12_texts_are_in_both_languages_and_versions_are_told_apart() -> None:
    assert len({consent.version for consent in CONSENTS}) == len(CONSENTS)
    for consent in CONSENTS:
        for text in (consent.text, *consent.purposes.values()):
            assert text.in_language("zh") != text.in_language("en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_r18_d12_the_screen_shows_it_in_one_language_and_each_purpose_as_required(language: str) -> None:
    texts = (CONSENT.text, *(CONSENT.purposes[purpose] for purpose in CHILD.purposes))
    text, *purposes = (each.en if language == "en" else each.zh for each in texts)
    assert CHILD.shown(language) == {
        "version": CONSENT.version,
        "text": text,
        "purposes": [
            {"id": str(purpose), "text": said, "required": True}
            for purpose, said in zip(CHILD.purposes, purposes, strict=True)
        ],
    }


def test_r4_r5_r29_the_text_says_that_it_is_a_pilot_and_that_paper_goes_on() -> None:
    assert "试点" in CONSENT.text.zh
    assert "不替代纸质" in CONSENT.text.zh
    assert "pilot" in CONSENT.text.en


def test_d22_the_text_names_what_the_law_asks_for() -> None:
    """Personal Information Protection Law, art. 17 (handler, contact, purposes, kinds, how long, rights), 29, 30, 31."""
    consent = consent_of(
        Settings(data_handler="某市卫健委", data_handler_contact="a@b.invalid", hotline="12320")
    )
    for text in (consent.text.zh, consent.text.en):
        assert all(each in text for each in ("某市卫健委", "a@b.invalid", "12320"))
        assert "{" not in text
    assert all(
        each in consent.text.zh
        for each in ("处理目的", "敏感个人信息", "保存期限", "您的权利", "撤回", "查阅、复制", "删除", "投诉")
    )
    assert "单独同意" in consent.purposes[Purpose.SENSITIVE_HEALTH_DATA].zh


@pytest.mark.parametrize(
    "changed",
    [
        {"data_handler": "另一家"},
        {"data_handler_contact": "另一个"},
        {"hotline": "12320"},
        {"grant_limit": 3},
        {"access_log_days": 730},
    ],
)
def test_d22_other_words_are_another_version(changed: dict[str, Any]) -> None:
    other = consent_of(Settings(**changed))
    assert other.version != CONSENT.version
    assert len(other.version) <= 32  # what a claim may send
    assert consent_of(Settings(**changed)) == other


def test_d22_what_was_agreed_to_stays_on_record_and_the_newest_is_asked_at_the_next_claim_only() -> None:
    """A father who agreed to the text of 2024 uses his certificate; a claim with that version is asked anew."""
    home = Household(an_archive())
    (person,) = home.listing.overview(home.citizen(), home.clock(), "zh").claimable
    with pytest.raises(ConsentOutdated) as told:
        home.claim(person.record_id, version="2024-08-10")
    assert told.value.extra["consent"]["version"] == CONSENT.version  # type: ignore[call-overload,index]
    certificate_id = home.claim(person.record_id)
    stored = home.certificates.stored[certificate_id]
    earlier = replace(stored, agreement=replace(stored.agreement, version="2024-08-10"))
    home.certificates.stored[certificate_id] = earlier
    (view,) = home.listing.overview(home.citizen(), home.clock(), "zh").claimed
    assert view.status == "active"
    assert home.records.records(
        home.citizen(), certificate_id, home.clock(), "zh", cursor=None, limit=50
    ).person
    assert home.certificates.stored[certificate_id].agreement.version == "2024-08-10"
    assert any(consent.version == "2024-08-10" for consent in CONSENTS)
