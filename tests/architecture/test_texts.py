"""D18: no text keeps a copy of a setting. Every text that people read, raw and as it comes out under other settings."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_args

import pytest

from tests.architecture.deployment import RESOURCES
from tools.paths import ROOT
from tools.texts import Text, every
from vaxcert.appointments.model import Status
from vaxcert.appointments.notices import notice_of
from vaxcert.aws.settings import Settings
from vaxcert.claims.consent import CONSENTS, consent_of
from vaxcert.claims.eligibility import ClaimRules, Refusal
from vaxcert.claims.model import REASONS, Kind
from vaxcert.claims.model import Status as CertificateStatus
from vaxcert.claims.notices import NoticeBoard
from vaxcert.codes.model import Fault
from vaxcert.devices.model import Station
from vaxcert.errors import FieldCode, FieldError, FieldHint, Rejected, VaxcertError
from vaxcert.http.messages import MESSAGES
from vaxcert.http.problems import problem_body
from vaxcert.records.notices import record_notices
from vaxcert.visits import telling
from vaxcert.visits.model import Outcome, Reason, Refused, State, Visit
from vaxcert.visits.verdicts import Body, accepted, recorded, refused, unread
from vaxcert.visits.words import FOLLOWED
from vaxcert.wording import PLACES, Language, Wording

# As the notice has them, in any spelling that a text might use.
COPIES = re.compile(
    r"400-101-6588|\b10\b|[^0-9]10人|十人|15 ?分钟|15 min|fifteen|\b18\b|18周岁|十八|60 ?秒|60 seconds|320[0-9]{3}"
    r"|南通|无锡|Nantong|Wuxi|2017|2020年12月1日|2020-12-01|1 December 2020"
)
ENV = {
    "GRANT_LIMIT": "1",
    "VERIFICATION_SECONDS": "4",
    "HOTLINE": "0512-12345",
    "PILOT_CITIES": "320900,320300,320500",
    "ADULT_AGE": "21",
    "CHILD_BORN_FROM": "2019-03-04",
    "ADULT_DOSE_FROM": "2021-05-06",
    "ACCESS_LOG_DAYS": "730",
    "DOCUMENTS_PER_DAY": "3",
    "DATA_HANDLER": "另一个处理者",
    "DATA_HANDLER_CONTACT": "b@c.invalid",
}
OTHER = Settings.from_env(ENV)
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
SPOKEN: tuple[Language, ...] = ("zh", "en")


@pytest.mark.parametrize("text", list(every()), ids=lambda text: f"{text.where}: {text.name}")
def test_no_text_has_a_copy_of_a_setting(text: Text) -> None:
    for words in (text.zh, text.en):
        assert not COPIES.search(words), words


def test_no_string_of_the_product_that_people_could_read_has_one() -> None:
    """Every Chinese string in rooms and functions, so that a text outside the page of texts is found too."""
    allowed = {words.zh for consent in CONSENTS[:-1] for words in (consent.text, *consent.purposes.values())}
    allowed |= {"无锡市", "南通市"}  # the table of cities itself
    for path in (*ROOT.glob("layers/vaxcert/python/vaxcert/**/*.py"), *ROOT.glob("functions/*/*.py")):
        for words in _strings(ast.parse(path.read_text("utf-8"))):
            if re.search("[一-鿿]", words) and words not in allowed:
                assert not COPIES.search(words), (path.name, words)


def _strings(tree: ast.Module) -> Iterator[str]:
    told: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # docstrings, of modules, classes, functions and constants
            told.add(id(node.value))
        elif isinstance(node, ast.keyword) and node.arg in {"description", "summary"}:
            told |= {id(part) for part in ast.walk(node.value)}  # the API document's, for developers
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def _said(verdict: Body) -> str:
    """The words of a verdict: the visit's code and day are the case's own."""
    return json.dumps({name: verdict[name] for name in ("title", "next_step", "family")}, ensure_ascii=False)


def _rendered(settings: Settings) -> Iterator[str]:
    """What comes out, by the code that makes it."""
    board, wording = NoticeBoard(ClaimRules.of(settings), settings.hotline), Wording(settings)
    visit = Visit("c1", "3206000001", date(2026, 7, 1), 7, State.OBSERVING, 3, NOW)
    for language in SPOKEN:
        for code in MESSAGES:
            yield problem_body(VaxcertError(code), language, None, wording)
        fields = tuple(FieldError("", code) for code in get_args(FieldCode))
        fields += tuple(FieldError("", "invalid", hint) for hint in get_args(FieldHint))
        yield problem_body(Rejected(fields=fields), language, None, wording)
        told = [board.nobody_linked(language)]
        told += [board.refusal(reason, language, claimant="mother") for reason in Refusal]
        told += [
            board.suspension(reason, language) for reason in REASONS[CertificateStatus.SUSPENDED] if reason
        ]
        for kind in Kind:
            told += record_notices(language, kind, rabies_shown=False, hotline=settings.hotline)
        told += [notice for status in Status if (notice := notice_of(status, language, settings.hotline))]
        for notice in told:
            yield json.dumps(notice.words(), ensure_ascii=False)
        for station in Station:
            yield _said(accepted(visit, station, language, NOW, wording))
            yield _said(unread(Fault.MALFORMED, "VC1;", station, language, NOW, wording))
            for reason in Reason:
                for known in (None, visit, replace(visit, state=State.DONE)):
                    yield _said(refused(Refused(reason, known, 7), station, language, NOW, wording))
        yield _said(recorded(None, language, wording))
        yield from _of_the_day(visit, language, wording)
        consent = consent_of(settings)
        yield consent.text.in_language(language)
        for purpose in consent.purposes.values():
            yield purpose.in_language(language)


def _of_the_day(visit: Visit, language: Language, wording: Wording) -> Iterator[str]:
    """What stations and families read of outcomes and calls (D21)."""
    yield _said(telling.told_called(visit, language, NOW, wording))
    for outcome in Outcome:
        yield _said(telling.told(visit, outcome, language, NOW, wording))
    for languages in FOLLOWED.values():
        yield languages[language].about(language, wording, ticket="A007").next_step


def test_under_other_settings_nothing_of_the_defaults_is_left_and_the_others_are_there() -> None:
    found = list(_rendered(OTHER))
    for words in found:
        assert not COPIES.search(words), words
        assert not re.search(r"\{[a-z_]+\}", words), words
    everything = "\n".join(found)
    for words in (
        "0512-12345",
        "最多授权1人",
        "At most 1 person per certificate",
        "身份验证后 4 秒内",
        "within 4 seconds",
        "盐城市、苏州市或徐州市",
        "Yancheng, Suzhou or Xuzhou",
        "21周岁",
        "2019年3月4日",
        "4 March 2019",
        "2021年5月6日",
        "保存 2 年",
        "另一个处理者",
        "b@c.invalid",
    ):
        assert words in everything, words


def test_every_place_is_filled_by_a_parameter_that_is_there() -> None:
    used = {name for text in every() for name in text.settings}
    assert used == set(PLACES.values())


def test_what_the_gateway_says_by_itself_takes_the_hotline() -> None:
    for answer in RESOURCES["Api"]["Properties"]["GatewayResponses"].values():
        assert not COPIES.search(str(answer["ResponseTemplates"]))
