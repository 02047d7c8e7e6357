"""Faults are played, and nobody waits for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from vaxcert.aws import dynamodb, patience


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to wait for a throttle that is only played."""
    for call in (dynamodb.transact, dynamodb.batch_get, patience.patiently):
        monkeypatch.setitem(call.__kwdefaults__ or {}, "sleep", lambda _seconds: None)


@pytest.fixture
def one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pool is given is done at once: calls are made in one order, and no threads are started for it."""
    from tests.faults.region import at_once

    monkeypatch.setattr(ThreadPoolExecutor, "submit", at_once)
