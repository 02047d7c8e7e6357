"""Executions of the nightly sync over the real stores: steps as processes that die, retriers, hourly runs, as deployed.

`attempts` are those of `statemachines/nightly_sync.asl.yaml`; a test proves it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from functions.apply_corrections import app as apply_corrections
from functions.check_part import app as check_part
from functions.close_feed import app as close_feed
from functions.open_feed import app as open_feed
from functions.rejudge_archives import app as rejudge_archives
from local import jws
from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.faults.faults import Client, Crash, Plan
from tests.faults.memory import TABLES, MemoryDynamoDB, MemoryKms, MemoryS3, MemorySecrets
from tests.unit.corrections.samples import BLINDER, OFF, PROVINCE, RULES, Context
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.dynamodb import B, N, S
from vaxcert.aws.secrets import Peppers
from vaxcert.claims.items import CertificateOps
from vaxcert.claims.model import Certificate
from vaxcert.clinics.store import ClinicStore
from vaxcert.corrections.feed.bucket import FeedBucket
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.feed.signature import FeedKey
from vaxcert.corrections.run.model import LeaseLost, NotAccepted
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.run.runs import RunStore
from vaxcert.corrections.steps.apart import Apart
from vaxcert.corrections.steps.applying import Applying
from vaxcert.corrections.steps.brake import Brake
from vaxcert.corrections.steps.certificates import Keeper
from vaxcert.corrections.steps.checking import Checking
from vaxcert.corrections.steps.closing import Closing
from vaxcert.corrections.steps.forecast import ForecastStore, Unsealed
from vaxcert.corrections.steps.frame import Event
from vaxcert.corrections.steps.judging import Judging
from vaxcert.corrections.steps.opening import Opening
from vaxcert.corrections.steps.rejudging import Rejudging, Segments
from vaxcert.corrections.steps.store import ArchiveWriter, CertificateCorrections
from vaxcert.corrections.steps.weighing import Weighing
from vaxcert.errors import VaxcertError
from vaxcert.identity.handle_store import HandleStore
from vaxcert.identity.handles import Handles
from vaxcert.keys.sealing import DataKeys, Sealer

PEPPER = "a pepper that is long enough for tests"
FINAL = (FeedRefused, LeaseLost, NotAccepted)
RETRIES = {
    "open": 5,
    "rejudge": 10,
    "check": 5,
    "judge": 5,
    "weigh": 10,
    "decide": 5,
    "apply": 10,
    "close": 5,
    "abandon": 2,
}
MOST_BAD = 50
_KEY = FeedKey(jws.compact_json(jws.public_half(PROVINCE)).decode())


class ExecutionFailed(Exception):
    """An execution ended in a Fail state, with the name of its error."""


@dataclass
class Cloud:
    """What outlives every process: the services, and the clock."""

    dynamodb: Any = field(default_factory=MemoryDynamoDB)
    s3: Any = field(default_factory=MemoryS3)
    tables: dict[str, str] = field(default_factory=lambda: dict(TABLES))
    bucket: str = "feeds"
    clock: FakeClock = field(default_factory=lambda: FakeClock(datetime(2026, 3, 1, 4, 0, tzinfo=UTC)))

    def __post_init__(self) -> None:
        key = {"wrapped": B(b"datakey1" + bytes(range(32))), "not_before": N(0)}
        self.dynamodb.put_item(
            TableName=self.tables["KeysTable"], Item={"pk": S("data"), "sk": S("datakey1"), **key}
        )

    def drop(self, day: date, files: dict[str, bytes]) -> None:
        """The province uploads, the manifest last."""
        for name in sorted(files, key=lambda name: name == "manifest.json"):
            self.s3.put_object(Bucket=self.bucket, Key=f"{day}/{name}", Body=files[name])

    def until_day_after(self, day: date) -> None:
        """00:30 of the next day in Shanghai."""
        self.clock.now = max(self.clock.now, datetime(day.year, day.month, day.day, 16, 30, tzinfo=UTC))

    def claimed(self, certificate: Certificate) -> None:
        """Somebody claims a certificate, by day."""
        ops = CertificateOps(self.tables["CertificatesTable"]).made(certificate, None)
        self.dynamodb.transact_write_items(TransactItems=ops)


class Processes:
    """The four functions, each a process that lives until it crashes."""

    def __init__(
        self,
        cloud: Cloud,
        plan: Plan,
        *,
        workers: int = 1,
        stretch: int = 3,
        most_bad: int = MOST_BAD,
        brake: Brake = OFF,
    ) -> None:
        self._cloud = cloud
        self._dynamodb = stands_in(Client(cloud.dynamodb, "dynamodb", plan))
        self._s3 = stands_in(Client(cloud.s3, "s3", plan))
        self._kms = stands_in(Client(MemoryKms(), "kms", plan))
        self._secrets = stands_in(Client(MemorySecrets(PEPPER), "secretsmanager", plan))
        self._workers, self._stretch, self._most_bad = workers, stretch, most_bad
        self.brake = brake
        self._warm: dict[str, Callable[[Event, Any], Event]] = {}
        tables = cloud.tables
        self._archives, self._kinship = tables["ArchivesTable"], tables["KinshipTable"]
        self._runs_table, self._certificates = tables["FeedRunsTable"], tables["CertificatesTable"]

    def use(self, brake: Brake) -> None:
        """An operator sets other limits: every process begins anew."""
        self.brake = brake
        self._warm.clear()

    def call(self, function: str, event: Event) -> Event:
        """One invocation. A crash, or an error, ends the process, as a handler that raises may in Lambda."""
        try:
            if function not in self._warm:
                self._warm[function] = getattr(self, f"_{function}")()
            return self._warm[function](event, Context())
        except BaseException:
            self._warm.pop(function, None)
            raise

    def _open(self) -> Any:
        bucket = FeedBucket(self._s3, self._cloud.bucket)
        opening = Opening(
            self._runs(), Segments(self._dynamodb, self._runs_table), bucket, _KEY, self._cloud.clock
        )
        return open_feed.create(opening, self._cloud.clock, "test")

    def _rejudge(self) -> Any:
        return rejudge_archives.create(
            Rejudging(
                client=self._dynamodb,
                tables=(self._archives, self._certificates),
                runs=self._runs(),
                segments=Segments(self._dynamodb, self._runs_table),
                archives=self._reader(),
                writer=self._writer(),
                doubts=self._progress(),
                opener=self._sealer(),
                keeper=self._keeper(),
                clock=self._cloud.clock,
            )
        )

    def _check(self) -> Any:
        bucket = FeedBucket(self._s3, self._cloud.bucket)
        return check_part.create(Checking(self._runs(), self._progress(), bucket))

    def _apply(self) -> Any:
        # What is drawn is what it stands for, so that two nights can be compared.
        handles = Handles(
            HandleStore(self._dynamodb, self._cloud.tables["HandlesTable"]),
            Peppers(self._secrets, "pepper", self._cloud.clock),
            self._cloud.clock,
            BLINDER.draw,
        )
        sealer = self._sealer()
        certificates = CertificateCorrections(self._dynamodb, self._certificates)
        return apply_corrections.create(
            Weighing(
                runs=self._runs(),
                progress=self._progress(),
                parts=FeedBucket(self._s3, self._cloud.bucket),
                maker=lambda day: ArchiveMaker(handles, Unsealed(), day),
                archives=self._reader(),
                certificates=certificates,
                forecast=self._forecast(),
                adult_dose_from=RULES.adult_dose_from,
                workers=self._workers,
                stretch=self._stretch,
            ),
            Applying(
                runs=self._runs(),
                progress=self._progress(),
                parts=FeedBucket(self._s3, self._cloud.bucket),
                maker=lambda day: ArchiveMaker(handles, sealer, day),
                writer=self._writer(),
                numbers=self._reader(),
                keeper=self._keeper(),
                clinics=ClinicStore(self._dynamodb, self._cloud.tables["ClinicsTable"]),
                workers=self._workers,
                stretch=self._stretch,
            ),
        )

    def _close(self) -> Any:
        judging = Judging(
            runs=self._runs(),
            progress=self._progress(),
            archives=self._reader(),
            certificates=CertificateCorrections(self._dynamodb, self._certificates),
            forecast=self._forecast(),
            keepers=lambda archives, foreseen: Keeper(
                archives, foreseen, RULES, Unsealed(), self._cloud.clock
            ),
            clock=self._cloud.clock,
            adult_age=RULES.adult_age,
            max_bad_rows_percent=self._most_bad,
            brake=self.brake,
        )
        closing = Closing(
            runs=self._runs(),
            progress=self._progress(),
            archives=self._reader(),
            keeper=self._keeper(),
            apart=Apart(
                doubts=self._progress(),
                archives=self._reader(),
                certificates=CertificateCorrections(self._dynamodb, self._certificates),
                reports=FeedBucket(self._s3, self._cloud.bucket),
                opener=self._sealer(),
            ),
        )
        return close_feed.create(judging, closing, self._cloud.clock, "test")

    def _writer(self) -> ArchiveWriter:
        return ArchiveWriter(
            self._dynamodb,
            archives_table=self._archives,
            kinship_table=self._kinship,
            progress=self._progress(),
            adult_dose_from=RULES.adult_dose_from,
            sleep=lambda _seconds: None,
        )

    def _sealer(self) -> Sealer:
        keys = DataKeys(self._dynamodb, self._cloud.tables["KeysTable"], self._kms, "seal", self._cloud.clock)
        return Sealer(keys, bytes)  # the same nonce always: two runs must be comparable byte by byte

    def _runs(self) -> RunStore:
        return RunStore(self._dynamodb, self._runs_table, self._cloud.clock)

    def _progress(self) -> ProgressStore:
        return ProgressStore(self._dynamodb, self._runs_table, self._cloud.clock)

    def _forecast(self) -> ForecastStore:
        return ForecastStore(self._dynamodb, self._runs_table, self._cloud.clock)

    def _reader(self) -> ArchiveReader:
        return ArchiveReader(self._dynamodb, self._archives, self._kinship)

    def _keeper(self) -> Keeper:
        certificates = CertificateCorrections(self._dynamodb, self._certificates)
        return Keeper(self._reader(), certificates, RULES, self._sealer(), self._cloud.clock)


class Nights:
    """Executions of the state machine, hour after hour."""

    def __init__(self, cloud: Cloud, plan: Plan, **given: Any) -> None:
        self.cloud = cloud
        self.processes = Processes(cloud, plan, **given)
        self.plan = plan
        self.executions = 0
        self.decisions: list[Event] = []
        self.errors: Counter[tuple[str, str]] = Counter()

    def settle(self, *, most: int = 400) -> Event:
        """Run hourly until a run succeeds; answers how it rested. Raises FeedRefused where a feed is refused."""
        for _ in range(most):
            try:
                return self.execute()
            except ExecutionFailed:
                self.cloud.clock.advance(hours=1)
        raise AssertionError("the night never ends")

    def execute(self, owner: str | None = None) -> Event:
        """One execution, as the state machine goes. Answers the last output of `open_feed`."""
        self.executions += 1
        run = owner or f"run-{self.executions}"
        try:
            return self._execute(run)
        except FeedRefused:
            raise
        except (ExecutionFailed, VaxcertError) as failed:
            with suppress(ExecutionFailed, VaxcertError):
                self._step("abandon", "close", {"phase": "abandon", "run": run})
            raise ExecutionFailed(type(failed).__name__, *failed.args) from None

    def _execute(self, run: str) -> Event:
        while True:
            opened = self._step("open", "open", {"run": run})
            if opened["status"] == "nothing":
                return opened
            if opened["status"] == "rejudge":
                for segment in opened["segments"]:
                    self._until_done("rejudge", "rejudge", {"run": run, "segment": segment})
                continue
            feed = {name: opened[name] for name in ("run", "sequence", "business_date", "manifest_sha256")}
            if not opened["accepted"]:
                for part in opened["parts"]:
                    self._step("check", "check", {**feed, "part": part})
                self._step("judge", "close", {**feed, "phase": "judge"})
                self._take("weigh", opened["parts"], feed)
                decided: Event = {"status": "more"}
                while decided["status"] == "more":
                    decided = self._step("decide", "close", {**feed, "phase": "decide"})
                self.decisions.append({**decided, "sequence": opened["sequence"]})
                if decided["status"] == "held":
                    continue
            self._take("apply", opened["parts"], feed)
            closed: Event = {"status": "more"}
            while closed["status"] == "more":
                closed = self._step("close", "close", {**feed, "phase": "close"})

    def _take(self, phase: str, parts: Iterable[Event], feed: Event) -> None:
        for part in parts:
            self._until_done(phase, "apply", {**feed, "phase": phase, "part": part})

    def _until_done(self, name: str, function: str, event: Event) -> None:
        """A step that is called again with its own output while time runs short."""
        state: Event = {**event, "status": "more"}
        while state["status"] == "more":
            state = self._step(name, function, state)

    def _step(self, name: str, function: str, event: Event) -> Event:
        for _ in range(1 + RETRIES[name]):
            try:
                return self.processes.call(function, event)
            except FINAL:
                raise
            except (Exception, Crash) as error:  # noqa: BLE001 - the state machine retries States.ALL
                self.errors[type(error).__name__, str(error)] += 1
        raise ExecutionFailed(name)


def rows_of(cloud: Cloud, table: str) -> Iterable[tuple[tuple[str, str], dict[str, Any]]]:
    """Every item of a table, in memory or not, sorted by key."""
    name = cloud.tables[table]
    if isinstance(cloud.dynamodb, MemoryDynamoDB):
        return sorted(cloud.dynamodb.tables[name].items())
    found = []
    for page in cloud.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
        found += [((item["pk"]["S"], item.get("sk", {"S": ""})["S"]), item) for item in page["Items"]]
    return sorted(found, key=lambda row: row[0])
