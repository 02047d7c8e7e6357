"""What is done to a stack, and what must stand afterwards (tests/stack/test_chaos.py)."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import commands, processes
from local.demo.town import Person
from local.emulator import deploy, forking
from local.emulator.server import NAME
from local.platform.signing import Platform
from tests.races.invariants import Tables
from tests.stack.conftest import PARAMETERS, World
from tests.stack.mornings import Morning


class Chaos:
    """The stack, and what is done to it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stack = world.stack

    @property
    def emulator(self) -> processes.Recorded:
        """The emulator's process."""
        found = processes.find(self.stack.home, NAME)
        assert found is not None
        return found

    def tables(self) -> Tables:
        """Raw reading."""
        names = deploy.describe(self.stack.emulator)
        logical = ("CertificatesTable", "GrantsTable", "VisitsTable", "ArchivesTable")
        client = self.stack.emulator.client("dynamodb")
        return Tables(client, {name: names.resource(name) for name in logical})

    def written(self) -> None:
        """Wait until a snapshot holds all that was written so far."""
        file, now = self.stack.home.state / "emulator" / "dynamodb.json", time.time()
        end = time.monotonic() + 600
        # A snapshot takes its moment before it writes: the second one from now began after it.
        for _ in range(2):
            while not file.exists() or file.stat().st_mtime <= now:
                assert time.monotonic() < end, "no snapshot"
                time.sleep(0.2)
            now = file.stat().st_mtime

    def kill(self) -> None:
        """SIGKILL, and its functions with it."""
        emulator = self.emulator
        os.kill(emulator.pid, signal.SIGKILL)
        while emulator.is_alive():
            time.sleep(0.05)

    def again(self) -> None:
        """What `make run` does after it."""
        commands._clear_the_dead(self.stack.home)
        self.stack.start()
        self.stack.deploy(PARAMETERS)

    def end_workers(self) -> int:
        """Every function's process is killed, and gone: the next ones remember nothing. How many."""
        ended = []
        for one in Path("/proc").glob("[0-9]*"):
            try:
                command = (one / "cmdline").read_bytes().decode()
                parent = (one / "stat").read_text().rpartition(")")[2].split()[1]
                above = Path("/proc", parent, "cmdline").read_bytes().decode()
                session = (one / "stat").read_text().rpartition(")")[2].split()[3]
            except OSError:
                continue
            if forking.__file__ in command and command == above and int(session) == self.emulator.pid:
                os.kill(int(one.name), signal.SIGKILL)
                ended.append(one)
        while any((one / "cmdline").exists() for one in ended):
            time.sleep(0.05)
        return len(ended)

    def versions(self) -> dict[str, int]:
        """Every archive's version, by key."""
        found = self.tables()._scan("ArchivesTable")
        return {item["pk"]: int(item["version"]) for item in found if "version" in item}

    def entered(self, platform: Platform, person: Person) -> str:
        """A session by an assertion of this platform; its token."""
        nonce = self.world.api.post("/v1/challenges", {"purpose": "enter"})["nonce"]
        asked = {"id_type": person.id_type, "id_no": person.id_no, "name": person.name, "phone": person.phone}
        assertion = platform.assertion(asked | {"channel": "app", "method": "face", "nonce": nonce})
        return str(self.world.api.post("/v1/sessions", {"assertion": assertion})["token"])

    @contextmanager
    def frozen(self, service: str) -> Iterator[None]:
        """A process that is there and does not answer."""
        process = processes.find(self.stack.home, service)
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process.pid, signal.SIGCONT)

    @contextmanager
    def disabled_keys(self) -> Iterator[None]:
        """The keys that seal and wrap are disabled in KMS, and no function remembers what they opened."""
        kms = self.stack.emulator.client("kms")
        names = [self.world.physical(name) for name in ("SealKey", "WrapKey")]
        for name in names:
            kms.disable_key(KeyId=name)
        assert self.end_workers()
        try:
            yield
        finally:
            for name in names:
                kms.enable_key(KeyId=name)

    def judge(self, families: list[Morning]) -> Counter[str]:
        """Every table, against what clients were told."""
        for family in families:
            family.judge()
        tables = self.tables()
        kinds = tables.check_all()
        tickets = [(one.clinic, one.told["_draw"]["visit"]["ticket"]) for one in families]
        assert len(set(tickets)) == len(tickets), "no number twice"
        return kinds
