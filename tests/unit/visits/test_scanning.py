"""Scanning (R28): verdicts in their order of precedence, once only, and never more than two round trips."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.people import FATHER, GRANDMOTHER, an_archive, dose
from tests.fakes.waiting_room import CHILD, MMR, OBSERVATION, WaitingRoom
from vaxcert.archives.model import System
from vaxcert.claims.model import Actor, StatusReason, suspended
from vaxcert.codes.model import Code
from vaxcert.codes.token import read
from vaxcert.devices.model import Station
from vaxcert.devices.trust import DeviceDisabled, StationNotAllowed
from vaxcert.errors import Unauthorized, Unavailable
from vaxcert.idempotency.model import KEPT, KeyReused
from vaxcert.visits.messages import REFUSED, STATIONS
from vaxcert.visits.model import Reason, State, Use
from vaxcert.visits.verdicts import Body
from vaxcert.wording import Wording


def revoke(room: WaitingRoom, grant_id: str) -> None:
    room.home.granting.revoke(room.home.citizen(), room.certificate_id, grant_id, room.clock())


def release(room: WaitingRoom) -> None:
    room.home.claims.release(room.home.citizen(), room.certificate_id, room.clock())


def suspend(room: WaitingRoom) -> None:
    before = room.home.certificates.stored[room.certificate_id]
    after = before.moved_to(suspended(StatusReason.GUARDIAN_REMOVED), room.clock())
    room.home.certificates.apply(before, after, Actor.NIGHT)


def refused(verdict: Body, reason: str) -> None:
    assert (verdict["result"], verdict["reason"]) == ("refused", reason)
    visit: Any = verdict.get("visit", {})
    used: Any = verdict.get("used")
    assert (used is not None) is (reason == "already_used")
    assert "person" not in verdict
    if reason == "wrong_order":
        return  # its words depend on the visit (test_r28_out_of_turn_…)
    said = REFUSED[Reason(reason)]["zh"].nurse.about(
        "zh",
        Wording(),
        minutes=visit.get("minutes_left", 0),
        used_at=used["at"][5:16].replace("T", " ") if used else "",
        used_station=STATIONS[Station(used["station"])]["zh"] if used else "",
    )
    assert (verdict["title"], verdict["next_step"]) == (said.title, said.next_step)


def test_r28_the_four_stations() -> None:
    """取号 → 登记 → 接种 → 留观, a fresh code at each."""
    room = WaitingRoom()
    ticket: Any = room.scan("ticket")
    assert ticket["result"] == "accepted"
    assert ticket["visit"] == {
        "visit_id": "3206000001-20260701-A001",
        "ticket": "A001",
        "state": "waiting_registration",
        "station": "registration",
    }
    registration: Any = room.scan("registration")
    assert registration["visit"]["state"] == "registering"
    visit_id = registration["visit"]["visit_id"]
    assert room.report(visit_id, "registration", "fit")["state"] == "waiting_vaccination"
    vaccination: Any = room.scan("vaccination")
    assert vaccination["visit"]["state"] == "vaccinating"
    observing = room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))
    assert (observing["state"], observing["minutes_left"]) == ("observing", 30)
    early: Any = room.scan("observation")
    refused(early, "observation_not_over")
    assert (early["visit"]["ticket"], early["visit"]["minutes_left"]) == ("A001", 30)
    assert "30" in early["title"]
    room.clock.advance(seconds=OBSERVATION)
    done: Any = room.scan("observation")
    assert (done["result"], done["visit"]["state"], done["visit"]["station"]) == ("accepted", "done", None)
    assert done["visit"]["minutes_left"] == 0


def test_what_each_station_sees_is_what_it_needs() -> None:
    room = WaitingRoom()
    verdicts: dict[str, Any] = {"ticket": room.scan("ticket"), "registration": room.scan("registration")}
    visit_id = verdicts["registration"]["visit"]["visit_id"]
    room.report(visit_id, "registration", "fit")
    verdicts["vaccination"] = room.scan("vaccination")
    room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))
    room.clock.advance(seconds=OBSERVATION)
    verdicts["observation"] = room.scan("observation")
    assert verdicts["ticket"]["person"] == {"name": "周**"}
    for station in ("registration", "vaccination"):
        person = verdicts[station]["person"]
        assert set(person) == {"name", "sex", "birth_date", "doses", "due", "next", "advice"}
        assert (person["name"], person["sex"], person["birth_date"]) == ("周小样", "male", "2020-05-01")
        assert [one["date"] for one in person["doses"]] == ["2021-03-01", "2020-09-01"]
        assert {"dose_id", "vaccine_code", "vaccine_name", "dose_no", "clinic_code", "origin"} <= set(
            person["doses"][0]
        )
    assert "person" not in verdicts["observation"]
    for station in ("ticket", "observation"):
        assert "周小样" not in json.dumps(verdicts[station], ensure_ascii=False)


@pytest.mark.parametrize(("shown", "count"), [(False, 1), (True, 2)])
def test_r43_rabies_doses_are_shown_by_a_setting(shown: bool, count: int) -> None:
    room = WaitingRoom(an_archive(doses=(dose(date(2021, 3, 1)),)), rabies_shown=shown)
    rabies = an_archive("r1", system=System.RABIES, doses=(dose(date(2022, 3, 1), code="2801"),))
    room.home.register.store(rabies)
    before = room.home.certificates.stored[room.certificate_id]
    after = before.relinked(
        record_id=before.record_id,
        person_key=before.person_key,
        archive_keys=(*before.archive_keys, rabies.key),
        birth_date=before.birth_date,
        now=room.clock(),
    )
    room.home.certificates.apply(before, after, Actor.NIGHT)
    room.scan("ticket")
    found: Any = room.scan("registration")
    assert len(found["person"]["doses"]) == count


def test_an_archive_that_has_become_somebody_elses_is_not_shown() -> None:
    """Between a corrected number and the end of that night (D5): neither in a fresh scan, nor in one told again, nor on the board."""
    room = WaitingRoom()
    room.scan("ticket")
    code, key = room.code(), room.home.key()
    assert "person" in room.scan("registration", code, key=key)
    room.home.register.store(an_archive(born=date(2021, 1, 1), name="另一人", version=2))
    again = room.scan("registration", code, key=key)
    assert (again["result"], "person" in again) == ("accepted", False)
    fresh = room.scan("registration")
    assert (fresh["result"], "person" in fresh) == ("accepted", False)
    assert [line.name for line in room.queue()] == [None]


def test_the_ticket_machine_reads_no_archive_and_tells_nobody_elses_name() -> None:
    """The name is the one that the certificate keeps, of the person it was claimed for, also while an archive is somebody else's (D5, D16)."""
    room = WaitingRoom()
    room.home.register.store(an_archive(born=date(2021, 1, 1), name="另一人", version=2))
    code, key = room.code(), room.home.key()
    first = room.scan("ticket", code, key=key)
    assert first["person"] == {"name": "周**"}
    assert room.scan("ticket", code, key=key) == first
    assert room.clinic.archives_read == 0


def test_r28_leaving_needs_nobodys_archive_and_reads_none() -> None:
    room = WaitingRoom()
    room.until("over")
    room.clinic.archives_read = 0
    code, key = room.code(), room.home.key()
    for _ in range(2):
        assert room.scan("observation", code, key=key)["result"] == "accepted"
    assert room.clinic.archives_read == 0


@pytest.mark.parametrize("kept", [True, False])
def test_a_certificate_that_keeps_no_name_has_it_read_from_its_archives(kept: bool) -> None:
    """One of before D13 keeps none until a night has told its archives apart; one that was released since keeps none either (D22)."""
    room = WaitingRoom()
    code, key = room.code(), room.home.key()
    if kept:
        room.scan("ticket", code, key=key)
    before = room.home.certificates.stored[room.certificate_id]
    room.home.certificates.stored[room.certificate_id] = replace(before, name=None)
    assert room.scan("ticket", code, key=key)["person"] == {"name": "周**"}
    assert room.clinic.archives_read == 1


def test_invariant_4_a_ticket_told_again_after_its_certificate_is_gone_still_has_its_name() -> None:
    """Erased meanwhile (D22): what the answer was made from is read again, as far as it is there."""
    room = WaitingRoom()
    code, key = room.code(), room.home.key()
    first = room.scan("ticket", code, key=key)
    room.home.certificates.stored.clear()
    assert room.scan("ticket", code, key=key) == first
    room.home.register.stored.clear()
    assert room.scan("ticket", code, key=key) == {
        name: value for name, value in first.items() if name != "person"
    }


# Precedence: form, key, signature, time, used, certificate, grant, visit


def test_junk_costs_no_call() -> None:
    room = WaitingRoom()
    refused(room.scan("ticket", "https://example.cn/"), "malformed")
    good = room.code()
    room.keys.kids["code"] = ["cgx99"]
    refused(room.scan("ticket", good), "unknown_key")
    forged = room.code()[:-4] + "0000"
    assert room.scan("ticket", forged)["reason"] in {"bad_signature", "malformed"}
    assert room.clinic.trips == 0


@pytest.mark.parametrize(("before", "trips"), [(timedelta(seconds=1), 2), (timedelta(), 0)])
def test_a_code_older_than_any_answer_that_is_kept_costs_no_call(before: timedelta, trips: int) -> None:
    """From the very second on: whoever used it in its last one has no answer kept any more."""
    room = WaitingRoom()
    code = room.code()
    room.clock.advance(seconds=(timedelta(seconds=60) + KEPT - before).total_seconds())
    refused(room.scan("ticket", code), "expired")
    assert room.clinic.trips == trips


@pytest.mark.parametrize(("seconds", "reason"), [(59, None), (60, "expired"), (61, "expired")])
def test_d8_a_code_lives_sixty_seconds(seconds: int, reason: str | None) -> None:
    room = WaitingRoom()
    code = room.code()
    room.clock.advance(seconds=seconds)
    assert room.scan("ticket", code)["reason"] == reason
    assert bool(room.clinic.counters) is (reason is None), "what has expired draws no number"


def everything_wrong(room: WaitingRoom) -> tuple[str, list[tuple[str, Callable[[], object]]]]:
    """A grandmother's code with every fault at once, and how to mend them one after the other, worst first."""
    grant = room.grandmother()
    code = room.grandmothers_code()
    room.scan("ticket", code)
    grants, slot = room.home.grants, (room.certificate_id, 1)
    standing, certificate = grants.standing[slot], room.home.certificates.stored[room.certificate_id]
    revoke(room, grant)
    suspend(room)
    room.clock.advance(seconds=61)
    return code, [
        ("expired", lambda: room.clock.advance(seconds=-61)),
        ("already_used", room.clinic.burned.clear),
        ("suspended", lambda: room.home.certificates.stored.update({room.certificate_id: certificate})),
        ("grant_revoked", lambda: grants.standing.update({slot: standing})),
        ("wrong_order", lambda: None),
    ]


def test_the_first_fault_is_told() -> None:
    room = WaitingRoom()
    code, faults = everything_wrong(room)
    for reason, mend in faults:
        verdict = room.scan("ticket", code)
        assert verdict["reason"] == reason
        mend()


# Certificate and grant (D5, D6, D7, invariant 3)


def test_d5_releasing_acts_on_codes_already_shown() -> None:
    room = WaitingRoom()
    code = room.code()
    release(room)
    refused(room.scan("ticket", code), "released")


def test_d5_suspending_acts_on_codes_already_shown() -> None:
    room = WaitingRoom()
    code = room.code()
    suspend(room)
    refused(room.scan("ticket", code), "suspended")


def test_d22_a_code_of_a_certificate_that_is_gone_is_refused_as_of_one_released() -> None:
    room = WaitingRoom()
    code = room.code()
    room.home.certificates.stored.clear()
    refused(room.scan("ticket", code), "released")


def test_d6_the_18th_birthday_closes_between_showing_and_scanning() -> None:
    room = WaitingRoom(an_archive(born=date(2017, 5, 2)))
    room.clock.now = datetime(2035, 5, 1, 15, 59, 50, tzinfo=UTC)
    code = room.code()
    room.clock.advance(seconds=10)
    refused(room.scan("ticket", code), "closed")


def test_d7_revoking_acts_on_codes_already_shown() -> None:
    room = WaitingRoom()
    grant = room.grandmother()
    code = room.grandmothers_code()
    revoke(room, grant)
    refused(room.scan("ticket", code), "grant_revoked")
    assert room.scan("ticket")["result"] == "accepted", "the claimant's own code is not touched"


def test_d7_a_grant_ends_at_midnight_in_shanghai() -> None:
    room = WaitingRoom()
    room.grandmother(expires_on=date(2026, 7, 1))
    room.clock.now = datetime(2026, 7, 1, 15, 59, 30, tzinfo=UTC)
    first, second = room.grandmothers_code(), room.grandmothers_code()
    room.clock.advance(seconds=29)
    assert room.scan("ticket", first)["result"] == "accepted"
    room.clock.advance(seconds=1)
    refused(room.scan("ticket", second), "grant_expired")


def test_d7_a_slot_used_again_ends_the_codes_of_the_grant_before() -> None:
    room = WaitingRoom()
    room.grandmother()
    code = room.grandmothers_code()
    slot = (room.certificate_id, 1)
    room.home.grants.standing[slot] = replace(room.home.grants.standing[slot], version=2, grant_id="g-other")
    refused(room.scan("ticket", code), "grant_revoked")


def test_d22_a_code_of_a_grant_that_is_gone_is_refused_as_of_one_revoked() -> None:
    """Erased, or taken by its time; the certificate's own holder needs none."""
    room = WaitingRoom()
    room.grandmother()
    code = room.grandmothers_code()
    room.home.grants.standing.clear()
    refused(room.scan("ticket", code), "grant_revoked")
    assert room.scan("ticket")["result"] == "accepted"


def test_a_delegates_scan_says_when_the_grant_was_last_used() -> None:
    room = WaitingRoom()
    room.grandmother()
    room.scan("ticket", room.grandmothers_code())
    assert room.home.grants.standing[room.certificate_id, 1].last_used_at == room.clock()


# Devices (invariant 3)


def test_a_device_scans_at_its_own_stations_only() -> None:
    room = WaitingRoom()
    assert room.scan("ticket", device="ticket-1")["result"] == "accepted"
    with pytest.raises(StationNotAllowed):
        room.scan("registration", device="ticket-1")


def test_a_disabled_device_is_refused_at_its_next_scan() -> None:
    room = WaitingRoom()
    device = room.device()
    code = room.code()
    room.enrolments.stored["reg-1"] = replace(room.enrolments.stored["reg-1"], enabled=False, version=2)
    with pytest.raises(DeviceDisabled):
        room.scan("ticket", code, device=device)
    assert room.scan("ticket", code, device="reg-2")["result"] == "accepted", "nothing was burned"


def test_a_device_that_moved_needs_a_new_token() -> None:
    room = WaitingRoom()
    device = room.device()
    room.enrolments.stored["reg-1"] = replace(room.enrolments.stored["reg-1"], clinic_code="x1", version=2)
    with pytest.raises(Unauthorized):
        room.scan("ticket", device=device)


# Once only, and again (invariants 2 and 4)


def test_a_code_is_accepted_once() -> None:
    room = WaitingRoom()
    code = room.code()
    assert room.scan("ticket", code)["result"] == "accepted"
    refused(room.scan("ticket", code), "already_used")
    refused(room.scan("registration", code, device="reg-2"), "already_used")
    refused(room.scan("ticket", code.lower() + "\r\n", device="far-1"), "already_used")


@pytest.mark.parametrize("later", [0, 59, 61, 3600, 23 * 3600])
def test_the_same_request_gets_the_same_answer(later: int) -> None:
    """Also when the code has expired meanwhile: the answer was lost, not the scan."""
    room = WaitingRoom()
    code = room.code()
    first = room.scan("ticket", code, key="the-same-key")
    room.clock.advance(seconds=later)
    again = room.scan("ticket", code, key="the-same-key")
    assert json.dumps(again) == json.dumps(first)
    assert len(room.clinic.burned) == len(room.clinic.board) == 1


def test_invariant_4_what_is_remembered_of_a_scan_is_as_short_as_it_can_be() -> None:
    """It is written at every scan and paid for by the kilobyte: no blanks, and Chinese characters as they are."""
    room = WaitingRoom()
    room.scan("ticket")
    room.hand_in("ticket", room.code(), room.clock())
    bodies = [kept.answer.body for kept in room.home.answers.kept.values() if "result" in kept.answer.body]
    shortest = [json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")) for body in bodies]
    assert (len(bodies), bodies) == (2, shortest)


def test_another_devices_request_with_the_same_key_is_another() -> None:
    room = WaitingRoom()
    code = room.code()
    room.scan("ticket", code, key="the-same-key")
    refused(room.scan("ticket", code, key="the-same-key", device="reg-2"), "already_used")


def test_the_same_key_with_another_body_is_refused() -> None:
    room = WaitingRoom()
    room.scan("ticket", key="the-same-key")
    with pytest.raises(KeyReused):
        room.scan("ticket", key="the-same-key")


def test_a_disabled_device_does_not_get_its_old_answer() -> None:
    room = WaitingRoom()
    code, device = room.code(), room.device()
    room.scan("ticket", code, key="the-same-key", device=device)
    room.enrolments.stored["reg-1"] = replace(room.enrolments.stored["reg-1"], enabled=False)
    with pytest.raises(DeviceDisabled):
        room.scan("ticket", code, key="the-same-key", device=device)


def test_a_refused_scan_burns_nothing() -> None:
    room = WaitingRoom()
    code = room.code()
    refused(room.scan("registration", code), "wrong_order")
    assert not room.clinic.burned
    assert [entry.result for _, entry in room.home.log.entries[room.certificate_id]] == ["wrong_order"]
    assert room.scan("ticket", code)["result"] == "accepted"


# What crosses a scan between its look and its commit


@pytest.mark.parametrize(
    ("crossing", "reason"),
    [
        (release, "released"),
        (suspend, "suspended"),
        (
            lambda room: room.clinic.burned.update({_cti(room): Use(room.clock(), Station.TICKET, "far-1")}),
            "already_used",
        ),
        (lambda room: room.scan("ticket"), "wrong_order"),
        (lambda room: room.scan("ticket", device="far-1"), "visit_elsewhere"),
    ],
    ids=["released", "suspended", "burned", "ticket", "elsewhere"],
)
def test_invariant_3_what_crosses_is_told_precisely(
    crossing: Callable[[WaitingRoom], object], reason: str
) -> None:
    room = WaitingRoom()
    room.shown = room.code()
    room.clinic.crossing.append(lambda: crossing(room))
    refused(room.scan("ticket", room.shown), reason)
    assert room.clinic.trips <= 2 + 2 + 2, "what crossed, the scan, its second look and the line in the log"


def _cti(room: WaitingRoom) -> bytes:
    code = read(room.shown, lambda: room.keys.public("code"), timedelta(seconds=60))
    assert isinstance(code, Code)
    return code.cti


def test_invariant_3_a_grant_revoked_meanwhile() -> None:
    room = WaitingRoom()
    grant = room.grandmother()
    code = room.grandmothers_code()
    room.clinic.crossing.append(lambda: revoke(room, grant))
    refused(room.scan("ticket", code), "grant_revoked")


def test_invariant_3_a_device_disabled_meanwhile() -> None:
    room = WaitingRoom()
    device, standing = room.device(), room.enrolments.stored["reg-1"]
    room.clinic.crossing.append(
        lambda: room.enrolments.stored.update({"reg-1": replace(standing, enabled=False, version=2)})
    )
    with pytest.raises(DeviceDisabled):
        room.scan("ticket", device=device)


def test_a_change_that_does_not_matter_is_tried_again() -> None:
    """A correction moves the certificate's version: the scan stands, with its number, though others drew since."""
    room = WaitingRoom()

    def corrected() -> None:
        room.clinic.counters["3206000001", date(2026, 7, 1)] = (5, b"another family's code")
        before = room.home.certificates.stored[room.certificate_id]
        after = before.relinked(
            record_id=before.record_id,
            person_key=before.person_key,
            archive_keys=before.archive_keys,
            birth_date=before.birth_date,
            now=room.clock(),
        )
        room.home.certificates.apply(before, after, Actor.NIGHT)

    room.clinic.crossing.append(corrected)
    verdict: Any = room.scan("ticket")
    assert verdict["result"] == "accepted"
    assert verdict["visit"]["ticket"] == "A001", "one ticket, one number"


def test_the_same_request_twice_at_once_gets_one_answer() -> None:
    room = WaitingRoom()
    code, answers = room.code(), list[Body]()
    room.clinic.crossing.append(lambda: answers.append(room.scan("ticket", code, key="the-same-key")))
    answers.append(room.scan("ticket", code, key="the-same-key"))
    assert answers[0] == answers[1]
    assert len(room.clinic.board) == 1


def test_what_never_settles_is_unavailable() -> None:
    room = WaitingRoom()
    before = room.home.certificates.stored[room.certificate_id]

    def restless() -> None:
        standing = room.home.certificates.stored[room.certificate_id]
        room.home.certificates.stored[room.certificate_id] = replace(before, version=standing.version + 1)

    room.clinic.crossing += [restless] * 10
    with pytest.raises(Unavailable):
        room.scan("ticket")
    assert not room.clinic.burned


def test_invariant_3_two_round_trips() -> None:
    room = WaitingRoom()
    room.grandmother()
    for station in ("ticket", "registration"):
        room.clinic.trips = 0
        room.scan(station, room.grandmothers_code())
        assert room.clinic.trips == 2


# Visits over days and clinics


def test_tickets_are_counted_by_clinic_and_day() -> None:
    room = WaitingRoom()

    def ticket(device: str = "reg-1") -> str:
        verdict: Any = room.scan("ticket", device=device)
        return str(verdict["visit"]["visit_id"])

    assert ticket() == "3206000001-20260701-A001"
    room.clock.advance(days=1)
    assert ticket("far-1") == "3202000002-20260702-A001"
    room.clock.advance(days=1)
    assert ticket() == "3206000001-20260703-A001"


def test_a_visit_of_yesterday_does_not_hold_anybody_up() -> None:
    room = WaitingRoom()
    room.until("waiting_vaccination")
    refused(room.scan("ticket", device="far-1"), "visit_elsewhere")
    room.clock.now = datetime(2026, 7, 1, 16, 0, tzinfo=UTC)
    verdict: Any = room.scan("ticket", device="far-1")
    assert verdict["visit"]["state"] == "waiting_registration"


def test_a_second_visit_of_a_day_gets_a_second_ticket() -> None:
    room = WaitingRoom()
    room.until("done")
    verdict: Any = room.scan("ticket")
    assert verdict["visit"]["ticket"] == "A002"
    assert {entry.visit.state for entry in room.clinic.board.values()} == {
        State.DONE,
        State.WAITING_REGISTRATION,
    }


def test_a_station_may_scan_again_until_its_outcome() -> None:
    """Its screen may have been lost; each time takes a fresh code."""
    room = WaitingRoom()
    room.until("registering")
    again: Any = room.scan("registration", device="reg-2")
    assert (again["result"], again["visit"]["state"]) == ("accepted", "registering")
    assert again["person"]["name"] == "周小样"


def test_d11_every_accepted_scan_is_logged_with_whose_code_it_was() -> None:
    room = WaitingRoom()
    grant = room.grandmother()
    room.scan("ticket", room.grandmothers_code())
    room.scan("registration")
    entries = [entry for _, entry in room.home.log.entries[room.certificate_id]]
    assert [(entry.slot, entry.grant_id, entry.station, entry.actor) for entry in entries] == [
        (1, grant, "ticket", "reg-1"),
        (0, None, "registration", "reg-1"),
    ]
    assert {(entry.clinic_code, entry.result) for entry in entries} == {("3206000001", "accepted")}


@pytest.mark.parametrize(
    ("happening", "reason"),
    [(lambda room: room.clock.advance(seconds=61), "expired"), (release, "released"), (suspend, "suspended")],
    ids=["expired", "released", "suspended"],
)
def test_d11_every_refused_scan_of_a_genuine_code_is_logged(
    happening: Callable[[WaitingRoom], object], reason: str
) -> None:
    """Where, when, by which device and why; junk, and codes so old that no answer to them is kept, leave no line and cost no call."""
    room = WaitingRoom()
    code = room.code()
    happening(room)
    refused(room.scan("registration", code, device="far-1"), reason)
    (entry,) = [entry for _, entry in room.home.log.entries[room.certificate_id]]
    assert (entry.actor, entry.clinic_code, entry.station, entry.at, entry.result) == (
        "far-1",
        "3202000002",
        "registration",
        room.clock(),
        reason,
    )
    assert not room.clinic.burned
    room.scan("ticket", "junk")
    room.clock.advance(days=2)
    room.scan("ticket", code)
    assert len(room.home.log.entries[room.certificate_id]) == 1


def test_invariant_2_already_used_tells_when_and_where_and_alerts_for_another_device() -> None:
    room = WaitingRoom()
    code = room.code()
    room.scan("ticket", code)
    room.clock.advance(seconds=20)
    refused(room.scan("ticket", code), "already_used")
    assert room.alerts == [], "a nurse who scans twice alarms nobody"
    verdict: Any = room.scan("registration", code, device="far-1")
    assert verdict["used"] == {"at": "2026-07-01T10:00:00+08:00", "station": "ticket"}
    assert verdict["title"] == "二维码已于 07-01 10:00 在取号处使用"
    assert room.alerts == [room.clock()]
    assert "at the ticket machine" in str(
        room.scan("registration", code, device="far-1", language="en")["title"]
    )
    results = [entry.result for _, entry in room.home.log.entries[room.certificate_id]]
    assert results == ["accepted", "already_used", "already_used", "already_used"]


@pytest.mark.parametrize(
    ("state", "station", "nurse", "family"),
    [
        (None, "registration", "尚未取号", "请先取号。请先到取号处扫码取号，再到登记台。"),
        ("waiting_registration", "ticket", "已取号：A001", "您已取号 A001。请到登记台，无需重复取号。"),
        ("waiting_registration", "vaccination", "还没有轮到接种：A001", "还没有轮到接种。请先到登记台。"),
        ("waiting_vaccination", "registration", "已完成登记：A001", "您已完成登记。请到接种台。"),
        ("observing", "ticket", "已取号：A001", "您已取号 A001。请到留观区，无需重复取号。"),
        ("observing", "vaccination", "已完成接种：A001", "您已完成接种。请到留观区。"),
    ],
)
def test_r28_out_of_turn_says_what_is_done_and_where_to_go(
    state: str | None, station: str, nurse: str, family: str
) -> None:
    room = WaitingRoom()
    if state:
        room.until(state)
    verdict: Any = room.scan(station)
    refused(verdict, "wrong_order")
    assert verdict["title"] == nurse
    assert "{" not in str(verdict["next_step"])
    assert f"{verdict['family']['title']}。{verdict['family']['next_step']}" == family


def test_r28_what_has_ended_today_is_told_as_that() -> None:
    room = WaitingRoom()
    room.until("observing")
    room.clock.advance(seconds=OBSERVATION)
    assert room.scan("observation")["result"] == "accepted"
    verdict: Any = room.scan("observation")
    refused(verdict, "wrong_order")
    assert verdict["family"]["title"] == "您今日的办理已结束"


def test_r35_the_hotline_is_a_setting() -> None:
    room = WaitingRoom(an_archive(born=date(2017, 5, 2)), hotline="12320")
    room.clock.now = datetime(2035, 5, 1, 15, 59, 50, tzinfo=UTC)
    code = room.code()
    room.clock.advance(seconds=10)
    verdict = room.scan("ticket", code)
    assert verdict["reason"] == "closed"
    assert "12320" in str(verdict)
    assert "400-101-6588" not in str(verdict)


def test_d12_the_verdict_speaks_english_where_asked() -> None:
    room = WaitingRoom()
    assert room.scan("ticket", language="en")["title"] == "Ticket A001"
    verdict: Any = room.scan("ticket", "junk", language="en")
    assert verdict["title"] == "Not a certificate's code"
    assert verdict["family"]["title"] == "The code cannot be read"


def test_invariant_7_no_verdict_holds_a_key_of_a_person() -> None:
    room = WaitingRoom()
    room.until("observing")
    told = json.dumps([room.scan("observation"), room.scan("ticket")], ensure_ascii=False)
    for secret in (FATHER, GRANDMOTHER, CHILD.key, CHILD.record_id, room.certificate_id):
        assert secret not in told
