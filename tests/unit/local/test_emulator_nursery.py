"""A worker that is forked is the process that MiniStack would have started: its folder, its environment, its pipes, its end."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.emulator.forking import look_ahead
from local.emulator.nursery import Nurseries, Nursery
from local.emulator.workers import said
from vaxcert.aws import clients

_SCRIPT = """
import json, os, sys
print(json.dumps([os.getcwd(), dict(os.environ), sys.path[0], sys.argv, "vaxcert.loaded" in sys.modules]), flush=True)
for line in sys.stdin:
    print("heard", line, end="", file=sys.stderr)
"""


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    package = tmp_path / "layer" / "python" / "vaxcert"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "loaded.py").touch()
    (package / "beyond.py").write_text("import another_layers_package")
    return tmp_path / "layer"


@pytest.fixture
def nursery(layer: Path) -> Iterator[Nursery]:
    made = Nursery(sys.executable, [layer])
    yield made
    made.close()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    made = tmp_path / "worker" / "_worker.py"
    made.parent.mkdir()
    made.write_text(_SCRIPT)
    return made


def ended(forked: Any) -> bool:
    """Whether it has ended in time; its pipes are closed."""
    gone = forked.wait(10) is not None
    for pipe in (forked.stdin, forked.stdout, forked.stderr):
        pipe.close()
    return gone


def test_a_fork_is_the_process_that_would_have_been_started(nursery: Nursery, script: Path) -> None:
    forked = nursery.fork(str(script), str(script.parent), {"ONLY": "this"})
    folder, environment, first, arguments, loaded = json.loads(forked.stdout.readline())
    assert (folder, first, arguments) == (str(script.parent), str(script.parent), [str(script)])
    assert environment == {"ONLY": "this"}
    assert loaded
    forked.stdin.write("你好\n")
    forked.stdin.close()
    assert forked.stderr.read() == "heard 你好\n"
    assert ended(forked)


def test_it_lives_until_it_is_ended(nursery: Nursery, script: Path) -> None:
    one, other = (nursery.fork(str(script), str(script.parent), {}) for _ in range(2))
    assert one.poll() is None
    assert (one.stdout.readline(), other.stdout.readline()) != ("", "")
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0.01)
    one.terminate()
    assert ended(one)
    one.kill()
    assert other.poll() is None
    other.kill()
    assert ended(other)


def test_one_that_fails_tells_why(nursery: Nursery, script: Path) -> None:
    script.write_text("raise LookupError('nothing here')")
    forked = nursery.fork(str(script), str(script.parent), {})
    assert forked.stdout.read() == ""
    assert forked.stderr.read().endswith("LookupError: nothing here\n")
    assert ended(forked)


def test_only_workers_are_forked(tmp_path: Path) -> None:
    started = Nurseries().Popen([sys.executable, "-c", "print(1)"], stdout=subprocess.PIPE, text=True)
    assert isinstance(started, subprocess.Popen)
    assert started.communicate() == ("1\n", None)


def test_a_worker_that_cannot_be_forked_is_told_of_and_the_next_one_is_tried_anew(
    layer: Path, script: Path
) -> None:
    own = script.parent / "layer_0"
    own.mkdir()
    (own / "python").symlink_to(layer / "python")
    given = {"cwd": str(script.parent), "env": {"_LAMBDA_LAYERS_DIRS": str(own)}}
    nurseries = Nurseries()
    first = nurseries.Popen([sys.executable, str(script)], **given)
    (nursery,) = nurseries.made
    nursery.close()
    with pytest.raises(OSError, match="descriptor"):
        nurseries.Popen([sys.executable, str(script)], **given)
    second = nurseries.Popen([sys.executable, str(script)], **given)
    for each in (first, second):
        assert json.loads(each.stdout.readline())[-1]
        each.kill()
        assert ended(each)
    for each in nurseries.made:
        each.close()


def test_what_a_worker_said_is_all_up_to_its_word() -> None:
    lines: queue.Queue[str] = queue.Queue()
    for line in ("one", "two", "\x04", "of the next call", "without an end\x04", "\x04"):
        lines.put(line)
    assert said(lines) == "one\ntwo"
    assert said(lines) == "of the next call\nwithout an end"
    assert said(lines) == ""


def test_what_is_loaded_ahead_leaves_each_function_its_own_credentials_and_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "the emulator's")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    clients._session.cache_clear()
    try:
        look_ahead()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the function's")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
        for service in ("dynamodb", "kms", "s3"):
            made = clients._session().client(service)
            assert made._request_signer._credentials.access_key == "the function's"
            assert made.meta.region_name == "cn-north-1"
    finally:
        clients._session.cache_clear()
