"""The daily look at the access log: what was anchored is found to be gone, on moto and on the emulator (D11)."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.audit_access_log.app import create
from tests.contract.conftest import Database, session
from tests.fakes.clock import FakeClock
from tests.fakes.events import EVENTS
from vaxcert.aws.console import InvalidEvent
from vaxcert.aws.dynamodb import Item, N, S
from vaxcert.trail.anchors import AnchorChanged, Anchors, Signature
from vaxcert.trail.audit import AuditService
from vaxcert.trail.chain import Fault, Head, NothingBroken
from vaxcert.trail.chaining import SHARDS, AccessChain, shard_of
from vaxcert.trail.items import entry_to_item, log_pk
from vaxcert.trail.model import Access, Entry

START = datetime(2026, 7, 1, 2, tzinfo=UTC)
TRUNCATED, OTHER = "caaaaaaaaaaaaa", "cbbbbbbbbbbbbb"


def a_signature(number: int) -> Signature:
    key = ec.derive_private_key(number, ec.SECP256R1())
    return Signature(
        lambda message: key.sign(message, ec.ECDSA(hashes.SHA256())),
        lambda: key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


SIGNATURE = a_signature(4712)


@dataclass
class Log:
    """The access log with its chain, and the daily look at it."""

    client: Any
    s3: Any
    bucket: str
    log: str
    chain_table: str
    clock: FakeClock

    @property
    def chain(self) -> AccessChain:
        return AccessChain(self.client, self.chain_table, self.log)

    def anchors(self, signature: Signature = SIGNATURE) -> Anchors:
        return Anchors(self.s3, self.bucket, signature)

    def add(self, certificate_id: str, number: int) -> Item:
        entry = Entry(START + timedelta(seconds=number), Access.READ, f"v1:{number}", 0)
        item = entry_to_item(certificate_id, entry, f"{number:08x}", timedelta(days=1095))
        self.client.put_item(TableName=self.log, Item=item)
        self.chain.add(item)
        return item

    def look(self, **event: str) -> dict[str, Any]:
        return create(AuditService(self.chain, self.anchors()), self.clock, "local")(event, None)

    def tomorrow(self) -> dict[str, Any]:
        self.clock.advance(days=1)
        return self.look()

    def cut_off(self, items: list[Item], *, head: int) -> None:
        """Delete entries and their links, and put the head back, as if they had never been."""
        for item in items:
            self.client.delete_item(TableName=self.log, Key={"pk": item["pk"], "sk": item["sk"]})
            link = {"pk": item["pk"], "sk": S("E#" + item["sk"]["S"])}
            self.client.delete_item(TableName=self.chain_table, Key=link)
        pk = items[0]["pk"]["S"]
        key = {"pk": S(f"H#{shard_of(TRUNCATED):x}"), "sk": S(pk)}
        links = self.client.query(
            TableName=self.chain_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(pk)},
        )["Items"]
        if not links:
            self.client.delete_item(TableName=self.chain_table, Key=key)
            return
        last = next(link for link in links if link["sequence"] == N(head))
        self.client.put_item(
            TableName=self.chain_table, Item={**key, "sequence": N(head), "digest": last["digest"]}
        )


def through(log: Log) -> set[str]:
    """Those whose shard is verified as a whole on this day."""
    return {one for one in (TRUNCATED, OTHER) if shard_of(one) == log.clock().toordinal() % SHARDS}


@pytest.fixture
def log(database: Database, request: pytest.FixtureRequest) -> Log:
    if request.node.callspec.params["database"] == "emulator":
        s3 = request.getfixturevalue("emulator").client("s3")
    else:
        s3 = session().create_client(
            "s3", region_name="cn-north-1", aws_access_key_id="testing", aws_secret_access_key="testing"
        )
    bucket = f"trail-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
    tables = database.tables
    clock = FakeClock(START + timedelta(hours=1))
    return Log(database.client, s3, bucket, tables["AccessLogTable"], tables["AccessChainTable"], clock)


def test_d11_a_whole_log_is_whole_every_day(log: Log) -> None:
    for number in range(3):
        log.add(TRUNCATED, number)
    log.add(OTHER, 0)
    assert log.look() == {
        "heads": 2,
        "verified": 2,
        "broken": 0,
        "anchor_changed": False,
        "certificates": {},
    }
    log.add(OTHER, 1)
    # One moved, and one shard in sixteen is verified whether it moved or not.
    assert log.tomorrow() | {"certificates": {}} == {
        "heads": 2,
        "verified": len({OTHER} | through(log)),
        "broken": 0,
        "anchor_changed": False,
        "certificates": {},
    }
    assert through(log) == {TRUNCATED}
    assert log.tomorrow()["verified"] == len(through(log)) == 0


@pytest.mark.parametrize("left", [10, 1, 0])
def test_d11_a_log_that_was_cut_off_is_found_the_next_day_and_every_day(log: Log, left: int) -> None:
    """Entries deleted with their links, the head moved back: the chain itself is whole."""
    items = [log.add(TRUNCATED, number) for number in range(left + 10)]
    log.add(OTHER, 0)
    log.look()
    log.cut_off(items[left:], head=left)
    assert log.chain.verify(TRUNCATED, log.clock()) == (left, [])
    for _ in range(2):
        found = log.tomorrow()
        assert found["certificates"] == {TRUNCATED: [{"fault": "cut_off", "sequence": left + 10}]}
    # What was written over the gap meanwhile hides nothing.
    for number in range(30, 45):
        log.add(TRUNCATED, number)
    assert log.tomorrow()["broken"] == 1


def test_d11_a_break_is_accepted_by_somebody_with_a_reason_and_stays_accepted(log: Log) -> None:
    items = [log.add(TRUNCATED, number) for number in range(12)]
    log.look()
    log.cut_off(items[2:], head=2)
    assert log.tomorrow()["broken"] == 1
    event = json.loads((EVENTS / "audit_access_log" / "accept.json").read_text("utf-8"))
    with pytest.raises(InvalidEvent, match="reason"):
        log.look(**(event | {"reason": " "}))
    with pytest.raises(NothingBroken, match="copy the id whole"):
        log.look(**(event | {"accept": "ccccccccccccca"}))
    assert log.look(**event) == {"accepted": [{"fault": Fault.CUT_OFF, "sequence": 12}]}
    for _ in range(3):
        assert log.tomorrow()["broken"] == 0
    log.client.delete_item(TableName=log.log, Key={"pk": S(log_pk(TRUNCATED)), "sk": items[0]["sk"]})
    log.add(TRUNCATED, 50)
    assert [one["fault"] for one in log.tomorrow()["certificates"][TRUNCATED]] == ["entry_removed"]


def test_d11_what_lies_in_the_bucket_is_believed_by_its_signature_only(log: Log) -> None:
    log.add(TRUNCATED, 0)
    AuditService(log.chain, log.anchors(a_signature(99))).run(log.clock())
    assert log.tomorrow()["anchor_changed"]
    assert not log.tomorrow()["anchor_changed"]
    listed = log.s3.list_objects_v2(Bucket=log.bucket, Prefix=f"heads/{log.clock():%Y-%m-%d}/")["Contents"]
    shard = next(one["Key"] for one in listed if f"/{shard_of(TRUNCATED):x}-" in one["Key"])
    log.s3.put_object(Bucket=log.bucket, Key=shard, Body=b"")
    assert log.tomorrow()["anchor_changed"]


def test_d11_a_statement_is_of_its_day_and_of_its_form(log: Log) -> None:
    """All that we signed is ours, and still nothing of it stands for something else."""
    anchors, day = log.anchors(), date(2026, 7, 1)
    log.add(TRUNCATED, 0)
    log.look()
    assert anchors.before(day) is None, "a day does not follow itself"
    stated = anchors.before(day + timedelta(days=1))
    assert stated is not None
    assert stated.day == day
    anchors.accept(TRUNCATED, [], "officer-7", "looked into", log.clock())
    (accepted,) = log.s3.list_objects_v2(Bucket=log.bucket, Prefix="accepted/")["Contents"]
    for source in ("heads/2026-07-01/statement.json", accepted["Key"]):
        copied = {"Bucket": log.bucket, "Key": source}
        log.s3.copy_object(Bucket=log.bucket, Key="heads/2026-07-02/statement.json", CopySource=copied)
        with pytest.raises(AnchorChanged):
            anchors.before(date(2026, 7, 3))


def test_d11_an_acceptance_is_of_its_certificate_and_signed(log: Log) -> None:
    """A forged one accepts nothing, hides no break, and keeps no other certificate from being looked at."""
    items = [log.add(TRUNCATED, number) for number in range(4)]
    log.add(OTHER, 0)
    log.look()
    log.anchors().accept(OTHER, [], "officer-7", "looked into", log.clock())
    (signed,) = log.s3.list_objects_v2(Bucket=log.bucket, Prefix=f"accepted/{OTHER}/")["Contents"]
    copied = {"Bucket": log.bucket, "Key": signed["Key"]}
    log.s3.copy_object(Bucket=log.bucket, Key=f"accepted/{TRUNCATED}/x.json", CopySource=copied)
    with pytest.raises(AnchorChanged):
        log.anchors().accepted(TRUNCATED)
    assert log.anchors().accepted(OTHER) == frozenset()
    items.append(log.add(TRUNCATED, 4))
    assert log.tomorrow() == {
        "heads": 2,
        "verified": len({TRUNCATED} | through(log)),
        "broken": 0,
        "anchor_changed": False,
        "certificates": {},
    }, "nothing is asked of a chain that holds"
    log.cut_off(items[2:], head=2)
    found = log.tomorrow()
    assert (found["heads"], found["anchor_changed"]) == (2, True)
    assert found["certificates"] == {TRUNCATED: [{"fault": "cut_off", "sequence": 5}]}


def test_d11_anchors_are_signed_by_the_key_of_a_curve() -> None:
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    der = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(TypeError, match="P-256"):
        Signature(lambda message: message, lambda: der).public()


def test_d11_a_shard_is_written_alike_in_whatever_order_its_heads_come(log: Log) -> None:
    heads = {one: Head(number, f"{number:064x}") for number, one in enumerate((OTHER, TRUNCATED), 1)}
    day, anchors = date(2026, 7, 1), log.anchors()
    key, digest = anchors.put_shard(day, 11, heads.items())
    assert anchors.put_shard(day, 11, reversed(heads.items())) == (key, digest)
    assert key == f"heads/2026-07-01/b-{digest[:12]}.ndjson.gz"
    anchors.state(day, {11: (key, digest)}, None, log.clock())
    stated = anchors.before(day + timedelta(days=1))
    assert stated is not None
    assert [*anchors.heads(stated, 11)] == [TRUNCATED, OTHER]
    assert anchors.heads(stated, 11) == heads


def test_d11_a_statement_tells_which_day_it_follows(log: Log) -> None:
    """By its digest, so that a day in between cannot be put in or taken out."""

    def told(day: date) -> Any:
        body = log.s3.get_object(Bucket=log.bucket, Key=f"heads/{day}/statement.json")["Body"].read()
        return json.loads(json.loads(body)["stated"])["before"], hashlib.sha256(body).hexdigest()

    log.look()
    log.tomorrow()
    first, digest = told(date(2026, 7, 1))
    assert first is None
    assert told(date(2026, 7, 2))[0] == ["2026-07-01", digest]


def test_d11_however_many_days_and_acceptances_lie_there_all_are_read(log: Log) -> None:
    """S3 tells a thousand at a time; here one."""
    items = [log.add(TRUNCATED, number) for number in range(3)]
    log.look()
    for item in items[:2]:
        log.client.delete_item(TableName=log.log, Key={"pk": item["pk"], "sk": item["sk"]})
        AuditService(log.chain, log.anchors()).accept(TRUNCATED, "officer-7", "looked into", log.clock())
        log.tomorrow()

    def one_at_a_time(params: dict[str, Any], **_: Any) -> None:
        params["MaxKeys"] = 1

    log.s3.meta.events.register("provide-client-params.s3.ListObjectsV2", one_at_a_time)
    stated = log.anchors().before(log.clock().date() + timedelta(days=1))
    assert stated is not None
    assert stated.day == log.clock().date()
    assert {one.sequence for one in log.anchors().accepted(TRUNCATED)} == {1, 2}


def test_d11_the_log_of_it_names_no_certificate(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    items = [log.add(TRUNCATED, number) for number in range(3)]
    log.look()
    log.cut_off(items[1:], head=1)
    log.tomorrow()
    said = capsys.readouterr().out
    assert '"access_log_broken": 1' in said
    assert TRUNCATED not in said


def test_d11_each_break_and_a_changed_anchor_are_counted_at_the_time_of_the_look(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    def counted() -> int:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        (figures,) = (line for line in lines if "_aws" in line)
        assert figures["_aws"]["Timestamp"] == log.clock().timestamp() * 1000
        return int(figures["access_log_broken"])

    cut = [[log.add(one, number) for number in range(3)] for one in (TRUNCATED, OTHER)]
    log.look()
    assert counted() == 0
    for items in cut:
        log.client.delete_item(TableName=log.log, Key={"pk": items[1]["pk"], "sk": items[1]["sk"]})
    AuditService(log.chain, log.anchors(a_signature(99))).run(log.clock())
    found = log.tomorrow()
    assert (found["broken"], found["anchor_changed"]) == (2, True)
    assert counted() == 3
