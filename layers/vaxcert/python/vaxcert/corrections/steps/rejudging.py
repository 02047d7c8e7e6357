"""Archives and certificates of before D13, put right by the next night without a new import.

Until then a number alone made archives one person. So every archive that stands is asked once whether its number contradicts its birth date and
whether its number stands under several names; when all are, every certificate that was claimed by the old rule is asked where it belongs
(`Keeper.settle`). Both go by segments of a table, each of which goes on where it was interrupted, and both can be repeated.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from vaxcert.archives.model import Archive, Link
from vaxcert.archives.personal import Opener, id_no_of
from vaxcert.archives.store import from_item
from vaxcert.aws.clock import Clock, shanghai_date
from vaxcert.aws.dynamodb import BOOL, Item, N, S, flag, get, maybe_text, number, put, query_all, single, text
from vaxcert.claims.items import from_item as certificate_of
from vaxcert.corrections.feed.form import read_number
from vaxcert.corrections.run.as_of import FEED
from vaxcert.corrections.run.model import Counts, PersonRef, add_counts
from vaxcert.corrections.run.progress import Doubt

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SEGMENTS = 16
PAGE = 200
WORKERS = 8
RESERVE_SECONDS = 60.0
RULE = 13
"""The decision that archives are joined by since all segments are done."""

_RULE, _SEGMENTS = "RULE", "REJUDGE"


class What(StrEnum):
    """What is gone through, in this order."""

    ARCHIVES = "archives"
    CERTIFICATES = "certificates"


@dataclass(frozen=True, slots=True)
class Segment:
    """A share of a table: `number` of `SEGMENTS`, from 0."""

    what: What
    number: int


class Segments:
    """How far the segments are: in the runs table, (`REJUDGE`, `<what>#<number>`); (`FEED`, `RULE`) once all are done."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def pending(self) -> tuple[Segment, ...]:
        """What is to be gone through next, all of it at once: archives before certificates. Empty once everything is."""
        rule = get(self._client, self._table, _key(FEED, _RULE))
        if rule is not None and number(rule, "rule") >= RULE:
            return ()
        items = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(_SEGMENTS)},
        )
        done = {text(item, "sk") for item in items if flag(item, "done")}
        for what in What:
            left = [Segment(what, one) for one in range(SEGMENTS) if _place(Segment(what, one)) not in done]
            if left:
                return tuple(left)
        self.all_done()
        return ()

    def all_done(self) -> None:
        """Nothing of before D13 stands; on a new register nothing ever did."""
        single(self._client, put(self._table, _key(FEED, _RULE) | {"rule": N(RULE)}))

    def at(self, segment: Segment) -> tuple[Item | None, bool]:
        """The last key gone through, and whether the segment is done."""
        item = get(self._client, self._table, _key(_SEGMENTS, _place(segment)))
        if item is None:
            return None, False
        last = maybe_text(item, "last")
        return json.loads(last) if last else None, flag(item, "done")

    def keep(self, segment: Segment, last: Item | None) -> None:
        """Gone through up to `last`, or to the end."""
        item = _key(_SEGMENTS, _place(segment)) | {"done": BOOL(last is None)}
        if last is not None:
            item["last"] = S(json.dumps(last))
        single(self._client, put(self._table, item))


class Runs(Protocol):
    """The lease."""

    def renew(self, owner: str) -> None:
        """Keep the lease; raises LeaseLost."""
        ...


class Archives(Protocol):
    """The reading half of archives."""

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        """The archives of one identity number."""
        ...

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Those archives that exist."""
        ...


class Writer(Protocol):
    """The writing half."""

    def unbelieve(self, archive: Archive) -> None:
        """Take the archive's number away from it: it contradicts the birth date."""
        ...


class Doubts(Protocol):
    """Where numbers under several names are kept."""

    def keep_doubt(self, doubt: Doubt) -> None:
        """Keep one."""
        ...


class Settler(Protocol):
    """Keeps certificates in step."""

    def settle(self, ref: PersonRef) -> Counts:
        """Bring a person's live certificate to where their archives say."""
        ...


class Rejudging:
    """Goes through segments."""

    def __init__(
        self,
        *,
        client: DynamoDBClient,
        tables: tuple[str, str],
        runs: Runs,
        segments: Segments,
        archives: Archives,
        writer: Writer,
        doubts: Doubts,
        opener: Opener,
        keeper: Settler,
        clock: Clock,
    ) -> None:
        self._client = client
        self._archives_table, self._certificates_table = tables
        self._runs = runs
        self._segments = segments
        self._archives = archives
        self._writer = writer
        self._doubts = doubts
        self._opener = opener
        self._keeper = keeper
        self._clock = clock

    def go_through(self, owner: str, segment: Segment, time_left: Callable[[], float]) -> tuple[Counts, bool]:
        """What was found and done in this call, and whether the segment is done; if not, call again. Raises LeaseLost."""
        counts: Counts = {}
        last, done = self._segments.at(segment)
        with ThreadPoolExecutor(WORKERS, "rejudge") as pool:
            while not done:
                self._runs.renew(owner)
                items, last = self._page(segment, last)
                ask = self._archive if segment.what is What.ARCHIVES else self._certificate
                for found in pool.map(ask, items):
                    add_counts(counts, found)
                self._segments.keep(segment, last)
                done = last is None
                if time_left() < RESERVE_SECONDS:
                    break
        return counts, done

    def _page(self, segment: Segment, last: Item | None) -> tuple[Sequence[Item], Item | None]:
        query: dict[str, Any] = {
            "TableName": self._archives_table,
            "ConsistentRead": True,
            "Limit": PAGE,
            "Segment": segment.number,
            "TotalSegments": SEGMENTS,
        }
        if segment.what is What.CERTIFICATES:
            query |= {
                "TableName": self._certificates_table,
                "FilterExpression": "sk = :certificate AND attribute_not_exists(name_key)",
                "ExpressionAttributeValues": {":certificate": S("C")},
            }
        if last is not None:
            query["ExclusiveStartKey"] = last
        page = self._client.scan(**query)
        return page["Items"], page.get("LastEvaluatedKey")

    def _archive(self, item: Item) -> Counts:
        archive = from_item(item)
        if archive.person_key is None:
            return {}
        id_no = id_no_of(self._opener, archive)
        found = read_number(id_no, None, shanghai_date(self._clock()), archive.birth_date)
        if found.fault == "contradicts_birth":
            self._writer.unbelieve(archive)
            return {"numbers_unbelieved": 1}
        others = {link.archive_key for link in self._archives.own_links(archive.person_key)} - {archive.key}
        if any(other.name_key != archive.name_key for other in self._archives.archives(sorted(others))):
            self._doubts.keep_doubt(Doubt(archive.person_key, archive.record_id))
            return {"names_doubted": 1}
        return {}

    def _certificate(self, item: Item) -> Counts:
        certificate = certificate_of(item)
        if certificate.standing.final:
            return {}
        ref = PersonRef(certificate.record_id, certificate.person_key, certificate.archive_keys[0])
        return self._keeper.settle(ref)


def _key(pk: str, sk: str) -> Item:
    return {"pk": S(pk), "sk": S(sk)}


def _place(segment: Segment) -> str:
    return f"{segment.what}#{segment.number:03d}"


def segments_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> Segments:
    """A step marks segments in RUNS_TABLE."""
    return Segments(dynamodb, env["RUNS_TABLE"])


def scanned_of(env: Mapping[str, str]) -> tuple[str, str]:
    """The tables that are gone through: ARCHIVES_TABLE and CERTIFICATES_TABLE."""
    return env["ARCHIVES_TABLE"], env["CERTIFICATES_TABLE"]
