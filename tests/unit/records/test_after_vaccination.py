"""After a vaccination the family reads which reactions are usual and whom to call (疑似预防接种异常反应, R34, D12)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.fakes.household import HOTLINE, Household
from tests.fakes.people import an_archive, dose
from vaxcert.claims.notices import Notice
from vaxcert.records.notices import AFTER, WATCHED

TODAY = date(2026, 7, 1)


def notices(*given: date, language: str = "zh", clinic: str | None = "示范门诊") -> dict[str, Notice]:
    home = Household(
        an_archive(doses=tuple(dose(day, dose_id=f"D{day}", clinic_name=clinic) for day in given))
    )
    certificate_id = home.claim(an_archive().record_id)
    page = home.records.records(home.citizen(), certificate_id, home.clock(), language, cursor=None, limit=1)
    return {notice.code: notice for notice in page.notices}


@pytest.mark.parametrize("days", range(WATCHED.days + 3))
def test_it_is_told_in_the_days_after_a_dose_and_not_for_ever(days: int) -> None:
    assert (AFTER in notices(TODAY - timedelta(days=days))) is (days <= WATCHED.days)


def test_who_was_not_vaccinated_lately_reads_nothing_of_it() -> None:
    assert AFTER not in notices()
    assert AFTER not in notices(date(2020, 6, 1))


def test_it_comes_first_and_says_what_is_usual_whom_to_call_and_who_reports() -> None:
    found = notices(date(2020, 6, 1), TODAY - timedelta(days=1))
    assert next(iter(found)) == AFTER
    told = found[AFTER]
    for words in ("红肿", "疼痛", "低热", "乏力"):
        assert words in told.detail
    for words in ("就医", "120", "（示范门诊）", "疑似预防接种异常反应由接种单位或医疗机构报告", HOTLINE):
        assert words in told.next_step


def test_d12_in_english_and_where_the_feed_names_no_clinic() -> None:
    told = notices(TODAY, language="en", clinic=None)[AFTER]
    assert all(words.isascii() for words in (told.title, told.detail, told.next_step))
    assert "tell the vaccination unit." in told.next_step
    assert "接种单位；如有" in notices(TODAY, clinic=None)[AFTER].next_step
