"""A visit's day over HTTP with IAM enforced (D21): called, passed over, several vaccines, mended, observed, left; and the board beside it."""

from __future__ import annotations

import csv
import time
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from local.api_client import ApiProblem, device_token
from local.demo.clinics import NANTONG_FIRST, WUXI_FIRST
from local.functions import BY, invoke
from local.jws import b64url
from tests.stack.conftest import World
from vaxcert.aws.clock import shanghai_date, system_clock
from vaxcert.visits.items import to_board_item
from vaxcert.visits.model import State, Visit

pytestmark = pytest.mark.stack
CASE = "ordinary_30"
MMR = {"vaccine_code": "1201", "batch": "B-1", "trace_code": "00000000000000000001", "site": "left_arm"}
JE = {"vaccine_code": "1801", "batch": "J-1", "trace_code": "00000000000000000002", "site": "right_arm"}


class Day:
    """A family with a certificate, and the devices of its clinic."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.father, case = world.parent(CASE), world.case(CASE).archive
        self.clinic = case.clinic.code
        self.certificate_id = str(
            world.claim(self.father, world.claimable(self.father, case.person.name)["record_id"])[
                "certificate_id"
            ]
        )

    def scan(self, station: str, clinic: str | None = None) -> dict[str, Any]:
        device = self.world.device(clinic or self.clinic, station)
        return self.world.scan(device, station, self.world.code(self.father, self.certificate_id))

    def post(self, at: str, visit_id: str, what: str, /, **body: Any) -> dict[str, Any]:
        device = self.world.device(self.clinic, at)
        path = f"/v1/visits/{visit_id}/{what}"
        sent: dict[str, Any] = self.world.api.post(path, body, device, once=True)
        return sent

    def follow(self) -> dict[str, Any] | None:
        path = f"/v1/certificates/{self.certificate_id}/visit"
        found: dict[str, Any] | None = self.world.api.get(path, self.world.token(self.father))["visit"]
        return found

    def line(self, token: str) -> dict[str, Any]:
        tickets = self.world.api.get(f"/v1/clinics/{self.clinic}/queue", token)["tickets"]
        visit = self.follow()
        assert visit is not None
        found: dict[str, Any] = next(one for one in tickets if one["ticket"] == visit["ticket"])
        return found

    def board(self) -> str:
        """Enrol a screen of the waiting room; its token."""
        key = ec.generate_private_key(ec.SECP256R1())
        numbers = key.public_key().public_numbers()
        public = {
            "kty": "EC",
            "crv": "P-256",
            "x": b64url(numbers.x.to_bytes(32)),
            "y": b64url(numbers.y.to_bytes(32)),
        }
        device_id = f"board-{uuid.uuid4().hex[:8]}"
        event = BY | {
            "device_id": device_id,
            "clinic_code": self.clinic,
            "clinic_name": "示范门诊",
            "stations": [],
            "public_jwk": public,
        }
        functions = self.world.stack.emulator.client("lambda")
        assert invoke(functions, self.world.physical("EnrollDevice"), event)["stations"] == []
        private = public | {"d": b64url(key.private_numbers().private_value.to_bytes(32))}
        return device_token(self.world.api, device_id, private, self.world.endpoints["device_audience"])


@pytest.fixture(scope="module")
def day(world: World) -> Day:
    return Day(world)


def test_d21_from_the_call_to_leaving(day: Day) -> None:
    visit_id = day.scan("ticket")["visit"]["visit_id"]
    waiting = day.follow()
    assert waiting is not None
    assert (waiting["state"], "called_at" in waiting) == ("waiting_registration", False)
    board = day.board()
    called = day.post("registration", visit_id, "calls", station="registration", desk="2号台")
    assert called["family"]["title"] == f"请到2号台：{called['ticket']}"
    assert day.line(board)["desk"] == "2号台"
    with pytest.raises(ApiProblem) as taken:
        day.post("registration", visit_id, "calls", station="registration", desk="3号台")
    assert (taken.value.status, taken.value.code) == (409, "already_called")
    assert "desk" not in day.post(
        "registration", visit_id, "outcomes", station="registration", outcome="passed"
    )
    assert day.scan("registration")["result"] == "accepted"
    day.post("registration", visit_id, "outcomes", station="registration", outcome="deferred", reason="发热")
    mended = day.post(
        "registration", visit_id, "outcomes", station="registration", outcome="fit", corrects=True
    )
    assert mended["state"] == "waiting_vaccination"
    assert day.scan("vaccination")["result"] == "accepted"
    given = day.post(
        "vaccination", visit_id, "outcomes", station="vaccination", outcome="vaccinated", doses=[MMR, JE]
    )
    assert given["state"] == "observing"
    right = [MMR | {"batch": "B-2", "expires_on": "2020-01-31"}, JE]
    warned = day.post(
        "vaccination",
        visit_id,
        "outcomes",
        station="vaccination",
        outcome="vaccinated",
        doses=right,
        corrects=True,
    )
    assert [one["code"] for one in warned["warnings"]] == ["batch_expired"]
    followed = day.follow()
    assert followed is not None
    assert [dose["batch"] for dose in followed["given"]] == ["B-2", "J-1"]
    verdict = day.scan("observation")
    for _ in range(60):
        if verdict["result"] == "accepted":
            break
        time.sleep(1)
        verdict = day.scan("observation")
    done = day.follow()
    assert done is not None
    assert (done["state"], "疑似预防接种异常反应" in done["next_step"]) == ("done", True)


def test_d21_a_ticket_drawn_at_another_clinic_is_given_up(day: Day) -> None:
    visit_id = day.scan("ticket")["visit"]["visit_id"]
    assert day.scan("ticket", WUXI_FIRST.code)["reason"] == "visit_elsewhere"
    left = day.post("ticket", visit_id, "outcomes", station="ticket", outcome="left")
    assert (left["state"], left["station"]) == ("left", None)
    assert day.scan("ticket", WUXI_FIRST.code)["result"] == "accepted"


def test_d21_a_board_reads_the_queue_and_nothing_else(day: Day) -> None:
    board = day.board()
    assert "tickets" in day.world.api.get(f"/v1/clinics/{day.clinic}/queue", board)
    for path in (
        f"/v1/clinics/{day.clinic}/today",
        f"/v1/clinics/{day.clinic}/appointments",
        "/v1/offline-pack",
    ):
        with pytest.raises(ApiProblem) as refused:
            day.world.api.get(path, board)
        # As a citizen's token is refused there: the policy denies it, before any function is asked.
        assert refused.value.status == 401, path


def test_d21_the_figures_and_who_is_booked(day: Day) -> None:
    device = day.world.device(day.clinic, "registration")
    figures = day.world.api.get(f"/v1/clinics/{day.clinic}/today", device)
    assert figures["done"] >= 1
    assert figures["left"] >= 1
    assert day.world.api.get(f"/v1/clinics/{day.clinic}/appointments", device)["next_cursor"] is None


def test_d21_days_are_counted_and_a_month_is_written_for_excel_by_the_rights_of_its_role(
    world: World,
) -> None:
    client = world.stack.emulator.client
    resources = client("cloudformation").describe_stack_resources(StackName="vaxcert")["StackResources"]
    named = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
    yesterday = shanghai_date(system_clock()) - timedelta(days=1)
    # A visit of yesterday, as its clinic's board holds it.
    clinic = NANTONG_FIRST.code
    visit = Visit("c-of-yesterday", clinic, yesterday, 1, State.DONE, 4, system_clock(), scans=4)
    item = to_board_item(visit, "r-of-yesterday", ())
    client("dynamodb").put_item(TableName=named["VisitsTable"], Item=item)
    # The stack is everybody's: some other test may have had it counted already.
    mark = {"pk": {"S": f"F#{yesterday:%Y-%m}"}, "sk": {"S": f"#{yesterday:%d}"}}
    client("dynamodb").delete_item(TableName=named["VisitsTable"], Key=mark)
    run = partial(invoke, client("lambda"), named["CountVisits"])
    assert run({})["counted"][-1] == yesterday.isoformat()
    assert run({}) == {"counted": []}
    told = run(BY | {"month": f"{yesterday:%Y-%m}"})
    assert (told["clinics"], told["missing"][-1:]) != (0, [yesterday.isoformat()])
    body = client("s3").get_object(Bucket=named["FeedBucket"], Key=told["file"])["Body"].read()
    rows = {one["接种单位编码"]: one for one in csv.DictReader(body.decode("utf-8-sig").splitlines())}
    row = rows[clinic]
    assert (row["取号"], row["完成"], row["亮码通过"]) == ("1", "1", "4")
