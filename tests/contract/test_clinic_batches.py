"""Port `Recalled`: a clinic's list of recalled batches, by its console function (D21)."""

from __future__ import annotations

import json
from typing import Any

from functions.set_clinic_batches.app import create
from tests.contract.conftest import Database
from tests.fakes.clock import FakeClock
from tests.fakes.events import EVENTS
from vaxcert.clinics.batches import Batch, BatchStore

CLINIC = "3206000001"
SET: dict[str, Any] = json.loads((EVENTS / "set_clinic_batches" / "set.json").read_text("utf-8"))


def test_d21_a_list_is_set_whole_and_read(database: Database) -> None:
    store = BatchStore(database.client, database.tables["ClinicsTable"])
    handler = create(store, FakeClock())
    assert store.of(CLINIC) == frozenset()
    for _ in range(2):
        assert handler(SET, None) == {"clinic_code": CLINIC, "listed": 1}
    assert store.of(CLINIC) == {Batch("1201", "B202606")}
    handler(SET | {"batches": []}, None)
    assert store.of(CLINIC) == frozenset()
