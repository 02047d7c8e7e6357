"""Faults are played, and nobody waits for them."""

from __future__ import annotations

import pytest

from vaxcert.aws import dynamodb, patience


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to wait for a throttle that is only played."""
    for call in (dynamodb.transact, dynamodb.batch_get, patience.patiently):
        monkeypatch.setitem(call.__kwdefaults__ or {}, "sleep", lambda _seconds: None)
