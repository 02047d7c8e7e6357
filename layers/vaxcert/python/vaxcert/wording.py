"""What texts take from the settings, and how it reads in Chinese and in English (D18): numbers, times, dates, cities, the hotline.

A text names a place in braces, `{hotline}`; `Wording.fill` fills it. No text keeps a copy of a setting of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from vaxcert.aws.settings import Settings

type Language = Literal["zh", "en"]
"""What is shown to people is Chinese first, and English where it is asked for (D12)."""

CITIES: Final = {
    "320100": ("南京市", "Nanjing"),
    "320200": ("无锡市", "Wuxi"),
    "320300": ("徐州市", "Xuzhou"),
    "320400": ("常州市", "Changzhou"),
    "320500": ("苏州市", "Suzhou"),
    "320600": ("南通市", "Nantong"),
    "320700": ("连云港市", "Lianyungang"),
    "320800": ("淮安市", "Huai'an"),
    "320900": ("盐城市", "Yancheng"),
    "321000": ("扬州市", "Yangzhou"),
    "321100": ("镇江市", "Zhenjiang"),
    "321200": ("泰州市", "Taizhou"),
    "321300": ("宿迁市", "Suqian"),
}
"""The thirteen prefecture-level cities of Jiangsu by their code (GB/T 2260)."""

PLACES: Final = {
    "hotline": "Hotline",
    "grant_people": "GrantLimit",
    "adult_age": "AdultAge",
    "verification": "VerificationSeconds",
    "cities": "PilotCities",
    "from_date": "ChildBornFrom",
    "dose_date": "AdultDoseFrom",
    "log_kept": "AccessLogDays",
    "documents_per_day": "DocumentsPerDay",
    "handler": "DataHandler",
    "handler_contact": "DataHandlerContact",
}
"""Each place that a text may name, and the parameter of `template.yaml` that fills it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Fills texts from one deployment's settings."""

    settings: Settings = field(default_factory=Settings)

    def fill(self, text: str, language: str, **more: str) -> str:
        """`text` with its places filled; `more` are those that no setting fills. Raises KeyError for a place that nothing fills."""
        return text.format(**self._places(english=language == "en"), **more)

    def _places(self, *, english: bool) -> dict[str, str]:
        known = self.settings
        return {
            "hotline": known.hotline,
            "grant_people": people(known.grant_limit, english=english),
            "adult_age": str(known.adult_age),
            "verification": duration(known.verification_seconds, english=english),
            "cities": cities(known.pilot_cities, english=english),
            "from_date": day(known.child_born_from, english=english),
            "dose_date": day(known.adult_dose_from, english=english),
            "documents_per_day": str(known.documents_per_day),
            "log_kept": days(known.access_log_days, english=english),
            "handler": known.data_handler,
            "handler_contact": known.data_handler_contact,
        }


def duration(seconds: int, *, english: bool) -> str:
    """A time as people say it: 4 秒, 15 分钟, 2 小时; both minutes and seconds only where neither is nought."""
    if seconds and seconds % 3600 == 0:
        return _counted(seconds // 3600, "小时", "hour", english=english)
    minutes, left = divmod(seconds, 60)
    if not minutes:
        return _counted(left, "秒", "second", english=english)
    said = _counted(minutes, "分" if left else "分钟", "minute", english=english)
    return f"{said} {_counted(left, '秒', 'second', english=english)}" if left else said


def days(count: int, *, english: bool) -> str:
    """A number of days, in years where it is whole ones of 365."""
    if count and count % 365 == 0:
        return _counted(count // 365, "年", "year", english=english)
    return _counted(count, "天", "day", english=english)


def people(count: int, *, english: bool) -> str:
    """A number of people: 10人, 1 person, 10 people."""
    if not english:
        return f"{count}人"
    return "1 person" if count == 1 else f"{count} people"


def day(the_day: date, *, english: bool) -> str:
    """A date: 2017年1月1日, 1 January 2017."""
    if not english:
        return f"{the_day.year}年{the_day.month}月{the_day.day}日"
    return f"{the_day.day} {_MONTHS[the_day.month - 1]} {the_day.year}"


def cities(codes: Iterable[str], *, english: bool) -> str:
    """One of these cities: 南通市或无锡市. A code that is not in the table is said in words, never shown."""
    listed = sorted(set(codes), reverse=True)
    names = [CITIES[code][english] for code in listed if code in CITIES]
    if not names:
        return "a pilot city" if english else "试点城市"
    if len(names) < len(listed):
        names.append("another pilot city" if english else "其他试点城市")
    if len(names) == 1:
        return names[0]
    return (", " if english else "、").join(names[:-1]) + (" or " if english else "或") + names[-1]


def _counted(count: int, zh: str, en: str, *, english: bool) -> str:
    return f"{count} {en}{'' if count == 1 else 's'}" if english else f"{count} {zh}"


_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
