"""A history played against the real functions, and compared with the reference after every night."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from copy import deepcopy
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from local.feed.writer import FeedWriter
from tests.faults.faults import Plan
from tests.faults.histories import Delivery
from tests.faults.night import Cloud, ExecutionFailed, Nights, rows_of
from tests.faults.reference import Folded, Register, Told, opened
from tests.faults.weighing import Weight, weighed
from tests.unit.corrections.samples import DAY, OFF, PROVINCE
from vaxcert.archives.model import Archive
from vaxcert.archives.personal import archive_no_of, id_no_of, name_of, phone_of
from vaxcert.archives.store import from_item, link_from_item
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims import items
from vaxcert.claims.model import Certificate
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.run.runs import RunStore
from vaxcert.corrections.steps.brake import Brake, Limit
from vaxcert.corrections.steps.releasing import Releasing
from vaxcert.keys.sealing import Sealer


class _Key:
    def current(self) -> str:
        return "datakey1"

    def by_id(self, kid: str) -> bytes:
        assert kid == "datakey1"
        return bytes(range(32))


SEALER = Sealer(_Key())
"""Opens and seals what the memory holds."""


@dataclass(frozen=True)
class Limits:
    """Percent and count, for rows with a bad number and for certificates (D14)."""

    numbers: tuple[int, int]
    certificates: tuple[int, int]


@dataclass
class Operator:
    """Sits by the nights: releases one that is held; takes a feed that was refused for its numbers as it is."""

    limits: Limits | None = None
    takes: timedelta = timedelta(hours=1)
    ends: Counter[str] = field(default_factory=Counter)
    expected: dict[int, Weight] = field(default_factory=dict)
    _decided: dict[int, str] = field(default_factory=dict)
    _waves_through: bool = False

    def sits_by(self, cloud: Cloud) -> None:
        """Before the first night."""
        self.cloud = cloud

    @property
    def brake(self) -> Brake:
        """The limits as the product takes them."""
        return OFF if self.limits is None else Brake(*(Limit(*one) for one in astuple(self.limits)))

    def stops(self, sequence: int, weight: Weight) -> bool:
        """Whether the product has to stop before this feed; never twice before the same."""
        if self.limits is None or self._waves_through or sequence in self._decided:
            return False
        if weight.refused(*self.limits.numbers):
            self._decided[sequence] = "refused"
        elif weight.held(*self.limits.certificates):
            self._decided[sequence] = "held"
        return sequence in self._decided

    def watch(self, nights: Nights, waiting: list[tuple[int, Delivery]]) -> None:
        """Let the night run until it rests, as was foretold."""
        end = self._decided[waiting[0][0]] if waiting else "up_to_date"
        self.ends[end] += 1
        if end == "refused":
            with pytest.raises(FeedRefused, match="too_many_bad_numbers"):
                nights.settle()
            nights.processes.use(OFF)
            self._waves_through = True
            return
        rest = nights.settle()
        assert rest["reason"] == end, rest
        if self._waves_through:
            nights.processes.use(self.brake)
            self._waves_through = False
        if end == "held":
            self.cloud.clock.now += self.takes
            assert nights.settle() == rest
            assert rest["sequence"] == waiting[0][0]
            runs = RunStore(self.cloud.dynamodb, self.cloud.tables["FeedRunsTable"], self.cloud.clock)
            Releasing(runs).release(rest["manifest_sha256"], "operator", "looked at every one of them")
        for decided in nights.decisions:
            weight = self.expected.get(decided["sequence"])
            if weight is not None and decided["status"] == "accepted" and decided["figures"]:
                said = decided["figures"]
                touched, at_stake = said["certificates_touched"], said["certificates_at_stake"]
                assert (said["bad_numbers"], touched, at_stake) == (
                    weight.bad,
                    len(weight.touched),
                    len(weight.lost),
                )


def play(
    history: list[Delivery],
    plan: Plan,
    cloud: Cloud | None = None,
    nights: type[Nights] = Nights,
    operator: Operator | None = None,
    **given: Any,
) -> Cloud:
    """Every feed in its night, late ones with the next; raises AssertionError at the first difference from the reference."""
    cloud = cloud or Cloud()
    operator = operator or Operator()
    operator.sits_by(cloud)
    running = nights(cloud, plan, brake=operator.brake, **given)
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
        # Feeds that come together are applied one after another; between them nobody can claim.
        while waiting:
            for sequence, one in list(waiting):
                good = [row for row in one.rows if not is_bad(row)]
                after, moved = Folded(dict(folded.archives)), deepcopy(register)
                after.apply(good, DAY + timedelta(days=sequence - 1))
                moved.night(folded.archives, after.archives, cloud.clock())
                weight = weighed(
                    len(one.rows), good, folded.archives, register, moved, shanghai_date(cloud.clock())
                )
                if operator.stops(sequence, weight):
                    break
                operator.expected[sequence] = weight
                folded, register = after, moved
                waiting.pop(0)
            operator.watch(running, waiting)
            compare(cloud, folded, register)
        held = []
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
    """Archives whole, with what their paper says by (D20), kinship whole, certificates whole but for their version and hour."""
    kept = {place[0]: item for place, item in rows_of(cloud, "ArchivesTable")}
    archives = {key: _opened(from_item(item)) for key, item in kept.items()}
    assert archives == folded.archives
    assert {key: item["content"]["S"] for key, item in kept.items()} == {
        key: archive.content for key, archive in folded.archives.items()
    }
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
