"""The product as the machine drives it: desk, night and clock over one set of stores, in memory or in DynamoDB."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.clock import FakeClock
from tests.fakes.grants import FakeGrants
from tests.fakes.sealing import fake_sealer
from tests.fakes.sessions import FakeSessions
from tests.races.desk import Desk, Stores, dynamo_stores
from tests.unit.corrections.fakes import FakeBucket, FakeProgress, FakeRegister, FakeRuns
from tests.unit.corrections.samples import BLINDER, RULES, Night
from vaxcert.archives.model import Archive
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Actor, Certificate
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.steps.model import Written
from vaxcert.corrections.steps.store import ArchiveWriter, CertificateCorrections
from vaxcert.idempotency.turn import Commit

SEALER = fake_sealer()


@dataclass
class Town:
    """One desk, and the night's four steps over the same archives and certificates."""

    desk: Desk
    night: Night
    clock: FakeClock

    @property
    def today(self) -> date:
        return shanghai_date(self.clock())

    def feed(self, *rows: dict[str, Any]) -> None:
        """Today's feed, and the night after it: the clock stands at 00:30 of the next day then."""
        self.night.settle(rows, day=self.today)


class NightlyCertificates(FakeCertificates):
    """The claims' fake with the night's one write."""

    def change(self, before: Certificate, after: Certificate) -> bool:
        """See `vaxcert.corrections.steps.certificates.Certificates.change`."""
        return self.apply(before, after, Actor.NIGHT) is Commit.DONE


class OneRegister(FakeRegister):
    """The night's fake register, which the claims' fakes look into."""

    @property
    def stored(self) -> dict[str, Archive]:
        return self._stored


class RealRegister(ArchiveReader):
    """Both halves of archives and kinship in DynamoDB."""

    def __init__(self, client: Any, tables: dict[str, str], progress: ProgressStore) -> None:
        super().__init__(client, tables["ArchivesTable"], tables["KinshipTable"])
        self._writer = ArchiveWriter(
            client,
            archives_table=tables["ArchivesTable"],
            kinship_table=tables["KinshipTable"],
            progress=progress,
            adult_dose_from=RULES.adult_dose_from,
        )

    def write_all(self, archives: Iterable[Archive], sequence: int) -> list[Written]:
        """See `ArchiveWriter.write_all`."""
        return self._writer.write_all(archives, sequence)


def fake_town() -> Town:
    """Everything in memory."""
    clock, progress = FakeClock(), FakeProgress()
    register = OneRegister(progress, RULES.adult_dose_from)
    sessions, answers = FakeSessions(), FakeAnswers()
    certificates = NightlyCertificates(cast("Any", register), sessions, answers)
    grants = FakeGrants(certificates, sessions, answers)
    return _town(Stores(register, certificates, grants, answers), register, certificates, progress, clock)


def dynamo_town(client: Any, tables: dict[str, str]) -> Town:
    """The stores of production over tables of their own."""
    clock = FakeClock()
    progress = ProgressStore(client, tables["FeedRunsTable"])
    register = RealRegister(client, tables, progress)
    stores = dynamo_stores(client, tables, clock, SEALER)
    certificates = CertificateCorrections(client, tables["CertificatesTable"])
    return _town(stores, register, certificates, progress, clock)


def _town(stores: Stores, register: Any, certificates: Any, progress: Any, clock: FakeClock) -> Town:
    drawn = itertools.count(1)
    desk = Desk(stores, clock, RULES, BLINDER, SEALER, lambda count: next(drawn).to_bytes(count))
    night = Night(FakeRuns(clock), progress, FakeBucket(), register, certificates, clock)
    return Town(desk, night, clock)


def codes_of(found: Iterable[Any]) -> list[str]:
    """The codes of notices."""
    return [notice.code for notice in found]
