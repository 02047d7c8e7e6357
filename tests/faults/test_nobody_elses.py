"""Whoever asks whatever: no answer holds a name, a birth date or a dose of a person whom no archive links to the asker (D13, D16).

Towns with mistyped numbers, night after night through the real functions and stores; then lookups at random, checked against the rows alone.
`VAXCERT_LOOKUPS=100000` asks as often as that.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from local.feed.writer import FeedWriter
from tests.counts import tries
from tests.fakes.access_log import FakeFeedDates
from tests.faults.collisions import Known, Person, Town, known_to
from tests.faults.faults import Plan
from tests.faults.memory import MemoryDynamoDB
from tests.faults.night import Cloud, Nights
from tests.faults.playing import SEALER
from tests.races.desk import Desk, dynamo_stores
from tests.unit.corrections.samples import BLINDER, DAY, PROVINCE, RULES, subject
from vaxcert.claims.views import Views, own_archives
from vaxcert.devices.model import Station
from vaxcert.errors import VaxcertError
from vaxcert.grants.model import Grant
from vaxcert.grants.personal import DelegateData
from vaxcert.identity.model import Citizen
from vaxcert.records.service import RecordsService
from vaxcert.trail.model import Entry
from vaxcert.visits.person import PersonViews

LOOKUPS = tries("VAXCERT_LOOKUPS", 1500, 20_000)
SEED = int(os.environ.get("VAXCERT_SEED", "13"))
NIGHTS, PER_NIGHT = 6, 250


class Asked:
    """What the service answers in one town, over the memory's tables."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(f"town/{seed}")
        self.town = Town(self.dice)
        self.cloud = Cloud(MemoryDynamoDB(page=100))
        stores = dynamo_stores(self.cloud.dynamodb, self.cloud.tables, self.cloud.clock, SEALER)
        self.desk = Desk(stores, self.cloud.clock, RULES, BLINDER, SEALER, self.dice.randbytes)
        self.views = PersonViews(SEALER, RULES, rabies_shown=False)
        self.records = RecordsService(
            certificates=stores.certificates,
            register=stores.register,
            rights=self.desk.rights,
            grants=stores.grants,
            feed=FakeFeedDates(),
            log=_Log(),
            views=Views(SEALER, RULES),
            delegate_data=DelegateData(SEALER),
            rabies_shown=False,
            hotline="",
            log_kept=timedelta(days=1),
        )
        self.stores = stores
        self.claimed: list[str] = []
        self.lent: dict[str, dict[str, Person]] = {}
        self._previous: str | None = None
        self._sequence = 0
        self._keys = 0

    def night(self) -> None:
        """The next feed, applied."""
        self._sequence += 1
        day = DAY + timedelta(days=self._sequence - 1)
        rows: list[Any] = self.town.first() if self._sequence == 1 else self.town.day()
        feed = FeedWriter(PROVINCE).write(None, day, self._sequence, self._previous, rows, 1, check=False)
        self._previous = feed.manifest_sha256
        self.cloud.drop(day, dict(feed.files))
        self.cloud.until_day_after(day)
        assert Nights(self.cloud, Plan(), stretch=100, most_bad=100).settle()["reason"] == "up_to_date"

    def citizen(self, person: Person) -> Citizen:
        """Somebody who has just passed face verification."""
        now = self.cloud.clock()
        session = f"s-{person.number[-4:]}"
        key, name = subject(person.number), BLINDER.name(person.name)
        return Citizen(key, name, session, now, now + timedelta(minutes=30), "app", "face", now)

    def by_day(self) -> None:
        """Parents claim what they are offered, and authorise somebody."""
        for person in self.dice.sample(self.town.parents, 12):
            caller = self.citizen(person)
            for offered in self.desk.overview(caller).claimable:
                with suppress(VaxcertError):
                    self.claimed.append(self.desk.claim(caller, offered.record_id, self._key()))
        for certificate_id in self.dice.sample(self.claimed, min(4, len(self.claimed))):
            holder = self._holder(certificate_id)
            delegate = self.dice.choice(self.town.parents)
            with suppress(VaxcertError):
                self.desk.authorize(
                    self.citizen(holder), certificate_id, delegate.number, delegate.name, self._key()
                )
                self.lent.setdefault(certificate_id, {})[delegate.number] = holder

    def look(self) -> None:
        """Somebody asks for something; what comes back is theirs to know."""
        people = [*self.town.parents, *(child for child, _ in self.town.children)]
        person = self.dice.choice(people)
        caller, now = self.citizen(person), self.cloud.clock()
        allowed = [known_to(person, self.town)]
        certificate_id = self.dice.choice(self.claimed) if self.claimed else "none"
        match self.dice.randint(0, 4):
            case 0:
                lent = [one for one in self.lent.values() if person.number in one]
                allowed += [known_to(one[person.number], self.town) for one in lent]
                _check(self.desk.overview(caller), allowed)
            case 1:
                some = self.dice.choice([link.record_id for link in self._links()])
                with suppress(VaxcertError):
                    _check(self.desk.claims.detail(caller, some, now, "zh")[0], allowed)
                with suppress(VaxcertError):
                    self.claimed.append(self.desk.claim(caller, some, self._key()))
            case 2:
                # A delegate reads the certificate that was lent, as the holder may know it (D7).
                holder = self.lent.get(certificate_id, {}).get(person.number)
                allowed += [known_to(holder, self.town)] if holder else []
                with suppress(VaxcertError):
                    _check(self.desk.listing.get(caller, certificate_id, now), allowed)
            case 3:
                holder = self.lent.get(certificate_id, {}).get(person.number)
                allowed += [known_to(holder, self.town)] if holder else []
                with suppress(VaxcertError):
                    _check(
                        self.records.records(caller, certificate_id, now, "zh", cursor=None, limit=50),
                        allowed,
                    )
            case _:
                # The nurse reads of whoever's code is shown; it is the holder's.
                certificate = self.stores.certificates.get(certificate_id)
                if certificate is not None and certificate.usable_on(now.date(), 18):
                    own = own_archives(certificate, self.stores.register.archives(certificate.archive_keys))
                    seen = self.views.at(Station.REGISTRATION, own, now.date(), "zh")
                    _check(seen, [known_to(self._holder(certificate_id), self.town)])

    def _links(self) -> list[Any]:
        person = self.dice.choice(self.town.children)[1][0]
        return [*self.stores.register.links(subject(person.number))] or [_Nobody()]

    def _holder(self, certificate_id: str) -> Person:
        certificate = self.stores.certificates.get(certificate_id)
        assert certificate is not None
        everybody = [*self.town.parents, *(child for child, _ in self.town.children)]
        return next(one for one in everybody if subject(one.number) == certificate.holder)

    def _key(self) -> str:
        self._keys += 1
        return f"key-{self._keys:08d}"


class _Log:
    """Takes every entry: who looked is asked elsewhere."""

    def append(self, _certificate_id: str, _entry: Entry, _grant: Grant | None) -> bool:
        return True

    def latest(
        self, _certificate_id: str, _before: str | None, _limit: int
    ) -> tuple[list[tuple[str, Entry]], bool]:
        return [], False

    def recent(self, _certificate_id: str, _after: datetime, _limit: int) -> list[Entry]:
        return []


class _Nobody:
    record_id = "r-none"


def _check(answer: object, allowed: list[Known]) -> None:
    """Every name that is whole, every birth date and every dose of the answer is among what may be known."""
    names = frozenset[str]().union(*(one.names for one in allowed))
    births = frozenset[date]().union(*(one.births for one in allowed))
    doses = frozenset[str]().union(*(one.doses for one in allowed))
    for name, value in _leaves(answer):
        if name == "name" and isinstance(value, str) and value and "*" not in value and "例" in value:
            assert value in names, value
        if name == "birth_date":
            given = value if isinstance(value, date) else date.fromisoformat(str(value))
            assert given in births, value
        if name == "dose_id":
            assert value in doses, value


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, name)
    elif hasattr(value, "__dataclass_fields__"):
        for key in value.__dataclass_fields__:
            yield from _leaves(getattr(value, key), key)
    else:
        yield name, value


@pytest.mark.timeout(3600)
def test_d13_d16_no_answer_holds_what_no_archive_links_to_the_asker() -> None:
    asked = seed = 0
    while asked < LOOKUPS:
        town = Asked(SEED + seed)
        seed += 1
        for _ in range(NIGHTS):
            town.night()
            town.by_day()
            for _ in range(PER_NIGHT):
                town.look()
                asked += 1
        assert len(town.claimed) > 20  # there is something to be told of
