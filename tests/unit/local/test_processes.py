"""Only what we started is ended, and only while it is still the same process."""

import json
import os
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from local import commands, processes
from local.homes import Home
from tools.problems import LocalProblem


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


@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="threads are counted where /proc tells of them"
)
def test_one_whose_first_thread_alone_has_ended_still_lives(home: Home) -> None:
    """As for a moment after a kill: a zombie by its state, while another of its threads holds the port."""
    code = (
        "import ctypes, threading, time;"
        "threading.Thread(target=time.sleep, args=(60,)).start(); print('up', flush=True); ctypes.CDLL(None).pthread_exit(None)"
    )
    started = processes.start(home, "headless", [sys.executable, "-c", code], {})
    stat = Path(f"/proc/{started.pid}/stat")
    while " Z " not in stat.read_text():
        assert started.is_alive()
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


def test_a_killed_process_leaves_orphans_that_are_found_by_their_session_and_ended(home: Home) -> None:
    code = (
        "import subprocess, sys, time;"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True); time.sleep(60)"
    )
    started = processes.start(home, "parent", [sys.executable, "-c", code], {"PATH": os.environ["PATH"]})
    while not (told := processes.log_tail(home, "parent")):
        assert started.is_alive()
    orphan = processes.record(home, "orphan", int(told))
    assert processes.end_orphans(started) == 0  # nobody is an orphan while it lives
    os.kill(started.pid, signal.SIGKILL)
    while started.is_alive():
        pass
    assert processes.find(home, "parent") is None
    assert processes.remembered(home, "parent") == started
    assert processes.end_orphans(started) == 1
    while orphan.is_alive():
        pass
    assert processes.end_orphans(started) == 0


def test_a_stack_that_was_killed_is_said_and_cleared(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    for name in ("emulator", "identity-platform", "api-page"):
        processes.start(home, name, sleeping, {"PATH": os.environ["PATH"]})
    home.endpoints.write_text("{}")
    with pytest.raises(LocalProblem, match="running already"):
        commands._refuse_second(home)  # whole, though nobody manages it: detached
    (home.state / "emulator").mkdir()
    (home.state / "emulator" / "dynamodb.json").write_text("{}")
    killed = processes.find(home, "emulator")
    assert killed
    os.kill(killed.pid, signal.SIGKILL)
    while killed.is_alive():
        pass
    assert commands.status(home) == 1
    commands._refuse_second(home)
    commands._clear_the_dead(home)
    told = capsys.readouterr().out
    assert "(emulator dead); ended what was left of it: identity-platform, api-page" in told
    assert "goes on from the state of" in told
    assert not home.endpoints.exists()
    assert not any(processes.find(home, name) for name in ("emulator", "identity-platform", "api-page"))
    commands._clear_the_dead(home)
    assert capsys.readouterr().out == ""
