"""What stands on the paper, before it is set: the notes that apply and no other, and a dose of which little is known (D20)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.papers import ISSUER, a_childhood, a_document, a_subject
from vaxcert.archives.model import Dose
from vaxcert.documents.model import Kind
from vaxcert.documents.sheet import sheet
from vaxcert.documents.words import NOTES

LOCAL = tuple(replace(dose, origin="local") for dose in a_childhood())


def _sheet(doses: tuple[Dose, ...], kind: Kind = Kind.RECORD, **given: Any) -> dict[str, Any]:
    rabies = given.pop("rabies", False)
    subject = a_subject(doses, **given)
    document, _ = a_document(kind, subject=subject)
    made: dict[str, Any] = sheet(
        document, subject, replace(ISSUER, rabies_shown=rabies), lambda character: character != "\U000323b0"
    )
    return made


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
