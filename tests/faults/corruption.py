"""Feeds that something happened to on their way, or that somebody made up: each must be taken whole, left, or refused whole."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from local import jws
from local.feed.writer import MANIFEST, SIGNATURE, Fault, Feed, FeedWriter
from tests.unit.corrections.samples import PROVINCE

type Files = dict[str, bytes]
type Corruption = Callable[[Feed, Feed, Random], Files]
"""Of the feed before, the true one, and dice, the files that arrive in its place."""


def _flipped(content: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << dice.randrange(8))]) + content[at + 1 :]


def _a_part(feed: Feed, dice: Random) -> str:
    return dice.choice([name for name in feed.files if name.startswith("archives")])


def _signed(feed: Feed, change: Callable[[dict[str, Any]], None], **files: bytes) -> Files:
    """The province itself signs a manifest that is wrong."""
    manifest = json.loads(feed.files[MANIFEST])
    change(manifest)
    content = jws.compact_json(manifest)
    signature = jws.sign_detached({"alg": "ES256"}, content, PROVINCE).encode()
    return {**feed.files, **files, MANIFEST: content, SIGNATURE: signature}


def flipped_part(_: Feed, feed: Feed, dice: Random) -> Files:
    name = _a_part(feed, dice)
    return {**feed.files, name: _flipped(feed.files[name], dice)}


def flipped_manifest(_: Feed, feed: Feed, dice: Random) -> Files:
    return {**feed.files, MANIFEST: _flipped(feed.files[MANIFEST], dice)}


def flipped_signature(_: Feed, feed: Feed, dice: Random) -> Files:
    return {**feed.files, SIGNATURE: _flipped(feed.files[SIGNATURE], dice)}


def truncated(_: Feed, feed: Feed, dice: Random) -> Files:
    name = dice.choice(list(feed.files))
    return {**feed.files, name: feed.files[name][: dice.randrange(len(feed.files[name]))]}


def extended(_: Feed, feed: Feed, dice: Random) -> Files:
    name = dice.choice(list(feed.files))
    return {**feed.files, name: feed.files[name] + dice.randbytes(dice.randint(1, 40))}


def missing(_: Feed, feed: Feed, dice: Random) -> Files:
    gone = dice.choice(list(feed.files))
    return {name: content for name, content in feed.files.items() if name != gone}


def swapped_parts(_: Feed, feed: Feed, dice: Random) -> Files:
    names = [name for name in feed.files if name.startswith("archives")]
    one, other = dice.sample(names, 2)
    return {**feed.files, one: feed.files[other], other: feed.files[one]}


def flipped_and_hashed(_: Feed, feed: Feed, dice: Random) -> Files:
    """The part is broken, and the manifest, signed, says that it is right so."""
    name = _a_part(feed, dice)
    broken = _flipped(feed.files[name], dice)
    return _signed(feed, lambda manifest: _part(manifest, name).update(sha256=_sha(broken)), **{name: broken})


def shortened_and_hashed(_: Feed, feed: Feed, dice: Random) -> Files:
    """One line less than the manifest counts."""
    name = _a_part(feed, dice)
    lines = gzip.decompress(feed.files[name]).splitlines(keepends=True)
    less = gzip.compress(b"".join(lines[:-1]) if dice.random() < 0.5 else b"".join([*lines, lines[0]]))
    return _signed(feed, lambda manifest: _part(manifest, name).update(sha256=_sha(less)), **{name: less})


def wrong_count(_: Feed, feed: Feed, dice: Random) -> Files:
    name, by = _a_part(feed, dice), dice.choice((-1, 1, 7))

    def change(manifest: dict[str, Any]) -> None:
        _part(manifest, name)["rows"] += by
        manifest["rows"] += by if dice.random() < 0.5 else 0

    return _signed(feed, change)


def wrong_field(_: Feed, feed: Feed, dice: Random) -> Files:
    changes: list[dict[str, Any]] = [
        {"sequence": dice.choice((0, 1, 3, 9))},
        {"business_date": (feed.business_date + timedelta(days=dice.choice((-1, 1)))).isoformat()},
        {"previous_manifest_sha256": dice.choice((None, "0" * 64))},
        {"rows": "many"},
        {"parts": [{"key": "../../2026-03-01/archives-00001.ndjson.gz", "rows": 1, "sha256": "0" * 64}]},
        {"surprise": 1},
        {"feed_id": ""},
    ]
    return _signed(feed, lambda manifest: manifest.update(dice.choice(changes)))


def part_twice(_: Feed, feed: Feed, dice: Random) -> Files:
    def change(manifest: dict[str, Any]) -> None:
        again = dice.choice(manifest["parts"])
        manifest["parts"].append(again)
        manifest["rows"] += again["rows"]

    return _signed(feed, change)


def replayed(before: Feed, _: Feed, __: Random) -> Files:
    """Yesterday's feed, true in itself, under today's date."""
    return dict(before.files)


def foreign_key(_: Feed, feed: Feed, __: Random) -> Files:
    key = jws.generate_jwk()
    return {**feed.files, SIGNATURE: jws.sign_detached({"alg": "ES256"}, feed.files[MANIFEST], key).encode()}


def replayed_signature(before: Feed, feed: Feed, _: Random) -> Files:
    return {**feed.files, SIGNATURE: before.files[SIGNATURE]}


def many_bad_rows(_: Feed, feed: Feed, dice: Random) -> Files:
    """Most lines of a part are no rows, all counted, hashed and signed."""
    name = _a_part(feed, dice)
    lines = gzip.decompress(feed.files[name]).splitlines()
    noise = gzip.compress(b"".join(_flipped(line, dice)[: len(line) // 2] + b"\n" for line in lines))
    return _signed(feed, lambda manifest: _part(manifest, name).update(sha256=_sha(noise)), **{name: noise})


CORRUPTIONS: tuple[Corruption, ...] = (
    flipped_part,
    flipped_manifest,
    flipped_signature,
    truncated,
    extended,
    missing,
    swapped_parts,
    flipped_and_hashed,
    shortened_and_hashed,
    wrong_count,
    wrong_field,
    part_twice,
    replayed,
    foreign_key,
    replayed_signature,
    many_bad_rows,
)


def made_by_the_province(day: date, sequence: int, previous: str, rows: list[Any], fault: Fault) -> Files:
    """A feed with one of `local.feed.writer`'s own faults."""
    made = FeedWriter(PROVINCE).write(None, day, sequence, previous, rows, 3, check=False, hostile=[fault])
    return dict(made.files)


def _part(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(part for part in manifest["parts"] if part["key"] == name)
    return found


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
