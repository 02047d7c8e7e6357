"""The feed bucket: what has arrived, which version of it, and the quarantine beside it.

Everything is read by version id once a feed is open, so that an object replaced in the meantime changes nothing of a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from vaxcert.errors import VaxcertError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion"})
_PIECE = 1 << 22


class NotVersioned(VaxcertError):
    """The bucket keeps no versions, so that what was checked could differ from what is applied."""

    code = "feed_bucket_not_versioned"


class TooBig(VaxcertError):
    """The object is larger than it may be."""

    code = "object_too_large"


@dataclass(frozen=True, slots=True)
class Document:
    """A small object, whole."""

    content: bytes
    version_id: str


class FeedBucket:
    """The province's bucket, and the bucket (the same or another) that bad rows are reported in."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def dates_after(self, last: date | None) -> list[date]:
        """The dates that a folder exists for, after `last`, ascending. A year of parts costs no more than its dates."""
        query: dict[str, Any] = {"Bucket": self._bucket, "Delimiter": "/"}
        if last is not None:
            query["StartAfter"] = f"{last.isoformat()}/~"
        found: set[date] = set()
        while True:
            page = self._client.list_objects_v2(**query)
            found.update(_dates(page.get("CommonPrefixes", ())))
            if not page.get("IsTruncated"):
                break
            query["ContinuationToken"] = page["NextContinuationToken"]
        return sorted(day for day in found if last is None or day > last)

    def read(self, key: str, at_most: int) -> Document | None:
        """A small object, or None where there is none. Raises TooBig, NotVersioned."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise
        content: bytes = answer["Body"].read(at_most + 1)
        if len(content) > at_most:
            raise TooBig
        return Document(content, _version(answer))

    def pin(self, key: str) -> str | None:
        """The version id of an object as it stands, or None where there is none."""
        try:
            return _version(self._client.head_object(Bucket=self._bucket, Key=key))
        except ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise

    def stream(self, key: str, version_id: str) -> Iterator[bytes]:
        """The bytes of one version of an object, in pieces: each its own request, since applying a part takes minutes and
        S3 drops a connection that nobody reads from."""
        start, size = 0, 1
        while start < size:
            try:
                answer = self._client.get_object(
                    Bucket=self._bucket,
                    Key=key,
                    VersionId=version_id,
                    Range=f"bytes={start}-{start + _PIECE - 1}",
                )
            except ClientError as error:
                if start == 0 and _code(error) == "InvalidRange":  # an empty object has no first byte
                    return
                raise
            size = int(answer["ContentRange"].rpartition("/")[2])
            piece = answer["Body"].read()
            start += len(piece)
            yield piece

    def quarantine(self, key: str, lines: bytes) -> None:
        """Write the report on a part's bad rows; the same part writes the same object again."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=lines, ContentType="application/x-ndjson")


def _dates(prefixes: Any) -> Iterator[date]:
    for entry in prefixes:
        name = entry["Prefix"].rstrip("/")
        try:
            day = date.fromisoformat(name)
        except ValueError:
            continue
        if day.isoformat() == name:
            yield day


def _version(answer: Any) -> str:
    version = answer.get("VersionId")
    if not version or version == "null":
        raise NotVersioned
    return str(version)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def feeds_of(env: Mapping[str, str], s3: S3Client) -> FeedBucket:
    """A step that reads feeds, or writes beside them, has FEED_BUCKET."""
    return FeedBucket(s3, env["FEED_BUCKET"])
