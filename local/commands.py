"""`python -m local up|down|status`: what `make run` and `make stop` call."""

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from local import processes
from local.emulator.server import require_free_port
from local.homes import DEFAULT_HOME, Home
from local.keys import write_private
from local.services import api_page
from local.stack import LocalStack
from tools.build import build
from tools.paths import ROOT
from tools.problems import LocalProblem

MANAGER = "manager"
_OURS = ("emulator", "identity-platform", "api-page")
_STOP_SECONDS = 120


def main(words: list[str]) -> int:
    """Parse, do, and say what went wrong without a traceback."""
    arguments = _parser().parse_args(words)
    home = DEFAULT_HOME
    try:
        match arguments.command:
            case "up":
                return up(home, arguments)
            case "down":
                return down(home)
            case _:
                return status(home)
    except LocalProblem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def up(home: Home, arguments: argparse.Namespace) -> int:
    """Bring the stack up, tell the story, then stay (or leave it up, detached).

    :raises LocalProblem: anything that a developer has to mend
    """
    _refuse_second(home)
    _clear_the_dead(home)
    parameters = _parameters(arguments.params)
    stack = LocalStack(home, arguments.port, arguments.platform_port or arguments.port + 1, snapshots=True)
    signal.signal(signal.SIGTERM, _as_interrupt)
    signal.signal(signal.SIGHUP, _as_interrupt)
    home.prepare()
    processes.record(home, MANAGER, os.getpid())
    leave_up = False
    try:
        _assemble(stack, parameters, arguments)
        leave_up = arguments.detach
        _say_where(stack, arguments)
        if not leave_up:
            _stay(stack)
    finally:
        if not leave_up:
            # Nothing breaks off the saving of state, not even a second Ctrl-C.
            for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(each, signal.SIG_IGN)
            print("\nStopping …", flush=True)
            _stop(stack)
        processes.forget(home, MANAGER)
    return 0


def down(home: Home) -> int:
    """End whatever an earlier `up` left running. State stays for the next time."""
    manager = processes.find(home, MANAGER)
    if manager:
        # It ends what it started; we only wait.
        manager.stop(_STOP_SECONDS)
        processes.forget(home, MANAGER)
    was_up = bool(manager) or any(processes.find(home, name) for name in _OURS)
    _stop(LocalStack(home, 0, 0))
    print("Stopped." if was_up else "Nothing was running.")
    return 0


def status(home: Home) -> int:
    """Say what runs; 0 only where the stack is whole."""
    for name in (MANAGER, *_OURS):
        running = processes.find(home, name)
        print(f"{name}: {f'running, process {running.pid}' if running else 'not running'}")
    whole = home.endpoints.exists() and all(processes.find(home, name) for name in _OURS)
    return 0 if whole else 1


def _assemble(stack: LocalStack, parameters: dict[str, str], arguments: argparse.Namespace) -> None:
    home = stack.home
    page = api_page(home, arguments.page_port or arguments.port + 2)
    # Said before the work, not after it.
    require_free_port(stack.port, "PORT")
    require_free_port(stack.platform_port, stack.platform.variable)
    require_free_port(page.port, page.variable)
    if arguments.fresh:
        home.forget_state()
    with _step("sam build"):
        build()
    with _step("AWS emulator and identity platform"):
        stack.start()
    with _step("deploying template.yaml"):
        stack.deploy(parameters)
        page.start("--api", stack.endpoints["api"])
    if arguments.story:
        _tell_story(stack)
    # The last act: whoever finds this file finds everything behind it working.
    write_private(home.endpoints, json.dumps(stack.endpoints, ensure_ascii=False, indent=2))


def _tell_story(stack: LocalStack) -> None:
    # The story needs to know where everything is before the world may know that it is there.
    pending = stack.home.folder / "endpoints.pending.json"
    write_private(pending, json.dumps(stack.endpoints, ensure_ascii=False))
    sys.stdout.flush()
    try:
        command = [sys.executable, "-m", "local", "story", "--endpoints", str(pending)]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            logs = os.path.relpath(stack.home.logs, ROOT)
            raise LocalProblem(f"The story could not be told. Logs: {logs}. Without it: make run STORY=0")
    finally:
        pending.unlink(missing_ok=True)


def _stay(stack: LocalStack) -> None:
    while all(processes.find(stack.home, name) for name in _OURS):
        time.sleep(1)
    raise LocalProblem(f"A process of the stack has ended. Logs: {os.path.relpath(stack.home.logs, ROOT)}")


def _stop(stack: LocalStack) -> None:
    api_page(stack.home, 0).stop()
    stack.stop()


def _say_where(stack: LocalStack, arguments: argparse.Namespace) -> None:
    page = api_page(stack.home, arguments.page_port or arguments.port + 2)
    print(
        f"\nUp.  family's pages     {stack.endpoints['api']}/app/"
        f"\n     a clinic's desk    {stack.endpoints['api']}/desk/"
        f"\n     its waiting room   {stack.endpoints['api']}/board/"
        f"\n     check of papers    {stack.endpoints['api']}/check/"
        "\n     enrol what they show: .venv/bin/python -m local enroll FILE"
        f"\n     API                {stack.endpoints['api']}"
        f"\n     identity platform  {stack.endpoints['identity_platform']}"
        f"\n     its page (苏服办)   {stack.endpoints['identity_platform']}/entry?nonce=…&return=…"
        f"\n     API to try out     {page.url}"
        f"\n     everything else    {os.path.relpath(stack.home.endpoints, ROOT)}"
        f"\n{'Stop it with: make stop' if arguments.detach else 'Ctrl-C or `make stop` ends it.'}",
        flush=True,
    )


def _refuse_second(home: Home) -> None:
    running = processes.find(home, MANAGER)
    if running is None and all(processes.find(home, name) for name in _OURS):
        running = processes.find(home, _OURS[0])
    if running is not None:
        raise LocalProblem(
            f"A local stack is running already ({running.name}, process {running.pid}). End it: make stop"
        )


def _clear_the_dead(home: Home) -> None:
    """What a stack leaves that was killed (`kill -9`, a machine that went down): said, ended, and begun anew from its state."""
    told = {name: found for name in (MANAGER, *_OURS) if (found := processes.remembered(home, name))}
    if not told and not home.endpoints.exists():
        return
    dead = [name for name, found in told.items() if not found.is_alive()]
    alive = [name for name in told if name not in dead]
    orphans = sum(processes.end_orphans(told[name]) for name in dead)
    _stop(LocalStack(home, 0, 0))
    processes.forget(home, MANAGER)
    left = "".join(
        (
            f"; ended what was left of it: {', '.join(alive)}" if alive else "",
            f"; {orphans} orphans" if orphans else "",
        )
    )
    print(f"The last stack was not stopped as it should be ({', '.join(dead) or 'nothing'} dead){left}.")
    written = _written(home)
    print(
        f"It goes on from the state of {written}." if written else "No state of it was written yet.",
        flush=True,
    )


def _written(home: Home) -> str:
    """When the state was last written, on this machine's clock; empty where it never was."""
    files = [file.stat().st_mtime for file in (home.state / "emulator").glob("*.json")]
    return time.strftime("%H:%M:%S", time.localtime(max(files))) if files else ""


def _parameters(text: str) -> dict[str, str]:
    """:raises LocalProblem: something that is not Name=Value"""
    values = {}
    for word in shlex.split(text):
        name, equals, value = word.partition("=")
        if not equals:
            raise LocalProblem(f'PARAMS holds {word!r}. Write: make run PARAMS="Name=Value Other=Value"')
        values[name] = value
    return values


@contextmanager
def _step(what: str) -> Iterator[None]:
    print(f"{what} …", end=" ", flush=True)
    began = time.monotonic()
    yield
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="One local stack, up or down.")
    commands = parser.add_subparsers(dest="command", required=True)
    up_parser = commands.add_parser("up", help="build, start, deploy, tell the story, stay")
    up_parser.add_argument("--port", type=int, default=4580, help="of the AWS emulator")
    up_parser.add_argument(
        "--platform-port", type=int, help="of the identity platform; default: the next one"
    )
    up_parser.add_argument("--page-port", type=int, help="of the API's page; default: the one after")
    up_parser.add_argument("--params", default="", help='template parameters: "Name=Value Other=Value"')
    up_parser.add_argument("--fresh", action="store_true", help="forget the state of earlier runs")
    up_parser.add_argument("--detach", action="store_true", help="return and leave the stack up")
    up_parser.add_argument("--no-story", dest="story", action="store_false", help="deploy only")
    commands.add_parser("down", help="end it; state stays")
    commands.add_parser("status", help="what runs")
    return parser
