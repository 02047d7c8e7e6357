"""How many histories the suites play. The defaults are for every day; the figures in docs/runbook/nightly-sync.md are of the full counts."""

from __future__ import annotations

import os

import pytest

from vaxcert.aws import dynamodb, patience

FULL = os.environ.get("VAXCERT_FAULTS") == "full"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to wait for a throttle that is only played."""
    for call in (dynamodb.transact, dynamodb.batch_get, patience.patiently):
        monkeypatch.setitem(call.__kwdefaults__ or {}, "sleep", lambda _seconds: None)
