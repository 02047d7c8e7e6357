"""Port `Recalled`: a clinic's list of recalled batches, by its console function (D21)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from functions.set_clinic_batches.app import create
from tests.contract.conftest import Database
from tests.fakes.clock import FakeClock
from tests.fakes.events import EVENTS
from vaxcert.clinics.batches import Batch, BatchStore
from vaxcert.clinics.looking import UnknownClinic
from vaxcert.clinics.ports import KnownClinic
from vaxcert.clinics.store import ClinicStore

CLINIC = "3206000001"
SET: dict[str, Any] = json.loads((EVENTS / "set_clinic_batches" / "set.json").read_text("utf-8"))


def test_d21_a_list_is_set_whole_and_read(database: Database) -> None:
    store = BatchStore(database.client, database.tables["ClinicsTable"])
    clinics = ClinicStore(database.client, database.tables["ClinicsTable"])
    handler = create(store, clinics, ("320600",), FakeClock())
    with pytest.raises(UnknownClinic, match="as the desk's page shows it"):
        handler(SET, None)
    clinics.tell(KnownClinic(CLINIC, "示范门诊", "320600"), date(2026, 6, 30))
    assert store.of(CLINIC) == frozenset()
    for _ in range(2):
        assert handler(SET, None) == {"clinic_code": CLINIC, "listed": 1}
    assert store.of(CLINIC) == {Batch("1201", "B202606")}
    handler(SET | {"batches": []}, None)
    assert store.of(CLINIC) == frozenset()
