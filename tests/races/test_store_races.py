"""Races at the store: the real use cases and stores on the emulator's DynamoDB, many desks at once (invariants 1 and 4).

`VAXCERT_RACES=10000 pytest tests/races -s` runs ten thousand racing claims and grants; a run of the suite sixty.
"""

from __future__ import annotations

import os
import random
import uuid
from collections import Counter

import pytest

from local.emulator.server import Emulator
from tests.counts import tell, tries
from tests.fakes.clock import FakeClock
from tests.fakes.household import RULES
from tests.fakes.people import BLINDER, SEALER
from tests.fakes.sealing import fake_sealer
from tests.races.desk import Desk, dynamo_stores
from tests.races.figures import Figures
from tests.races.invariants import Tables
from tests.races.rough import RoughClient
from tests.races.rounds import Family, Rounds
from tests.races.track import Track
from tests.tables import create_tables
from vaxcert.archives.model import Archive
from vaxcert.archives.store import ArchiveReader
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.steps.certificates import Keeper
from vaxcert.corrections.steps.store import ArchiveWriter, CertificateCorrections

pytestmark = pytest.mark.emulator

WANTED = tries("VAXCERT_RACES", 60, 2_000)
SEED = int(os.environ.get("VAXCERT_SEED", "20240810"))
LANES, CLIENTS = 16, 2
CONFLICTS, REPEATS = 0.03, 0.03


class NightShift:
    """What the nightly sync does with one archive: write it, then settle whom it touches."""

    def __init__(self, emulator: Emulator, tables: dict[str, str], clock: FakeClock) -> None:
        client = emulator.client("dynamodb")
        self._writer = ArchiveWriter(
            client,
            archives_table=tables["ArchivesTable"],
            kinship_table=tables["KinshipTable"],
            progress=ProgressStore(client, tables["FeedRunsTable"]),
            adult_dose_from=RULES.adult_dose_from,
        )
        archives = ArchiveReader(client, tables["ArchivesTable"], tables["KinshipTable"])
        certificates = CertificateCorrections(client, tables["CertificatesTable"])
        self._keeper = Keeper(archives, certificates, RULES, fake_sealer(), clock)

    def __call__(self, archive: Archive) -> None:
        for ref in self._writer.write(archive, 1).touched:
            self._keeper.settle(ref)


@pytest.mark.timeout(3600)
def test_invariant_1_holds_through_racing_claims_grants_releases_and_nights(emulator: Emulator) -> None:
    """Never two claimants, never eleven active grants, never two of one delegate; losers hear why and nothing else."""
    dice, clock, figures = random.Random(SEED), FakeClock(), Figures()
    plain = emulator.client("dynamodb")
    tables = create_tables(plain, f"r{uuid.uuid4().hex[:10]}")
    clients = [
        RoughClient(
            emulator.client("dynamodb"),
            random.Random(dice.random()),
            conflicts=CONFLICTS,
            repeats=REPEATS,
        )
        for _ in range(CLIENTS)
    ]
    lanes = [
        Desk(dynamo_stores(clients[lane % CLIENTS], tables, clock, SEALER), clock, RULES, BLINDER, SEALER)
        for lane in range(LANES)
    ]
    night, raw = NightShift(emulator, tables, clock), Tables(plain, tables)
    track = Track(lanes, dice, figures)
    families = 0
    while figures.count("claim", "authorize") < WANTED:
        families += 1
        family = Family(families)
        night(family.archive)
        Rounds(track, raw, family, night).all()
    left = raw.check_all()
    figures.notes |= {
        "children": families,
        "claims and grants": figures.count("claim", "authorize"),
        "transactions": dict(sum((client.seen for client in clients), Counter())),
        "left at the end": dict(left),
    }
    tell(figures.lines("races at the store") + "\n")
