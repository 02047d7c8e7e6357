"""The feed writer keeps to the form of the feed; its hostile variants break one thing each."""

import gzip
import hashlib
import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from local import jws
from local.demo.feeds import Demo
from local.feed.form import FeedFormError, Row
from local.feed.writer import MANIFEST, SIGNATURE, Fault, Feed, FeedWriter, read_rows

KEY = jws.generate_jwk()
DEMO = Demo(date(2026, 11, 23))
DAY = DEMO.business_dates[0]
ROWS = DEMO.rows(1)


def written(*faults: Fault, rows: list[Row] | None = None, parts: int = 2) -> Feed:
    return FeedWriter(KEY).write(
        None, DAY, 1, None, ROWS[:5] if rows is None else rows, parts, hostile=faults
    )


def manifest_of(feed: Feed) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(feed.files[MANIFEST])
    return manifest


def test_a_feed_is_what_the_contract_says() -> None:
    feed = written()

    manifest = manifest_of(feed)
    assert list(manifest) == [
        "feed_id",
        "business_date",
        "sequence",
        "previous_manifest_sha256",
        "parts",
        "rows",
    ]
    assert manifest["business_date"] == DAY.isoformat()
    assert manifest["previous_manifest_sha256"] is None
    assert [part["rows"] for part in manifest["parts"]] == [3, 2]
    assert manifest["rows"] == 5
    for part in manifest["parts"]:
        assert set(part) == {"key", "rows", "sha256"}
        assert hashlib.sha256(feed.files[part["key"]]).hexdigest() == part["sha256"]
        assert len(gzip.decompress(feed.files[part["key"]]).splitlines()) == part["rows"]
    assert read_rows(feed.files) == ROWS[:5]
    signature = feed.files[SIGNATURE].decode()
    assert jws.verify(signature, jws.public_half(KEY), payload=feed.files[MANIFEST])["alg"] == "ES256"
    assert feed.manifest_sha256 == hashlib.sha256(feed.files[MANIFEST]).hexdigest()


def test_the_same_rows_give_the_same_bytes() -> None:
    assert written().files == written().files


def test_a_part_may_be_empty() -> None:
    feed = written(rows=[], parts=1)

    assert manifest_of(feed)["parts"][0]["rows"] == 0
    assert read_rows(feed.files) == []


def test_a_feed_is_written_into_a_directory_or_a_mapping(tmp_path: Path) -> None:
    into: dict[str, bytes] = {}
    FeedWriter(KEY).write(into, DAY, 1, None, ROWS[:1])
    FeedWriter(KEY).write(tmp_path / "feed", DAY, 1, None, ROWS[:1])

    assert into == {path.name: path.read_bytes() for path in (tmp_path / "feed").iterdir()}


@pytest.mark.parametrize(
    "change",
    [
        {"op": "delete"},
        {"op": "merge"},
        {"into": "320600990120250001"},
        {"version": 0},
        {"system": "school"},
        {"status": "lost"},
        {"recorded_at": f"{DAY}T10:00:00"},
        {"recorded_at": "2026-11-22T10:00:00+08:00"},
        {"surprise": 1},
        {"clinic": {"code": "1", "name": "x", "city": "3206"}},
        {"guardians": [{"relation": "neighbour", "name": "示例"}]},
    ],
)
def test_what_the_province_would_never_write_is_refused(change: dict[str, Any]) -> None:
    row: Any = deepcopy(ROWS[0]) | change
    with pytest.raises(FeedFormError, match=row["archive_no"]):
        FeedWriter(KEY).write(None, DAY, 1, None, [row])
    assert FeedWriter(KEY).write(None, DAY, 1, None, [row], check=False).files


@pytest.mark.parametrize(
    "change", [{"date": "1999-01-01"}, {"site": "head"}, {"dose_no": 0}, {"dose_id": "twice"}]
)
def test_a_dose_keeps_its_form(change: dict[str, Any]) -> None:
    row: Any = deepcopy(ROWS[0])
    row["doses"] = [{**dose, **change} for dose in row["doses"]]
    with pytest.raises(FeedFormError):
        FeedWriter(KEY).write(None, DAY, 1, None, [row])


def test_hostile_signatures() -> None:
    for fault in (Fault.FOREIGN_KEY, Fault.UNSIGNED, Fault.ATTACHED, Fault.ALTERED_MANIFEST):
        feed = written(fault)
        with pytest.raises(ValueError, match=r"signature|detached"):
            jws.verify(feed.files[SIGNATURE].decode(), KEY, payload=feed.files[MANIFEST])


def test_hostile_contents() -> None:
    assert manifest_of(written(Fault.BROKEN_CHAIN))["previous_manifest_sha256"] is not None
    assert manifest_of(written(Fault.TOTAL_COUNT))["rows"] == 6
    assert manifest_of(written(Fault.PART_COUNT))["parts"][0]["rows"] == 4
    assert manifest_of(written(Fault.PART_KEY_ESCAPES))["parts"][0]["key"].startswith("../")
    feed = written(Fault.PART_HASH)
    assert (
        manifest_of(feed)["parts"][0]["sha256"]
        != hashlib.sha256(feed.files["archives-00001.ndjson.gz"]).hexdigest()
    )
    assert "archives-00001.ndjson.gz" not in written(Fault.PART_MISSING).files
    with pytest.raises(EOFError):
        read_rows(written(Fault.PART_TRUNCATED).files)
    with pytest.raises(gzip.BadGzipFile):
        read_rows(written(Fault.PART_NOT_GZIP).files)
    assert manifest_of(written(Fault.FOREIGN_ROW))["rows"] == 6
    with pytest.raises(json.JSONDecodeError):
        read_rows(written(Fault.FOREIGN_ROW).files)


def test_everything_but_the_signature_is_signed_all_the_same() -> None:
    signatures = {Fault.FOREIGN_KEY, Fault.UNSIGNED, Fault.ATTACHED, Fault.ALTERED_MANIFEST}
    for fault in set(Fault) - signatures - {Fault.PART_KEY_ESCAPES}:
        feed = written(fault)
        jws.verify(feed.files[SIGNATURE].decode(), KEY, payload=feed.files[MANIFEST])
