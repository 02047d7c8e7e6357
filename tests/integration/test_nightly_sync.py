"""The night as deployed: the state machine's own definition, the four functions as they build themselves, S3 and DynamoDB (R38).

The settings come from `template.yaml`, so a variable that a function reads and the template does not give fails here.
"""

from __future__ import annotations

import gc
import gzip
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
import pytest
import yaml
from moto import mock_aws

from functions.apply_corrections import app as apply_corrections
from functions.check_part import app as check_part
from functions.close_feed import app as close_feed
from functions.follow_reports import app as follow_reports
from functions.open_feed import app as open_feed
from functions.rejudge_archives import app as rejudge_archives
from functions.release_night import app as release_night
from local import jws
from local.feed.writer import Fault, Feed, FeedWriter
from tests.hastened import hasten_moto
from tests.integration.asl import ExecutionFailed, StateMachine
from tests.partiql import mend_moto
from tests.tables import create_tables, template
from tests.unit.corrections.samples import (
    CHILD,
    DAY,
    FATHER,
    MOTHER,
    PROVINCE,
    Context,
    guardian,
    record_of,
    row,
)
from vaxcert.archives.personal import name_of
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws import clients
from vaxcert.aws.clock import shanghai_date
from vaxcert.aws.dynamodb import B, N, S, get, transact
from vaxcert.aws.secrets import peppers_of
from vaxcert.claims.items import CertificateOps
from vaxcert.claims.model import ACTIVE, Agreement, Certificate, Kind, Status, StatusReason
from vaxcert.claims.store import CertificateReader
from vaxcert.corrections.run.runs import RunStore
from vaxcert.identity.blinding import subject
from vaxcert.identity.handle_store import handles_of
from vaxcert.keys.sealing import DataKeys, Sealer

mend_moto()
hasten_moto()

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "feeds"
PEPPER = "p" * 64
FUNCTIONS: dict[str, ModuleType] = {
    "OpenFeed": open_feed,
    "RejudgeArchives": rejudge_archives,
    "CheckPart": check_part,
    "ApplyCorrections": apply_corrections,
    "CloseFeed": close_feed,
    "FollowReports": follow_reports,
}


@cache
def _definition() -> dict[str, Any]:
    """The state machine, read once: it is left as it is."""
    text = (ROOT / "statemachines/nightly_sync.asl.yaml").read_text("utf-8")
    definition: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return definition


@dataclass
class Cloud:
    """Everything that the functions stand on, and the clock that they read."""

    dynamodb: Any
    s3: Any
    kms: Any
    secrets: Any
    tables: dict[str, str]
    environment: Callable[[str], dict[str, str]]
    last: Feed | None = None
    now: datetime = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)

    def feed(self, rows: list[dict[str, Any]], *, parts: int = 1, hostile: tuple[Fault, ...] = ()) -> Feed:
        """The province uploads the next feed."""
        day = self.last.business_date + timedelta(days=1) if self.last else DAY
        feed = FeedWriter(PROVINCE).write(
            None,
            day,
            self.last.sequence + 1 if self.last else 1,
            self.last.manifest_sha256 if self.last else None,
            rows,  # type: ignore[arg-type]
            parts,
            check=False,
            hostile=hostile,
        )
        for name, content in feed.files.items():
            self.s3.put_object(Bucket=BUCKET, Key=f"{day}/{name}", Body=content)
        self.now = datetime(day.year, day.month, day.day, 16, 30, tzinfo=UTC)
        if not hostile:
            self.last = feed
        return feed

    def night(self, execution: str = "night-1") -> tuple[Any, list[str]]:
        """One execution of the state machine; answers its output and the states it went through."""
        tasks = {name: self._task(name, module) for name, module in FUNCTIONS.items()}
        machine = StateMachine(_definition(), tasks, {"ApplyConcurrency": "4"}, Context)
        return machine.run(execution), machine.visited

    def _task(self, name: str, module: ModuleType) -> Callable[[Any, Any], Any]:
        def task(event: Any, context: Any) -> Any:
            with pytest.MonkeyPatch.context() as patch:
                for variable in list(os.environ):
                    if variable.endswith("_TABLE") or variable == "FEED_BUCKET":
                        patch.delenv(variable)
                for variable, value in self.environment(name).items():
                    patch.setenv(variable, value)
                patch.setattr(module, "system_clock", lambda: self.now, raising=False)
                patch.setattr(apply_corrections, "WORKERS", 1)  # moto cannot be asked by two threads at once
                module.build.cache_clear()
                return module.handler(event, context)

        return task

    @property
    def archives(self) -> ArchiveReader:
        return ArchiveReader(self.dynamodb, self.tables["ArchivesTable"], self.tables["KinshipTable"])

    @property
    def runs(self) -> RunStore:
        return RunStore(self.dynamodb, self.tables["FeedRunsTable"], lambda: self.now)

    def person(self, number: str) -> str:
        """What stands for a number."""
        env, clear = self.environment("ApplyCorrections"), subject(number)
        peppers = peppers_of(env, self.secrets, lambda: self.now)
        return handles_of(env, self.dynamodb, peppers, lambda: self.now).of([clear])[clear]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        clients.made.cache_clear()
        session: Any = botocore.session.Session()
        dynamodb, s3, kms = (session.create_client(name) for name in ("dynamodb", "s3", "kms"))
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        tables = create_tables(dynamodb, "t")
        seal_key = kms.create_key()["KeyMetadata"]["KeyId"]
        context = {"purpose": "data", "kid": "datakey1"}
        wrapped = kms.generate_data_key(KeyId=seal_key, KeySpec="AES_256", EncryptionContext=context)
        dynamodb.put_item(
            TableName=tables["KeysTable"],
            Item={
                "pk": S("data"),
                "sk": S("datakey1"),
                "wrapped": B(wrapped["CiphertextBlob"]),
                "not_before": N(0),
            },
        )
        secrets = session.create_client("secretsmanager")
        pepper = secrets.create_secret(Name="pepper", SecretString=PEPPER)["ARN"]
        values = {
            **tables,
            "FeedBucket": BUCKET,
            "SealKey": seal_key,
            "Pepper.Id": pepper,
            "FeedPublicJwk": jws.compact_json(jws.public_half(PROVINCE)).decode(),
        }
        yield Cloud(dynamodb, s3, kms, secrets, tables, _environment(values))
        clients.made.cache_clear()
        for module in FUNCTIONS.values():
            module.build.cache_clear()


def _environment(values: dict[str, str]) -> Callable[[str], dict[str, str]]:
    """A function's variables as the template gives them: references to `values`, else parameters' defaults."""
    whole = template()

    def resolved(value: Any) -> str:
        if isinstance(value, dict):
            ((_, name),) = value.items()
            found = values.get(name)
            return str(whole["Parameters"][name]["Default"] if found is None else found)
        return str(value)

    def environment(name: str) -> dict[str, str]:
        shared = whole["Globals"]["Function"].get("Environment", {}).get("Variables", {})
        own = whole["Resources"][name]["Properties"].get("Environment", {}).get("Variables", {})
        return {variable: resolved(value) for variable, value in {**shared, **own}.items()}

    return environment


def test_a_feed_becomes_archives_and_as_of_moves_on_r38_d2(cloud: Cloud) -> None:
    cloud.feed([row(f"A{number}") for number in range(25)], parts=3)
    output, visited = cloud.night()
    assert output == {"status": "nothing", "reason": "up_to_date", "as_of": "2026-03-01"}
    assert visited.count("CheckPart") == visited.count("ApplyCorrections") == 3
    as_of = cloud.runs.as_of()
    assert as_of is not None
    assert (as_of.business_date, as_of.sequence) == (DAY, 1)
    links = cloud.archives.own_links(cloud.person(CHILD))
    assert len(links) == 25
    (archive,) = cloud.archives.archives([links[0].archive_key])
    keys = DataKeys(
        cloud.dynamodb,
        cloud.tables["KeysTable"],
        cloud.kms,
        cloud.environment("ApplyCorrections")["SEAL_KEY_ID"],
        lambda: cloud.now,
    )
    assert name_of(Sealer(keys), archive) == "张三"
    item = get(cloud.dynamodb, cloud.tables["FeedRunsTable"], {"pk": S("FEED"), "sk": S("S#000000001")})
    assert item is not None
    assert json.loads(item["figures"]["S"])["inserted"] == 25


def test_running_again_and_catching_up_is_one_execution(cloud: Cloud) -> None:
    cloud.feed([row()])
    cloud.night("night-1")
    assert cloud.night("night-1b")[0]["reason"] == "up_to_date"
    cloud.feed([row(version=2)])
    cloud.feed([])
    output, visited = cloud.night("night-2")
    assert output["as_of"] == "2026-03-03"
    assert visited.count("CloseFeed") == 2


def test_a_feed_of_today_waits_and_the_run_succeeds_d2(cloud: Cloud) -> None:
    cloud.feed([row()])
    cloud.now = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
    assert shanghai_date(cloud.now) == date(2026, 3, 1)
    output, _ = cloud.night()
    assert output == {"status": "nothing", "reason": "not_yet", "as_of": None}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.FOREIGN_KEY, "signature_bad"),
        (Fault.BROKEN_CHAIN, "chain_broken"),
        (Fault.PART_HASH, "part_hash"),
    ],
)
def test_a_refused_feed_fails_the_run_with_its_reason_and_its_replacement_goes_on(
    cloud: Cloud, fault: Fault, reason: str
) -> None:
    cloud.feed([row()], hostile=(fault,))
    with pytest.raises(ExecutionFailed) as failed:
        cloud.night()
    assert (failed.value.error, failed.value.cause) == ("FeedRefused", reason)
    assert cloud.archives.own_links(cloud.person(CHILD)) == ()
    cloud.feed([row()])
    assert cloud.night("night-2")[0]["as_of"] == "2026-03-01"


def test_bad_rows_go_to_quarantine_and_the_rest_is_applied(cloud: Cloud) -> None:
    feed = cloud.feed([row(f"A{number}") for number in range(40)], hostile=(Fault.FOREIGN_ROW,))
    cloud.night()
    keys = [
        entry["Key"] for entry in cloud.s3.list_objects_v2(Bucket=BUCKET, Prefix="quarantine/")["Contents"]
    ]
    assert keys == [f"quarantine/2026-03-01/000000001-{feed.manifest_sha256[:12]}/part-00001.ndjson"]
    body = cloud.s3.get_object(Bucket=BUCKET, Key=keys[0])["Body"].read()
    assert json.loads(body) == {"line": 41, "reason": "json_invalid:/", "archive_no": None}
    assert len(cloud.archives.own_links(cloud.person(CHILD))) == 40


def test_what_was_checked_is_what_is_applied_though_the_object_is_replaced(cloud: Cloud) -> None:
    cloud.feed([row()])
    tasks = FUNCTIONS["ApplyCorrections"]
    handler = tasks.handler

    def replaced(event: Any, context: Any) -> Any:
        other = gzip.compress(jws.compact_json(row(version=9)) + b"\n")
        cloud.s3.put_object(Bucket=BUCKET, Key="2026-03-01/archives-00001.ndjson.gz", Body=other)
        return handler(event, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "handler", replaced)
        cloud.night()
    (link,) = cloud.archives.own_links(cloud.person(CHILD))
    assert cloud.archives.archives([link.archive_key])[0].version == 1


def test_a_run_that_dies_gives_the_lease_up_and_the_next_goes_on(cloud: Cloud) -> None:
    cloud.feed([row(f"A{number}") for number in range(4)], parts=2)
    closing = FUNCTIONS["CloseFeed"]
    handler = closing.handler

    def dying(event: Any, context: Any) -> Any:
        if event["phase"] == "close":
            raise TimeoutError
        return handler(event, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closing, "handler", dying)
        with pytest.raises(ExecutionFailed) as failed:
            cloud.night("night-1")
    assert failed.value.error == "TimeoutError"
    output, visited = cloud.night("night-2")
    assert output["as_of"] == "2026-03-01"
    assert "CheckPart" not in visited  # judged good already


def _claimed(cloud: Cloud) -> Callable[[], tuple[Status, StatusReason | None]]:
    """The mother claims the child's certificate; answers how it stands whenever it is asked."""
    (link,) = cloud.archives.own_links(cloud.person(CHILD))
    certificate = Certificate(
        certificate_id="c1",
        record_id=link.record_id,
        person_key=cloud.person(CHILD),
        holder=cloud.person(MOTHER),
        relation="mother",
        kind=Kind.CHILD,
        standing=ACTIVE,
        version=1,
        birth_date=date(2020, 1, 2),
        archive_keys=(link.archive_key,),
        claimed_at=cloud.now,
        changed_at=cloud.now,
        agreement=Agreement("1", ("records",), cloud.now, "app", "face"),
    )
    transact(cloud.dynamodb, CertificateOps(cloud.tables["CertificatesTable"]).made(certificate, None))
    reader = CertificateReader(cloud.dynamodb, cloud.tables["CertificatesTable"])

    def standing() -> tuple[Status, StatusReason | None]:
        found = reader.get("c1")
        assert found is not None
        return found.standing.status, found.standing.reason

    assert record_of(CHILD) != link.record_id  # a handle is no key
    return standing


def test_a_night_that_is_held_goes_on_when_it_is_released_d14(cloud: Cloud) -> None:
    """The template's own limits but for their numbers: one certificate is too many here."""
    given = cloud.environment
    strict = {"MAX_LOST_CERTIFICATES": "0", "MAX_LOST_CERTIFICATES_PERCENT": "0"}
    cloud.environment = lambda name: given(name) | {key: strict[key] for key in strict if key in given(name)}
    cloud.feed([row()])
    cloud.night()
    standing = _claimed(cloud)
    feed = cloud.feed([row(version=2, guardians=[guardian(FATHER, "father")])], parts=1)
    for execution in ("night-2", "hourly"):
        output, visited = cloud.night(execution)
        assert output == {
            "status": "nothing",
            "reason": "held",
            "as_of": "2026-03-01",
            "sequence": 2,
            "business_date": "2026-03-02",
            "manifest_sha256": feed.manifest_sha256,
        }
        assert "ApplyParts" not in visited
        assert ("WeighParts" in visited) == (execution == "night-2")
    assert standing() == (Status.ACTIVE, None)
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in cloud.environment("ReleaseNight").items():
            patch.setenv(variable, value)
        event = {
            "manifest_sha256": feed.manifest_sha256,
            "officer": "officer-7",
            "reason": "confirmed by phone",
        }
        assert release_night.handler(event, Context())["status"] == "released"
    output, visited = cloud.night("released")
    assert output["as_of"] == "2026-03-02"
    assert "CheckPart" not in visited
    assert standing() == (Status.SUSPENDED, StatusReason.GUARDIAN_REMOVED)


def test_a_feed_that_loses_numbers_is_refused_with_its_reason_d14(cloud: Cloud) -> None:
    cloud.feed([row(f"A{number}") for number in range(30)])
    cloud.night()
    cloud.feed([row(f"A{number}", 2, id_no=None) for number in range(30)], hostile=())
    with pytest.raises(ExecutionFailed) as failed:
        cloud.night("night-2")
    assert (failed.value.error, failed.value.cause) == ("FeedRefused", "too_many_bad_numbers")
    assert len(cloud.archives.own_links(cloud.person(CHILD))) == 30


def test_a_correction_suspends_the_certificate_and_another_lifts_it_d5(cloud: Cloud) -> None:
    cloud.feed([row()])
    cloud.night()
    standing = _claimed(cloud)
    cloud.feed([row(version=2, guardians=[guardian(FATHER, "father")])])
    cloud.night("night-2")
    assert standing() == (Status.SUSPENDED, StatusReason.GUARDIAN_REMOVED)
    cloud.feed([row(version=3)])
    cloud.night("night-3")
    assert standing() == (Status.ACTIVE, None)


def test_garbage_among_rows_is_looked_for_seldom(cloud: Cloud) -> None:
    """To look through those at work would cost more than it finds."""
    before = gc.get_threshold()
    gc.set_threshold(700)
    try:
        cloud.feed([row("A1")])
        cloud.night()
        assert gc.get_threshold()[0] == 50_000
    finally:
        gc.set_threshold(*before)
