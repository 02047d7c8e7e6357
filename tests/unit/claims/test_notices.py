"""What people read when nothing can be claimed (R35, R36, D1, D12)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.household import HOTLINE, RULES
from vaxcert.claims.eligibility import Refusal
from vaxcert.claims.notices import NOBODY_LINKED, NoticeBoard

BOARD = NoticeBoard(RULES, HOTLINE)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", [*Refusal, NOBODY_LINKED])
def test_r36_every_reason_has_its_words_in_both_languages(code: str, language: str) -> None:
    notice = BOARD.notice(code, language, relation="mother")
    words = notice.title + notice.detail + notice.next_step
    assert all((notice.title, notice.detail, notice.next_step))
    assert "{" not in words
    assert any("一" <= character <= "鿿" for character in words) is (language == "zh")


def test_d1_the_words_name_the_settings_dates_and_cities() -> None:
    detail = BOARD.notice(NOBODY_LINKED, "zh").detail
    assert "2017年1月1日" in detail
    assert "2020年12月1日" in detail
    assert "南通市和无锡市" in detail
    other = NoticeBoard(replace(RULES, pilot_cities=frozenset({"320500"}), adult_age=20), HOTLINE)
    assert "320500" in other.notice(NOBODY_LINKED, "en").detail
    assert "20" in other.notice(Refusal.GUARDIAN_MUST_CLAIM, "en").title or "20" in (
        other.notice(Refusal.GUARDIAN_MUST_CLAIM, "en").detail
    )


def test_r35_the_hotline_is_where_help_is_needed() -> None:
    assert HOTLINE in BOARD.notice(NOBODY_LINKED, "zh").next_step


def test_r20_another_claimant_is_told_by_relation_only() -> None:
    assert "母亲" in BOARD.notice(Refusal.CLAIMED_BY_OTHER, "zh", relation="mother").detail
