"""What showing and scanning a code cost: AWS calls, and how many of them wait for one another (invariant 3).

What runs side by side (`vaxcert.aws.together`) counts as the longer of the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bench.rotation import KeysTable
from tests.contract.conftest import Database
from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.household import BOARD
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from tests.fakes.people import FATHER, GRANDMOTHER, citizen
from tests.races.clinic import KEYS, Clinic
from tests.unit.keys.test_rotation import LIFETIMES
from vaxcert.codes.service import IssueService
from vaxcert.codes.store import HoldingStore
from vaxcert.grants.access import Rights
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.store import GrantReader
from vaxcert.keys.rotate import Rotation
from vaxcert.keys.store import KeyStore


@dataclass
class Ledger:
    """A client that counts its calls, and those that wait for one another."""

    client: Any
    calls: list[str] = field(default_factory=list)
    trips: int = 0

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.client, name)

        def counted(**asked: Any) -> Any:
            self.calls.append(name)
            self.trips += 1
            return call(**asked)

        return counted

    def together[A, B](self, first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
        """Stands for `vaxcert.aws.together`: both at once take as many round trips as the longer."""
        before = self.trips
        answer = first()
        one, self.trips = self.trips, before
        other = second()
        self.trips = max(one, self.trips)
        return answer, other

    def of(self, deed: Callable[[], object]) -> tuple[dict[str, int], int]:
        """Calls by name, and round trips, of one deed."""
        self.calls.clear()
        self.trips = 0
        deed()
        return dict(Counter(self.calls)), self.trips


@pytest.fixture
def ledger(database: Database, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    made = Ledger(database.client)
    monkeypatch.setattr("vaxcert.visits.store.together", made.together)
    return made


@pytest.fixture
def clinic(database: Database, ledger: Ledger) -> Clinic:
    return Clinic(database.client, database.tables, ledger)


LOOK = {"batch_get_item": 1}


def test_invariant_3_showing_a_code_is_one_batch_read_and_no_write(
    database: Database, ledger: Ledger, clinic: Clinic
) -> None:
    """For the holder and for a delegate alike: the slots are asked for together with the certificate and the session."""
    certificate = clinic.certificate()
    clinic.grant(certificate)
    tables = database.tables
    service = IssueService(
        holdings=HoldingStore(
            stands_in(ledger),
            certificates_table=tables["CertificatesTable"],
            grants_table=tables["GrantsTable"],
            sessions_table=tables["SessionsTable"],
        ),
        keys=KEYS,
        ttl_seconds=60,
        refresh_seconds=30,
        rights=Rights(
            delegates=DelegateService(GrantReader(stands_in(ledger), tables["GrantsTable"])),
            adult_age=18,
            notices=BOARD,
        ),
        random_bytes=lambda count: b"r" * count,
    )
    for who in (citizen(FATHER), citizen(GRANDMOTHER)):
        asked = ledger.of(lambda who=who: service.issue(who, certificate.certificate_id, clinic.clock()))  # type: ignore[misc]
        assert asked == (LOOK, 1)


def test_invariant_3_a_scan_is_two_round_trips(ledger: Ledger, clinic: Clinic) -> None:
    """At the ticket machine three calls in two, elsewhere too; a refused one two in two; junk and old codes none.

    The name that the ticket machine tells is the certificate's own: no archive is read for it.
    """
    device, certificate = clinic.device("reg-1"), clinic.certificate()
    clinic.grant(certificate)
    code = clinic.code(certificate, slot=1)
    ticket = ledger.of(lambda: clinic.scan(device, code, "the-same-key"))
    assert ticket == ({"batch_get_item": 1, "update_item": 1, "transact_write_items": 1}, 2)
    again = ledger.of(lambda: clinic.scan(device, code, "the-same-key"))
    assert again == ({"batch_get_item": 1, "update_item": 1}, 1), (
        "the answer kept, and the certificate's name"
    )
    refused = ledger.of(lambda: clinic.scan(device, code))
    assert refused == ({"batch_get_item": 1, "update_item": 1, "put_item": 2}, 2), (
        "looked; noted (D11) and counted (D21)"
    )
    for junk in ("junk", code[:-4] + "0000", "VC1:" + "A" * 180):
        assert ledger.of(lambda junk=junk: clinic.scan(device, junk)) == ({}, 0)  # type: ignore[misc]
    clinic.clock.advance(days=2)
    assert ledger.of(lambda: clinic.scan(device, code)) == ({}, 0)


def test_the_keys_are_one_query_in_thirty_seconds_and_one_unwrapping_a_day() -> None:
    """What a warm function adds to the above: nothing, but once in half a minute."""
    clock, register = FakeClock(), FakeRegister()
    Rotation(register, a_root(), LIFETIMES, 60, DATA_KEY_AGE).run(clock())
    ledger = Ledger(KeysTable(register))
    store = KeyStore(stands_in(ledger), "keys", stands_in(ledger), "wrap", clock)
    assert ledger.of(lambda: store.signing("code")) == ({"query": 1, "decrypt": 1}, 2)
    for _ in range(29):
        clock.advance(seconds=1)
        assert ledger.of(lambda: (store.signing("code"), store.public("code"))) == ({}, 0)
    clock.now += timedelta(seconds=1)
    assert ledger.of(lambda: (store.signing("code"), store.public("code"))) == ({"query": 1}, 1)
