"""`GET …/plan` through its events (D7, D11, D16, D19)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from functions.view_records.app import create
from tests.fakes.events import event, send
from tests.fakes.household import PURPOSES, Household
from tests.fakes.people import an_adult, an_archive
from tests.unit.programme.a_child import doses_of
from vaxcert.claims.model import Actor, StatusReason, suspended
from vaxcert.programme.due import plan
from vaxcert.programme.schedule import EDITION
from vaxcert.visits.advice import advice as nurses_advice

HISTORY = doses_of(
    "HepB 2020-05-01 2020-06-01 2020-11-02",
    "BCG 2020-05-01",
    "IPV 2020-07-01 2020-08-03",
    "bOPV 2020-09-01 2024-05-06",
    "DTaP 2020-08-03 2020-09-01 2020-10-09 2021-11-08",
    "MPSV-A 2020-11-02 2021-02-01",
    "MPSV-AC 2023-05-08",
    "JE-L 2021-01-04 2022-05-05",
    "HepA-L 2021-11-08",
    "MMR 2021-01-04",
)
CHILD = an_archive(doses=tuple(HISTORY))
ADULT = an_adult()


class Desk:
    """The handler over a household that has claimed a certificate."""

    def __init__(self, archive: Any = CHILD) -> None:
        self.home = Household(archive)
        self.handler = create(self.home.records, self.home.plans, self.home.clock)
        purposes = PURPOSES[:2] if archive is ADULT else PURPOSES
        self.certificate_id = self.home.claim(archive.record_id, purposes=purposes)

    def send(self, name: str = "plan") -> tuple[int, Any]:
        path = {"certificate_id": self.certificate_id}
        status, body, _ = send(self.handler, event("view_records", name, path=path))
        return status, body


def test_d19_the_plan_has_the_shape_of_the_contract() -> None:
    status, body = Desk().send()
    assert status == 200
    assert set(body) == {"as_of", "edition", "due", "missing", "next", "school_entry", "advice"}
    assert (body["as_of"], body["edition"]) == ("2026-06-30", EDITION)
    measles = {
        "vaccine_code": "1201",
        "vaccine": "MMR",
        "vaccine_name": "麻腮风疫苗",
        "dose_no": 2,
        "since": "2021-11-08",
        "recommended_before": "2022-05-01",
        "note": "已过推荐年龄，请尽早补种，无需重新开始全程。",
    }
    assert [one["vaccine"] for one in body["due"]] == ["DTaP", "MMR", "MPSV-AC"]
    assert body["missing"] == [body["due"][1]]
    assert {**measles, "since": body["missing"][0]["since"]} == body["missing"][0]
    assert body["school_entry"] == {"complete": False, "missing": body["missing"]}
    assert body["next"] is None


def test_r28_family_and_nurse_are_told_the_same_doses() -> None:
    """One source: a scan's `due` and `next` are the plan's."""
    today = date(2026, 7, 1)
    for age in (date(2025, 11, 3), date(2022, 1, 31), date(2020, 5, 1)):
        child = replace(CHILD, birth_date=age, doses=())
        told = Desk(an_archive(born=age, doses=())).send()[1]
        nurse: Any = nurses_advice(plan(age, child.sex, (), today), CHILD.as_of, "zh")
        assert told["due"] == nurse["due"]
        assert (told["next"] or {}).get("date") == nurse.get("next", {}).get("date")
        named = [set(one) & {"vaccine", "dose_no"} for one in (told["next"] or {"vaccines": []})["vaccines"]]
        assert len(named) == len(nurse.get("next", {"vaccines": []})["vaccines"])


def test_d19_who_lacks_nothing_is_complete() -> None:
    body = Desk(an_archive(doses=(*HISTORY, *doses_of("MMR 2021-11-08")))).send()[1]
    assert (body["missing"], body["school_entry"]) == ([], {"complete": True, "missing": []})
    assert "补种" not in body["advice"]


def test_d19_the_advice_names_its_edition_and_day_refuses_nothing_and_leaves_contraindications_to_the_clinic() -> (
    None
):
    body = Desk().send()[1]
    for words in ("2026年版", "2026年6月30日", "接种禁忌", "仅供参考", "入托、入学", "纸质预防接种证"):
        assert words in body["advice"]
    english = Desk().send("plan_in_english")[1]
    assert english["advice"].isascii()
    assert "30 June 2026" in english["advice"]
    assert english["due"][0]["vaccine_name_en"].startswith("Diphtheria")


def test_d19_of_whom_no_archive_is_left_there_is_no_plan() -> None:
    """Before the night has written that the certificate stands on nothing."""
    desk = Desk()
    desk.home.register.stored.clear()
    status, body = desk.send()
    assert (status, body["code"]) == (404, "not_found")
    assert desk.home.log.entries == {}


def test_d19_the_programme_is_not_for_adults() -> None:
    body = Desk(ADULT).send()[1]
    assert (body["due"], body["missing"], body["next"]) == ([], [], None)
    assert body["school_entry"] == {"complete": True, "missing": []}
    assert "只适用于儿童" in body["advice"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", body["as_of"])


def test_d7_d11_a_delegate_reads_the_plan_and_the_claimant_sees_it() -> None:
    desk = Desk()
    desk.home.authorize(desk.certificate_id)
    assert desk.send("plan_by_delegate") == desk.send("plan")
    _, seen = desk.send("access_log")
    assert [(one["kind"], one["who"]) for one in seen["entries"]] == [
        ("read", "claimant"),
        ("read", "delegate"),
    ]


def test_a_stranger_learns_nothing_and_leaves_no_trace() -> None:
    desk = Desk()
    status, refused = desk.send("plan_by_stranger")
    assert (status, refused["code"]) == (404, "not_found")
    assert desk.send("access_log")[1]["entries"] == []


@pytest.mark.parametrize("reason", [StatusReason.GUARDIAN_REMOVED, StatusReason.OUT_OF_CARE])
def test_d16_a_suspended_certificates_plan_tells_its_claimant_why(reason: StatusReason) -> None:
    desk = Desk()
    before = desk.home.certificates.get(desk.certificate_id)
    assert before is not None
    desk.home.certificates.apply(before, before.moved_to(suspended(reason), desk.home.clock()), Actor.NIGHT)
    status, body = desk.send()
    assert (status, body["code"], body["status_reason"]) == (409, "certificate_suspended", str(reason))
    assert body["notice"]["next_step"]
    assert desk.send("plan_by_delegate")[0] == 404


def test_d2_before_the_first_feed_the_archives_own_day_stands() -> None:
    desk = Desk()
    desk.home.feed.day = None
    assert desk.send()[1]["as_of"] == CHILD.as_of.isoformat()


def test_r1_reading_the_plan_adds_nothing_to_the_records() -> None:
    desk = Desk()
    before = json.dumps(desk.send("records")[1], sort_keys=True)
    desk.send()
    assert json.dumps(desk.send("records")[1], sort_keys=True) == before


def test_d19_a_single_dose_that_comes_next_has_its_day() -> None:
    body = Desk(an_archive(born=date(2026, 7, 1), doses=())).send()[1]
    (dose,) = body["next"]["vaccines"]
    assert (dose["vaccine"], dose["dose_no"], dose["since"]) == ("HepB", 2, "2026-08-01")
    assert body["next"]["date"] == "2026-08-01"
