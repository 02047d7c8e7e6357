"""The emulator of `make run` is killed hard: what was written before its last snapshot is there again."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from local import processes
from local.emulator.server import NAME, Emulator, free_port
from local.emulator.snapshots import LATEST, SOONEST, pause_after
from local.homes import Home


def test_snapshots_come_every_minute_at_least_and_take_a_fifth_of_the_time_at_most() -> None:
    assert [pause_after(took) for took in (0.0, 1.0, 5.0, 60.0)] == [SOONEST, SOONEST, 25.0, LATEST]
    assert LATEST < 60


@pytest.mark.emulator
@pytest.mark.timeout(240)
def test_what_was_written_before_a_hard_kill_is_there_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    emulator = Emulator(home, free_port(), snapshots=True)
    emulator.start()
    try:
        table = emulator.client("dynamodb")
        table.create_table(
            TableName="kept",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        table.put_item(TableName="kept", Item={"pk": {"S": "before"}})
        written = home.state / "emulator" / "dynamodb.json"
        deadline = time.monotonic() + 60
        while not written.exists():
            assert time.monotonic() < deadline
            _pause(0.2)
        running = processes.find(home, NAME)
        assert running
        os.kill(running.pid, signal.SIGKILL)
        while running.is_alive():
            pass
        processes.end_orphans(running)
        emulator.start()
        found = emulator.client("dynamodb").get_item(TableName="kept", Key={"pk": {"S": "before"}})
        assert found["Item"] == {"pk": {"S": "before"}}
    finally:
        emulator.stop()


def _pause(seconds: float) -> None:
    """A pause that ends by itself: nothing tells that a snapshot was written."""

    threading.Event().wait(seconds)
