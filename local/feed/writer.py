"""Writes a nightly feed as the province does: gzipped NDJSON parts, a manifest, a detached JWS over it.

The same rows give the same bytes. `hostile` writes the feeds that must be refused, for tests.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from local import jws
from local.feed.form import Row, check_row

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.jws"

type Files = dict[str, bytes]


class Fault(StrEnum):
    """One way each in which a feed is refused, or (`FOREIGN_ROW`) a row quarantined."""

    FOREIGN_KEY = "foreign_key"  # signed, but not by the province
    UNSIGNED = "unsigned"  # alg "none"
    ATTACHED = "attached"  # the payload carried along: not the detached form
    ALTERED_MANIFEST = "altered_manifest"  # a byte changed after signing
    BROKEN_CHAIN = "broken_chain"
    PART_HASH = "part_hash"
    PART_COUNT = "part_count"
    TOTAL_COUNT = "total_count"
    PART_MISSING = "part_missing"
    PART_TRUNCATED = "part_truncated"  # with a true hash: the gzip stream itself ends early
    PART_NOT_GZIP = "part_not_gzip"
    PART_KEY_ESCAPES = "part_key_escapes"  # "../…" instead of a name beside the manifest
    FOREIGN_ROW = "foreign_row"  # one line that is not JSON, counted and hashed like the rest


@dataclass(frozen=True, slots=True)
class Feed:
    """What was written: `files` by name, and the digest that the next feed's chain continues from."""

    feed_id: str
    business_date: date
    sequence: int
    files: Files
    manifest_sha256: str

    def save(self, directory: Path) -> Path:
        """Writes the files, the manifest last, so that a reader never sees half a feed."""
        directory.mkdir(parents=True, exist_ok=True)
        for name in sorted(self.files, key=lambda name: name == MANIFEST):
            (directory / name).write_bytes(self.files[name])
        return directory


class FeedWriter:
    """Holds the province's private key and writes feeds signed by it."""

    def __init__(self, private_jwk: Mapping[str, str]) -> None:
        self._key = private_jwk

    def write(
        self,
        target: Path | MutableMapping[str, bytes] | None,
        business_date: date,
        sequence: int,
        previous_sha: str | None,
        rows: Sequence[Row],
        parts: int = 1,
        *,
        check: bool = True,
        hostile: Sequence[Fault] = (),
        feed_id: str | None = None,
    ) -> Feed:
        """Writes into a directory, a mapping of name → bytes, or nowhere but the answer.

        `check=False` lets rows pass that the province would never write; raises FeedFormError otherwise.
        """
        if check:
            for row in rows:
                check_row(row, business_date)
        feed_id = feed_id or f"archives-{business_date:%Y%m%d}-{sequence:06d}"
        feed = self._feed(feed_id, business_date, sequence, previous_sha, rows, parts, frozenset(hostile))
        if isinstance(target, Path):
            feed.save(target)
        elif target is not None:
            target.update(feed.files)
        return feed

    def _feed(
        self,
        feed_id: str,
        business_date: date,
        sequence: int,
        previous_sha: str | None,
        rows: Sequence[Row],
        parts: int,
        faults: frozenset[Fault],
    ) -> Feed:
        files: Files = {}
        listed: list[dict[str, Any]] = []
        for number, share in enumerate(_shares(rows, parts), start=1):
            entry, data = _part(
                f"archives-{number:05d}.ndjson.gz", share, faults if number == 1 else frozenset()
            )
            listed.append(entry)
            if data is not None:
                files[entry["key"]] = data
        if Fault.BROKEN_CHAIN in faults:
            previous_sha = hashlib.sha256(b"another feed").hexdigest()
        manifest = {
            "feed_id": feed_id,
            "business_date": business_date.isoformat(),
            "sequence": sequence,
            "previous_manifest_sha256": previous_sha,
            "parts": listed,
            "rows": sum(entry["rows"] for entry in listed) + (Fault.TOTAL_COUNT in faults),
        }
        data = jws.compact_json(manifest)
        files[SIGNATURE] = self._signature(data, faults).encode()
        files[MANIFEST] = data + b"\n" if Fault.ALTERED_MANIFEST in faults else data
        return Feed(feed_id, business_date, sequence, files, hashlib.sha256(files[MANIFEST]).hexdigest())

    def _signature(self, manifest: bytes, faults: frozenset[Fault]) -> str:
        key = jws.generate_jwk() if Fault.FOREIGN_KEY in faults else self._key
        header = {"alg": "ES256"} | ({"kid": self._key["kid"]} if "kid" in self._key else {})
        if Fault.UNSIGNED in faults:
            return f"{jws.b64url(jws.compact_json({**header, 'alg': 'none'}))}.."
        if Fault.ATTACHED in faults:
            return jws.sign(header, manifest, key)
        return jws.sign_detached(header, manifest, key)


def digest_of(manifest: bytes) -> str:
    """What the next feed's `previous_manifest_sha256` says of this manifest."""
    return hashlib.sha256(manifest).hexdigest()


def read_rows(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """The rows of a feed's parts in the manifest's order."""
    keys = [part["key"] for part in json.loads(files[MANIFEST])["parts"]]
    return [json.loads(line) for key in keys for line in gzip.decompress(files[key]).splitlines()]


def _shares(rows: Sequence[Row], parts: int) -> list[Sequence[Row]]:
    """`parts` contiguous shares, as even as can be; a share may be empty (0 rows are legal)."""
    size, longer = divmod(len(rows), parts)
    ends = [(number + 1) * size + min(number + 1, longer) for number in range(parts)]
    return [rows[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _part(key: str, rows: Sequence[Row], faults: frozenset[Fault]) -> tuple[dict[str, Any], bytes | None]:
    lines = [jws.compact_json(row) for row in rows]
    if Fault.FOREIGN_ROW in faults:
        lines.append(b'{"archive_no": not json')
    # mtime 0 and no file name: the same rows give the same bytes and so the same manifest
    data = gzip.compress(b"".join(line + b"\n" for line in lines), compresslevel=6, mtime=0)
    if Fault.PART_TRUNCATED in faults:
        data = data[: len(data) // 2]
    if Fault.PART_NOT_GZIP in faults:
        data = b"".join(line + b"\n" for line in lines)
    sha256 = hashlib.sha256(data).hexdigest()
    entry = {
        "key": f"../{key}" if Fault.PART_KEY_ESCAPES in faults else key,
        "rows": len(lines) + (Fault.PART_COUNT in faults),
        "sha256": hashlib.sha256(sha256.encode()).hexdigest() if Fault.PART_HASH in faults else sha256,
    }
    return entry, None if Fault.PART_MISSING in faults else data
