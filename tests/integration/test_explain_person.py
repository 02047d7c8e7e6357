"""`explain_person` by its console events: what the person reads, to an operator, with a trace (R36, D11)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from functions.explain_person.app import create
from tests.fakes.events import EVENTS
from tests.fakes.household import BOARD, RULES, Household
from tests.fakes.people import (
    BLINDER,
    FATHER,
    FATHER_NO,
    GRANDMOTHER,
    GRANDMOTHER_NO,
    NAMES,
    SEALER,
    an_archive,
)
from vaxcert.archives.model import Archive
from vaxcert.aws.console import InvalidEvent
from vaxcert.claims.model import Actor, StatusReason, suspended
from vaxcert.errors import Unavailable
from vaxcert.grants.model import GrantStatus
from vaxcert.operators.explaining import Explaining, listing_of
from vaxcert.reports.cases import UnknownCase
from vaxcert.reports.model import Report
from vaxcert.trail.model import Access

CHILD = an_archive()
ELSEWHERE = an_archive("2", city="320500")


class Cases(dict[str, Report]):
    """Reports by case number."""

    def find(self, case_number: str) -> Report | None:
        return self.get(case_number)


class Desk:
    """The handler over a household."""

    def __init__(self, *archives: Archive) -> None:
        self.home = home = Household(*archives)
        self.cases = Cases()
        listing = listing_of(home.register, home.certificates, home.grants, SEALER, BOARD, RULES)
        service = Explaining(
            listing=listing,
            certificates=home.certificates.get,
            cases=self.cases,
            trail=home.log,
            people=BLINDER,
        )
        self.handler = create(service, home.clock)

    def run(self, kind: str = "by_number", **changed: Any) -> dict[str, Any]:
        event = json.loads((EVENTS / "explain_person" / f"{kind}.json").read_text("utf-8"))
        return self.handler(event | changed, None)

    def father(self, **changed: Any) -> dict[str, Any]:
        return self.run(**({"id_no": FATHER_NO, "name": NAMES[FATHER]} | changed))


def test_r36_an_operator_reads_what_the_person_reads(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(ELSEWHERE)
    theirs = desk.home.listing.overview(desk.home.citizen(FATHER), desk.home.clock(), "zh")
    told = desk.father()
    assert [(one["code"], one["detail"]) for one in told["notices"]] == [
        (notice.code, notice.detail) for notice in theirs.notices
    ]
    assert told["notices"][0]["next_step"]
    assert told["told"] == "all that the person reads on entering"
    line = json.loads(capsys.readouterr().out)
    assert (line["message"], line["officer"], line["notices"]) == (
        "operator",
        "officer-7",
        ["city_not_pilot"],
    )
    assert line["reason"]
    assert line["at"]
    assert line["by"] == "number"
    for personal in (FATHER_NO, NAMES[FATHER], FATHER, "周小样"):
        assert personal not in json.dumps(line, ensure_ascii=False)


def test_names_are_masked_and_no_number_is_shown() -> None:
    told = Desk(CHILD).father()
    assert [one["name"] for one in told["claimable"]] == ["周**"]
    assert "id_no" not in told["claimable"][0]


def test_d11_what_is_shown_has_a_line_in_its_access_log() -> None:
    desk = Desk(CHILD)
    certificate_id = desk.home.claim(CHILD.record_id)
    told = desk.father()
    assert [one["certificate_id"] for one in told["claimed"]] == [certificate_id]
    entries, _ = desk.home.records.access_log(
        desk.home.citizen(FATHER), certificate_id, desk.home.clock(), cursor=None, limit=5
    )
    (entry,) = entries
    assert (entry.access, entry.who, entry.device_id) == (Access.LOOKUP, "operator", None)


def test_d11_no_entry_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(CHILD)
    desk.home.claim(CHILD.record_id)
    desk.home.log.append = lambda *_: False  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        desk.father()
    assert json.loads(capsys.readouterr().out)["result"] == "failed"


def test_d7_an_operators_question_is_no_visit_of_the_delegate() -> None:
    desk = Desk(CHILD)
    certificate_id = desk.home.claim(CHILD.record_id)
    desk.home.authorize(certificate_id, GRANDMOTHER_NO, name=NAMES[GRANDMOTHER])
    found = desk.run(id_no=GRANDMOTHER_NO, name=NAMES[GRANDMOTHER])
    assert [one["certificate_id"] for one in found["authorized"]] == [certificate_id]
    # Another name is another person: it sees nothing, and no mismatch is written down for it.
    assert desk.run(id_no=GRANDMOTHER_NO, name="别人")["authorized"] == []
    (grant,) = desk.home.grants.slots(certificate_id)
    assert (grant.status, grant.last_used_at) == (GrantStatus.ACTIVE, None)


def test_r34_a_case_tells_of_the_person_who_holds_its_certificate(
    a_report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(CHILD)
    certificate_id = desk.home.claim(CHILD.record_id)
    desk.cases["20260701-0A1B2C"] = replace(a_report, certificate_id=certificate_id)
    told = desk.run("by_case")
    assert [one["certificate_id"] for one in told["claimed"]] == [certificate_id]
    assert "ask again with id_no and name" in told["told"]
    assert json.loads(capsys.readouterr().out)["by"] == "case"
    with pytest.raises(UnknownCase, match="case number"):
        desk.run("by_case", case_number="20260701-ZZZZZZ")


@pytest.fixture
def a_report() -> Report:
    from tests.contract.test_reports_store import REPORT

    return REPORT


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"officer": ""}, "officer"),
        ({"reason": None}, "reason"),
        ({"reason": "320600199001010010 calls again"}, "reason"),
        ({"name": ""}, "name"),
        ({"id_no": "320600"}, "id_no"),
        ({"id_no": FATHER_NO[:-1] + ("0" if FATHER_NO[-1] != "0" else "1")}, "id_no"),
        ({"id_no": "３２０６００１９９００１０１００１０"}, "id_no"),
        ({"language": "fr"}, "language"),
        ({"record_id": "r"}, "record_id"),
    ],
)
def test_a_slip_is_told_by_its_member_and_never_by_its_value(changed: dict[str, Any], place: str) -> None:
    desk = Desk(CHILD)
    with pytest.raises(InvalidEvent, match=place) as caught:
        desk.father(**changed)
    assert not any(str(value) in str(caught.value) for value in changed.values() if value and value != "r")


def test_a_small_x_is_raised_as_everywhere() -> None:
    born = date(1990, 1, 1)
    from tests.fakes.people import id_no

    number = next(one for n in range(1, 200) if (one := id_no(born, n)).endswith("X"))
    assert Desk(CHILD).run(id_no=number.lower(), name="某人")["notices"][0]["code"] == "nobody_linked"


def test_d16_an_operator_is_told_why_a_certificate_is_suspended() -> None:
    desk = Desk(CHILD)
    certificate_id = desk.home.claim(CHILD.record_id)
    (told,) = desk.father()["claimed"]
    assert (told["status"], told["status_reason"]) == ("active", None)
    before = desk.home.certificates.stored[certificate_id]
    after = before.moved_to(suspended(StatusReason.OUT_OF_CARE), desk.home.clock())
    desk.home.certificates.apply(before, after, Actor.NIGHT)
    (told,) = desk.father()["claimed"]
    assert (told["status"], told["status_reason"]) == ("suspended", "out_of_care")
