"""Booking over HTTP with IAM enforced: find a slot, book, move, cancel; the clinic closes; a holder comes and goes ahead."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest

from local.api_client import ApiProblem
from local.clinic_weeks import week_of
from local.demo.clinics import NANTONG_ADULT, NANTONG_MATERNITY, NANTONG_SECOND, WUXI_ADULT, Clinic
from local.demo.town import Person
from local.functions import BY, invoke
from tests.stack.conftest import World, eventually
from vaxcert.aws.clock import SHANGHAI

pytestmark = pytest.mark.stack


class Family:
    """A parent with a claimed certificate, who books."""

    def __init__(self, world: World, case: str, parent: Person | None = None) -> None:
        self.world = world
        self.parent = parent or world.parent(case)
        record = world.claimable(self.parent, world.case(case).archive.person.name)
        self.certificate_id = world.claim(self.parent, record["record_id"])["certificate_id"]
        self.path = f"/v1/certificates/{self.certificate_id}/appointments"

    @property
    def token(self) -> str:
        return self.world.token(self.parent)

    def slots(self, clinic: Clinic, **query: str) -> list[dict[str, Any]]:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        path = f"/v1/clinics/{clinic.code}/slots" + (f"?{asked}" if asked else "")
        found: list[dict[str, Any]] = self.world.api.get(path, self.token)["slots"]
        return found

    def book(self, slot: dict[str, Any], replaces: str | None = None, key: str | None = None) -> Any:
        body = {"clinic_code": slot["clinic_code"], "slot_id": slot["slot_id"]}
        body |= {} if replaces is None else {"replaces": replaces}
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.world.api.call("POST", self.path, token=self.token, body=body, headers=headers).json

    def all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world.api.get(self.path, self.token)["appointments"]
        return found


def _console(world: World, event: dict[str, Any]) -> Any:
    return invoke(world.stack.emulator.client("lambda"), world.physical("SetClinicWeek"), BY | event)


def _left(family: Family, slot: dict[str, Any]) -> int:
    """What is left in a slot; every clinic's slots can be seen by whoever is signed in."""
    left: int = next(
        one["remaining"] for one in family.slots(_clinic_of(slot)) if one["slot_id"] == slot["slot_id"]
    )
    return left


def _clinic_of(slot: dict[str, Any]) -> Clinic:
    return next(clinic for clinic in (NANTONG_ADULT, WUXI_ADULT) if clinic.code == slot["clinic_code"])


def _refused(family: Family, slot: dict[str, Any], **more: str) -> str:
    with pytest.raises(ApiProblem) as caught:
        family.book(slot, **more)
    return caught.value.code


def test_r2_a_slot_is_found_booked_moved_and_cancelled(world: World) -> None:
    family = Family(world, "ordinary_21")
    clinics = world.api.get("/v1/clinics", family.token)["clinics"]
    books = {clinic["clinic_code"]: clinic["books"] for clinic in clinics}
    assert (books[NANTONG_ADULT.code], books[NANTONG_MATERNITY.code]) == (True, False), "told by the night"
    of_wuxi = world.api.get("/v1/clinics?city=320200", family.token)["clinics"]
    assert {clinic["city"] for clinic in of_wuxi} == {"320200"}
    plan = world.api.get(f"/v1/certificates/{family.certificate_id}/plan", family.token)
    assert plan["school_entry"]["complete"] is not bool(plan["missing"])
    first, second, *_ = family.slots(NANTONG_ADULT)
    booked = family.book(first, key="one-booking-key")
    assert booked == family.book(first, key="one-booking-key")
    assert booked["status"] == "booked"
    left = {slot["slot_id"]: slot["remaining"] for slot in family.slots(NANTONG_ADULT)}
    assert left[first["slot_id"]] == first["remaining"] - 1

    assert _refused(family, second) == "already_booked"
    moved = family.book(second, replaces=booked["appointment_id"])
    assert world.api.get("/v1/appointments", family.token)["appointments"] == [moved]
    own = f"{family.path}/{moved['appointment_id']}"
    file = world.api.call("GET", own, token=family.token, headers={"Accept": "text/calendar"})
    (event,) = icalendar.Calendar.from_ical(file.data.decode()).walk("VEVENT")
    assert event.start == datetime.fromisoformat(moved["starts_at"])  # type: ignore[attr-defined]

    for _ in range(2):
        assert world.api.call("DELETE", own, token=family.token).status == 204
    assert [one["status"] for one in family.all()] == ["cancelled", "moved"]
    left = {slot["slot_id"]: slot["remaining"] for slot in family.slots(NANTONG_ADULT)}
    assert left[second["slot_id"]] == second["remaining"]


def test_the_clinic_closes_a_session_and_tells_those_booked(world: World) -> None:
    family = Family(world, "ordinary_22")
    slot = family.slots(WUXI_ADULT)[-1]
    booked = family.book(slot)
    day = slot["starts_at"][:10]
    closed = _console(world, {"action": "close", "clinic_code": WUXI_ADULT.code, "date": day})
    assert closed["told"] == 1
    (told,) = family.all()
    assert (told["appointment_id"], told["status"]) == (booked["appointment_id"], "closed_by_clinic")
    assert told["notice"]["title"] == "接种门诊已取消该时段"
    assert day not in {one["starts_at"][:10] for one in family.slots(WUXI_ADULT)}
    assert _refused(family, slot) == "slot_closed"
    family.book(family.slots(WUXI_ADULT)[0])


def test_what_cannot_be_booked(world: World) -> None:
    family = Family(world, "ordinary_23")
    slot = family.slots(NANTONG_ADULT)[0]
    yesterday = datetime.now(SHANGHAI) - timedelta(days=1)
    past = f"{NANTONG_ADULT.code}-{yesterday:%Y%m%d}-0800"
    assert _refused(family, slot | {"slot_id": past}) == "slot_closed"
    assert _refused(family, slot | {"slot_id": f"{NANTONG_ADULT.code}-20260230-0800"}) == "invalid_request"
    with pytest.raises(ApiProblem) as caught:
        family.slots(NANTONG_ADULT, **{"from": "2026-02-30"})
    assert (caught.value.status, caught.value.code) == (422, "invalid_request")
    world.api.call("DELETE", f"/v1/certificates/{family.certificate_id}", token=family.token)
    assert _refused(family, slot) == "not_found"


def test_d5_a_release_gives_the_seat_back_and_the_other_parent_takes_it(world: World) -> None:
    """Through the certificates table's stream: nobody waits for it, and the released certificate knows nothing any more."""
    family = Family(world, "twin_younger")
    mother = world.parent("twin_younger", 1)
    slot = family.slots(WUXI_ADULT)[0]
    family.book(slot)
    assert _left(family, slot) == slot["remaining"] - 1
    world.api.call("DELETE", f"/v1/certificates/{family.certificate_id}", token=family.token)
    assert eventually(lambda: _left(family, slot) == slot["remaining"])
    with pytest.raises(ApiProblem) as caught:
        family.all()
    assert caught.value.code == "not_found"
    hers = Family(world, "twin_younger", mother)
    assert hers.all() == []
    assert hers.book(slot)["status"] == "booked"


def test_d6_a_certificate_that_the_night_closes_gives_its_seat_back(world: World) -> None:
    """A suspended one keeps it; one of a person who has died does not."""
    family = Family(world, "other_guardian")
    slot = family.slots(WUXI_ADULT)[1]
    booked = family.book(slot)
    row = world.row("other_guardian")
    world.tell([row | {"version": row["version"] + 1, "status": "transferred_out"}])
    (kept,) = family.all()
    assert (kept["appointment_id"], kept["status"]) == (booked["appointment_id"], "booked")
    assert _refused(family, slot, replaces=booked["appointment_id"]) == "certificate_suspended"
    assert _left(family, slot) == slot["remaining"] - 1
    world.tell([row | {"version": row["version"] + 2, "status": "deceased"}])
    assert eventually(lambda: _left(family, slot) == slot["remaining"])
    with pytest.raises(ApiProblem) as caught:
        family.all()
    assert caught.value.code == "not_found"


def test_d7_what_a_delegate_booked_outlives_the_grant(world: World) -> None:
    """The appointment is the child's: its claimant sees and cancels it, the delegate of before finds nothing."""
    family = Family(world, "name_with_dot")
    delegate = world.case("story_grandmother").archive.person
    grants = f"/v1/certificates/{family.certificate_id}/grants"
    wanted = {"id_no": delegate.id_no, "name": delegate.name, "relation": "外祖母", "phone": delegate.phone}
    grant = world.api.post(grants, wanted, family.token, once=True)
    slot = family.slots(WUXI_ADULT)[2]
    body = {"clinic_code": slot["clinic_code"], "slot_id": slot["slot_id"]}
    booked = world.api.post(family.path, body, world.token(delegate), once=True)
    assert booked["booked_by"] == "delegate"
    world.api.call(
        "DELETE",
        f"{grants}/{grant['grant_id']}",
        token=family.token,
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    with pytest.raises(ApiProblem) as caught:
        world.api.get(family.path, world.token(delegate))
    assert caught.value.code == "not_found"
    (kept,) = family.all()
    assert (kept["appointment_id"], kept["status"]) == (booked["appointment_id"], "booked")
    own = f"{family.path}/{kept['appointment_id']}"
    assert world.api.call("DELETE", own, token=family.token).status == 204
    assert _left(family, slot) == slot["remaining"]


def test_a_holder_takes_a_ticket_and_goes_ahead(world: World) -> None:
    """docs/appointments.md, over HTTP: who comes in time stands before those who came first."""
    walking, appointed = Family(world, "ordinary_24"), Family(world, "ordinary_20")
    now = datetime.now(SHANGHAI)
    if now.hour == 23 and now.minute >= 25:
        pytest.skip("too few slots of today are to come")
    allday = {"weekdays": [1, 2, 3, 4, 5, 6, 7], "starts": "00:00", "ends": "23:50", "slot_minutes": 10}
    week = week_of(NANTONG_SECOND) | {"sessions": [allday | {"capacity": 2}]}
    _console(world, week)
    today = now.date().isoformat()
    slot = appointed.slots(NANTONG_SECOND, **{"from": today, "to": today})[
        1
    ]  # the first may begin at any moment
    booked = appointed.book(slot)

    device = world.device(NANTONG_SECOND.code, "ticket")
    first = world.scan(device, "ticket", world.code(walking.parent, walking.certificate_id))
    second = world.scan(device, "ticket", world.code(appointed.parent, appointed.certificate_id))
    assert "appointed_at" not in first["visit"]
    assert second["visit"]["appointed_at"] == slot["starts_at"]
    board = world.api.get(f"/v1/clinics/{NANTONG_SECOND.code}/queue", device)["tickets"]
    assert [one["ticket"] for one in board] == [second["visit"]["ticket"], first["visit"]["ticket"]]
    (kept,) = appointed.all()
    assert (kept["appointment_id"], kept["status"]) == (booked["appointment_id"], "arrived")
    with pytest.raises(ApiProblem) as caught:
        world.api.call("DELETE", f"{appointed.path}/{kept['appointment_id']}", token=appointed.token)
    assert caught.value.code == "slot_closed"
