"""What stands on the paper, before it is set: the notes that apply and no other, and a dose of which little is known (D20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.fakes.papers import ISSUER, a_childhood, a_document, a_subject
from vaxcert.archives.model import Dose
from vaxcert.documents.model import Kind, PaperLanguage
from vaxcert.documents.sheet import sheet
from vaxcert.documents.words import NOTES
from vaxcert.programme.courses import Due, Hint
from vaxcert.programme.vaccines import vaccine_named
from vaxcert.programme.words import HINTS

TODAY = date(2026, 7, 1)
"""The day of issue."""
LANGUAGES: tuple[PaperLanguage, ...] = ("zh", "zh-en")
LOCAL = tuple(replace(dose, origin="local") for dose in a_childhood())


def _sheet(
    doses: tuple[Dose, ...],
    kind: Kind = Kind.RECORD,
    language: PaperLanguage = "zh",
    missing: tuple[Due, ...] | None = None,
    **given: Any,
) -> dict[str, Any]:
    """The page; `missing` in place of what the programme finds."""
    rabies = given.pop("rabies", False)
    subject = a_subject(doses, **given)
    if missing is not None:
        subject = replace(subject, missing=missing)
    document, _ = a_document(kind, language, subject=subject)
    made: dict[str, Any] = sheet(
        document, subject, replace(ISSUER, rabies_shown=rabies), lambda character: character != "\U000323b0"
    )
    return made


def _turn(since: date, *hints: Hint) -> Due:
    return Due(vaccine_named("MMR"), 2, since, TODAY + timedelta(days=900), None, TODAY, hints)


def _notes(page: dict[str, Any]) -> list[str]:
    """The notes of a page, by their names."""
    beginnings = {words[0].split("{")[0]: name for name, words in NOTES.items()}
    return [
        next(name for begins, name in beginnings.items() if said[0].startswith(begins))
        for said in page["notes"]
    ]


@pytest.mark.parametrize(
    ("doses", "given", "notes"),
    [
        (LOCAL, {}, ["verify", "paper_child", "edition", "rabies", "wrong"]),
        (a_childhood(), {}, ["verify", "origin", "paper_child", "edition", "rabies", "wrong"]),
        (LOCAL, {"rabies": True}, ["verify", "paper_child", "edition", "wrong"]),
        (LOCAL, {"adult": True}, ["verify", "paper_adult", "rabies", "wrong"]),
        (
            LOCAL,
            {"adult": True, "rabies": True, "name": "周\U000323b0"},
            ["verify", "paper_adult", "wrong", "unprinted"],
        ),
    ],
)
def test_d20_r4_r43_a_record_has_the_notes_that_apply(
    doses: tuple[Dose, ...], given: dict[str, Any], notes: list[str]
) -> None:
    assert _notes(_sheet(doses, **given)) == notes


def test_d19_school_entry_says_where_to_go_only_if_something_is_missing() -> None:
    rest = ["school", "contraindications", "edition", "paper_school", "verify"]
    assert _notes(_sheet(a_childhood(), Kind.SCHOOL_ENTRY)) == rest
    assert _notes(_sheet(a_childhood(18), Kind.SCHOOL_ENTRY)) == ["where", "given_elsewhere", *rest]


def test_d20_of_a_dose_of_which_little_is_known_the_paper_says_as_much() -> None:
    bare = replace(LOCAL[0], dose_no=0, batch=None, manufacturer=None, clinic_name=None)
    (course,) = _sheet((bare,))["courses"]
    (dose,) = course["doses"]
    assert {name: dose[name] for name in ("no", "batch", "maker", "unit")} == {
        "no": "—",
        "batch": "—",
        "maker": "",
        "unit": bare.clinic_code,
    }
    ((nameless,),) = (one["doses"] for one in _sheet((replace(bare, clinic_code=""),))["courses"])
    assert nameless["unit"] == "—"


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", (["本省"], ["外省"])), ("zh-en", (["本省", "Jiangsu"], ["外省", "Other province"]))],
)
def test_r33_the_paper_says_of_each_dose_where_it_was_given(
    language: PaperLanguage, words: tuple[list[str], list[str]]
) -> None:
    for origin, said in zip(("local", "other_province"), words, strict=True):
        ((dose,),) = (
            one["doses"] for one in _sheet((replace(LOCAL[0], origin=origin),), language=language)["courses"]
        )
        assert dose["origin"] == said


def test_d20_doses_of_two_vaccines_under_one_name_are_two_courses() -> None:
    """What was written down is printed; which vaccine it was, the code says."""
    one, other = (replace(LOCAL[0], vaccine_code=code, vaccine_name="疫苗") for code in ("MMR", "JE-L"))
    courses = _sheet((one, other), language="zh-en")["courses"]
    measles, encephalitis = vaccine_named("MMR"), vaccine_named("JE-L")
    assert {course["vaccine"][0] for course in courses} == {"疫苗"}
    assert {course["vaccine"][1] for course in courses} == {
        f"{measles.english} · CVX {measles.cvx}",
        encephalitis.english,
    }
    unlisted = replace(LOCAL[0], vaccine_code="X9", vaccine_name="示例疫苗")
    (course,) = _sheet((unlisted,), language="zh-en")["courses"]
    assert course["vaccine"] == ["示例疫苗"]


@pytest.mark.parametrize(
    ("doses", "given", "says", "turns"),
    [
        (LOCAL, {}, "到2026年7月1日，按免疫程序没有需补种的疫苗。", 0),
        (LOCAL[:18], {}, "按免疫程序需补种的疫苗", 3),
        (LOCAL[:18], {"adult": True}, None, 0),
    ],
)
def test_d19_a_record_says_what_is_missing_or_that_nothing_is_and_of_an_adult_neither(
    doses: tuple[Dose, ...], given: dict[str, Any], says: str | None, turns: int
) -> None:
    page = _sheet(doses, **given)
    assert page["missing_says"] == (None if says is None else [says])
    assert len(page["missing"]) == turns


def test_d19_school_entry_of_somebody_whom_the_programme_is_not_for_has_nothing_to_be_caught_up() -> None:
    """Of age by the settings of today, not by those of the day of issue: what was signed can still be printed."""
    page = _sheet(LOCAL[:18], Kind.SCHOOL_ENTRY, adult=True)
    assert (page["verdict"]["complete"], page["missing"]) == (True, [])


@pytest.mark.parametrize(
    ("days", "since"), [(-1, ["现在可种", "Now"]), (0, ["现在可种", "Now"]), (1, ["2026-07-02"])]
)
def test_d19_a_missing_dose_can_be_given_now_or_from_a_day_on(days: int, since: list[str]) -> None:
    (turn,) = _sheet((), language="zh-en", missing=(_turn(TODAY + timedelta(days=days)),))["missing"]
    assert turn["since"] == since
    assert (turn["vaccine"][0], turn["no"]) == (vaccine_named("MMR").chinese, "2")


def test_d19_of_a_missing_dose_the_paper_notes_all_but_that_it_is_late() -> None:
    missing = (_turn(TODAY, Hint.CATCH_UP, Hint.OR_LIVE, Hint.MIXED_PRODUCTS),)
    chinese = HINTS[Hint.OR_LIVE]["zh"] + HINTS[Hint.MIXED_PRODUCTS]["zh"]
    english = f"{HINTS[Hint.OR_LIVE]['en']} {HINTS[Hint.MIXED_PRODUCTS]['en']}"
    ((alone,), (beside,)) = (
        _sheet((), language=language, missing=missing)["missing"] for language in LANGUAGES
    )
    assert (alone["note"], beside["note"]) == ([chinese], [chinese, english])


def test_the_day_of_issue_stands_in_each_language() -> None:
    issued = [_sheet(LOCAL, language=language)["issued"] for language in LANGUAGES]
    assert issued == [["2026年7月1日"], ["2026年7月1日", "1 July 2026"]]
