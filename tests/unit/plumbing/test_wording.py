"""D18: what texts take from the settings reads well, whatever it is set to."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.wording import CITIES, cities, day, days, duration, people


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 seconds"),
        (1, "1 秒", "1 second"),
        (4, "4 秒", "4 seconds"),
        (60, "1 分钟", "1 minute"),
        (90, "1 分 30 秒", "1 minute 30 seconds"),
        (900, "15 分钟", "15 minutes"),
        (3600, "1 小时", "1 hour"),
        (5400, "90 分钟", "90 minutes"),
    ],
)
def test_times(seconds: int, zh: str, en: str) -> None:
    assert (duration(seconds, english=False), duration(seconds, english=True)) == (zh, en)


@pytest.mark.parametrize(
    ("codes", "zh", "en"),
    [
        ("320600,320200", "南通市或无锡市", "Nantong or Wuxi"),
        ("320600,320200,320500", "南通市、苏州市或无锡市", "Nantong, Suzhou or Wuxi"),
        ("320500", "苏州市", "Suzhou"),
        ("320600,330100", "南通市或其他试点城市", "Nantong or another pilot city"),
        ("330100,330200", "试点城市", "a pilot city"),
        ("", "试点城市", "a pilot city"),
    ],
)
def test_cities(codes: str, zh: str, en: str) -> None:
    asked = frozenset(code for code in codes.split(",") if code)
    assert (cities(asked, english=False), cities(asked, english=True)) == (zh, en)


@given(st.frozensets(st.one_of(st.sampled_from(sorted(CITIES)), st.from_regex("[0-9]{6}", fullmatch=True))))
def test_no_code_is_ever_shown(codes: frozenset[str]) -> None:
    for english in (False, True):
        assert not any(character.isdigit() for character in cities(codes, english=english))


def test_people_days_and_dates() -> None:
    assert [people(count, english=True) for count in (1, 10)] == ["1 person", "10 people"]
    assert people(10, english=False) == "10人"
    assert [days(count, english=False) for count in (365, 1095, 200)] == ["1 年", "3 年", "200 天"]
    assert [days(count, english=True) for count in (365, 1095, 200)] == ["1 year", "3 years", "200 days"]
    assert day(date(2017, 1, 1), english=False) == "2017年1月1日"
    assert day(date(2020, 12, 1), english=True) == "1 December 2020"
