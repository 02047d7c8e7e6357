"""What the feed bucket promises, in memory, on moto and on the emulator."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.contract.conftest import session
from tests.fakes.clients import stands_in
from tests.unit.corrections.fakes import FakeBucket
from vaxcert.corrections.feed import bucket as module
from vaxcert.corrections.feed.bucket import FeedBucket, NotVersioned, TooBig

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)


class Dropped:
    """A bucket with the province's way into it."""

    port: Any

    def drop(self, key: str, content: bytes) -> None:
        raise NotImplementedError


class FakeDropped(Dropped):
    def __init__(self) -> None:
        self.port = FakeBucket()

    def drop(self, key: str, content: bytes) -> None:
        day, _, name = key.partition("/")
        self.port.drop(date.fromisoformat(day), {name: content})


class RealDropped(Dropped):
    def __init__(self, client: Any, *, versioned: bool = True) -> None:
        self.client = client
        self.name = f"feeds-{uuid.uuid4().hex[:12]}"
        client.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
        if versioned:
            client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})
        self.port = FeedBucket(client, self.name)

    def drop(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)


class Contract:
    """The suite that fake and real bucket pass alike."""

    def test_dates_are_those_after_the_last_in_order(self, dropped: Dropped) -> None:
        assert dropped.port.dates_after(None) == []
        for key in (
            "2026-03-02/manifest.json",
            "2026-03-01/archives-00001.ndjson.gz",
            "2026-03-01/manifest.json",
        ):
            dropped.drop(key, b"x")
        assert dropped.port.dates_after(None) == [DAY, NEXT]
        assert dropped.port.dates_after(date(2026, 2, 28)) == [DAY, NEXT]
        assert dropped.port.dates_after(DAY) == [NEXT]
        assert dropped.port.dates_after(NEXT) == []

    def test_a_document_is_read_whole_or_not_at_all(self, dropped: Dropped) -> None:
        dropped.drop("2026-03-01/manifest.json", b"12345")
        found = dropped.port.read("2026-03-01/manifest.json", 5)
        assert found is not None
        assert found.content == b"12345"
        assert dropped.port.read("2026-03-02/manifest.json", 5) is None
        with pytest.raises(TooBig):
            dropped.port.read("2026-03-01/manifest.json", 4)

    @pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 205])
    def test_a_pinned_version_is_streamed_though_another_came(
        self, dropped: Dropped, size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_PIECE", 10)
        key, content = "2026-03-01/archives-00001.ndjson.gz", bytes(range(size))
        dropped.drop(key, content)
        pinned = dropped.port.pin(key)
        dropped.drop(key, b"replaced")
        assert pinned is not None
        assert pinned != dropped.port.pin(key)
        assert b"".join(dropped.port.stream(key, pinned)) == content
        assert dropped.port.pin("2026-03-01/archives-00002.ndjson.gz") is None

    def test_a_report_is_written(self, dropped: Dropped) -> None:
        dropped.port.quarantine("quarantine/2026-03-01/part-00001.ndjson", b"{}\n")
        assert dropped.port.dates_after(None) == []


class TestFake(Contract):
    @pytest.fixture
    def dropped(self) -> Dropped:
        return FakeDropped()


class TestS3(Contract):
    @pytest.fixture
    def client(self, where: str, request: pytest.FixtureRequest) -> Iterator[Any]:
        if where == "emulator":
            yield request.getfixturevalue("emulator").client("s3")
            return
        with mock_aws():
            yield session().create_client(
                "s3", region_name="cn-north-1", aws_access_key_id="testing", aws_secret_access_key="testing"
            )

    @pytest.fixture(params=["moto", pytest.param("emulator", marks=pytest.mark.emulator)])
    def where(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def dropped(self, client: Any) -> Dropped:
        return RealDropped(client)

    def test_a_bucket_without_versions_is_no_feed_bucket(self, client: Any) -> None:
        bare = RealDropped(client, versioned=False)
        bare.drop("2026-03-01/manifest.json", b"{}")
        with pytest.raises(NotVersioned):
            bare.port.read("2026-03-01/manifest.json", 10)

    @pytest.mark.parametrize("version", [{}, {"VersionId": ""}, {"VersionId": "null"}])
    def test_what_has_no_version_of_its_own_is_not_taken(self, version: dict[str, str]) -> None:
        """`null`: written while the keeping of versions was suspended; the next one takes its place."""
        answer = {"Body": io.BytesIO(b"{}"), **version}
        found = SimpleNamespace(get_object=lambda **_: answer, head_object=lambda **_: answer)
        bucket = FeedBucket(stands_in(found), "feeds")
        with pytest.raises(NotVersioned):
            bucket.read("2026-03-01/manifest.json", 10)
        with pytest.raises(NotVersioned):
            bucket.pin("2026-03-01/manifest.json")

    def test_a_folder_whose_names_go_on_behind_the_mark_is_over_all_the_same(self) -> None:
        """S3 answers it again, because of a name that sorts after `~`; moto does not."""
        folders = [{"Prefix": "2026-03-01/"}, {"Prefix": "2026-03-02/"}]
        answers = SimpleNamespace(list_objects_v2=lambda **_: {"CommonPrefixes": folders})
        assert FeedBucket(stands_in(answers), "feeds").dates_after(DAY) == [NEXT]

    def test_d2_dates_are_asked_for_behind_the_last_and_page_by_page(self) -> None:
        """A year of nights costs no more requests than the first."""
        pages: list[dict[str, Any]] = [
            {
                "CommonPrefixes": [{"Prefix": "2026-03-02/"}],
                "IsTruncated": True,
                "NextContinuationToken": "2",
            },
            {"CommonPrefixes": [{"Prefix": "2026-03-03/"}]},
        ]
        asked: list[dict[str, Any]] = []

        def answer(**request: Any) -> dict[str, Any]:
            asked.append(request)
            return pages[len(asked) - 1]

        found = FeedBucket(stands_in(SimpleNamespace(list_objects_v2=answer)), "feeds").dates_after(DAY)
        assert found == [NEXT, date(2026, 3, 3)]
        first = {"Bucket": "feeds", "Delimiter": "/", "StartAfter": "2026-03-01/~"}
        assert asked == [first, first | {"ContinuationToken": "2"}]

    def test_what_is_not_a_lack_of_the_object_is_no_lack(self) -> None:
        """Where a right is missing nobody may take it for a night without a feed."""

        def refused(**_: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "GetObject")

        bucket = FeedBucket(stands_in(SimpleNamespace(get_object=refused, head_object=refused)), "feeds")
        for ask in (
            lambda: bucket.read("2026-03-01/manifest.json", 5),
            lambda: bucket.pin("2026-03-01/manifest.json"),
            lambda: list(bucket.stream("2026-03-01/manifest.json", "v1")),
        ):
            with pytest.raises(ClientError, match="AccessDenied"):
                ask()

    def test_pieces_are_asked_for_one_by_one_and_one_that_is_not_there_is_no_end(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was read of a part may not be taken for the whole."""
        monkeypatch.setattr(module, "_PIECE", 3)
        asked: list[str] = []

        def answer(Range: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - S3's own word
            asked.append(Range)
            if Range == "bytes=0-2":
                return {"ContentRange": "bytes 0-2/9", "Body": io.BytesIO(b"abc")}
            raise ClientError({"Error": {"Code": "InvalidRange", "Message": ""}}, "GetObject")

        pieces = FeedBucket(stands_in(SimpleNamespace(get_object=answer)), "feeds").stream("k", "v1")
        assert next(pieces) == b"abc"
        with pytest.raises(ClientError, match="InvalidRange"):
            next(pieces)
        assert asked == ["bytes=0-2", "bytes=3-5"]

    def test_other_folders_are_no_dates(self, client: Any) -> None:
        bucket = RealDropped(client)
        for key in (
            "quarantine/2026-03-01/x",
            "2026-3-1/manifest.json",
            "20260301/manifest.json",
            "readme.txt",
        ):
            bucket.drop(key, b"x")
        assert bucket.port.dates_after(None) == []
