"""How far a feed's parts are, and the certificates that follow at its end: in the runs table, beside the run record.

Items: (`PART#<sequence>`, `CHECK#<part>`) what a check found, (`PART#<sequence>`, `APPLY#<part>`) how many lines are applied,
(`LOOK#<sequence>`, `<record id>`) a person whose certificate has to be looked at, (`FOLLOW#<sequence>`, `<archive key>#<version>`)
an archive whose certificate may have to follow, (`DOUBT`, `<person key>` or `<person key>#<archive key>`) a number that stands under several
names. A dry run (D14) keeps its own under `<sequence>#<digest>`. All but what waits for a later feed, and doubts, are removed by `ttl` in the
end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vaxcert.aws.clock import Clock, epoch, system_clock
from vaxcert.aws.dynamodb import (
    BOOL,
    Cancelled,
    Item,
    N,
    Op,
    S,
    delete,
    flag,
    get,
    maybe_text,
    number,
    put,
    query_all,
    single,
    text,
)
from vaxcert.corrections.run.model import Counts, Overtaken, PartCheck, PersonRef, PinnedPart, Run

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_SECONDS = 180 * 86_400
"""How long a feed's details are kept beside its record, which stays: as long as the logs that tell of the same."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the applying of one part stands: `lines` taken, and the fate of each of them."""

    lines: int
    counts: Counts
    done: bool = False


@dataclass(frozen=True, slots=True)
class PendingFollow:
    """An archive whose certificate follows when the feed is closed: it was merged, or became another person's.

    Not before, because the archive to follow to, or the certificate that is in the way there, may change in the same feed.
    `version` is the archive's that said so; `persons` are whose it is and whose it was (record id and blinded number).
    `outcome`: how it ended, if it has, and `deeds` what was done to certificates because of it.
    """

    archive_key: str
    version: int
    persons: tuple[tuple[str, str | None], ...]
    merged: bool
    outcome: str | None = None
    deeds: Counts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PendingLook:
    """A person with a live certificate whom a feed touches. `deeds`: what was done to it, None where nobody has looked yet."""

    ref: PersonRef
    deeds: Counts | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A number that stands under several names (D13): looked at on every night until the names agree.

    `gone`: the void or merged archive that brought one of them, which nothing links to the number.
    """

    person_key: str
    record_id: str
    gone: str | None = None


type Ledger = int | str
"""What is kept belongs to a feed, by its sequence number; to its dry run, by `dry_run_of`; or is `WAITING`."""

WAITING = "waiting"
"""Stands for a sequence number: merges of earlier feeds into an archive that no feed has brought yet."""


def dry_run_of(run: Run) -> str:
    """The ledger of a feed's dry run. A manifest that replaces another under its number is weighed anew."""
    return f"{run.sequence:09d}#{run.manifest_sha256[:16]}"


class ProgressStore:
    """Port of the steps to progress and to what is pending."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock = system_clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def put_check(self, sequence: int, check: PartCheck) -> None:
        """Keep what a check found; a later check of the part replaces it."""
        item = _key(sequence, "CHECK", check.index) | {
            "ttl": self._ttl(),
            "version_id": S(check.version_id),
            "rows": N(check.rows),
            "bad": N(check.bad),
            "warnings": S(json.dumps(dict(check.warnings))),
            "reasons": S(json.dumps(dict(check.reasons))),
        }
        if check.fault is not None:
            item["fault"] = S(check.fault)
        single(self._client, put(self._table, item))

    def checks(self, sequence: int) -> dict[int, PartCheck]:
        """Every check of a feed's parts, by part."""
        return {
            _index(item): PartCheck(
                _index(item),
                text(item, "version_id"),
                number(item, "rows"),
                number(item, "bad"),
                json.loads(text(item, "warnings")),
                maybe_text(item, "fault"),
                json.loads(text(item, "reasons")),
            )
            for item in self._parts(sequence, "CHECK#")
        }

    def is_flawless(self, sequence: int, part: PinnedPart) -> bool:
        """Whether the check of this very version of the part found every row good."""
        item = get(self._client, self._table, _key(sequence, "CHECK", part.index))
        if item is None or text(item, "version_id") != part.version_id:
            return False
        return number(item, "bad") == 0 and "fault" not in item

    def progress(self, sequence: Ledger, part: PinnedPart) -> Progress:
        """Where the applying of a part stands; of another version than the pinned one nothing is applied."""
        item = get(self._client, self._table, _key(sequence, "APPLY", part.index))
        if item is None or text(item, "version_id") != part.version_id:
            return Progress(0, {})
        return _progress(item)

    def advance(self, sequence: Ledger, part: PinnedPart, before: Progress, after: Progress) -> None:
        """Move a part on. Raises Overtaken where another worker moved it first: its counts would be counted twice."""
        item = _key(sequence, "APPLY", part.index) | {
            "ttl": self._ttl(),
            "version_id": S(part.version_id),
            "lines": N(after.lines),
            "counts": S(json.dumps(after.counts)),
            "done": BOOL(after.done),
        }
        op = put(
            self._table,
            item,
            "attribute_not_exists(pk) OR version_id <> :version OR (#lines = :lines AND #done = :done)",
            {"#lines": "lines", "#done": "done"},
            {":version": S(part.version_id), ":lines": N(before.lines), ":done": BOOL(before.done)},
        )
        try:
            single(self._client, op)
        except Cancelled as cancelled:
            stands = cancelled.reasons[0].item
            if stands is None or _progress(stands) != after:
                raise Overtaken from None

    def progresses(self, sequence: Ledger) -> dict[int, Progress]:
        """Where every part stands, by part."""
        return {_index(item): _progress(item) for item in self._parts(sequence, "APPLY#")}

    def follow_op(self, sequence: Ledger, follow: PendingFollow) -> Op:
        """The operation that remembers it, for the transaction that changes the archive."""
        item = _follow_key(sequence, follow) | {
            "persons": S(json.dumps(follow.persons)),
            "merged": BOOL(follow.merged),
        }
        if follow.outcome is not None:
            item |= {"outcome": S(follow.outcome), "deeds": S(json.dumps(follow.deeds))}
        if sequence != WAITING:
            item["ttl"] = self._ttl()
        return put(self._table, item)

    def keep_follow(self, sequence: Ledger, follow: PendingFollow) -> None:
        """Keep it as it stands now."""
        single(self._client, self.follow_op(sequence, follow))

    def drop_follow(self, sequence: Ledger, follow: PendingFollow) -> None:
        """Forget it."""
        single(self._client, delete(self._table, _follow_key(sequence, follow)))

    def follows(self, sequence: Ledger) -> Iterator[PendingFollow]:
        """Those of a feed, or those that are `WAITING`, always in the same order."""
        for item in self._all(_follows(sequence)):
            archive_key, _, version = text(item, "sk").rpartition("#")
            persons = tuple(
                (record_id, person_key) for record_id, person_key in json.loads(text(item, "persons"))
            )
            yield PendingFollow(
                archive_key,
                int(version),
                persons,
                flag(item, "merged"),
                maybe_text(item, "outcome"),
                json.loads(maybe_text(item, "deeds") or "{}"),
            )

    def keep_look(self, sequence: Ledger, look: PendingLook, *, if_none: bool = False) -> None:
        """Keep that a person's certificate has to be looked at, or what came of it; `if_none`: unless that much is kept."""
        item: Item = {
            "pk": S(_looks(sequence)),
            "sk": S(look.ref.record_id),
            "archive_key": S(look.ref.archive_key),
            "ttl": self._ttl(),
        }
        if look.ref.person_key is not None:
            item["person_key"] = S(look.ref.person_key)
        if look.deeds is not None:
            item["deeds"] = S(json.dumps(look.deeds))
        with suppress(Cancelled):
            single(self._client, put(self._table, item, "attribute_not_exists(pk)" if if_none else None))

    def looks(self, sequence: Ledger) -> Iterator[PendingLook]:
        """Whose certificates a feed touches."""
        for item in self._all(_looks(sequence)):
            ref = PersonRef(text(item, "sk"), maybe_text(item, "person_key"), text(item, "archive_key"))
            deeds = maybe_text(item, "deeds")
            yield PendingLook(ref, None if deeds is None else json.loads(deeds))

    def keep_doubt(self, doubt: Doubt) -> None:
        """Keep that a number stands under several names."""
        item = _doubt_key(doubt) | {"record_id": S(doubt.record_id)}
        single(self._client, put(self._table, item))

    def doubts(self) -> Iterator[Doubt]:
        """All numbers that stood under several names when they were last looked at."""
        for item in self._all(_DOUBT):
            person_key, _, gone = text(item, "sk").partition("#")
            yield Doubt(person_key, text(item, "record_id"), gone or None)

    def drop_doubt(self, doubt: Doubt) -> None:
        """Forget it."""
        single(self._client, delete(self._table, _doubt_key(doubt)))

    def _ttl(self) -> Item:
        return N(epoch(self._clock()) + KEPT_SECONDS)

    def _all(self, pk: str) -> Iterator[Item]:
        return query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(pk)},
        )

    def _parts(self, sequence: Ledger, kind: str) -> Iterator[Item]:
        return query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues={":pk": S(f"PART#{_name(sequence)}"), ":kind": S(kind)},
        )


_DOUBT = "DOUBT"


def _doubt_key(doubt: Doubt) -> Item:
    gone = "" if doubt.gone is None else f"#{doubt.gone}"
    return {"pk": S(_DOUBT), "sk": S(f"{doubt.person_key}{gone}")}


def _name(ledger: Ledger) -> str:
    return f"{ledger:09d}" if isinstance(ledger, int) else ledger


def _key(sequence: Ledger, kind: str, index: int) -> Item:
    return {"pk": S(f"PART#{_name(sequence)}"), "sk": S(f"{kind}#{index:05d}")}


def _follows(sequence: Ledger) -> str:
    return f"FOLLOW#{_name(sequence)}"


def _looks(sequence: Ledger) -> str:
    return f"LOOK#{_name(sequence)}"


def _follow_key(sequence: Ledger, follow: PendingFollow) -> Item:
    return {"pk": S(_follows(sequence)), "sk": S(f"{follow.archive_key}#{follow.version:016d}")}


def _index(item: Item) -> int:
    return int(text(item, "sk").rpartition("#")[2])


def _progress(item: Item) -> Progress:
    return Progress(number(item, "lines"), json.loads(text(item, "counts")), flag(item, "done"))


def progress_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> ProgressStore:
    """A step keeps its progress in RUNS_TABLE."""
    return ProgressStore(dynamodb, env["RUNS_TABLE"])
