"""Faults put into the product on purpose: each breaks one rule, and the town has to notice (tests/town/test_bugs.py)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from vaxcert.appointments import service as appointments
from vaxcert.archives import persons
from vaxcert.archives.model import Archive
from vaxcert.archives.store import from_item
from vaxcert.aws.clock import EVER
from vaxcert.aws.dynamodb import S, get
from vaxcert.claims import active, eligibility, people
from vaxcert.claims import model as claims
from vaxcert.clinics.week import free_seats
from vaxcert.codes.model import Code
from vaxcert.corrections.steps import apart, certificates, closing
from vaxcert.corrections.steps.model import Fate, Written, resolve_merge
from vaxcert.corrections.steps.store import ArchiveWriter
from vaxcert.documents import checking
from vaxcert.documents import service as documents
from vaxcert.documents.model import status_of
from vaxcert.grants import service as granting
from vaxcert.grants.access import RULES, Act
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.model import Grant, room_for
from vaxcert.grants.store import GrantStore
from vaxcert.idempotency import store as idempotency
from vaxcert.idempotency.turn import Commit
from vaxcert.keys.model import KeyRecord
from vaxcert.programme.shown import shown_doses
from vaxcert.records import service as records
from vaxcert.visits import outcomes, standing
from vaxcert.visits import service as scanning
from vaxcert.visits import store as scans
from vaxcert.visits.model import Visit, admitted

type Patch = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Bug:
    """`plant` breaks the rule that `cites` names; a town of ten families and this seed notices within `days`."""

    cites: str
    plant: Callable[[Patch], None]
    seed: int = 1
    days: int = 30


def _eleventh_grant(patch: Patch) -> None:
    patch.setattr(
        granting, "room_for", lambda who, slots, limit, today: room_for(who, slots, limit + 1, today)
    )


def _code_twice(patch: Patch) -> None:
    looked, ops = scans.ScanStore._looked, scans.ScanStore._ops
    patch.setattr(scans.ScanStore, "_looked", lambda *given: replace(looked(*given), burned=None))

    def unconditional(self: Any, admission: Any) -> list[Any]:
        made: list[Any] = ops(self, admission)
        burns = [one for one in made if one.get("Put", {}).get("TableName") == self._tables.codes]
        for one in burns:
            one["Put"].pop("ConditionExpression")
        assert burns
        return made

    patch.setattr(scans.ScanStore, "_ops", unconditional)


def _revoke_forgets(patch: Patch) -> None:
    patch.setattr(GrantStore, "revoke", lambda *_: Commit.DONE)


def _night_skips(patch: Patch) -> None:
    write_all = ArchiveWriter.write_all

    def some(self: ArchiveWriter, archives: Iterable[Archive], sequence: int) -> list[Written]:
        return [
            Written(Fate.SKIPPED) if one.version % 4 == 0 else write_all(self, [one], sequence)[0]
            for one in archives
        ]

    patch.setattr(ArchiveWriter, "write_all", some)


def _older_wins(patch: Patch) -> None:
    write_all = ArchiveWriter.write_all

    def bumped(self: Any, archives: Iterable[Archive], sequence: int) -> list[Written]:
        found = []
        for one in archives:
            item = get(self._client, self._archives, {"pk": S(one.key)})
            stands = 0 if item is None else from_item(item).version
            later = replace(one, version=stands + 1) if stands > one.version else one
            found += write_all(self, [later], sequence)
        return found

    patch.setattr(ArchiveWriter, "write_all", bumped)


def _birthday_late(patch: Patch) -> None:
    comes_of_age_on = claims.comes_of_age_on
    patch.setattr(claims, "comes_of_age_on", lambda born, age: comes_of_age_on(born, age) + timedelta(days=1))


def _guardian_stays(patch: Patch) -> None:
    patch.setattr(eligibility, "_reason_of_guardian", lambda *_: None)


def _expired_code(patch: Patch) -> None:
    patch.setattr(
        Code, "timely", lambda self, now: self.issued_at <= now < self.expires_at + timedelta(seconds=3)
    )


def _restored_without_epoch(patch: Patch) -> None:
    made = scanning.ScanService.__init__
    patch.setattr(
        scanning.ScanService, "__init__", lambda self, **given: made(self, **given | {"issued_from": EVER})
    )


def _any_station(patch: Patch) -> None:

    def unordered(visit: Visit | None, arrival: Any, number: int | None) -> Any:
        wanted = None if visit is None else visit.standing(arrival.now).station
        return admitted(visit, replace(arrival, station=wanted) if wanted else arrival, number)

    patch.setattr(scanning, "admitted", unordered)


def _any_clinic(patch: Patch) -> None:

    def elsewhere(visit: Visit | None, arrival: Any, number: int | None) -> Any:
        clinic = arrival.clinic_code if visit is None or visit.day != arrival.day else visit.clinic_code
        return admitted(visit, replace(arrival, clinic_code=clinic), number)

    patch.setattr(scanning, "admitted", elsewhere)


def _one_number_one_person(patch: Patch) -> None:
    for room in (people, certificates, apart):
        patch.setattr(room, "joined", lambda archives, *_: persons.Joined(tuple(archives)))


def _killed_key_opens(patch: Patch) -> None:
    patch.setattr(KeyRecord, "verifies", lambda self, now: self.retire_at is None or now < self.retire_at)


def _answers_forgotten(patch: Patch) -> None:
    drawn = itertools.count()
    patch.setattr(idempotency, "_pk", lambda _: f"I#{next(drawn)}")


def _oversold(patch: Patch) -> None:
    patch.setattr(appointments, "free_seats", lambda capacity, taken: free_seats(capacity + 1, taken))


def _paper_outlives_its_key(patch: Patch) -> None:
    for room in (checking, documents):
        patch.setattr(room, "status_of", lambda *given, key_counts: status_of(*given, key_counts=True))


def _grant_without_end(patch: Patch) -> None:
    patch.setattr(Grant, "status_on", lambda self, _: self.status)


def _name_unasked(patch: Patch) -> None:
    patch.setattr(
        DelegateService,
        "_seen",
        lambda _, grant, caller, now: grant if grant.occupies(now.date()) else None,
    )


def _suspended_is_read(patch: Patch) -> None:
    patch.setattr(active, "ACTIVE", _AnyStanding())


class _AnyStanding:
    """Equal to every standing that is not final."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, claims.Standing) and not other.final

    def __hash__(self) -> int:
        return 0


def _the_dead_go_on(patch: Patch) -> None:
    patch.setattr(
        eligibility,
        "_reason_of_life",
        lambda archives: None if archives else eligibility.Refusal.ARCHIVE_VOID,
    )


def _oldest_first(patch: Patch) -> None:
    patch.setattr(records, "shown_doses", lambda archives, rabies: shown_doses(archives, rabies=rabies)[::-1])


def _slot_granted_again(patch: Patch) -> None:
    of_grant = standing._of_grant

    def any_version(code: Code, grant: Grant | None, today: date) -> Any:
        same = replace(code, grant_version=grant.version) if grant and code.slot else code
        return of_grant(same, grant, today)

    patch.setattr(standing, "_of_grant", any_version)


def _no_observation(patch: Patch) -> None:
    patch.setattr(Visit, "minutes_left", lambda self, now: 0)


def _disabled_device(patch: Patch) -> None:
    for room in (scanning, outcomes):
        patch.setattr(room, "trusted", lambda *_: None)
    patch.setattr(scans, "device_check", lambda table, device_id, _: _anything(table, device_id))


def _anything(table: str, device_id: str) -> dict[str, Any]:
    key = {"pk": S(f"D#{device_id}")}
    return {"ConditionCheck": {"TableName": table, "Key": key, "ConditionExpression": "attribute_exists(pk)"}}


def _merged_and_lost(patch: Patch) -> None:
    patch.setattr(
        closing, "resolve_merge", lambda key, read: replace(resolve_merge(key, read), survivor=None)
    )


def _delegates_cannot_read(patch: Patch) -> None:
    patch.setitem(RULES, Act.READ_RECORDS, replace(RULES[Act.READ_RECORDS], delegates=False))


def _as_of_today(patch: Patch) -> None:
    records_of = records.RecordsService.records

    def told(self: Any, caller: Any, certificate_id: str, now: datetime, *given: Any, **more: Any) -> Any:
        return replace(records_of(self, caller, certificate_id, now, *given, **more), as_of=now.date())

    patch.setattr(records.RecordsService, "records", told)


BUGS: Final[dict[str, Bug]] = {
    "an eleventh grant": Bug("R27", _eleventh_grant),
    "a code is accepted twice": Bug("invariant 2", _code_twice),
    "a revoked grant stays": Bug("D7", _revoke_forgets),
    "the night skips archives": Bug("R38", _night_skips),
    "an older version wins": Bug("invariant 6", _older_wins),
    "the 18th birthday a day late": Bug("D6", _birthday_late, seed=2),
    "a guardian who was taken out stays": Bug("R10, D5", _guardian_stays, seed=3),
    "a code lives three seconds longer": Bug("D8", _expired_code, seed=2),
    "restored without a new beginning": Bug("D8", _restored_without_epoch),
    "stations in any order": Bug("R28", _any_station),
    "another clinic's ticket": Bug("R28", _any_clinic, seed=2),
    "one number is one person": Bug("D13", _one_number_one_person, seed=2),
    "a killed key still opens": Bug("invariant 3", _killed_key_opens, seed=2),
    "answers are forgotten": Bug("invariant 4", _answers_forgotten),
    "a slot is sold once too often": Bug("R2", _oversold, seed=2),
    "a paper outlives its key": Bug("D20", _paper_outlives_its_key, seed=3),
    "a grant without its end": Bug("D7", _grant_without_end),
    "the delegate's name is not asked": Bug("D7", _name_unasked, seed=2),
    "a suspended certificate is read": Bug("D5, D16", _suspended_is_read, seed=2),
    "the dead go on": Bug("D5, D16", _the_dead_go_on),
    "doses oldest first": Bug("R2", _oldest_first),
    "a slot granted again takes old codes": Bug("D7", _slot_granted_again),
    "nobody is observed": Bug("R28", _no_observation),
    "a disabled device goes on": Bug("invariant 3", _disabled_device, seed=3),
    "who was merged is lost": Bug("D5", _merged_and_lost, seed=3),
    "delegates cannot read": Bug("D7", _delegates_cannot_read, seed=3),
    "as of today": Bug("D2", _as_of_today),
}
