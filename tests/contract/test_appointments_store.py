"""One suite for the fake appointments and those in DynamoDB (invariants 1, 3, 4, 5)."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

import pytest

from tests.contract.conftest import Database, asked_of
from tests.contract.test_certificates_store import certificate, dynamo
from tests.contract.test_grants_store import a_grant
from tests.fakes.access_log import FakeAccessLog
from tests.fakes.answers import FakeAnswers
from tests.fakes.appointments import CLINIC_CODE, FakeBookings, FakeClinics, a_clinic
from tests.fakes.certificates import FakeCertificates
from tests.fakes.grants import FakeGrants
from tests.fakes.people import SEALER, a_session, an_archive
from tests.fakes.register import FakeRegister
from tests.fakes.sessions import FakeSessions
from vaxcert.appointments.arrival import Arrivals, Expected
from vaxcert.appointments.day import DayStore, OfTheDay
from vaxcert.appointments.ending import Standing
from vaxcert.appointments.family import OpenBookings
from vaxcert.appointments.items import to_ended_item, to_item, to_seat_item
from vaxcert.appointments.model import Appointment, Booker, Place, Status
from vaxcert.appointments.ports import Bookings, By
from vaxcert.appointments.store import BookingStore
from vaxcert.aws.clock import SHANGHAI
from vaxcert.aws.dynamodb import Cancelled, N, get, put, query_all, single
from vaxcert.claims.model import Actor, Certificate, StatusReason, suspended
from vaxcert.clinics.items import clinic_from_item
from vaxcert.clinics.looking import Known
from vaxcert.clinics.ports import BookedSeats, Clinics, KnownClinic, Weeks
from vaxcert.clinics.store import ClinicStore
from vaxcert.clinics.week import instant
from vaxcert.corrections.steps.applying import ClinicNames
from vaxcert.grants.model import Grant
from vaxcert.grants.ports import Grants
from vaxcert.grants.store import GrantStore
from vaxcert.idempotency.model import Answer, Answers, RepeatableRequest, remember
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.identity.service import Sessions
from vaxcert.records.service import AccessLog
from vaxcert.trail.items import EntryOps
from vaxcert.trail.model import Access, Entry
from vaxcert.trail.store import AccessLogStore

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
SESSION = a_session()
THURSDAY = date(2026, 7, 2)
CLINIC = a_clinic()
KNOWN = KnownClinic(CLINIC.clinic_code, CLINIC.name, CLINIC.city)
FIRST, SECOND, *_ = CLINIC.slots_on(THURSDAY)
CERTIFICATE = certificate()


def an_appointment(appointment_id: str = "a1", certificate_id: str = "c1", **fields: Any) -> Appointment:
    values: dict[str, Any] = {
        "appointment_id": appointment_id,
        "certificate_id": certificate_id,
        "place": Place(CLINIC_CODE, "示范门诊", None, None),
        "starts_at": FIRST.starts_at,
        "ends_at": FIRST.ends_at,
        "seat": 1,
        "status": Status.BOOKED,
        "booked_by": Booker.CLAIMANT,
        "created_at": NOW,
        "changed_at": NOW,
    }
    return Appointment(**(values | fields))


class Store(Bookings, OpenBookings, BookedSeats, Standing, Protocol):
    """The family's side, the clinic's, and what follows the end of a certificate."""


class Day(Protocol):
    """The clinic's desk's side."""

    def on(self, clinic_code: str, day: date, now: datetime) -> Sequence[OfTheDay]: ...


class ClinicsAndWeeks(Clinics, Weeks, ClinicNames, Known, Protocol):
    """All sides of clinics."""


class Claimed(Protocol):
    """What the nightly sync does to a certificate."""

    def apply(self, before: Certificate, after: Certificate, by: Actor) -> Commit: ...


@dataclass(frozen=True, slots=True)
class World:
    """A store and what it stands on; the certificate `c1` is claimed already."""

    store: Store
    clinics: ClinicsAndWeeks
    certificates: Claimed
    grants: Grants
    sessions: Sessions
    answers: Answers
    log: AccessLog
    day: Day

    def book(
        self,
        appointment: Appointment,
        before: tuple[Appointment, Appointment] | None = None,
        *,
        grant: Grant | None = None,
        key: str | None = None,
        session: Session = SESSION,
    ) -> Commit:
        request = RepeatableRequest(key or f"book-{appointment.appointment_id}", "digest")
        return self.store.book(
            appointment,
            before,
            by=By(CERTIFICATE, grant, session),
            remembered=remember(request, Answer(201, "{}"), NOW),
        )

    def taken(self) -> dict[str, frozenset[int]]:
        return dict(self.store.taken(CLINIC_CODE, THURSDAY, THURSDAY))


class AppointmentsContract(ABC):
    """What every store of appointments does."""

    @pytest.fixture
    @abstractmethod
    def world(self, request: pytest.FixtureRequest) -> World: ...

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"place": Place(CLINIC_CODE, "门诊", "路1号", "0513"), "booked_by": Booker.DELEGATE, "seat": 200},
        ],
        ids=["least", "most"],
    )
    def test_an_appointment_comes_back_whole(self, world: World, fields: dict[str, Any]) -> None:
        appointment = an_appointment(**fields)
        assert world.clinics.save(CLINIC, None)
        assert world.book(appointment) is Commit.DONE
        looked = world.store.look("c1", CLINIC_CODE, FIRST.slot_id)
        assert (looked.latest, looked.clinic, looked.certificate) == (appointment, CLINIC, CERTIFICATE)
        assert looked.taken == {FIRST.slot_id: frozenset({appointment.seat})}
        assert world.store.look("c1", CLINIC_CODE, SECOND.slot_id).taken == {}, "each slot is read alone"
        assert list(world.store.of("c1")) == [appointment]
        assert world.store.certificate("c1") == CERTIFICATE

    def test_nothing_is_found_where_nothing_is(self, world: World) -> None:
        looked = world.store.look("cnone", "none", None)
        assert (looked.certificate, looked.clinic, looked.latest, looked.taken) == (None, None, None, {})
        assert list(world.store.of("cnone")) == []
        assert list(world.store.booked_from("none", THURSDAY)) == []
        assert world.store.certificate("cnone") is None
        assert world.clinics.find("none") is None
        assert world.clinics.several(["none"]) == {}
        assert world.clinics.known(["320600"], None, 5) == ([], False)
        assert list(world.store.latest_of(["cnone"])) == []
        assert list(world.store.latest_of([])) == []

    def test_invariant_1_a_seat_is_taken_once(self, world: World) -> None:
        assert world.book(an_appointment()) is Commit.DONE
        assert world.book(an_appointment("a2", "c2")) is Commit.STALE
        assert world.book(an_appointment("a2", "c2", seat=2)) is Commit.DONE
        assert world.taken() == {FIRST.slot_id: frozenset({1, 2})}

    def test_invariant_1_a_certificate_has_one_open_appointment(self, world: World) -> None:
        assert world.book(an_appointment()) is Commit.DONE
        assert world.book(an_appointment("a2", seat=2)) is Commit.STALE
        assert world.taken() == {FIRST.slot_id: frozenset({1})}

    def test_invariant_4_the_answer_is_remembered_and_not_given_twice(self, world: World) -> None:
        world.book(an_appointment(), key="k1")
        assert world.answers.find(RepeatableRequest("k1", "digest"), NOW) == Answer(201, "{}")
        assert world.book(an_appointment("a2", "c2", seat=2), key="k1") is Commit.STALE

    def test_d5_nothing_is_booked_once_the_certificate_is_another_version(self, world: World) -> None:
        after = CERTIFICATE.moved_to(suspended(StatusReason.OUT_OF_CARE), NOW)
        assert world.certificates.apply(CERTIFICATE, after, Actor.NIGHT) is Commit.DONE
        assert world.book(an_appointment()) is Commit.STALE
        assert world.taken() == {}

    def test_d7_a_delegates_booking_holds_while_the_grant_does(self, world: World) -> None:
        grant = a_grant()
        added = world.grants.add(
            grant,
            None,
            certificate=CERTIFICATE,
            session=SESSION,
            remembered=remember(RepeatableRequest("g", "digest"), Answer(201, "{}"), NOW),
        )
        assert added is Commit.DONE
        appointment = an_appointment(booked_by=Booker.DELEGATE)
        assert world.book(appointment, grant=grant) is Commit.DONE
        world.grants.revoke(grant, grant.revoked(NOW), SESSION)
        by = By(CERTIFICATE, grant, SESSION)
        ended = appointment.ended(Status.CANCELLED, NOW)
        assert world.store.cancel(appointment, ended, by) is Commit.STALE
        assert list(world.store.of("c1")) == [appointment]
        assert world.log.latest("c1", None, 5) == ([], False)

    def test_d7_what_a_delegate_moves_or_cancels_stands_in_the_access_log(self, world: World) -> None:
        grant = a_grant()
        remembered = remember(RepeatableRequest("g", "digest"), Answer(201, "{}"), NOW)
        world.grants.add(grant, None, certificate=CERTIFICATE, session=SESSION, remembered=remembered)
        first, second = an_appointment(), an_appointment("a2", seat=2)
        assert world.book(first) is Commit.DONE
        moved = first.ended(Status.MOVED, NOW)
        assert world.book(second, (first, moved), grant=grant) is Commit.DONE
        later = NOW + timedelta(minutes=1)
        ended = second.ended(Status.CANCELLED, later)
        assert world.store.cancel(second, ended, By(CERTIFICATE, grant, SESSION)) is Commit.DONE
        found, _ = world.log.latest("c1", None, 5)
        assert [entry for _, entry in found] == [
            Entry(at, access, grant.delegate, grant.slot, grant.grant_id, CLINIC_CODE)
            for at, access in ((later, Access.CANCEL), (NOW, Access.MOVE))
        ]

    def test_the_claimants_own_changes_are_no_news_to_the_claimant(self, world: World) -> None:
        first, second = an_appointment(), an_appointment("a2", seat=2)
        world.book(first)
        assert world.book(second, (first, first.ended(Status.MOVED, NOW))) is Commit.DONE
        ended = second.ended(Status.CANCELLED, NOW)
        assert world.store.cancel(second, ended, By(CERTIFICATE, None, SESSION)) is Commit.DONE
        assert world.log.latest("c1", None, 5) == ([], False)

    def test_who_signed_out_writes_nothing(self, world: World) -> None:
        appointment = an_appointment()
        world.book(appointment)
        world.sessions.sign_out("s-1", NOW)
        moved = appointment.ended(Status.MOVED, NOW)
        assert world.book(an_appointment("a2", seat=2), (appointment, moved)) is Commit.SIGNED_OUT
        by = By(CERTIFICATE, None, SESSION)
        ended = appointment.ended(Status.CANCELLED, NOW)
        assert world.store.cancel(appointment, ended, by) is Commit.SIGNED_OUT
        assert list(world.store.of("c1")) == [appointment]

    def test_moving_is_one_step(self, world: World) -> None:
        appointment = an_appointment()
        world.book(appointment)
        moved = appointment.ended(Status.MOVED, NOW)
        new = an_appointment("a2", starts_at=SECOND.starts_at, ends_at=SECOND.ends_at)
        assert world.book(new, (appointment, moved)) is Commit.DONE
        assert world.taken() == {SECOND.slot_id: frozenset({1})}
        assert list(world.store.of("c1")) == [new, moved]
        assert world.book(an_appointment("a3"), (appointment, moved)) is Commit.STALE

    def test_a_cancelled_one_frees_its_seat_and_is_kept_among_the_ended(self, world: World) -> None:
        appointment, by = an_appointment(), By(CERTIFICATE, None, SESSION)
        world.book(appointment)
        ended = appointment.ended(Status.CANCELLED, NOW)
        assert world.store.cancel(appointment, ended, by) is Commit.DONE
        assert world.store.cancel(appointment, ended, by) is Commit.STALE
        assert (world.taken(), list(world.store.of("c1"))) == ({}, [ended])
        assert world.book(an_appointment("a2")) is Commit.DONE

    def test_ended_ones_come_latest_first_after_the_open_one(self, world: World) -> None:
        slots = [*CLINIC.slots_on(THURSDAY), *CLINIC.slots_on(THURSDAY + timedelta(weeks=1))]
        before: tuple[Appointment, Appointment] | None = None
        made = []
        for number, slot in enumerate(slots):
            new = an_appointment(f"a{number}", starts_at=slot.starts_at, ends_at=slot.ends_at)
            assert world.book(new, before) is Commit.DONE
            made.append(new)
            before = (new, new.ended(Status.MOVED, NOW))
        assert [one.appointment_id for one in world.store.of("c1")] == [
            "a7",
            *(f"a{number}" for number in range(6, -1, -1)),
        ]

    def test_the_clinic_closes_what_is_still_open_and_nothing_else(self, world: World) -> None:
        appointment = an_appointment()
        world.book(appointment)
        (seat,) = world.store.booked_from(CLINIC_CODE, THURSDAY)
        assert (seat.starts_at, seat.ends_at) == (appointment.starts_at, appointment.ends_at)
        assert (seat.certificate_id, seat.appointment_id, seat.seat) == ("c1", "a1", 1)
        assert list(world.store.booked_from(CLINIC_CODE, THURSDAY + timedelta(days=1))) == []
        assert [world.store.close(seat, NOW), world.store.close(seat, NOW)] == [True, False]
        (closed,) = world.store.of("c1")
        assert (closed.status, world.taken()) == (Status.CLOSED_BY_CLINIC, {})

    def test_a_closed_one_makes_room_and_does_not_free_anothers_seat(self, world: World) -> None:
        appointment = an_appointment()
        world.book(appointment)
        (seat,) = world.store.booked_from(CLINIC_CODE, THURSDAY)
        world.store.close(seat, NOW)
        assert world.book(an_appointment("a2", "c2")) is Commit.DONE  # reopened, and the seat is another's
        (closed,) = world.store.of("c1")
        new = an_appointment("a3", seat=2)
        assert world.book(new, (closed, closed)) is Commit.DONE
        assert world.taken() == {FIRST.slot_id: frozenset({1, 2})}
        assert list(world.store.of("c1")) == [new, closed]

    def test_d5_what_an_ended_certificate_had_booked_is_given_up_once(self, world: World) -> None:
        appointment = an_appointment()
        assert world.store.latest("c1") is None
        world.book(appointment)
        assert world.store.latest("c1") == appointment
        assert not world.store.give_up(replace(appointment, appointment_id="a-another"), NOW)
        assert world.taken() == {FIRST.slot_id: frozenset({1})}
        assert world.store.give_up(appointment, NOW)
        assert (world.store.latest("c1"), world.taken()) == (appointment.ended(Status.CANCELLED, NOW), {})
        assert world.book(an_appointment("a2", "c2")) is Commit.DONE  # the seat is another's now
        assert not world.store.give_up(appointment, NOW)
        assert world.taken() == {FIRST.slot_id: frozenset({1})}

    # A day as the clinic's desk sees it (D21)

    def told(self, world: World, now: datetime = NOW, day: date = THURSDAY) -> list[tuple[str, str, str]]:
        """Whose, at what time in Shanghai, and how it stands."""
        return [
            (one.certificate_id, f"{one.starts_at.astimezone(SHANGHAI):%H:%M}", one.status)
            for one in world.day.on(CLINIC_CODE, day, now)
        ]

    def test_d21_a_day_lists_who_is_booked_by_time_and_seat(self, world: World) -> None:
        assert self.told(world) == []
        second = {"starts_at": SECOND.starts_at, "ends_at": SECOND.ends_at}
        elsewhere = Place("3206000002", "门诊", None, None)
        later = CLINIC.slots_on(THURSDAY + timedelta(weeks=1))[0]
        for one in (
            an_appointment("a1", "c1", **second),
            an_appointment("a2", "c2", seat=2),
            an_appointment("a3", "c3", seat=1),
            an_appointment("a4", "c4", place=elsewhere),
            an_appointment("a5", "c5", starts_at=later.starts_at, ends_at=later.ends_at),
        ):
            assert world.book(one) is Commit.DONE
        assert self.told(world) == [
            ("c3", "08:00", "booked"),
            ("c2", "08:00", "booked"),
            ("c1", "08:30", "booked"),
        ]
        (first, *_) = world.day.on(CLINIC_CODE, THURSDAY, NOW)
        assert (first.starts_at, first.ends_at) == (FIRST.starts_at, FIRST.ends_at)
        assert self.told(world, day=THURSDAY + timedelta(weeks=1)) == [("c5", "08:00", "booked")]

    def test_d21_who_has_not_come_by_the_end_of_the_slot_has_missed_it(self, world: World) -> None:
        world.book(an_appointment())
        assert self.told(world, FIRST.ends_at - timedelta(seconds=1)) == [("c1", "08:00", "booked")]
        assert self.told(world, FIRST.ends_at) == [("c1", "08:00", "no_show")]

    def test_d21_what_was_cancelled_moved_or_closed_is_on_no_list(self, world: World) -> None:
        first, by = an_appointment(), By(CERTIFICATE, None, SESSION)
        world.book(first)
        second = an_appointment("a2", seat=2, starts_at=SECOND.starts_at, ends_at=SECOND.ends_at)
        world.book(second, (first, first.ended(Status.MOVED, NOW)))
        assert self.told(world) == [("c1", "08:30", "booked")]
        world.store.cancel(second, second.ended(Status.CANCELLED, NOW), by)
        world.book(an_appointment("a3", "c3"))
        (seat,) = world.store.booked_from(CLINIC_CODE, THURSDAY)
        world.store.close(seat, NOW)
        assert self.told(world) == []

    def test_seats_are_those_of_the_days_asked_for_and_of_the_clinic(self, world: World) -> None:
        later = CLINIC.slots_on(THURSDAY + timedelta(weeks=1))[0]
        world.book(an_appointment())
        world.book(an_appointment("a2", "c2", starts_at=later.starts_at, ends_at=later.ends_at))
        elsewhere = Place("3206000002", "门诊", None, None)
        world.book(an_appointment("a3", "c3", place=elsewhere))
        assert set(world.taken()) == {FIRST.slot_id}
        both = world.store.taken(CLINIC_CODE, THURSDAY, THURSDAY + timedelta(weeks=1))
        assert set(both) == {FIRST.slot_id, later.slot_id}
        assert len(world.store.booked_from(CLINIC_CODE, THURSDAY)) == 2

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"address": None, "phone": None, "sessions": ()},
            {
                "same_day": True,
                "days_off": frozenset({THURSDAY}),
                "closed": frozenset({instant(THURSDAY, time(8))}),
            },
        ],
        ids=["usual", "least", "most"],
    )
    def test_a_clinic_comes_back_whole(self, world: World, fields: dict[str, Any]) -> None:
        clinic = a_clinic(**fields)
        assert world.clinics.save(clinic, None)
        assert world.clinics.find(CLINIC_CODE) == clinic
        assert world.clinics.several([CLINIC_CODE, "none", CLINIC_CODE]) == {CLINIC_CODE: clinic}

    def test_clinics_are_known_by_city_and_code_page_by_page(self, world: World) -> None:
        first = [KnownClinic(code, f"门诊{code}", "320600") for code in ("a-1", "b-2", "c-3")]
        wuxi = KnownClinic("z-9", "无锡门诊", "320200")
        for clinic in (*first, wuxi, KnownClinic("s-1", "外市", "320500")):
            world.clinics.tell(clinic, date(2026, 6, 30))
        cities = ["320600", "320200"]
        assert world.clinics.known(cities, None, 9) == ([wuxi, *first], False)
        assert world.clinics.known(cities, None, 4) == ([wuxi, *first], False)
        assert world.clinics.known(cities, None, 1) == ([wuxi], True)
        assert world.clinics.known(cities, ("320200", "z-9"), 2) == (first[:2], True)
        assert world.clinics.known(cities, ("320600", "b-2"), 2) == (first[2:], False)
        assert world.clinics.known([], None, 2) == ([], False)

    def test_a_clinic_is_known_by_its_week_or_by_a_feed(self, world: World) -> None:
        """What an operator's event about a clinic may name."""
        cities = ["320600", "320200"]
        assert not world.clinics.is_known(CLINIC_CODE, cities)
        assert not world.clinics.is_known("none", [])
        assert world.clinics.save(CLINIC, None)
        assert world.clinics.is_known(CLINIC_CODE, [])
        world.clinics.tell(KnownClinic("b-2", "门诊", "320200"), date(2026, 6, 30))
        assert [world.clinics.is_known("b-2", some) for some in (cities, ["320600"])] == [True, False]

    def test_a_clinic_that_no_feed_has_named_is_entered_with_its_week(self, world: World) -> None:
        world.clinics.enter(CLINIC)
        assert world.clinics.known(["320600"], None, 5) == ([KNOWN], False)
        world.clinics.enter(replace(CLINIC, name="周表的名称"))
        assert world.clinics.known(["320600"], None, 5) == ([KNOWN], False)

    def test_of_what_a_clinic_is_called_the_newest_feed_holds(self, world: World) -> None:
        world.clinics.enter(CLINIC)
        old, new = (replace(KNOWN, name=name) for name in ("旧名称", "新名称"))
        world.clinics.tell(new, date(2026, 6, 30))
        world.clinics.tell(old, date(2026, 6, 29))
        world.clinics.enter(replace(CLINIC, name="周表的名称"))
        assert world.clinics.known(["320600"], None, 5) == ([new], False)
        world.clinics.tell(old, date(2026, 6, 30))
        assert world.clinics.known(["320600"], None, 5) == ([old], False)

    def test_the_latest_appointments_of_several_certificates(self, world: World) -> None:
        appointment = an_appointment()
        assert world.book(appointment) is Commit.DONE
        assert list(world.store.latest_of(["c1", "cnone", "c1"])) == [appointment]

    def test_a_week_is_written_over_the_version_that_was_read(self, world: World) -> None:
        assert world.clinics.save(CLINIC, None)
        assert world.clinics.save(CLINIC, None)  # our own write, whose answer was lost
        second = replace(CLINIC, name="新名称", version=2)
        assert world.clinics.save(second, 1)
        assert world.clinics.save(second, 1)
        assert not world.clinics.save(replace(CLINIC, name="另一个", version=2), 1)
        assert not world.clinics.save(replace(CLINIC, name="另一个"), None)
        # Under numbers that no week has had yet: by the week that stands alone.
        assert not world.clinics.save(replace(CLINIC, name="另一个", version=9), 8)
        assert not world.clinics.save(replace(CLINIC, name="另一个", version=9), None)
        assert world.clinics.find(CLINIC_CODE) == second


class TestFakeAppointments(AppointmentsContract):
    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> World:
        register, sessions, answers = FakeRegister(an_archive()), FakeSessions(), FakeAnswers()
        certificates = FakeCertificates(register, sessions, answers)
        certificates.stored["c1"] = CERTIFICATE
        certificates.pointers[CERTIFICATE.record_id] = "c1"
        grants = FakeGrants(certificates, sessions, answers)
        clinics = FakeClinics()
        log = FakeAccessLog(grants)
        store = FakeBookings(clinics, certificates, grants, sessions, answers, log)
        return World(store, clinics, certificates, grants, sessions, answers, log, store)


def _dynamo(database: Database) -> World:
    client, tables = database.client, database.tables
    claimed = dynamo(database)
    claimed.register.store(an_archive())
    assert claimed.claim(CERTIFICATE, session=a_session("s-0")) is Commit.DONE
    answers = AnswerStore(client, tables["IdempotencyTable"], SEALER)
    shared: dict[str, Any] = {
        "grants_table": tables["GrantsTable"],
        "certificates_table": tables["CertificatesTable"],
        "sessions_table": tables["SessionsTable"],
        "remembering": answers.op,
    }
    store = BookingStore(
        client,
        appointments_table=tables["AppointmentsTable"],
        clinics_table=tables["ClinicsTable"],
        entries=EntryOps(tables["AccessLogTable"], os.urandom, timedelta(days=1095)),
        **shared,
    )
    clinics = ClinicStore(client, tables["ClinicsTable"])
    log = AccessLogStore(client, tables["AccessLogTable"], tables["GrantsTable"], os.urandom)
    grants, day = GrantStore(client, **shared), DayStore(client, tables["AppointmentsTable"])
    return World(store, clinics, claimed.store, grants, claimed.sessions, answers, log, day)


class TestDynamoAppointments(AppointmentsContract):
    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> World:
        return _dynamo(request.getfixturevalue("database"))

    @pytest.fixture(autouse=True)
    def _with(self, database: Database) -> None:
        """Every test here runs once per kind of database."""

    def test_invariant_1_a_seat_that_has_become_anothers_is_not_freed(
        self, world: World, database: Database
    ) -> None:
        """It went by its time to live, or the clinic gave it back, and somebody else sits there."""
        mine, other = an_appointment(), an_appointment("a2", "c2")
        world.book(mine)
        table = database.tables["AppointmentsTable"]
        single(database.client, put(table, to_seat_item(other)))
        assert not world.store.give_up(mine, NOW)
        cancelled = mine.ended(Status.CANCELLED, NOW)
        assert world.store.cancel(mine, cancelled, By(CERTIFICATE, None, SESSION)) is Commit.STALE
        (seat,) = world.store.booked_from(CLINIC_CODE, THURSDAY)
        assert (seat.appointment_id, world.store.latest("c1")) == ("a2", mine)

    def test_clinics_are_read_no_further_than_they_are_shown(self, world: World, database: Database) -> None:
        """One more than the page over all cities, and none of a city that comes behind a full page."""
        for city in ("320200", "320600"):
            for code in ("a-1", "b-2"):
                world.clinics.tell(KnownClinic(code, "门诊", city), date(2026, 6, 30))
        for limit, limits in ((3, [4, 2]), (2, [3, 1]), (1, [2])):
            with asked_of(database.client) as asked:
                world.clinics.known(["320200", "320600"], None, limit)
            assert [told["Limit"] for _, told in asked] == limits

    def test_every_version_of_a_week_is_kept(self, world: World, database: Database) -> None:
        world.clinics.save(CLINIC, None)
        world.clinics.save(replace(CLINIC, name="新名称", version=2), 1)
        lines = query_all(
            database.client,
            TableName=database.tables["ClinicsTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"W#{CLINIC_CODE}"}},
        )
        assert [clinic_from_item(line).name for line in lines] == ["示范门诊", "新名称"]

    def test_a_ticket_marks_the_appointment_kept_once(self, world: World, database: Database) -> None:
        table = database.tables["AppointmentsTable"]
        arrivals = Arrivals(table)
        world.book(an_appointment())
        named, key = arrivals.key("c1")
        item = get(database.client, named, key)
        assert item is not None
        early, late = FIRST.starts_at - timedelta(minutes=31), FIRST.ends_at
        assert (
            arrivals.awaited(item, early) == arrivals.awaited(item, late) == Expected("a1", CLINIC_CODE, None)
        )
        awaited = arrivals.awaited(item, FIRST.starts_at)
        assert awaited == Expected("a1", CLINIC_CODE, FIRST.starts_at)
        single(database.client, arrivals.arrived("c1", awaited, FIRST.starts_at))
        (kept,) = world.store.of("c1")
        assert kept.status is Status.ARRIVED
        with pytest.raises(Cancelled):
            single(database.client, arrivals.arrived("c1", awaited, FIRST.starts_at))
        item = get(database.client, named, key)
        assert item is not None
        again = Expected("a1", CLINIC_CODE, FIRST.starts_at, met=True)
        assert arrivals.awaited(item, FIRST.starts_at) == again, "D21: for who gives the ticket up"
        assert arrivals.awaited(item, FIRST.starts_at + timedelta(days=1)) is None
        assert self.told(world, FIRST.ends_at) == [("c1", "08:00", "arrived")], "D21"
        # Once it is kept, the family may book again; the desk still sees that they came.
        new = an_appointment("a2", seat=2, starts_at=SECOND.starts_at, ends_at=SECOND.ends_at)
        assert world.book(new, (kept, kept)) is Commit.DONE
        assert self.told(world, FIRST.ends_at) == [("c1", "08:00", "arrived"), ("c1", "08:30", "booked")]

    def test_d21_a_full_day_is_listed_whole(self, database: Database) -> None:
        """More than the hundred keys of one batch."""
        table = database.tables["AppointmentsTable"]
        for seat in range(1, 61):
            one = an_appointment(f"a{seat}", f"c{seat}", seat=seat, status=Status.ARRIVED)
            for item in (to_item(one), to_seat_item(one)):
                single(database.client, put(table, item))
        found = DayStore(database.client, table).on(CLINIC_CODE, THURSDAY, NOW)
        assert [one.certificate_id for one in found] == [f"c{seat}" for seat in range(1, 61)]
        assert {one.status for one in found} == {"arrived"}

    def test_d21_a_seat_whose_appointment_is_not_to_be_read_yet_is_awaited(self, database: Database) -> None:
        """The batch may be late behind the query: who has just booked is on the list all the same."""
        table = database.tables["AppointmentsTable"]
        single(database.client, put(table, to_seat_item(an_appointment())))
        day = DayStore(database.client, table)
        for now, status in ((NOW, "booked"), (FIRST.ends_at, "no_show")):
            (found,) = day.on(CLINIC_CODE, THURSDAY, now)
            assert (found.certificate_id, found.status) == ("c1", status)

    def test_an_appointment_and_its_seat_go_ninety_days_after_it(
        self, world: World, database: Database
    ) -> None:
        world.book(an_appointment())
        items = database.client.scan(TableName=database.tables["AppointmentsTable"])["Items"]
        goes = N(int((FIRST.ends_at + timedelta(days=90)).timestamp()))
        assert [item.get("ttl") for item in items] == [goes, goes]

    @pytest.mark.parametrize("status", [Status.CANCELLED, Status.MOVED, Status.CLOSED_BY_CLINIC])
    def test_d21_what_ends_between_the_two_reads_is_left_out(
        self, database: Database, status: Status
    ) -> None:
        """The seats are read first; who gave theirs up meanwhile is not awaited, and the list is answered all the same."""
        table, one = database.tables["AppointmentsTable"], an_appointment()
        single(database.client, put(table, to_seat_item(one)))
        ended = one.ended(status, NOW)
        aside = status is not Status.CLOSED_BY_CLINIC
        single(database.client, put(table, to_ended_item(ended) if aside else to_item(ended)))
        assert DayStore(database.client, table).on(CLINIC_CODE, THURSDAY, NOW) == []

    def test_d21_a_day_is_a_consistent_query_of_seats_and_a_batch_that_may_be_late(
        self, world: World, database: Database
    ) -> None:
        world.book(an_appointment())
        with asked_of(database.client) as asked:
            world.day.on(CLINIC_CODE, THURSDAY, NOW)
        (query, seats), (batch, appointments) = asked
        assert (query, seats["ConsistentRead"]) == ("Query", True)
        table = database.tables["AppointmentsTable"]
        assert (batch, appointments["RequestItems"][table]["ConsistentRead"]) == ("BatchGetItem", False)
