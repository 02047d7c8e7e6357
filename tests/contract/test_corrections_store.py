"""What the stores of the nightly sync promise, in memory, on moto and on the emulator (R38, invariants 1, 4 and 6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.contract.conftest import Database
from tests.fakes.clock import FakeClock
from tests.fakes.sealing import fake_sealer
from tests.faults.memory import TABLES, MemoryDynamoDB
from tests.unit.corrections.fakes import FakeCertificates, FakeForecast, FakeProgress, FakeRegister, FakeRuns
from tests.unit.corrections.samples import (
    BLINDER,
    CHILD,
    DAY,
    FATHER,
    MOTHER,
    RULES,
    SIBLING,
    archive_key,
    dose,
    guardian,
    record_of,
    row,
    subject,
)
from vaxcert.archives.model import Archive, ArchiveStatus, links_of
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import scan_all, transact
from vaxcert.claims.items import CertificateOps
from vaxcert.claims.model import ACTIVE, DECEASED, Agreement, Certificate, Kind, StatusReason, suspended
from vaxcert.corrections.feed.form import Row
from vaxcert.corrections.feed.model import Manifest, Part
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.run.model import (
    AsOf,
    LeaseLost,
    NotAccepted,
    Overtaken,
    PartCheck,
    PersonRef,
    PinnedPart,
    Run,
    RunState,
)
from vaxcert.corrections.run.progress import (
    WAITING,
    Doubt,
    PendingFollow,
    PendingLook,
    Progress,
    ProgressStore,
    dry_run_of,
)
from vaxcert.corrections.run.runs import RunStore
from vaxcert.corrections.steps.forecast import ForecastStore, essence
from vaxcert.corrections.steps.model import Fate
from vaxcert.corrections.steps.store import ArchiveWriter, CertificateCorrections

MAKERS: dict[date, ArchiveMaker] = {}
NEXT_DAY = date(2026, 3, 2)
SHA, OTHER_SHA = "a" * 64, "b" * 64
PARTS = (PinnedPart(1, "2026-03-01/archives-00001.ndjson.gz", "v1", 3, SHA),)


def archive(version: int = 1, day: date = DAY, archive_no: str = "A1", **changes: Any) -> Archive:
    """An archive as a feed of `day` brings it."""
    maker = MAKERS.setdefault(day, ArchiveMaker(BLINDER, fake_sealer(), day))
    return maker.archives([Row.model_validate_json(_json(row(archive_no, version, **changes)))])[0]


def _json(value: object) -> bytes:
    from local.jws import compact_json

    return compact_json(value)


def manifest(sequence: int = 1, sha256: str = SHA, day: date = DAY) -> Manifest:
    return Manifest("f", day, sequence, None, (Part(1, "archives-00001.ndjson.gz", 3, SHA),), 3, sha256)


class Stores:
    """One set of stores over the same data."""

    runs: Any
    progress: Any
    writer: Any
    reader: Any
    certificates: Any
    forecast: Any
    clock: FakeClock

    def claimed(self, certificate: Certificate) -> None:
        raise NotImplementedError


class FakeStores(Stores):
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.runs = FakeRuns(self.clock)
        self.progress = FakeProgress()
        self.writer = self.reader = FakeRegister(self.progress, RULES.adult_dose_from)
        self.certificates = FakeCertificates()
        self.forecast = FakeForecast()

    def claimed(self, certificate: Certificate) -> None:
        self.certificates.claimed(certificate)


class RealStores(Stores):
    def __init__(self, database: Database) -> None:
        client, tables = database.client, database.tables
        self.clock = FakeClock()
        self.client, self.table = client, tables["CertificatesTable"]
        self.runs = RunStore(client, tables["FeedRunsTable"], self.clock)
        self.progress = ProgressStore(client, tables["FeedRunsTable"])
        self.writer = ArchiveWriter(
            client,
            archives_table=tables["ArchivesTable"],
            kinship_table=tables["KinshipTable"],
            progress=self.progress,
            adult_dose_from=RULES.adult_dose_from,
            sleep=lambda _: None,
        )
        self.reader = ArchiveReader(client, tables["ArchivesTable"], tables["KinshipTable"])
        self.certificates = CertificateCorrections(client, self.table)
        self.forecast = ForecastStore(client, tables["FeedRunsTable"])

    def claimed(self, certificate: Certificate) -> None:
        transact(self.client, CertificateOps(self.table).made(certificate, None))


class Contract:
    """The suite that fake and real stores pass alike."""

    # ---- the lease

    def test_one_run_holds_the_lease_and_may_take_it_again(self, stores: Stores) -> None:
        assert stores.runs.acquire("one")
        assert stores.runs.acquire("one")
        assert not stores.runs.acquire("two")
        with pytest.raises(LeaseLost):
            stores.runs.renew("two")
        stores.runs.release("two")
        assert not stores.runs.acquire("two")
        stores.runs.release("one")
        assert stores.runs.acquire("two")

    def test_a_lease_ends_by_itself_and_not_while_it_is_renewed_invariant_5(self, stores: Stores) -> None:
        assert stores.runs.acquire("one")
        stores.clock.advance(minutes=19)
        stores.runs.renew("one")
        stores.clock.advance(minutes=19)
        assert not stores.runs.acquire("two")
        stores.clock.advance(minutes=2)
        assert stores.runs.acquire("two")
        with pytest.raises(LeaseLost):
            stores.runs.renew("one")

    def test_without_a_lease_there_is_nothing_to_renew(self, stores: Stores) -> None:
        with pytest.raises(LeaseLost):
            stores.runs.renew("one")
        stores.runs.release("one")

    # ---- the run record

    def test_a_feed_goes_from_open_to_accepted_to_applied(self, stores: Stores) -> None:
        assert stores.runs.find(1) is None
        assert stores.runs.as_of() is None
        run = stores.runs.open(manifest(), PARTS)
        assert stores.runs.find(1) == run == Run(1, DAY, "f", SHA, 3, PARTS, RunState.OPEN, {})
        with pytest.raises(NotAccepted):
            stores.runs.close(run, None, {})
        for _ in range(2):
            stores.runs.accept(run, {"rows": 3}, {})
        accepted = stores.runs.find(1)
        assert (accepted.state, accepted.checked) == (RunState.ACCEPTED, {"rows": 3})
        for _ in range(2):
            stores.runs.close(run, None, {"rows": 3})
        assert stores.runs.as_of() == AsOf(DAY, 1, SHA)
        assert stores.runs.find(1).state is RunState.APPLIED

    def test_a_judged_feed_is_neither_opened_anew_nor_refused(self, stores: Stores) -> None:
        run = stores.runs.open(manifest(), PARTS)
        stores.runs.accept(run, {}, {})
        stores.runs.refuse(1, "signature_bad")
        with pytest.raises(NotAccepted):
            stores.runs.open(manifest(sha256=OTHER_SHA), PARTS)
        assert stores.runs.find(1).state is RunState.ACCEPTED

    def test_a_refused_feed_is_opened_anew(self, stores: Stores) -> None:
        stores.runs.refuse(1, "signature_bad")
        assert stores.runs.find(1) is None
        run = stores.runs.open(manifest(), PARTS)
        stores.runs.refuse(1, "part_hash")
        assert stores.runs.find(1).state is RunState.REFUSED
        with pytest.raises(NotAccepted):
            stores.runs.accept(run, {}, {})
        again = stores.runs.open(manifest(sha256=OTHER_SHA), PARTS)
        with pytest.raises(NotAccepted):  # judged by what was pinned before
            stores.runs.accept(run, {}, {})
        stores.runs.accept(again, {}, {})

    def test_what_was_pinned_anew_is_not_accepted_by_the_old_pins(self, stores: Stores) -> None:
        run = stores.runs.open(manifest(), PARTS)
        stores.runs.open(manifest(), (replace(PARTS[0], version_id="v2"),))
        with pytest.raises(NotAccepted):
            stores.runs.accept(run, {}, {})

    def test_a_feed_is_held_until_it_is_released_by_its_manifest_d14(self, stores: Stores) -> None:
        run = stores.runs.open(manifest(), PARTS)
        assert not stores.runs.unhold(1, SHA, "officer-7", "not held yet")
        for _ in range(2):
            stores.runs.hold(run, {"rows": 3}, {})
        held = stores.runs.find(1)
        assert (held.state, held.checked) == (RunState.HELD, {"rows": 3})
        with pytest.raises(NotAccepted):
            stores.runs.accept(run, {}, {})
        with pytest.raises(NotAccepted):
            stores.runs.close(run, None, {})
        assert not stores.runs.unhold(1, OTHER_SHA, "officer-7", "a typo")
        assert not stores.runs.unhold(2, SHA, "officer-7", "another number")
        assert stores.runs.unhold(1, SHA, "officer-7", "confirmed")
        assert not stores.runs.unhold(1, SHA, "officer-7", "again")
        stores.runs.hold(run, {}, {})  # a step that repeats itself takes no release back
        assert (stores.runs.find(1).state, stores.runs.find(1).checked) == (RunState.ACCEPTED, {"rows": 3})
        stores.runs.close(run, None, {"rows": 3})
        assert stores.runs.as_of() == AsOf(DAY, 1, SHA)

    def test_a_held_feed_is_opened_anew_or_refused_and_its_old_run_is_not_held_d14(
        self, stores: Stores
    ) -> None:
        run = stores.runs.open(manifest(), PARTS)
        stores.runs.hold(run, {}, {})
        again = stores.runs.open(manifest(sha256=OTHER_SHA), PARTS)
        assert stores.runs.find(1).state is RunState.OPEN
        assert not stores.runs.unhold(1, SHA, "officer-7", "of the one before")
        with pytest.raises(NotAccepted):
            stores.runs.hold(run, {}, {})
        stores.runs.hold(again, {}, {})
        stores.runs.refuse(1, "signature_bad")
        assert stores.runs.find(1).state is RunState.REFUSED
        with pytest.raises(NotAccepted):
            stores.runs.hold(again, {}, {})

    def test_as_of_moves_forward_only_d2(self, stores: Stores) -> None:
        first = stores.runs.open(manifest(), PARTS)
        stores.runs.accept(first, {}, {})
        stores.runs.close(first, None, {})
        second = stores.runs.open(manifest(2, OTHER_SHA, NEXT_DAY), PARTS)
        stores.runs.accept(second, {}, {})
        for wrong in (None, AsOf(DAY, 1, OTHER_SHA), AsOf(NEXT_DAY, 7, SHA)):
            with pytest.raises(NotAccepted):
                stores.runs.close(second, wrong, {})
        assert stores.runs.as_of() == AsOf(DAY, 1, SHA)
        stores.runs.close(second, AsOf(DAY, 1, SHA), {})
        assert stores.runs.as_of() == AsOf(NEXT_DAY, 2, OTHER_SHA)
        third = stores.runs.open(manifest(3, SHA, DAY), PARTS)  # an earlier day under a later number
        stores.runs.accept(third, {}, {})
        with pytest.raises(NotAccepted):
            stores.runs.close(third, AsOf(NEXT_DAY, 2, OTHER_SHA), {})

    # ---- parts and merges

    def test_checks_and_progress_are_kept_by_part(self, stores: Stores) -> None:
        checks = [PartCheck(1, "v1", 3, 1, {"number_missing": 2}), PartCheck(12, "v", 0, 0, {}, "hash")]
        for check in (*checks, checks[0]):
            stores.progress.put_check(1, check)
        stores.progress.put_check(2, checks[0])
        assert stores.progress.checks(1) == {check.index: check for check in checks}

    def test_progress_moves_from_where_it_stood_and_once(self, stores: Stores) -> None:
        start, half, end = Progress(0, {}), Progress(2, {"inserted": 2}), Progress(3, {"inserted": 3})
        done = Progress(3, {"inserted": 3}, done=True)
        assert stores.progress.progress(1, PARTS[0]) == start
        stores.progress.advance(1, PARTS[0], start, half)
        stores.progress.advance(1, PARTS[0], start, half)  # its answer was lost (invariant 4)
        with pytest.raises(Overtaken):
            stores.progress.advance(1, PARTS[0], start, Progress(1, {"inserted": 1}))
        stores.progress.advance(1, PARTS[0], half, end)
        stores.progress.advance(1, PARTS[0], end, done)
        with pytest.raises(Overtaken):
            stores.progress.advance(1, PARTS[0], end, Progress(4, {}))
        assert stores.progress.progresses(1) == {1: done}

    def test_progress_of_another_upload_is_none(self, stores: Stores) -> None:
        stores.progress.advance(1, PARTS[0], Progress(0, {}), Progress(3, {"inserted": 3}))
        newer = replace(PARTS[0], version_id="v2")
        assert stores.progress.progress(1, newer) == Progress(0, {})

    def test_merges_wait_with_their_outcome(self, stores: Stores) -> None:
        merge = PendingFollow("a1:x", 7, (("r1", None), ("r2", "v1:p")), merged=True)
        for sequence in (1, WAITING):
            stores.progress.keep_follow(sequence, merge)
        stores.progress.keep_follow(1, replace(merge, outcome="merges_followed"))
        assert list(stores.progress.follows(1)) == [replace(merge, outcome="merges_followed")]
        assert list(stores.progress.follows(WAITING)) == [merge]
        stores.progress.drop_follow(WAITING, merge)
        assert list(stores.progress.follows(WAITING)) == []

    # ---- the dry run

    def test_a_dry_run_keeps_its_own_beside_the_feeds_d14(self, stores: Stores) -> None:
        run = Run(2, NEXT_DAY, "f", SHA, 3, PARTS, RunState.OPEN, {})
        mine, other = dry_run_of(run), dry_run_of(replace(run, manifest_sha256=OTHER_SHA))
        ref = PersonRef("r1", "v1:p", "a1:x")
        stores.progress.keep_look(mine, PendingLook(ref, {}), if_none=True)
        stores.progress.keep_look(mine, PendingLook(ref))
        stores.progress.keep_look(mine, PendingLook(ref, {}), if_none=True)
        assert list(stores.progress.looks(mine)) == [PendingLook(ref)]
        follow = PendingFollow("a1:x", 7, (("r1", None),), merged=True)
        stores.progress.keep_follow(mine, follow)
        stores.progress.advance(mine, PARTS[0], Progress(0, {}), Progress(3, {}, done=True))
        assert list(stores.progress.follows(mine)) == [follow]
        for elsewhere in (other, 2):
            assert list(stores.progress.looks(elsewhere)) == []
            assert list(stores.progress.follows(elsewhere)) == []
            assert stores.progress.progress(elsewhere, PARTS[0]) == Progress(0, {})

    @pytest.mark.parametrize("turn", [1, -1])
    def test_a_forecast_is_of_the_highest_version_and_opens_nothing_d14_invariant_7(
        self, stores: Stores, turn: int
    ) -> None:
        second = archive(2, NEXT_DAY, doses=[dose("2020-01-05", "a"), dose("2021-01-05", "b")])
        for told in (second, archive(1), archive(3, archive_no="A2"))[::turn]:
            stores.forecast.keep("2#x", told)
        kept = stores.forecast.archive("2#x", second.key)
        assert kept == essence(second)
        assert [one.dose_id for one in kept.doses] == ["b"]
        assert kept.sealed != second.sealed
        assert {link.archive_key for link in stores.forecast.own_links("2#x", subject(CHILD))} == {
            second.key,
            archive_key("A2"),
        }
        assert stores.forecast.archive("3#x", second.key) is None
        assert stores.forecast.own_links("2#x", subject(SIBLING)) == ()

    # ---- archives and kinship

    def test_a_new_archive_is_written_with_its_links_r10(self, stores: Stores) -> None:
        given = archive(guardians=[guardian(MOTHER), guardian(FATHER, "father"), guardian(None)])
        written = stores.writer.write(given, 1)
        assert written.fate is Fate.INSERTED
        assert written.touched == (PersonRef(record_of(CHILD), subject(CHILD), archive_key("A1")),)
        assert stores.reader.archives([given.key]) == (given,)
        assert [link.relation for link in stores.reader.links(subject(FATHER))] == ["father"]
        assert [link.archive_key for link in stores.reader.own_links(subject(CHILD))] == [given.key]

    def test_a_new_version_of_the_same_kin_is_replaced_and_touches_nobody(self, stores: Stores) -> None:
        stores.writer.write(archive(1), 1)
        newer = archive(3, NEXT_DAY, sex="female", doses=[dose(), dose(dose_id="d2")])
        assert stores.writer.write(newer, 2).fate is Fate.REPLACED
        assert stores.writer.write(newer, 2).fate is Fate.EARLIER
        assert stores.reader.archives([newer.key]) == (newer,)

    @pytest.mark.parametrize("version", [1, 2, 3])
    def test_an_equal_or_lower_version_changes_nothing_invariant_6(
        self, stores: Stores, version: int
    ) -> None:
        first = archive(3)
        stores.writer.write(first, 1)
        written = stores.writer.write(archive(version, NEXT_DAY, guardians=[]), 2)
        assert (written.fate, written.touched) == (Fate.SKIPPED, ())
        assert stores.reader.archives([first.key]) == (first,)
        assert len(stores.reader.links(subject(MOTHER))) == 1

    def test_what_this_feed_wrote_is_told_again_invariant_4(self, stores: Stores) -> None:
        first = archive(3)
        told = stores.writer.write(first, 1).touched
        again = stores.writer.write(first, 1)
        assert (again.fate, again.touched) == (Fate.EARLIER, told)
        lower = stores.writer.write(archive(2), 1)
        assert (lower.fate, lower.touched) == (Fate.SKIPPED, told)

    def test_links_follow_the_guardians(self, stores: Stores) -> None:
        stores.writer.write(archive(1), 1)
        written = stores.writer.write(archive(2, NEXT_DAY, guardians=[guardian(FATHER, "mother")]), 2)
        assert written.fate is Fate.RELINKED
        assert stores.reader.links(subject(MOTHER)) == ()
        assert len(stores.reader.links(subject(FATHER))) == 1
        stores.writer.write(archive(3, NEXT_DAY, guardians=[guardian(FATHER, "father")]), 2)
        assert [link.relation for link in stores.reader.links(subject(FATHER))] == ["father"]

    def test_a_corrected_number_moves_every_link_and_tells_both_persons(self, stores: Stores) -> None:
        stores.writer.write(archive(1), 1)
        moved = archive(2, NEXT_DAY, id_no=SIBLING)
        written = stores.writer.write(moved, 2)
        new = PersonRef(record_of(SIBLING), subject(SIBLING), moved.key)
        old = PersonRef(record_of(CHILD), subject(CHILD), moved.key)
        assert written.touched == (new, old)
        assert stores.reader.own_links(subject(CHILD)) == ()
        (link,) = stores.reader.links(subject(MOTHER))
        assert (link.record_id, link.person_key) == (record_of(SIBLING), subject(SIBLING))
        persons = tuple((ref.record_id, ref.person_key) for ref in (new, old))
        assert list(stores.progress.follows(2)) == [PendingFollow(moved.key, 2, persons, merged=False)]
        assert stores.writer.write(moved, 2).touched == (new,)  # whoever else it was is pending
        assert stores.writer.write(archive(3, NEXT_DAY, sex="female", id_no=SIBLING), 2).fate is Fate.REPLACED
        again = archive(4, NEXT_DAY)
        assert stores.writer.write(again, 2).touched == (old, new)
        assert [follow.version for follow in stores.progress.follows(2)] == [2, 4]

    def test_a_last_dose_on_the_other_side_of_the_date_tells_the_person_r7(self, stores: Stores) -> None:
        stores.writer.write(archive(1, doses=[dose("2020-11-30")]), 1)
        assert stores.writer.write(archive(2, NEXT_DAY, doses=[]), 2).fate is Fate.REPLACED
        assert stores.writer.write(archive(3, NEXT_DAY, doses=[dose("2020-12-01")]), 2).touched != ()

    def test_a_merge_is_remembered_with_its_archive(self, stores: Stores) -> None:
        stores.writer.write(archive(1), 1)
        merged = archive(2, NEXT_DAY, op="merge", into="A2")
        assert stores.writer.write(merged, 2).fate is Fate.RELINKED
        (stands,) = stores.reader.archives([merged.key])
        assert (stands.status, stands.merged_into) == (ArchiveStatus.MERGED, archive_key("A2"))
        persons = ((record_of(CHILD), subject(CHILD)),)
        assert list(stores.progress.follows(2)) == [PendingFollow(merged.key, 2, persons, merged=True)]
        assert stores.reader.links(subject(MOTHER)) == ()
        again = archive(3, date(2026, 3, 3), op="merge", into="A3")
        stores.writer.write(again, 3)
        assert list(stores.progress.follows(3)) == [PendingFollow(merged.key, 3, persons, merged=True)]

    def test_a_void_archive_comes_back(self, stores: Stores) -> None:
        stores.writer.write(archive(1, op="void"), 1)
        assert stores.reader.links(subject(MOTHER)) == ()
        stores.writer.write(archive(2), 1)
        assert len(stores.reader.links(subject(MOTHER))) == 1

    def test_the_most_guardians_fit_into_one_transaction(self, stores: Stores) -> None:
        def many(born: int) -> list[dict[str, Any]]:
            from local.demo.numbers import with_check_digit

            return [guardian(with_check_digit(f"320600{born}0101{2 * n:03d}")) for n in range(20)]

        stores.writer.write(archive(1, guardians=many(1980)), 1)
        written = stores.writer.write(
            archive(2, NEXT_DAY, guardians=many(1981), id_no=SIBLING, op="merge", into="A2"), 2
        )
        assert written.fate is Fate.RELINKED
        stores.writer.write(archive(3, NEXT_DAY, guardians=many(1982)), 2)
        assert len(stores.reader.own_links(subject(CHILD))) == 1

    def test_the_archives_of_many_numbers_are_those_of_each_d13(self, stores: Stores) -> None:
        told = [archive(1, archive_no=f"A{number}") for number in range(4)]
        told += [archive(1, archive_no="B1", id_no=SIBLING), archive(1, archive_no="B2", id_no=None)]
        stores.writer.write_all(told, 1)
        asked = [subject(CHILD), subject(SIBLING), subject(MOTHER), *(f"v1:{n}" for n in range(60))]
        found = stores.reader.own_links_of(asked)
        assert sorted(found, key=repr) == sorted(
            (link for person in asked for link in stores.reader.own_links(person)), key=repr
        )
        assert len(found) == 5
        assert stores.reader.own_links_of(()) == ()

    def test_a_part_is_flawless_if_the_check_of_its_version_says_so(self, stores: Stores) -> None:
        part = PARTS[0]
        assert not stores.progress.is_flawless(1, part)
        for bad, fault, version, flawless in (
            (0, None, part.version_id, True),
            (1, None, part.version_id, False),
            (0, "hash", part.version_id, False),
            (0, None, "another", False),
        ):
            stores.progress.put_check(1, PartCheck(part.index, version, 3, bad, {}, fault))
            assert stores.progress.is_flawless(1, part) is flawless
            assert not stores.progress.is_flawless(2, part)

    # ---- rows written together

    def test_rows_that_come_together_have_each_its_own_fate_invariant_6(self, stores: Stores) -> None:
        first = [archive(2, archive_no=f"A{number}") for number in range(1, 6)]
        stores.writer.write_all(first, 1)
        told = [
            archive(3, NEXT_DAY, "A1", doses=[dose(), dose(dose_id="d2")]),
            archive(3, NEXT_DAY, "A2", guardians=[guardian(FATHER, "father")]),
            archive(1, NEXT_DAY, "A3"),
            archive(1, NEXT_DAY, "A6"),
            archive(3, NEXT_DAY, "A4", op="merge", into="A5"),
            archive(4, NEXT_DAY, "A1", sex="female"),  # the same archive once more, and newer
            archive(1, NEXT_DAY, "A7"),
            archive(3, NEXT_DAY, "A1", doses=[dose(), dose(dose_id="d2")]),
        ]
        written = stores.writer.write_all(told, 2)
        assert [one.fate for one in written] == [
            Fate.REPLACED,
            Fate.RELINKED,
            Fate.SKIPPED,
            Fate.INSERTED,
            Fate.RELINKED,
            Fate.REPLACED,
            Fate.INSERTED,
            Fate.SKIPPED,
        ]
        standing = [told[5], told[1], first[2], told[4], told[3], told[6]]
        assert stores.reader.archives([one.key for one in standing]) == tuple(standing)
        assert {link.archive_key for link in stores.reader.links(subject(FATHER))} == {told[1].key}
        assert list(stores.progress.follows(2)) == [
            PendingFollow(told[4].key, 3, ((record_of(CHILD), subject(CHILD)),), merged=True)
        ]
        again = stores.writer.write_all(told[:5], 2)
        assert [one.fate for one in again] == [
            Fate.SKIPPED,
            Fate.EARLIER,
            Fate.SKIPPED,
            Fate.EARLIER,
            Fate.EARLIER,
        ]
        assert again[1].touched == written[1].touched
        assert stores.reader.archives([one.key for one in standing]) == tuple(standing)

    def test_what_a_newer_version_no_longer_has_is_gone_r38(self, stores: Stores) -> None:
        """As a put leaves it: a row is the whole archive as it stands."""
        bad = {"id_no": "not a number", "guardians": []}
        numbers = [f"A{number}" for number in range(30)]
        stores.writer.write_all([archive(1, DAY, number, **bad) for number in numbers], 1)
        newer = [archive(2, NEXT_DAY, number, **bad | {"id_no": None, "phone": None}) for number in numbers]
        assert {one.fate for one in stores.writer.write_all(newer, 2)} == {Fate.REPLACED}
        assert stores.reader.archives([one.key for one in newer]) == tuple(newer)
        back = [archive(3, NEXT_DAY, number, **bad) for number in numbers]
        assert {one.fate for one in stores.writer.write_all(back, 2)} == {Fate.REPLACED}
        assert stores.reader.archives([one.key for one in back]) == tuple(back)

    def test_a_last_dose_on_the_other_side_of_the_date_is_seen_among_others_too_r7(
        self, stores: Stores
    ) -> None:
        numbers = [f"A{number}" for number in range(4)]
        days = ("2020-11-30", "2020-12-01")
        stores.writer.write_all(
            [archive(1, DAY, n, doses=[dose(days[i % 2])]) for i, n in enumerate(numbers)], 1
        )
        newer = [archive(2, NEXT_DAY, n, doses=[dose(days[i // 2])]) for i, n in enumerate(numbers)]
        fates = [one.fate for one in stores.writer.write_all(newer, 2)]
        assert fates == [Fate.REPLACED, Fate.RELINKED, Fate.RELINKED, Fate.REPLACED]

    # ---- certificates

    def test_a_certificate_changes_once_per_version(self, stores: Stores) -> None:
        one = certificate()
        stores.claimed(one)
        removed = one.moved_to(suspended(StatusReason.GUARDIAN_REMOVED), stores.clock.now)
        assert stores.certificates.change(one, removed)
        assert not stores.certificates.change(one, removed)
        assert stores.certificates.live([one.record_id, "r-other"]) == {one.record_id: removed}
        assert stores.certificates.change(removed, removed.moved_to(ACTIVE, stores.clock.now))

    def test_a_certificate_follows_its_person_unless_theirs_is_live_invariant_1(self, stores: Stores) -> None:
        one, two = certificate(), certificate("c2", SIBLING)
        stores.claimed(one)
        there = one.relinked(
            record_id=record_of(SIBLING),
            person_key=subject(SIBLING),
            archive_keys=[archive_key("A2")],
            birth_date=one.birth_date,
            now=stores.clock.now,
        )
        stores.claimed(two)
        assert not stores.certificates.change(one, there)
        assert stores.certificates.change(two, two.moved_to(DECEASED, stores.clock.now))
        assert stores.certificates.change(one, there)
        assert stores.certificates.live([record_of(CHILD), record_of(SIBLING)]) == {record_of(SIBLING): there}


def certificate(certificate_id: str = "c1", id_no: str = CHILD) -> Certificate:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Certificate(
        certificate_id=certificate_id,
        record_id=record_of(id_no),
        person_key=subject(id_no),
        holder=subject(MOTHER),
        relation="mother",
        kind=Kind.CHILD,
        standing=ACTIVE,
        version=1,
        birth_date=date(2020, 1, 2),
        archive_keys=(archive_key("A1"),),
        claimed_at=now,
        changed_at=now,
        agreement=Agreement("1", ("records",), now, "app", "face"),
    )


class TestFakes(Contract):
    @pytest.fixture
    def stores(self) -> Stores:
        return FakeStores()


class TestMemory(Contract):
    """The stores over the DynamoDB of the faults' suite: the same promises, in a hundredth of the time."""

    @pytest.fixture
    def stores(self) -> Stores:
        return RealStores(Database(MemoryDynamoDB(page=100), TABLES))


class TestDynamoDB(Contract):
    @pytest.fixture
    def stores(self, database: Database) -> Stores:
        return RealStores(database)

    def test_d22_what_a_feed_leaves_beside_its_record_goes_and_what_waits_stays(
        self, database: Database
    ) -> None:
        clock, table = FakeClock(), database.tables["FeedRunsTable"]
        progress = ProgressStore(database.client, table, clock)
        forecast = ForecastStore(database.client, table, clock)
        follow, ref = PendingFollow("a1", 1, (("r1", "v1:p"),), merged=True), PersonRef("r1", "v1:p", "a1")
        progress.put_check(1, PartCheck(1, "v1", 3, 0, {}))
        progress.advance(1, PARTS[0], Progress(0, {}), Progress(3, {}, done=True))
        progress.keep_follow(1, follow)
        progress.keep_look(1, PendingLook(ref))
        forecast.keep("1#a", archive())
        progress.keep_follow(WAITING, follow)
        progress.keep_doubt(Doubt("v1:p", "r1"))
        kept = str(epoch(clock()) + 180 * 86_400)
        assert sorted(
            (item["pk"]["S"], item.get("ttl", {}).get("N"))
            for item in scan_all(database.client, TableName=table)
        ) == [
            ("DOUBT", None),
            ("FOLLOW#000000001", kept),
            ("FOLLOW#waiting", None),
            ("LOOK#000000001", kept),
            (f"OWN#1#a#{subject(CHILD)}", kept),
            ("PART#000000001", kept),
            ("PART#000000001", kept),
            (f"SEEN#1#a#{archive_key('A1')}", kept),
        ]


@pytest.mark.emulator
@pytest.mark.parametrize("database", ["emulator"], indirect=True)
def test_workers_on_one_family_leave_the_highest_versions_and_whole_links_invariant_6(
    database: Database,
) -> None:
    """A race, so not on moto. Every version has other guardians, a merge and a correction of the number among them."""
    stores = RealStores(database)
    merge: dict[str, Any] = {"op": "merge", "into": "A9"}
    rows = [
        archive(
            version,
            archive_no=f"A{number}",
            guardians=[guardian(MOTHER if version % 2 else FATHER)],
            id_no=CHILD if version % 3 else SIBLING,
            **(merge if version == 4 else {}),
        )
        for version in range(1, 8)
        for number in range(3)
    ]
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda one: stores.writer.write(one, 1), reversed(rows)))
        written += list(pool.map(lambda one: stores.writer.write(one, 1), rows))
    standing = stores.reader.archives([archive_key(f"A{number}") for number in range(3)])
    assert [one.version for one in standing] == [7, 7, 7]
    for id_no in (CHILD, SIBLING, MOTHER, FATHER):
        links = set(stores.reader.links(subject(id_no)))
        assert links == {link for one in standing for link in links_of(one) if link.subject == subject(id_no)}
    assert {one.fate for one in written} >= {Fate.INSERTED, Fate.SKIPPED}
