"""`make feed`: what is no feed is turned away, what is one is uploaded, its manifest last, and the night is told."""

import json
from datetime import date
from pathlib import Path

import pytest

from local import jws
from local.demo.feeds import Demo, save
from local.feed.cloud import Night
from local.feed.drop import drop, feeds_in, main, read_endpoints, read_feed, report
from local.feed.writer import FeedWriter
from tests.unit.local.fake_aws import FakeAws, event
from tools.problems import LocalProblem

CLOSED = {"status": "applied", "sequence": 1, "figures": {"rows": 71, "skipped": 0}}


@pytest.fixture(name="feed", scope="module")
def _feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    demo = Demo(date(2026, 11, 23))
    return save(demo, FeedWriter(jws.generate_jwk()), tmp_path_factory.mktemp("feeds"))[0]


def test_a_feed_is_uploaded_with_its_manifest_last(feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entered = [event("OpenFeed"), event("OpenFeed", {"status": "open"})]
    aws = FakeAws([entered[:1], [*entered, event("CloseFeed"), event("CloseFeed", {"closed": CLOSED})]])

    night = drop(feed, aws.cloud())

    assert list(aws.objects)[-1] == "2026-08-18/manifest.json"
    assert {key.rpartition("/")[2] for key in aws.objects} == {path.name for path in feed.iterdir()}
    assert night == Night("SUCCEEDED", (CLOSED,), "up_to_date")
    told = capsys.readouterr().out
    assert told.count("OpenFeed") == told.count("CloseFeed") == 1
    assert report(night).endswith("feed 1 applied: 档案 rows 71")


def test_a_folder_of_feeds_is_dropped_in_their_order(feed: Path) -> None:
    aws = FakeAws()
    drop(feed.parent, aws.cloud())

    manifests = [json.loads(data) for data in aws.cloud().manifests()]
    assert [manifest["sequence"] for manifest in manifests] == [1, 2, 3]
    assert feeds_in(feed) == [feed]


def test_a_refused_feed_is_told_with_its_reason() -> None:
    cause = json.dumps({"errorMessage": "chain_broken", "errorType": "FeedRefused"})
    night = (
        FakeAws([[]], status="FAILED", error="FeedRefused", cause=cause).cloud().run_night(lambda _step: None)
    )

    assert not night.succeeded
    assert report(night).endswith("FAILED: FeedRefused chain_broken")


def test_a_night_with_nothing_to_do_says_so() -> None:
    assert "applied already" in report(FakeAws().cloud().run_night(lambda _step: None))


def test_how_far_the_nights_have_come() -> None:
    aws = FakeAws()
    assert aws.cloud().applied_sequence() == 0
    aws.as_of = {"sequence": {"N": "2"}}
    assert aws.cloud().applied_sequence() == 2


def test_a_lease_outlives_no_run() -> None:
    """A stack that was stopped amid a night would otherwise find it busy for twenty minutes."""
    aws = FakeAws()
    aws.lease = {"pk": {"S": "FEED"}, "sk": {"S": "LOCK"}, "owner": {"S": "arn:other"}}
    aws.alive = {"arn:other"}
    aws.cloud().run_night(lambda _step: None)
    assert aws.lease is not None
    aws.alive = set()
    aws.cloud().run_night(lambda _step: None)
    assert aws.lease is None


def test_what_aws_refuses_is_told_in_words() -> None:
    with pytest.raises(LocalProblem, match=r"cannot start .*StateMachineDoesNotExist"):
        FakeAws().cloud(nightly_state_machine_arn="arn:gone").run_night(lambda _step: None)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (None, "manifest.json"),
        ("{", "not a feed's manifest"),
        ("[]", "not a feed's manifest"),
        ('{"business_date": "yesterday", "parts": []}', "business_date"),
        ('{"business_date": "2026-08-18"}', "parts"),
        ('{"business_date": "2026-08-18", "parts": [{"key": "../secret"}]}', "beside it"),
        ('{"business_date": "2026-08-18", "parts": [{"key": "archives-00001.ndjson.gz"}]}', "archives-00001"),
        ('{"business_date": "2026-08-18", "parts": []}', "manifest.json.jws"),
    ],
)
def test_what_is_no_feed_is_turned_away(tmp_path: Path, manifest: str | None, words: str) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(LocalProblem, match=words):
        read_feed(tmp_path)


def test_the_command_ends_with_one_line_and_a_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--endpoints", str(tmp_path / "endpoints.json")]) == 1
    assert "make run" in capsys.readouterr().err
    (tmp_path / "endpoints.json").write_text("{")
    with pytest.raises(LocalProblem, match="cannot be read"):
        read_endpoints(tmp_path / "endpoints.json")
    with pytest.raises(LocalProblem, match="not a directory"):
        read_feed(tmp_path / "endpoints.json")
