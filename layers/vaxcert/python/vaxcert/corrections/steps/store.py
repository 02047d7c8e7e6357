"""The writing half of archives and kinship: the only code that changes what the province says (R37).

In the common case, a new version of an archive that links to the same people, a row is one conditional statement of a batch. Only where
links change, as of an archive that is new, are they written with it in one transaction, so that no guardian ever sees half of a correction;
several archives share one. Whatever a batch or a shared transaction does not take is written alone, as if it had never been in one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from vaxcert.archives.model import Archive, ArchiveStatus, System, links_of
from vaxcert.archives.store import MAY_LACK, from_item, link_key, link_to_item, to_item
from vaxcert.aws.dynamodb import (
    MOST_OPS,
    Cancelled,
    Item,
    N,
    Op,
    S,
    delete,
    get,
    maybe_text,
    number,
    put,
    single,
    text,
    transact,
)
from vaxcert.aws.partiql import MOST, Statement, replacement, write_batch
from vaxcert.aws.patience import patiently
from vaxcert.claims.items import CertificateOps
from vaxcert.claims.model import Actor, Certificate
from vaxcert.claims.store import CertificateReader
from vaxcert.corrections.run.model import PersonRef
from vaxcert.corrections.run.progress import PendingFollow, ProgressStore
from vaxcert.corrections.steps.model import Fate, Written
from vaxcert.errors import Unavailable
from vaxcert.identity.model import record_id_of
from vaxcert.programme.vaccines import against_rabies

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TURNS = 5


# Far below the 4 MB that a transaction takes: an archive of 300 doses is 20 KB, and no line of a feed is longer than 256.
_BUNDLE_BYTES = 1 << 20


@dataclass(slots=True)
class _Row:
    """An archive on its way, with its item. `stands` and `is_new`: what a refusal told of it; `written`: its fate, once it has one."""

    archive: Archive
    item: Item
    stands: Item | None = None
    is_new: bool = False
    written: Written | None = None


class ArchiveWriter:
    """Writes archives, whole and never backwards in version (invariant 6). Safe to call from several threads."""

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        archives_table: str,
        kinship_table: str,
        progress: ProgressStore,
        adult_dose_from: date,
        sleep: Callable[[float], None] = time.sleep,
        rng: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._archives = archives_table
        self._kinship = kinship_table
        self._progress = progress
        self._adult_dose_from = adult_dose_from.isoformat()
        self._sleep = sleep
        self._rng = rng
        self._expect_new = False

    def write_all(self, archives: Iterable[Archive], sequence: int) -> list[Written]:
        """Store each archive unless it stands at this version or a higher one; what became of each, in order.

        Rows go together where they can; one that does not is written alone, in its turn. Raises Unavailable where the table stays busy:
        what was written by then stays, and is found `EARLIER` by whoever does it again.
        """
        # All items are made before the first call: made turn by turn with the calls, each would find a cold cache.
        rows = [_Row(archive, _item(archive)) for archive in archives]
        # Of one archive's rows only the first: a batch has no order. A merge is remembered in the transaction that writes it.
        firsts: dict[str, _Row] = {}
        for row in rows:
            firsts.setdefault(row.archive.key, row)
        together = [row for row in firsts.values() if row.archive.status is not ArchiveStatus.MERGED]
        if not self._expect_new:
            self._replace_together(together)
        self._relink_together([row for row in together if self._relinks(row)], sequence)
        written = [row.written or self._write_alone(row, sequence) for row in rows]
        self._expect_new = all(one.fate is Fate.INSERTED for one in written)
        return written

    def write(self, archive: Archive, sequence: int) -> Written:
        """`write_all` of one."""
        return self.write_all((archive,), sequence)[0]

    def _replace_together(self, rows: Iterable[_Row]) -> None:
        """Replace those for which the condition holds, and remember of the others what stands. A row refused otherwise is written alone."""
        made = ((row, self._replacing(row.item)) for row in rows)
        for bundle in _bundles(made, MOST, lambda _: 1):
            refusals = self._patiently(
                partial(write_batch, self._client, [statement for _, statement in bundle])
            )
            for (row, _), unmet in zip(bundle, refusals, strict=True):
                if unmet is None:
                    row.written = Written(Fate.REPLACED)
                elif unmet.code == "ConditionalCheckFailed":
                    row.stands, row.is_new = unmet.item, unmet.item is None

    def _relinks(self, row: _Row) -> bool:
        """Whether links will have to be written with the archive, as far as it is known by now."""
        if row.stands is None:
            return row.is_new or self._expect_new
        return number(row.stands, "version") < row.archive.version

    def _relink_together(self, rows: Iterable[_Row], sequence: int) -> None:
        """Write archives and their links, several in one transaction. Where one of them is not as it was seen, each is written alone."""
        made = ((row, self._relink(row.item, row.archive, row.stands, sequence)) for row in rows)
        for bundle in _bundles(made, MOST_OPS, lambda one: len(one[1])):
            ops = [op for _, (_, ops) in bundle for op in ops]
            with suppress(Cancelled):
                self._patiently(partial(transact, self._client, ops))
                for row, (written, _) in bundle:
                    row.written = written

    def _write_alone(self, row: _Row, sequence: int) -> Written:
        archive, item, stands = row.archive, row.item, row.stands
        merged = archive.status is ArchiveStatus.MERGED
        if stands is None and not (row.is_new or self._expect_new or merged):
            try:
                self._patiently(lambda: single(self._client, self._replace(item)))
            except Cancelled as cancelled:
                stands = cancelled.reasons[0].item
            else:
                return Written(Fate.REPLACED)
        for _ in range(_TURNS):
            if stands is not None and number(stands, "version") >= archive.version:
                return _kept(stands, archive)
            written, ops = self._relink(item, archive, stands, sequence)
            try:
                if len(ops) == 1:
                    self._patiently(partial(single, self._client, ops[0]))
                else:
                    self._patiently(partial(transact, self._client, ops))
            except Cancelled:
                stands = get(self._client, self._archives, {"pk": item["pk"]})
            else:
                return written
        raise Unavailable

    def replacement(self, archive: Archive) -> dict[str, Any]:
        """The request that stores an archive where nothing but the archive changes: what `bench.nightly` takes for a floor."""
        return self._replace(_item(archive))["Put"]

    def statement(self, archive: Archive) -> Statement:
        """The same as a statement of a batch: the other floor."""
        return self._replacing(_item(archive))

    def _replace(self, item: Item) -> Op:
        """One put that holds only where nobody's link and no certificate has to change.

        `last_dose` on the same side of R7's date as before: an adult neither gains nor loses the right to a certificate.
        """
        return put(
            self._archives,
            item,
            f"#version < :version AND kin = :kin AND last_dose {self._side(item)} :from",
            {"#version": "version"},
            {":version": item["version"], ":kin": item["kin"], ":from": S(self._adult_dose_from)},
        )

    def _replacing(self, item: Item) -> Statement:
        """`_replace` as a statement of a batch."""
        return replacement(
            self._archives,
            item,
            lacking=(name for name in MAY_LACK if name not in item),
            where=f'"version" < ? AND "kin" = ? AND "last_dose" {self._side(item)} ?',
            values=(item["version"], item["kin"], S(self._adult_dose_from)),
        )

    def _side(self, item: Item) -> str:
        return ">=" if text(item, "last_dose") >= self._adult_dose_from else "<"

    def _relink(
        self, item: Item, archive: Archive, stands: Item | None, sequence: int
    ) -> tuple[Written, list[Op]]:
        old: Archive | None = None
        if stands is None:
            ops = [put(self._archives, item, "attribute_not_exists(pk)")]
            written = Written(Fate.INSERTED, (_ref(archive),))
        else:
            old = from_item(stands)
            ops = [
                put(
                    self._archives,
                    item,
                    "#version = :stands",
                    {"#version": "version"},
                    {":stands": N(old.version)},
                )
            ]
            written = self._fate(stands, item, old, archive)
        ops += self._link_ops(old, archive)
        merged = archive.status is ArchiveStatus.MERGED
        if merged or len(written.touched) > 1:
            persons = tuple((ref.record_id, ref.person_key) for ref in written.touched)
            follow = PendingFollow(archive.key, archive.version, persons, merged)
            ops.append(self._progress.follow_op(sequence, follow))
        return written, ops

    def unbelieve(self, archive: Archive) -> None:
        """Take its number away from an archive that stands: it contradicts the birth date (D13). The version stays. Can be repeated."""
        without = replace(
            archive,
            record_id=record_id_of(archive.key),
            person_key=None,
            number_fault="contradicts_birth",
            stated_key=archive.person_key,
        )
        same = put(
            self._archives,
            _item(without),
            "#version = :version AND record_id = :record",
            {"#version": "version"},
            {":version": N(archive.version), ":record": S(archive.record_id)},
        )
        # Where the condition does not hold, an earlier call was not answered, or the archive has become another since.
        with suppress(Cancelled):
            self._patiently(lambda: transact(self._client, [same, *self._link_ops(archive, without)]))

    def _link_ops(self, before: Archive | None, after: Archive) -> list[Op]:
        """What takes the links of `before` to those of `after`; those that stay are not touched."""
        old = {} if before is None else _link_items(before)
        new = _link_items(after)
        gone = [
            delete(self._kinship, {"pk": link["pk"], "sk": link["sk"]})
            for place, link in old.items()
            if place not in new
        ]
        return gone + [put(self._kinship, link) for place, link in new.items() if old.get(place) != link]

    def _fate(self, stands: Item, item: Item, old: Archive, archive: Archive) -> Written:
        """Whether anything but the archive itself has to change: what the condition of `_replace` asks of DynamoDB."""
        sides = {text(one, "last_dose") >= self._adult_dose_from for one in (stands, item)}
        plain = text(stands, "kin") == text(item, "kin") and len(sides) == 1
        if plain and archive.status is not ArchiveStatus.MERGED:
            return Written(Fate.REPLACED)
        moved = old.record_id != archive.record_id
        return Written(Fate.RELINKED, (_ref(archive), _ref(old)) if moved else (_ref(archive),))

    def _patiently[T](self, call: Callable[[], T]) -> T:
        return patiently(call, sleep=self._sleep, rng=self._rng)


class CertificateCorrections(CertificateReader):
    """Certificates as the nightly sync sees and changes them."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        super().__init__(client, table)
        self._ops = CertificateOps(table)

    def change(self, before: Certificate, after: Certificate) -> bool:
        """One transition; False where the certificate, or the person's live one, is another in the meantime."""
        try:
            transact(self._client, self._ops.changed(before, after, Actor.NIGHT))
        except Cancelled:
            return False
        return True


def _item(archive: Archive) -> Item:
    return to_item(archive) | {"last_dose": S(last_dose(archive))}


def _bundles[T](
    things: Iterable[tuple[_Row, T]], most: int, weight: Callable[[T], int]
) -> Iterator[list[tuple[_Row, T]]]:
    """Rows with what is to be done for them, in order, as many at once as one call takes: `most` by weight. One is no bundle."""
    bundle: list[tuple[_Row, T]] = []
    weighs = size = 0
    for row, what in things:
        more, bigger = weight(what), len(row.item["doses"]["B"])
        if weighs + more > most or size + bigger > _BUNDLE_BYTES:
            if len(bundle) > 1:
                yield bundle
            bundle, weighs, size = [], 0, 0
        bundle.append((row, what))
        weighs, size = weighs + more, size + bigger
    if len(bundle) > 1:
        yield bundle


def last_dose(archive: Archive) -> str:
    """The day of the last dose that counts for R7, or `-`, which sorts before every day."""
    if archive.system is System.RABIES:
        return "-"
    # The latest first: nearly always it is the one, and the list of vaccines need not be asked of the others.
    for dose in sorted(archive.doses, key=attrgetter("date"), reverse=True):
        if not against_rabies(dose.vaccine_code, dose.vaccine_name):
            return dose.date.isoformat()
    return "-"


def _kept(stands: Item, archive: Archive) -> Written:
    """The archive stands as it is. Where this feed wrote it, an interrupted run may not have come to the certificates."""
    if text(stands, "as_of") != archive.as_of.isoformat():
        return Written(Fate.SKIPPED)
    own = PersonRef(text(stands, "record_id"), maybe_text(stands, "person_key"), archive.key)
    return Written(Fate.EARLIER if number(stands, "version") == archive.version else Fate.SKIPPED, (own,))


def _ref(archive: Archive) -> PersonRef:
    return PersonRef(archive.record_id, archive.person_key, archive.key)


def _place(key: Item) -> tuple[str, str]:
    return text(key, "pk"), text(key, "sk")


def _link_items(archive: Archive) -> dict[tuple[str, str], Item]:
    return {_place(link_key(link)): link_to_item(link) for link in links_of(archive)}


def corrected_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> CertificateCorrections:
    """A step that changes certificates has CERTIFICATES_TABLE."""
    return CertificateCorrections(dynamodb, env["CERTIFICATES_TABLE"])


def writer_of(
    env: Mapping[str, str], dynamodb: DynamoDBClient, progress: ProgressStore, adult_dose_from: date
) -> ArchiveWriter:
    """A step that writes archives has ARCHIVES_TABLE and KINSHIP_TABLE."""
    return ArchiveWriter(
        dynamodb,
        archives_table=env["ARCHIVES_TABLE"],
        kinship_table=env["KINSHIP_TABLE"],
        progress=progress,
        adult_dose_from=adult_dose_from,
    )
