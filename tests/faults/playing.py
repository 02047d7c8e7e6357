"""A history played against the real functions, and compared with the reference after every night."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from local.feeds import FeedWriter
from tests.faults.faults import Plan
from tests.faults.histories import Delivery
from tests.faults.night import PEPPER, Cloud, ExecutionFailed, Nights, rows_of
from tests.faults.reference import Folded, Register, Told, opened
from tests.unit.corrections.samples import BLINDER, DAY, PROVINCE
from vaxcert.archives.model import Archive
from vaxcert.archives.personal import archive_no_of, id_no_of, name_of, phone_of
from vaxcert.archives.store import from_item, link_from_item
from vaxcert.aws.sealing import Sealer
from vaxcert.claims import items
from vaxcert.claims.model import Certificate
from vaxcert.corrections.runs import RunStore
from vaxcert.identity.blinding import Blinder

assert Blinder(PEPPER.encode()).subject("x") == BLINDER.subject("x")


class _Key:
    def current(self) -> tuple[str, bytes]:
        return "datakey1", bytes(range(32))

    def by_id(self, kid: str) -> bytes:
        assert kid == "datakey1"
        return bytes(range(32))


SEALER = Sealer(_Key())
"""Opens and seals what the memory holds."""


def play(
    history: list[Delivery],
    plan: Plan,
    cloud: Cloud | None = None,
    nights: type[Nights] = Nights,
    **given: Any,
) -> Cloud:
    """Every feed in its night, late ones with the next; raises AssertionError at the first difference from the reference."""
    cloud = cloud or Cloud()
    running = nights(cloud, plan, **given)
    folded, register = Folded(), Register()
    previous: str | None = None
    held: list[tuple[date, dict[str, bytes]]] = []
    waiting: list[tuple[int, Delivery]] = []
    for number, delivery in enumerate(history, start=1):
        day = DAY + timedelta(days=number - 1)
        rows: list[Any] = delivery.rows
        feed = FeedWriter(PROVINCE).write(None, day, number, previous, rows, delivery.parts, check=False)
        previous = feed.manifest_sha256
        held.append((day, dict(feed.files)))
        waiting.append((number, delivery))
        if delivery.late and number < len(history):
            continue
        _early(cloud, running, day, held)
        cloud.until_day_after(day)
        rest = running.settle()
        assert rest["reason"] == "up_to_date", rest
        # Feeds that come together are applied one after another; between them nobody can claim.
        for sequence, one in waiting:
            before = dict(folded.archives)
            good = [row for row in one.rows if not is_bad(row)]
            folded.apply(good, DAY + timedelta(days=sequence - 1))
            register.night(before, folded.archives, cloud.clock())
        waiting, held = [], []
        compare(cloud, folded, register)
        for made in register.claims(folded.archives, cloud.clock(), number):
            cloud.claimed(made)
        as_of = RunStore(cloud.dynamodb, cloud.tables["FeedRunsTable"], cloud.clock).as_of()
        assert as_of is not None
        assert (as_of.sequence, as_of.business_date) == (number, day)
    return cloud


def _early(cloud: Cloud, nights: Nights, day: date, held: list[tuple[date, dict[str, bytes]]]) -> None:
    """The feeds arrive before the last one's day is over; a run then may take those of earlier days only (D2)."""
    for when, files in held:
        cloud.drop(when, files)
    cloud.clock.now = max(cloud.clock.now, datetime(day.year, day.month, day.day, 15, 59, tzinfo=UTC))
    if len(held) == 1:
        before = published(cloud)
        with suppress(ExecutionFailed):
            assert nights.execute()["reason"] == "not_yet"
        assert published(cloud) == before


def published(cloud: Cloud) -> list[Any]:
    """Everything that a family could see a feed by."""
    return [list(rows_of(cloud, table)) for table in ("ArchivesTable", "KinshipTable", "CertificatesTable")]


def is_bad(row: Told) -> bool:
    """The histories' bad rows all claim this version, or none."""
    return row["version"] in {0, 99}


def compare(cloud: Cloud, folded: Folded, register: Register) -> None:
    """Archives whole, kinship whole, certificates whole but for their version and hour."""
    archives = {place[0]: _opened(from_item(item)) for place, item in rows_of(cloud, "ArchivesTable")}
    assert archives == folded.archives
    kinship = {
        (link.subject, link.record_id, link.archive_key, link.person_key, link.relation)
        for _, item in rows_of(cloud, "KinshipTable")
        for link in [link_from_item(item)]
    }
    assert kinship == folded.kinship()
    rows = list(rows_of(cloud, "CertificatesTable"))
    certificates = [items.from_item(item) for place, item in rows if place[1] == "C"]
    shown = sorted(_shown(one, register.disputed) for one in certificates)
    assert shown == sorted(_shown(one, register.disputed) for one in register.certificates.values())
    live = {
        place[0].removeprefix("P#"): item["certificate_id"]["S"] for place, item in rows if place[1] == "LIVE"
    }
    assert live == {
        one.record_id: one.certificate_id for one in register.certificates.values() if not one.standing.final
    }


def _opened(archive: Archive) -> Archive:
    given = (one(SEALER, archive) for one in (id_no_of, phone_of, archive_no_of))
    return replace(archive, sealed=opened(name_of(SEALER, archive), *given))


def _shown(one: Certificate, disputed: set[str]) -> tuple[Any, ...]:
    relation = "disputed" if one.certificate_id in disputed else one.relation
    standing = one.standing.status, one.standing.reason
    who = one.record_id, str(one.person_key), one.holder, relation, one.kind, str(one.name_key)
    return one.certificate_id, *who, *map(str, standing), one.birth_date, one.archive_keys
