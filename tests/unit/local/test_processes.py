"""Only what we started is ended, and only while it is still the same process."""

import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from local import processes
from local.homes import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


def test_a_started_process_is_found_and_ended(home: Home) -> None:
    command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
    started = processes.start(home, "sleeper", command, {"PATH": os.environ["PATH"]})
    assert processes.find(home, "sleeper") == started
    started.stop(5)
    assert processes.find(home, "sleeper") is None


def test_one_that_ignores_the_request_is_killed(home: Home) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    started = processes.start(home, "deaf", [sys.executable, "-c", code], {})
    while "up" not in processes.log_tail(home, "deaf"):
        assert started.is_alive()
    started.stop(0.2)
    assert not started.is_alive()


def test_a_process_id_that_passed_to_a_stranger_is_left_alone(home: Home) -> None:
    ours = processes.record(home, "manager", os.getpid())
    stranger = replace(ours, began="1")
    (home.run / "manager.json").write_text(json.dumps(asdict(stranger)))
    assert processes.find(home, "manager") is None
    stranger.stop(5)  # would end this very test


def test_a_broken_record_is_no_process(home: Home) -> None:
    (home.run / "manager.json").write_text("{")
    assert processes.find(home, "manager") is None
