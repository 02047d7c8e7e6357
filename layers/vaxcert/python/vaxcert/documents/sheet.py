"""What stands on the paper, as plain data for the typesetter. Every text is data there: nothing in it is ever read as markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from vaxcert.archives.model import Archive, Dose, Sex
from vaxcert.aws.clock import shanghai_date
from vaxcert.documents.model import Document, Kind
from vaxcert.documents.statement import by_vaccine
from vaxcert.documents.words import LABELS, MISSING, NOTES, SAYS, TITLES, VERDICTS, Words
from vaxcert.errors import JsonValue
from vaxcert.programme.courses import Due, Hint
from vaxcert.programme.vaccines import Vaccine, vaccine_of
from vaxcert.programme.words import HINTS, PROGRAMME
from vaxcert.wording import day

UNPRINTED: Final = "〓"
"""In place of a character that the font lacks (GB/T 15834 has no mark for it; typesetters use this one)."""

type Sheet = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose paper it is. `id_no` is masked; `missing` is None for an adult, whom the programme is not for."""

    name: str
    sex: Sex
    birth_date: date
    id_no: str | None
    clinic: str
    doses: Sequence[Dose]
    missing: Sequence[Due] | None


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues, and what else the paper takes from the settings."""

    name: str
    hotline: str
    rabies_shown: bool


def subject_of(
    chief: Archive, name: str, id_no: str | None, doses: Sequence[Dose], missing: Sequence[Due] | None
) -> Subject:
    """The subject whom the archive `chief` speaks for."""
    return Subject(name, chief.sex, chief.birth_date, id_no, chief.clinic.name, doses, missing)


def sheet(document: Document, subject: Subject, issuer: Issuer, printable: Callable[[str], bool]) -> Sheet:
    """The paper of a document. `printable` says whether the font has a character."""
    writer = _Writer(document, subject, issuer, printable)
    return writer.school_entry() if document.kind is Kind.SCHOOL_ENTRY else writer.record()


class _Writer:
    def __init__(
        self, document: Document, subject: Subject, issuer: Issuer, printable: Callable[[str], bool]
    ) -> None:
        self._document = document
        self._subject = subject
        self._issuer = issuer
        self._printable = printable
        self._unprinted = False
        self._languages = ("zh", "en") if document.language == "zh-en" else ("zh",)
        self._issued = shanghai_date(document.issued_at)

    def record(self) -> Sheet:
        doses, missing = by_vaccine(self._subject.doses), self._subject.missing
        says = SAYS["record" if doses else "no_doses"]
        notes = ["verify", "paper_child" if missing is not None else "paper_adult", "wrong"]
        if any(dose.origin != "local" for dose in doses):
            notes.insert(1, "origin")
        if missing is not None:
            notes.insert(-1, "edition")
        if not self._issuer.rabies_shown:
            notes.insert(-1, "rabies")
        body: Sheet = {
            "says": self._said(says, count=str(len(doses))),
            "columns": self._labels("vaccine", "dose_no", "date", "batch", "unit", "origin"),
            "courses": [self._course(list(some)) for _, some in groupby(doses, key=_vaccine)],
            "verdict": None,
        }
        return self._framed(body | self._missing(missing), notes)

    def school_entry(self) -> Sheet:
        missing = self._subject.missing or ()
        complete = not missing
        says = SAYS["complete" if complete else "missing"]
        notes = [*(() if complete else ("where", "given_elsewhere")), "school", "contraindications"]
        notes += ["edition", "paper_school", "verify"]
        body: Sheet = {
            "says": self._said(says, count=str(len(missing))),
            "columns": [],
            "courses": None,
            "verdict": {"complete": complete, "words": self._said(VERDICTS[complete])},
            "missing": [self._turn(turn) for turn in missing],
            "missing_says": None,
            "missing_columns": self._labels("vaccine", "dose_no", "since", "note"),
        }
        return self._framed(body, notes)

    def _missing(self, missing: Sequence[Due] | None) -> Sheet:
        return {
            "missing": [self._turn(turn) for turn in missing or ()],
            "missing_says": None if missing is None else self._said(MISSING[bool(missing)]),
            "missing_columns": self._labels("vaccine", "dose_no", "since", "note"),
        }

    def _framed(self, body: Sheet, notes: Sequence[str]) -> Sheet:
        title, purpose = TITLES[self._document.kind]
        person = self._person()
        told = [self._said(NOTES[note]) for note in notes]
        if self._unprinted:
            told.append(self._said(NOTES["unprinted"]))
        return {
            "languages": list(self._languages),
            "kind": str(self._document.kind),
            "title": self._said(title),
            "purpose": self._said(purpose),
            "person": person,
            "labels": {name: self._said(words) for name, words in LABELS.items()},
            "notes": list[JsonValue](told),
            "issuer": self._data(self._issuer.name),
            "issued": self._days(self._issued),
            "issued_on": [self._issued.year, self._issued.month, self._issued.day],
            "number": self._document.document_id,
            **body,
        }

    def _person(self) -> list[JsonValue]:
        subject = self._subject
        fields: list[tuple[str, JsonValue]] = [
            ("name", [self._data(subject.name)]),
            ("sex", self._said(LABELS[subject.sex])),
            ("birth_date", [subject.birth_date.isoformat()]),
            ("id_no", [subject.id_no or "—"]),
            ("clinic", [self._data(subject.clinic)]),
        ]
        return [{"field": name, "label": self._said(LABELS[name]), "value": value} for name, value in fields]

    def _course(self, doses: Sequence[Dose]) -> JsonValue:
        first = doses[0]
        known = vaccine_of(first.vaccine_code, first.vaccine_name)
        return {
            "vaccine": self._vaccine(first.vaccine_name, known),
            "doses": [self._dose(dose) for dose in doses],
        }

    def _vaccine(self, chinese: str, known: Vaccine | None) -> list[JsonValue]:
        named: list[JsonValue] = [self._data(chinese)]
        if "en" in self._languages and known is not None:
            named.append(known.english if known.cvx is None else f"{known.english} · CVX {known.cvx}")
        return named

    def _dose(self, dose: Dose) -> JsonValue:
        origin = "local" if dose.origin == "local" else "other_province"
        return {
            "no": str(dose.dose_no) if dose.dose_no > 0 else "—",
            "date": dose.date.isoformat(),
            "batch": self._data(dose.batch or "—"),
            "maker": self._data(dose.manufacturer or ""),
            "unit": self._data(dose.clinic_name or dose.clinic_code or "—"),
            "origin": self._said(LABELS[origin]),
        }

    def _turn(self, turn: Due) -> JsonValue:
        dated: list[JsonValue] = [turn.since.isoformat()]
        since = self._said(LABELS["now"]) if turn.since <= self._issued else dated
        # That each is past its age and has to be caught up is what the table is about.
        telling = [hint for hint in turn.hints if hint is not Hint.CATCH_UP]
        hints = [
            ("" if language == "zh" else " ").join(HINTS[hint][language] for hint in telling)
            for language in ("zh", "en")
        ]
        return {
            "vaccine": self._vaccine(turn.vaccine.chinese, turn.vaccine),
            "no": str(turn.dose_no),
            "since": since,
            "note": list[JsonValue](hints[: len(self._languages)]),
        }

    def _labels(self, *names: str) -> list[JsonValue]:
        return [self._said(LABELS[name]) for name in names]

    def _said(self, words: Words, **places: str) -> list[JsonValue]:
        filled: list[JsonValue] = []
        for place, language in enumerate(self._languages):
            english = language == "en"
            filled.append(
                words[place]
                if words in LABELS.values()  # the page's own places are filled where pages are counted
                else words[place].format(
                    as_of=day(self._document.as_of, english=english),
                    issued=day(self._issued, english=english),
                    programme=PROGRAMME["en" if english else "zh"],
                    hotline=self._issuer.hotline,
                    clinic=self._data(self._subject.clinic),
                    **places,
                )
            )
        return filled

    def _days(self, moment: date) -> list[JsonValue]:
        return [day(moment, english=language == "en") for language in self._languages]

    def _data(self, text: str) -> str:
        """A text from outside, with a mark in place of what the font cannot show: else the paper would have holes."""
        shown = "".join(character if self._printable(character) else UNPRINTED for character in text)
        self._unprinted |= shown != text
        return shown


def _vaccine(dose: Dose) -> str:
    known = vaccine_of(dose.vaccine_code, dose.vaccine_name)
    # Products of one vaccine under several names keep theirs: what was written down is what is printed.
    return f"{known.key if known else ''}|{dose.vaccine_name}"
