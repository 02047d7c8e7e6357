"""The main job over HTTP with IAM enforced: from the province's feed to the shot, and the correction of the next day."""

from __future__ import annotations

import time
import uuid

import pytest

from local.api_client import ApiProblem
from local.demo.town import Person
from tests.stack.conftest import OBSERVATION_SECONDS, World

pytestmark = pytest.mark.stack


def _outcome(world: World, device: str, visit_id: str, **body: str) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    world.api.call("POST", f"/v1/visits/{visit_id}/outcomes", token=device, body=body, headers=key)


def _grandmother(world: World) -> Person:
    return world.case("story_grandmother").archive.person


def test_from_feed_to_shot_and_the_next_days_correction(world: World) -> None:  # noqa: PLR0915 - one story, in its order
    """R1, R15–R28, R37, R38, D2, D7, D8, D11 and invariants 1–3, end to end."""
    father, child = world.parent("story_child"), world.case("story_child").archive.person
    grandmother = _grandmother(world)

    # 待申领 → 同意并申领 (R16–R19)
    claimed = world.claim(father, world.claimable(father, child.name)["record_id"])
    assert claimed["message"] == "电子预防接种证申领成功"
    assert (claimed["kind"], claimed["status"]) == ("child", "active")
    certificate_id = claimed["certificate_id"]
    assert [each["certificate_id"] for each in world.lists(father)["claimed"]] == [certificate_id]

    # one claimant only (R20): the mother is told why, and by whom
    mother = world.parent("story_child", 1)
    notices = [each for each in world.lists(mother)["notices"] if each.get("name") == child.name]
    assert len(notices) == 1
    assert all(each["name"] != child.name for each in world.lists(mother)["claimable"])

    # 证照授权 (R22–R27): the grandmother sees it among what she was given
    grant = world.api.post(
        f"/v1/certificates/{certificate_id}/grants",
        {
            "id_no": grandmother.id_no,
            "name": grandmother.name,
            "relation": "外祖母",
            "phone": grandmother.phone,
        },
        world.token(father),
        once=True,
    )
    assert grant["status"] == "active"
    assert [each["certificate_id"] for each in world.lists(grandmother)["authorized"]] == [certificate_id]

    # 取号 → 登记 → 接种 → 留观 (R28), a fresh code at each
    clinic = world.case("story_child").archive.clinic.code
    devices = {
        station: world.device(clinic, station)
        for station in ("ticket", "registration", "vaccination", "observation")
    }
    code = world.code(grandmother, certificate_id)
    ticket = world.scan(devices["ticket"], "ticket", code)
    assert ticket["result"] == "accepted"
    assert ticket["visit"]["ticket"] == "A001"
    assert child.name not in str(ticket)
    again = world.scan(devices["registration"], "registration", code)
    assert (again["result"], again["reason"]) == ("refused", "already_used")

    early = world.scan(devices["vaccination"], "vaccination", world.code(grandmother, certificate_id))
    assert (early["result"], early["reason"]) == ("refused", "wrong_order")

    registration = world.scan(
        devices["registration"], "registration", world.code(grandmother, certificate_id)
    )
    assert registration["person"]["name"] == child.name
    assert registration["person"]["doses"]
    assert "麻腮风疫苗" in [each["vaccine_name"] for each in registration["person"]["due"]]
    assert registration["person"]["advice"]["as_of"] <= world.feed(1).business_date.isoformat()
    visit_id = registration["visit"]["visit_id"]
    _outcome(world, devices["registration"], visit_id, station="registration", outcome="fit")
    vaccination = world.scan(devices["vaccination"], "vaccination", world.code(grandmother, certificate_id))
    assert vaccination["result"] == "accepted"
    assert vaccination["person"]["due"] == registration["person"]["due"]
    codes = {one["vaccine_code"] for one in world.api.get("/v1/vaccines")["vaccines"]}
    assert {one["vaccine_code"] for one in vaccination["person"]["due"]} <= codes
    assert {one["vaccine_code"] for one in vaccination["person"]["doses"]} <= codes
    _outcome(
        world,
        devices["vaccination"],
        visit_id,
        station="vaccination",
        outcome="vaccinated",
        vaccine_code="1201",
        batch="DEMO-1",
        trace_code="00000000000000000001",
        site="right_arm",
    )
    leaving = world.scan(devices["observation"], "observation", world.code(grandmother, certificate_id))
    assert (leaving["result"], leaving["reason"]) == ("refused", "observation_not_over")
    time.sleep(OBSERVATION_SECONDS + 0.2)
    done = world.scan(devices["observation"], "observation", world.code(grandmother, certificate_id))
    assert done["result"] == "accepted"
    assert child.name not in str(done)

    board = world.api.get(f"/v1/clinics/{clinic}/queue", devices["ticket"])
    assert [each["ticket"] for each in board["tickets"]] == ["A001"]
    assert child.name not in str(board)

    # the shot is not in the records: doses come from the feed alone (R1)
    before = world.api.get(f"/v1/certificates/{certificate_id}/records", world.token(father))
    assert "DEMO-1" not in [dose["batch"] for dose in before["doses"]]

    # the correction of the next day (R37, R38)
    day = world.tell(world.demo.rows(2))
    after = world.api.get(f"/v1/certificates/{certificate_id}/records", world.token(grandmother))
    assert before["as_of"] < after["as_of"] == day
    changed = {(dose["dose_id"], dose["date"], dose["batch"]) for dose in after["doses"]} ^ {
        (dose["dose_id"], dose["date"], dose["batch"]) for dose in before["doses"]
    }
    assert len({dose_id for dose_id, _, _ in changed}) == 1

    # who looked, who scanned (D11)
    entries = world.api.get(f"/v1/certificates/{certificate_id}/access-log", world.token(father))["entries"]
    assert {"read", "scan"} <= {entry["kind"] for entry in entries}
    assert grandmother.name not in str(entries)

    # revoking acts on codes already shown (D7, invariant 3)
    shown = world.code(grandmother, certificate_id)
    world.api.call(
        "DELETE",
        f"/v1/certificates/{certificate_id}/grants/{grant['grant_id']}",
        token=world.token(father),
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    refused = world.scan(devices["ticket"], "ticket", shown)
    assert (refused["result"], refused["reason"]) == ("refused", "grant_revoked")
    with pytest.raises(ApiProblem) as caught:
        world.code(grandmother, certificate_id)
    assert caught.value.status == 404

    # releasing ends everything (D5)
    own = world.code(father, certificate_id)
    world.api.call("DELETE", f"/v1/certificates/{certificate_id}", token=world.token(father))
    assert world.scan(devices["ticket"], "ticket", own)["reason"] == "released"
    assert any(each["name"] == child.name for each in world.lists(mother)["claimable"])


def test_repeating_a_write_answers_the_same_bytes(world: World) -> None:
    """Invariant 4, over HTTP."""
    father = world.parent("ordinary_02")
    record_id = world.claimable(father, world.case("ordinary_02").archive.person.name)["record_id"]
    consent = world.api.get(f"/v1/certificates/claimable/{record_id}", world.token(father))["consent"]
    body = {
        "record_id": record_id,
        "consent": {"version": consent["version"], "purposes": [each["id"] for each in consent["purposes"]]},
    }
    headers = {"Idempotency-Key": "the-same-key-twice"}
    first, second = (
        world.api.call("POST", "/v1/certificates", token=world.token(father), body=body, headers=headers)
        for _ in range(2)
    )
    assert (first.status, second.status) == (201, 201)
    assert first.data == second.data
    with pytest.raises(ApiProblem) as caught:
        world.api.call(
            "POST",
            "/v1/certificates",
            token=world.token(father),
            body={**body, "record_id": "r" + "a" * 26},
            headers=headers,
        )
    assert (caught.value.status, caught.value.code) == (422, "idempotency_key_reused")


def test_the_same_scan_from_the_same_device_answers_the_same(world: World) -> None:
    """Invariant 2: the same device repeating the same request gets the same answer."""
    father = world.parent("ordinary_03")
    claimed = world.claim(
        father, world.claimable(father, world.case("ordinary_03").archive.person.name)["record_id"]
    )
    clinic = world.case("story_child").archive.clinic.code
    device, code = world.device(clinic, "ticket"), world.code(father, claimed["certificate_id"])
    first = world.scan(device, "ticket", code, "one-scan-key")
    assert world.scan(device, "ticket", code, "one-scan-key") == first
    assert world.scan(device, "ticket", code, "another-scan")["reason"] == "already_used"


def test_the_public_routes_answer(world: World) -> None:
    keys = world.api.get("/.well-known/jwks.json")
    assert keys["keys"]
    assert all("d" not in key for key in keys["keys"])
    assert world.raw("GET", "/healthz").status == 200
    listed = world.raw("GET", "/v1/vaccines")
    assert listed.status == 200
    assert "BCG" in {one["vaccine_code"] for one in listed.json["vaccines"]}
    pack = world.api.call(
        "GET", "/v1/offline-pack", token=world.device(world.case("story_child").archive.clinic.code, "ticket")
    )
    assert pack.headers.get("ETag") or pack.headers.get("etag")
    assert len(pack.data) <= 4096
