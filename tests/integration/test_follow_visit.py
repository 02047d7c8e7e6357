"""`follow_visit` through its events (D7, D21)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.follow_visit.answers import GivenAnswer
from functions.follow_visit.app import create, describe
from tests.fakes.events import event, send
from tests.fakes.waiting_room import OBSERVATION, WaitingRoom
from vaxcert.visits.doses import Given
from vaxcert.wording import Language


class Desk:
    """The handler over a room with a claimed certificate."""

    def __init__(self, stage: str = "") -> None:
        self.room = WaitingRoom()
        self.handler = create(self.room.following, self.room.clock)
        self.certificate_id = self.room.certificate_id
        self.visit_id = self.room.until(stage) if stage else ""

    def send(self, language: str = "zh-CN", **changed: Any) -> tuple[int, Any]:
        path = {"certificate_id": changed.pop("certificate_id", self.certificate_id)}
        asked = event("follow_visit", "follow", path=path, **changed)
        asked["headers"]["Accept-Language"] = language
        asked["requestContext"]["authorizer"]["exp"] = str(int(self.room.clock().timestamp()) + 60)
        status, body, _ = send(self.handler, asked)
        return status, body


def test_d21_no_ticket_today_is_null() -> None:
    assert Desk().send() == (200, {"visit": None})
    desk = Desk("done")
    desk.room.clock.advance(days=1)
    assert desk.send() == (200, {"visit": None})


def test_d21_a_waiting_family_reads_how_many_are_before_it() -> None:
    status, body = Desk("waiting_registration").send()
    assert status == 200
    assert body["visit"] == {
        "ticket": "A001",
        "state": "waiting_registration",
        "station": "registration",
        "clinic_code": "3206000001",
        "clinic_name": "示范门诊",
        "waiting_before": 0,
        "given": [],
        "title": "A001，即将登记",
        "next_step": "下一位就轮到您，请到登记台附近等候叫号。",
    }


def test_d21_a_called_family_reads_where_to_go() -> None:
    desk = Desk("waiting_registration")
    desk.room.call(desk.visit_id, "registration", "2号台")
    visit = desk.send()[1]["visit"]
    assert (visit["called_at"], visit["desk"]) == ("2026-07-01T10:00:00+08:00", "2号台")
    assert (visit["state"], visit["title"]) == ("waiting_registration", "请到2号台：A001")


def test_d21_under_observation_the_minutes_and_what_was_given() -> None:
    visit = Desk("observing").send("en")[1]["visit"]
    assert (visit["state"], visit["minutes_left"]) == ("observing", OBSERVATION // 60)
    assert visit["observed_until"] == "2026-07-01T10:30:00+08:00"
    assert visit["title"] == "30 min of observation left"
    (dose,) = visit["given"]
    assert (dose["vaccine_code"], dose["batch"], dose["site"]) == ("1201", "B2026", "left_arm")
    assert (dose["vaccine_name"], dose["vaccine_name_en"] > "") == ("麻腮风疫苗", True)


def test_d21_afterwards_it_reads_which_reactions_are_usual_and_whom_to_call() -> None:
    visit = Desk("done").send()[1]["visit"]
    assert (visit["state"], visit["station"], visit["waiting_before"]) == ("done", None, 0)
    for word in ("低热", "红肿", "立即就医", "疑似预防接种异常反应", "示范门诊", "400-101-6588"):
        assert word in visit["next_step"], word


def test_another_persons_visit_is_not_found() -> None:
    status, body = Desk("observing").send(certificate_id="cnoneaaaaaaaaa")
    assert (status, body["code"]) == (404, "not_found")


def test_the_route_describes_itself() -> None:
    paths = json.loads(describe().get_openapi_json_schema())["paths"]
    assert set(paths) == {"/v1/certificates/{certificate_id}/visit"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_d21_a_vaccine_that_is_listed_no_more_is_told_by_its_code(language: Language) -> None:
    """A release may take a code off the list on the day it was given."""
    told = GivenAnswer.of(Given("9999", "B1", "T1", "left_arm"), language)
    assert (told.vaccine_code, told.vaccine_name, told.vaccine_name_en) == ("9999", "9999", None)
    told = GivenAnswer.of(Given("1201", "B1", "T1", "left_arm"), language)
    assert (told.vaccine_name, told.vaccine_name_en is None) == ("麻腮风疫苗", language == "zh")
