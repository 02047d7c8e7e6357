"""A pepper is covered by another while people enter, claim and authorise and the night writes (D23): on the emulator, with threads.

`VAXCERT_TOWN=10000 pytest tests/races/test_pepper_change.py -s` takes a town of ten thousand archives; a run of the suite a small one.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import batched, count
from typing import Any

import pytest

from local.demo.make_feed import Order, rows
from local.emulator.server import Emulator
from tests.fakes.clock import FakeClock
from tests.fakes.household import RULES
from tests.fakes.people import SEALER, citizen, id_no
from tests.faults.memory import MemorySecrets
from tests.races.desk import Desk, dynamo_stores
from tests.races.invariants import Tables
from tests.tables import create_tables
from tools.reblind import Reblinding, TooEarly
from vaxcert.aws.secrets import SETTLED_AFTER, Peppers
from vaxcert.corrections.feed.form import BadRow, Row, parse_row
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.steps.store import ArchiveWriter
from vaxcert.errors import VaxcertError
from vaxcert.identity.blinding import Clear, named, subject
from vaxcert.identity.handle_store import HandleStore
from vaxcert.identity.handles import Handles, drawn
from vaxcert.identity.model import Citizen

pytestmark = pytest.mark.emulator

SIZE = int(os.environ.get("VAXCERT_TOWN", "60"))
DAY = date(2026, 3, 1)
FIRST, SECOND = "p" * 64, "q" * 64
LANES, HANDFUL, TURNS = 4, 32, 1 if SIZE < 1000 else 3
STEP = timedelta(minutes=6)
_OLD = re.compile(r"[vna]1:[A-Za-z0-9_-]{43}")


class Books:
    """What every process was told: one thing has one handle, whoever asks, before, while and after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.seen: dict[Clear, str] = {}
        self.claimed: dict[str, tuple[str, str]] = {}
        self.counts: Counter[str] = Counter()

    def note(self, told: Iterable[tuple[Clear, str]]) -> None:
        """Keep what was told, and compare it with what was told before."""
        with self._lock:
            for clear, handle in told:
                assert self.seen.setdefault(clear, handle) == handle, "somebody became another"

    def count(self, what: str) -> None:
        """One more of it."""
        with self._lock:
            self.counts[what] += 1


class Noted:
    """Handles of one process, and what it is told goes into the books."""

    def __init__(self, handles: Handles, books: Books) -> None:
        self._handles = handles
        self._books = books

    def of(self, wanted: Iterable[Clear]) -> dict[Clear, str]:
        """See `Handles.of`."""
        found = self._handles.of(wanted)
        self._books.note(found.items())
        return found

    def person(self, number: str, name: str) -> tuple[str, str]:
        """See `Handles.person`."""
        return self._told(number, name, self._handles.person(number, name))

    def visitor(self, number: str, name: str) -> tuple[str, str]:
        """See `Handles.visitor`."""
        return self._told(number, name, self._handles.visitor(number, name))

    def _told(self, number: str, name: str, found: tuple[str, str]) -> tuple[str, str]:
        self._books.note(zip((subject(number), named(name)), found, strict=True))
        return found


class Town:
    """Everything that outlives a process."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.client = emulator.client("dynamodb")
        self.tables = create_tables(self.client, f"p{uuid.uuid4().hex[:10]}")
        self.clock, self.books = FakeClock(), Books()
        self.secret = MemorySecrets(FIRST, self.clock() - timedelta(days=1))
        self.rows = [_row(line) for line in rows(Order(DAY, 2, SIZE, 15_000_000, 1.0, 0.0))]
        self.strangers = count(1)

    def handles(self, client: Any) -> Handles:
        """As a process has them that has just started."""
        peppers = Peppers(self.secret, "pepper", self.clock)  # type: ignore[arg-type]
        return Handles(HandleStore(client, self.tables["HandlesTable"]), peppers, self.clock, drawn)

    def job(self) -> Reblinding:
        """The job."""
        known = Peppers(self.secret, "pepper", self.clock).read()  # type: ignore[arg-type]
        return Reblinding(self.emulator.client("dynamodb"), self.tables["HandlesTable"], known, 2)

    def items(self, table: str) -> list[dict[str, Any]]:
        """All that is in a table."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.tables[table], ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]


class Lane:
    """One process that does a little of everything: people at the desk, strangers who look in, the night."""

    def __init__(self, town: Town, seed: int) -> None:
        client = town.emulator.client("dynamodb")
        self._town, self._dice = town, random.Random(seed)
        self.people = Noted(town.handles(client), town.books)
        stores = dynamo_stores(client, town.tables, town.clock, SEALER)
        self.desk = Desk(stores, town.clock, RULES, self.people, SEALER)
        self._maker = ArchiveMaker(self.people, SEALER, DAY)
        self._writer = ArchiveWriter(
            client,
            archives_table=town.tables["ArchivesTable"],
            kinship_table=town.tables["KinshipTable"],
            progress=ProgressStore(client, town.tables["FeedRunsTable"]),
            adult_dose_from=RULES.adult_dose_from,
        )

    def night(self, told: Iterable[Row]) -> None:
        """The night writes some rows."""
        for written in self._writer.write_all(self._maker.archives(told), 1):
            self._town.books.count(f"row {written.fate}")

    def enter(self, number: str, name: str) -> Citizen:
        """Somebody enters."""
        who, called = self.people.visitor(number, name)
        self._town.books.count("entered")
        return replace(citizen(who, self._town.clock(), session=uuid.uuid4().hex), name_key=called)

    def turn(self) -> None:
        """One of everything, by the dice."""
        row = self._dice.choice(self._town.rows)
        for guardian in row.guardians:
            self._family(guardian.id_no, guardian.name)
        stranger = id_no(date(1970, 1, 1), 2 * next(self._town.strangers) % 1000)
        self.enter(stranger, "路过")
        again = self._dice.sample(self._town.rows, 3)
        self.night([row, *(one.model_copy(update={"version": self._dice.randrange(2, 9)}) for one in again)])

    def _family(self, number: str, name: str) -> None:
        caller = self.enter(number, name)
        for person in self.desk.overview(caller).claimable:
            self._try("claimed", partial(self._claim, caller, number, name, person.record_id))
        for view in self.desk.overview(caller).claimed:
            relative = id_no(date(1955, 1, 1) + timedelta(days=self._dice.randrange(300)), 7)
            key = uuid.uuid4().hex
            self._try(
                "authorised",
                partial(self.desk.authorize, caller, view.certificate_id, relative, "沈测试", key),
            )

    def _claim(self, caller: Citizen, number: str, name: str, record_id: str) -> None:
        made = self.desk.claim(caller, record_id, uuid.uuid4().hex)
        self._town.books.claimed[made] = (number, name)

    def _try(self, what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except VaxcertError as refused:
            self._town.books.count(f"{what}: {refused.code}")
        else:
            self._town.books.count(what)


def _row(line: bytes) -> Row:
    found = parse_row(line.rstrip(), DAY)
    assert not isinstance(found, BadRow)
    return found


@pytest.mark.timeout(7200)
def test_d23_the_pepper_changes_while_people_claim_and_the_night_writes(emulator: Emulator) -> None:
    town = Town(emulator)
    lanes = [Lane(town, seed) for seed in range(LANES)]
    began = time.monotonic()
    with ThreadPoolExecutor(LANES, "town") as pool:

        def every(act: Callable[[Lane], None]) -> None:
            list(pool.map(act, lanes))

        def some(lane: Lane) -> None:
            for _ in range(TURNS):
                lane.turn()

        # Nine tenths of the town are there already; the rest comes by night, while the pepper changes.
        loaded = town.rows[: SIZE * 9 // 10]
        nights = enumerate(batched(loaded, HANDFUL, strict=False))
        list(pool.map(lambda night: lanes[night[0] % LANES].night(night[1]), nights))
        filled = time.monotonic()
        every(some)
        town.secret.put(f"{FIRST}\n{SECOND}", town.clock())
        # Processes learn of it one after another; some are started anew, some were before.
        while town.clock() < town.secret.get_secret_value(SecretId="pepper")["CreatedDate"] + SETTLED_AFTER:
            with pytest.raises(TooEarly):
                next(town.job().passes(town.clock()))
            every(some)
            lanes[0] = Lane(town, town.clock().minute)
            town.clock.now += STEP
        over, met = threading.Event(), list[int]()

        def work() -> None:
            try:
                met.extend(town.job().passes(town.clock()))
            finally:
                over.set()

        def until_over(lane: Lane) -> None:
            while not over.is_set():
                lane.turn()
                town.books.count("turns while the job ran")

        started = time.monotonic()
        job = threading.Thread(target=work)
        job.start()
        every(until_over)
        job.join()
        ended = time.monotonic()
        every(some)
    _reckon(town, met)
    sys.stdout.write(
        f"a town of {SIZE}: filled in {filled - began:.0f} s, keys met {met} in {ended - started:.0f} s, "
        f"{len(town.books.seen)} handles, {dict(sorted(town.books.counts.items()))}\n"
    )


def _reckon(town: Town, met: list[int]) -> None:
    books = town.books
    assert met[0] > 0, books.counts
    assert list(town.job().passes(town.clock())) == [0]
    # Old keys gone, from every table; nothing doubled: as many items as things, as many handles as items.
    kept = town.items("HandlesTable")
    assert {item["pk"]["S"][1:3] for item in kept} == {"2:"}
    assert len(kept) == len({item["handle"]["S"] for item in kept}) == len(books.seen)
    for table in town.tables:
        told = json.dumps(town.items(table), default=repr)
        assert not _OLD.search(told), table
    # Nobody lost: everybody is who they were, for a process that starts now.
    handles = town.handles(town.client)
    for some in batched(books.seen, 100, strict=False):
        assert handles.of(some) == {one: books.seen[one] for one in some}
    lane = Lane(town, 0)
    for certificate_id, (number, name) in books.claimed.items():
        overview = lane.desk.overview(lane.enter(number, name))
        assert certificate_id in {view.certificate_id for view in overview.claimed}
    assert books.counts["claimed"] == len(books.claimed) > 0, books.counts
    assert books.counts["authorised"] > 0, books.counts
    assert books.counts["turns while the job ran"] > 0
    left = Tables(town.client, town.tables).check_all()
    assert left["certificates"] == len(books.claimed)
    assert left["grants"] == books.counts["authorised"]
