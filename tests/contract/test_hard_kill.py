"""The emulator of `make run` is killed hard: what was written before its last snapshot is there again."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local import processes
from local.emulator.server import NAME, REGION, Emulator, free_port
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


@pytest.mark.emulator
@pytest.mark.timeout(240)
def test_a_full_disk_leaves_the_state_before_and_never_parts_of_two(tmp_path: Path) -> None:
    """The small state of one service would still have found room, the large one of another not: neither is taken."""
    home = Home(tmp_path)
    emulator = Emulator(home, free_port())

    def told() -> tuple[int, list[str]]:
        table, parameters = emulator.client("dynamodb"), emulator.client("ssm")
        found = parameters.get_parameters(Names=["moment"])["Parameters"]
        return table.scan(TableName="kept")["Count"], [one["Value"] for one in found]

    def write(moment: str, items: int) -> None:
        emulator.client("ssm").put_parameter(Name="moment", Value=moment, Type="String", Overwrite=True)
        table = emulator.client("dynamodb")
        for number in range(items):
            key, text = {"S": f"{moment} {number}"}, {"S": "x" * 1000}
            table.put_item(TableName="kept", Item={"pk": key, "text": text})

    try:
        emulator.start()
        emulator.client("dynamodb").create_table(
            TableName="kept",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        emulator.client("s3").create_bucket(
            Bucket="feeds", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        write("before", 1)
        emulator.stop()
        emulator.start()
        assert told() == (1, ["before"])
        write("after", 40)
        running = processes.find(home, NAME)
        assert running
        # No file of it grows beyond this any more: what a full disk is to who writes.
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (20_000, 20_000))
        with pytest.raises(ClientError, match="500"):  # never a 200 for what is gone with the next start
            emulator.client("s3").put_object(Bucket="feeds", Key="part", Body=bytes(30_000))
        emulator.stop()
        assert "The state was not written; the one before stays." in processes.log_tail(home, NAME, 40)
        emulator.start()
        assert told() == (1, ["before"])
        write("afterwards", 40)
        emulator.stop()
        emulator.start()
        assert told() == (41, ["afterwards"])
    finally:
        emulator.stop()


def _pause(seconds: float) -> None:
    """A pause that ends by itself: nothing tells that a snapshot was written."""

    threading.Event().wait(seconds)
