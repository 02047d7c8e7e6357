"""The page of texts, generated: everything that people read, in both languages, and the settings that each takes (D12, D18).

`python -m tools.texts` writes `docs/texts.md`; with `--check` it fails where the committed page differs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from functions.claim_certificate.answers import MESSAGE
from tools.generated import write_or_check
from tools.paths import ROOT
from vaxcert.appointments import ics
from vaxcert.appointments import notices as appointment_notices
from vaxcert.claims.consent import CONSENTS
from vaxcert.claims.notice_words import REFUSED, SUSPENDED
from vaxcert.documents import words as papers
from vaxcert.http.field_words import FIELD_WORDS
from vaxcert.http.messages import MESSAGES
from vaxcert.programme import words as plan_words
from vaxcert.records import notices as record_notices
from vaxcert.reports.model import STATUS_TITLES
from vaxcert.visits import advice, messages, words
from vaxcert.wording import PLACES

PAGE = ROOT / "docs" / "texts.md"
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_SPOKEN: Final = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One text: where people meet it, what it is of, and its words as they stand in the code."""

    where: str
    name: str
    zh: str
    en: str

    @property
    def settings(self) -> tuple[str, ...]:
        """The parameters that it takes, in their order."""
        named = {place for text in (self.zh, self.en) for place in _PLACE.findall(text)}
        return tuple(dict.fromkeys(PLACES[place] for place in PLACES if place in named))


def every() -> Iterator[Text]:
    """Everything that people read, title and next step each."""
    for code, (zh_title, zh_detail, en_title, en_detail) in sorted(MESSAGES.items()):
        yield Text("problem", code, f"{zh_title}。{zh_detail}", f"{en_title}. {en_detail}")
    for about, (zh, en) in FIELD_WORDS.items():
        yield Text("field", about, zh, en)
    for where, table in (("notice", REFUSED), ("suspended", SUSPENDED), ("records", record_notices.WORDS)):
        for name, sentences in table.items():
            yield Text(where, str(name), *_sentences(*sentences))
    for status, by_language in appointment_notices.WORDS.items():
        yield Text("appointment", str(status), *_sentences(by_language["zh"], by_language["en"]))
    yield Text("calendar", "appointment", *("".join(ics.WORDS[spoken]) for spoken in _SPOKEN))
    yield from _scans()
    for standing, (zh, en) in STATUS_TITLES.items():
        yield Text("report", str(standing), zh, en)
    yield from _papers()
    yield Text("claim", "message", MESSAGE["zh"], MESSAGE["en"])
    consent = CONSENTS[-1]
    yield Text("consent", consent.version, consent.text.zh, consent.text.en)
    for purpose, text in consent.purposes.items():
        yield Text("consent", str(purpose), text.zh, text.en)


def _papers() -> Iterator[Text]:
    for kind, (title, purpose) in papers.TITLES.items():
        yield Text("paper", f"{kind}, title", *title)
        yield Text("paper", f"{kind}, purpose", *purpose)
    for name, printed in (papers.LABELS | papers.SAYS | papers.NOTES).items():
        yield Text("paper", name, *printed)
    for complete, printed in papers.VERDICTS.items():
        yield Text("paper", f"verdict, {'complete' if complete else 'missing'}", *printed)
    for missing, printed in papers.MISSING.items():
        yield Text("paper", "missing" if missing else "nothing missing", *printed)


def _scans() -> Iterator[Text]:
    for where, table in (
        ("scan refused", messages.REFUSED),
        ("scan out of turn", messages.OUT_OF_TURN),
        ("scan spoiled by the scanner", {"malformed": messages.SCANNER}),
        ("scan accepted", messages.ACCEPTED),
        ("scan handed in", {"recorded": messages.RECORDED}),
        ("outcome", words.TOLD),
        ("call", {"called": words.CALLED}),
    ):
        for name, by_language in table.items():
            for reader in ("nurse", "family"):
                said = [getattr(by_language[spoken], reader) for spoken in ("zh", "en")]
                yield Text(
                    where,
                    f"{name}, {reader}",
                    f"{said[0].title}。{said[0].next_step}",
                    f"{said[1].title}. {said[1].next_step}",
                )
    for where, said_of in (("visit followed", words.FOLLOWED), ("warning", words.WARNED)):
        for name, alone in said_of.items():
            zh, en = alone["zh"], alone["en"]
            yield Text(where, str(name), f"{zh.title}。{zh.next_step}", f"{en.title}. {en.next_step}")
    yield Text("clinic", "unnamed", words.CLINIC["zh"], words.CLINIC["en"])
    for where, names in (("station", messages.STATIONS), ("step", messages.STEPS)):
        for station, called in names.items():
            yield Text(where, str(station), called["zh"], called["en"])
    advised = [("programme", plan_words.PROGRAMME), ("note", advice.NOTE), ("adult", advice.ADULT)]
    advised += [(str(hint), said) for hint, said in plan_words.HINTS.items()]
    advised += [(str(oddity), said) for oddity, said in advice.ODDITIES.items()]
    advised += [(f"{name}, family", said) for name, said in plan_words.ADVICE.items()]
    for about, advising in advised:
        yield Text("advice", about, advising["zh"], advising["en"])


def _sentences(zh: tuple[str, ...], en: tuple[str, ...]) -> tuple[str, str]:
    """Title, detail and next step in one line each: a title has no full stop of its own."""
    return "".join(each.removesuffix("。") + "。" for each in zh), " ".join(
        each.removesuffix(".") + "." for each in en
    )


def text() -> str:
    """The page as it is committed."""
    rows = (
        f"| {each.where} | `{each.name}` | {_cell(each.zh)} | {_cell(each.en)} | "
        + (", ".join(f"`{name}`" for name in each.settings) or "–")
        + " |"
        for each in every()
    )
    return "\n".join(
        [
            "# Texts",
            "",
            "Generated by `make docs` from the code; do not edit. Everything that people read, and the parameters of `template.yaml`",
            "whose value stands in it (D18). Other places in braces are filled from the case itself. Problems that API Gateway answers",
            "by itself have the words of their code.",
            "",
            "| where | of | 中文 | English | settings |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", "<br>")


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, text(), "the code says"))
