"""Ports `Enrolments` and `BurnedAssertions`: one suite for the fakes, moto and the emulator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.conftest import Database
from tests.fakes.devices import FakeBurnedAssertions, FakeEnrolments, an_enrolment
from vaxcert.aws.dynamodb import Cancelled, transact
from vaxcert.devices.model import Station
from vaxcert.devices.service import BurnedAssertions, Enrolments
from vaxcert.devices.store import AssertionStore, EnrolmentStore, device_check

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=6)


class EnrolmentContract:
    def test_what_is_saved_is_found(self, enrolments: Enrolments) -> None:
        device = an_enrolment(stations=frozenset({Station.TICKET, Station.OBSERVATION}))
        assert enrolments.find("reg-1") is None
        assert enrolments.save(device, None)
        assert enrolments.find("reg-1") == device
        assert enrolments.find("reg-2") is None

    def test_r28_a_board_serves_no_station_and_is_found_like_any_other(self, enrolments: Enrolments) -> None:
        board = an_enrolment(stations=frozenset())
        assert enrolments.save(board, None)
        assert enrolments.find("reg-1") == board

    def test_a_version_follows_the_one_that_was_read(self, enrolments: Enrolments) -> None:
        first = an_enrolment()
        second = replace(first, clinic_name="新名", version=2)
        other = replace(first, enabled=False, version=2)
        assert enrolments.save(first, None)
        assert not enrolments.save(other, None)
        assert not enrolments.save(replace(other, version=3), 2)
        assert enrolments.save(second, 1)
        assert not enrolments.save(other, 1)
        assert enrolments.find("reg-1") == second

    def test_invariant_4_saving_the_same_again_is_saved(self, enrolments: Enrolments) -> None:
        """The answer to the first may have been lost."""
        first = an_enrolment()
        assert enrolments.save(first, None)
        assert enrolments.save(first, None)
        second = replace(first, enabled=False, version=2)
        assert enrolments.save(second, 1)
        assert enrolments.save(second, 1)


class TestFakeEnrolments(EnrolmentContract):
    @pytest.fixture
    def enrolments(self) -> Enrolments:
        return FakeEnrolments()


class TestStoredEnrolments(EnrolmentContract):
    @pytest.fixture
    def enrolments(self, database: Database) -> Enrolments:
        return EnrolmentStore(database.client, database.tables["DevicesTable"])

    def test_invariant_3_a_transaction_stands_on_the_enrolment(self, database: Database) -> None:
        table = database.tables["DevicesTable"]
        store = EnrolmentStore(database.client, table)
        store.save(an_enrolment(), None)
        transact(database.client, [device_check(table, "reg-1", 1)])
        for device_id, version in (("reg-1", 2), ("reg-2", 1)):
            with pytest.raises(Cancelled):
                transact(database.client, [device_check(table, device_id, version)])
        store.save(an_enrolment(enabled=False, version=2), 1)
        with pytest.raises(Cancelled):
            transact(database.client, [device_check(table, "reg-1", 2)])


class AssertionContract:
    def test_an_assertion_is_burned_once(self, burned: BurnedAssertions) -> None:
        assert burned.burn("reg-1", "jti-00001", "request-1", SOON, NOW)
        assert not burned.burn("reg-1", "jti-00001", "request-2", SOON, NOW)
        assert burned.burn("reg-2", "jti-00001", "request-3", SOON, NOW), "another device's"
        assert burned.burn("reg-1", "jti-00002", "request-4", SOON, NOW)

    def test_invariant_4_the_same_request_burns_it_again(self, burned: BurnedAssertions) -> None:
        assert burned.burn("reg-1", "jti-00001", "request-1", SOON, NOW)
        assert burned.burn("reg-1", "jti-00001", "request-1", SOON, NOW)

    def test_invariant_5_a_mark_that_is_over_stops_nothing(self, burned: BurnedAssertions) -> None:
        burned.burn("reg-1", "jti-00001", "request-1", SOON, NOW)
        assert not burned.burn("reg-1", "jti-00001", "request-2", SOON, SOON - timedelta(seconds=1))
        assert burned.burn("reg-1", "jti-00001", "request-3", SOON + timedelta(minutes=6), SOON)


class TestFakeBurnedAssertions(AssertionContract):
    @pytest.fixture
    def burned(self) -> BurnedAssertions:
        return FakeBurnedAssertions()


class TestStoredBurnedAssertions(AssertionContract):
    @pytest.fixture
    def burned(self, database: Database) -> BurnedAssertions:
        return AssertionStore(database.client, database.tables["SessionsTable"])

    @pytest.mark.emulator
    @pytest.mark.parametrize("database", ["emulator"], indirect=True)
    def test_of_many_at_once_one_burns_it(self, database: Database) -> None:
        """Not on moto: its conditional writes are not atomic."""
        store = AssertionStore(database.client, database.tables["SessionsTable"])
        with ThreadPoolExecutor(8) as pool:
            won = list(
                pool.map(lambda n: store.burn("reg-1", "jti-00009", f"request-{n}", SOON, NOW), range(24))
            )
        assert won.count(True) == 1
