"""The register as it will stand when a checked feed is applied, and certificates as the night will leave them. Nothing is changed.

The night's own code looks at certificates through these (`vaxcert.corrections.steps.judging`), so that a dry run cannot come to another
end than the night. The feed's side is kept in the runs table: (`SEEN#<ledger>#<archive key>`, `ARCHIVE`) an archive that the feed
changes, (`OWN#<ledger>#<person key>`, `<archive key>`) whose it will be; removed by `ttl`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from vaxcert.archives.model import Archive, Link, LinkKind, SealedPerson, links_of
from vaxcert.archives.store import from_item, to_item
from vaxcert.aws.clock import Clock, epoch, system_clock
from vaxcert.aws.dynamodb import Cancelled, Item, N, S, get, put, query_all, single, text
from vaxcert.claims.model import Certificate
from vaxcert.corrections.run.progress import KEPT_SECONDS, Ledger
from vaxcert.corrections.steps.store import last_dose

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOTHING = SealedPerson(b"-")


class Unsealed:
    """Stands in for the sealer in a dry run: what nobody will open is not sealed."""

    def seal(self, plain: str, *, table: str, key: str, attribute: str) -> bytes:
        """Nothing of `plain`."""
        del plain, table, key, attribute
        return _NOTHING.name

    def open(self, sealed: bytes, *, table: str, key: str, attribute: str) -> str:
        """Nothing either: a dry run shows nobody a name."""
        del sealed, table, key, attribute
        return ""


def essence(archive: Archive) -> Archive:
    """What decides about certificates, and nothing that a screen would open: no names, of the doses the last that counts (R7)."""
    last = last_dose(archive)
    doses = [dose for dose in archive.doses if dose.date.isoformat() == last]
    return replace(archive, sealed=_NOTHING, doses=tuple(doses))


class ForecastStore:
    """Port of the dry run to what it has read of the feed."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock = system_clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def keep(self, ledger: Ledger, archive: Archive) -> None:
        """Keep an archive as the feed will leave it, unless a higher version is kept."""
        ttl = {"ttl": N(epoch(self._clock()) + KEPT_SECONDS)}
        item = to_item(essence(archive)) | _seen(ledger, archive.key) | ttl
        newest = "attribute_not_exists(pk) OR #version < :version"
        # First whose it is: a link too many is harmless, since whoever reads it looks at the archive.
        for link in links_of(archive):
            if link.relation is None:
                place = {"pk": S(_own(ledger, link.subject)), "sk": S(archive.key)}
                single(self._client, put(self._table, place | {"record_id": S(link.record_id)} | ttl))
        try:
            single(
                self._client,
                put(self._table, item, newest, {"#version": "version"}, {":version": N(archive.version)}),
            )
        except Cancelled:
            return

    def archive(self, ledger: Ledger, key: str) -> Archive | None:
        """An archive as the feed will leave it, or None if the feed does not change it."""
        item = get(self._client, self._table, _seen(ledger, key))
        return None if item is None else from_item(item | {"pk": S(key)})

    def own_links(self, ledger: Ledger, person_key: str) -> tuple[Link, ...]:
        """The archives that the feed says are this person's."""
        query = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(_own(ledger, person_key))},
        )
        return tuple(
            Link(LinkKind.OWN, person_key, text(item, "record_id"), text(item, "sk"), person_key)
            for item in query
        )


def _seen(ledger: Ledger, key: str) -> Item:
    return {"pk": S(f"SEEN#{ledger}#{key}"), "sk": S("ARCHIVE")}


def _own(ledger: Ledger, person_key: str) -> str:
    return f"OWN#{ledger}#{person_key}"


class StandingArchives(Protocol):
    """Archives as they stand."""

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        """The archives of one person with an identity number."""
        ...

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Those archives that exist."""
        ...


class Forecast(Protocol):
    """Archives as the feed will leave them."""

    def archive(self, ledger: Ledger, key: str) -> Archive | None:
        """An archive that the feed changes."""
        ...

    def own_links(self, ledger: Ledger, person_key: str) -> tuple[Link, ...]:
        """The archives that the feed says are this person's."""
        ...


class StandingCertificates(Protocol):
    """Certificates as they stand."""

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        """Live certificates by record id."""
        ...


class Reads:
    """Counts what a dry run reads: its cost is in the night's figures. Several threads may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def add(self, count: int) -> None:
        """So many items more."""
        with self._lock:
            self.count += count


class ForeseenArchives:
    """Archives as they stand, with the feed's in their place."""

    def __init__(self, ledger: Ledger, standing: StandingArchives, forecast: Forecast, reads: Reads) -> None:
        self._ledger = ledger
        self._standing = standing
        self._forecast = forecast
        self._reads = reads

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        """The archives of one person. One that moves away is among them, as it is while the night is at work."""
        told = self._forecast.own_links(self._ledger, person_key)
        links = {link.archive_key: link for link in (*self._standing.own_links(person_key), *told)}
        self._reads.add(max(1, len(links)))
        return tuple(links.values())

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, in the order of `keys`."""
        wanted = list(dict.fromkeys(keys))
        self._reads.add(2 * len(wanted))
        return tuple(self._newest(wanted))

    def _newest(self, wanted: list[str]) -> Iterator[Archive]:
        standing = {archive.key: archive for archive in self._standing.archives(wanted)}
        for key in wanted:
            stands, told = standing.get(key), self._forecast.archive(self._ledger, key)
            if stands is None or (told is not None and told.version > stands.version):
                stands = told
            if stands is not None:
                yield stands


class ForeseenCertificates:
    """Certificates as they stand, and what the night would make of them: changes stay in memory."""

    def __init__(
        self,
        standing: StandingCertificates,
        reads: Reads,
        counts: Callable[[Certificate, Certificate], bool],
        lost: Iterable[str],
    ) -> None:
        """`counts`: whether a certificate that stood so and would stand so is lost. `lost`: what an earlier call has found."""
        self._standing = standing
        self._reads = reads
        self._counts = counts
        self._lock = threading.Lock()
        self._began: dict[str, Certificate] = {}
        self._live: dict[str, Certificate] = {}
        self._lost = set(lost)
        self._of: dict[str, set[str]] = {}

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        """Live certificates by record id."""
        wanted = list(dict.fromkeys(record_ids))
        found = self._standing.live(wanted)
        self._reads.add(len(wanted) + len(found))
        with self._lock:
            kept = {key: one for key, one in found.items() if one.certificate_id not in self._began}
            return kept | {key: self._live[key] for key in wanted if key in self._live}

    def change(self, before: Certificate, after: Certificate) -> bool:
        """Remember a transition; False where the person moved to has another certificate by now."""
        with self._lock:
            there = self._live.get(after.record_id)
            if there is not None and there.certificate_id != before.certificate_id:
                return False
            began = self._began.setdefault(before.certificate_id, before)
            here = self._live.get(before.record_id)
            if here is not None and here.certificate_id == before.certificate_id:
                del self._live[before.record_id]
            if not after.standing.final:
                self._live[after.record_id] = after
            if self._counts(began, after):
                self._lost.add(before.certificate_id)
            else:
                self._lost.discard(before.certificate_id)
            self._of.setdefault(began.record_id, set()).add(before.certificate_id)
            return True

    @property
    def lost(self) -> int:
        """How many certificates would be suspended or closed."""
        return len(self._lost)

    def lost_of(self, record_id: str) -> frozenset[str]:
        """Those of them that are this person's as they stand."""
        with self._lock:
            return frozenset(self._of.get(record_id, set()) & self._lost)


def forecast_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> ForecastStore:
    """A step keeps its dry run in RUNS_TABLE."""
    return ForecastStore(dynamodb, env["RUNS_TABLE"])
