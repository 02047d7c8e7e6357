"""People, rows and feeds to test with, and the state machine of the night in a few lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from functions.apply_corrections import app as apply_corrections
from functions.check_part import app as check_part
from functions.close_feed import app as close_feed
from functions.open_feed import app as open_feed
from local import jws
from local.demo.numbers import with_check_digit
from local.feed.writer import Fault, Feed, FeedWriter
from tests.fakes.clock import FakeClock
from tests.fakes.handles import PlainHandles
from tests.fakes.sealing import fake_sealer
from tests.unit.corrections.fakes import (
    FakeBucket,
    FakeCertificates,
    FakeClinicNames,
    FakeForecast,
    FakeProgress,
    FakeRegister,
    FakeRules,
    FakeRuns,
    Fuse,
)
from vaxcert.archives.model import GONE, Archive
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules, eligibility_of
from vaxcert.claims.model import ACTIVE, Agreement, Certificate
from vaxcert.claims.personal import sealed_name
from vaxcert.corrections.feed.form import Row, parse_row
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.feed.signature import FeedKey
from vaxcert.corrections.steps.apart import Apart
from vaxcert.corrections.steps.applying import Applying
from vaxcert.corrections.steps.brake import Brake, Limit
from vaxcert.corrections.steps.certificates import Keeper
from vaxcert.corrections.steps.checking import Checking
from vaxcert.corrections.steps.closing import Closing
from vaxcert.corrections.steps.forecast import Unsealed
from vaxcert.corrections.steps.frame import Event
from vaxcert.corrections.steps.judging import Judging
from vaxcert.corrections.steps.opening import Opening
from vaxcert.corrections.steps.releasing import Releasing
from vaxcert.corrections.steps.weighing import Weighing
from vaxcert.identity.model import record_id_of

DAY = date(2026, 3, 1)
PROVINCE = jws.generate_jwk()
BLINDER = PlainHandles(b"a pepper that is long enough for tests")
RULES = ClaimRules.of(Settings())
CLINIC = {"code": "3206020101", "name": "城东街道预防接种门诊", "city": "320600"}

OFF = Brake(Limit(100, 0), Limit(100, 0))
"""No night is held, no feed refused for its numbers."""

CHILD = with_check_digit("32060020200102001")
SIBLING = with_check_digit("32060020210304003")
MOTHER = with_check_digit("32060019900307002")
FATHER = with_check_digit("32060019880808001")
ADULT = with_check_digit("32060019700505005")


def subject(id_no: str) -> str:
    """The key of a person."""
    return BLINDER.subject(id_no)


def archive_key(archive_no: str, register: str = "child") -> str:
    """The key of an archive."""
    return BLINDER.archive(register, archive_no)


def record_of(id_no: str | None = None, archive_no: str | None = None) -> str:
    """The record of a person with a number, or of an archive without one."""
    return record_id_of(subject(id_no) if id_no else archive_key(str(archive_no)))


def dose(day: str = "2026-01-05", dose_id: str = "d1", **changes: Any) -> dict[str, Any]:
    """A dose as the feed has it."""
    return {
        "dose_id": dose_id,
        "vaccine_code": "0201",
        "vaccine_name": "乙肝疫苗",
        "dose_no": 1,
        "date": day,
        "clinic_code": CLINIC["code"],
        "origin": "local",
    } | changes


def guardian(id_no: str | None, relation: str = "mother") -> dict[str, Any]:
    """A guardian as the feed has them."""
    return {"relation": relation, "name": "李四"} | ({} if id_no is None else {"id_no": id_no})


def row(archive_no: str = "A1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """A child's archive in care, the mother its guardian; `id_no` and other members of `person` may be given flat.

    The birth date is that of a number of 18 characters, unless one is given.
    """
    person: dict[str, Any] = {
        "id_type": "resident",
        "id_no": CHILD,
        "name": "张三",
        "sex": "male",
        "birth_date": "2020-01-02",
        "phone": "10000000001",
    }
    whole: dict[str, Any] = {
        "archive_no": archive_no,
        "version": version,
        "op": "upsert",
        "recorded_at": "2026-02-28T10:00:00+08:00",
        "system": "child",
        "status": "in_care",
        "clinic": dict(CLINIC),
        "person": person,
        "guardians": [guardian(MOTHER)],
        "doses": [dose()],
    }
    for name, value in changes.items():
        (person if name in {"id_type", "id_no", "name", "sex", "birth_date", "phone"} else whole)[name] = (
            value
        )
    number = person["id_no"]
    if "birth_date" not in changes and isinstance(number, str) and re.fullmatch("[0-9]{17}[0-9X]", number):
        person["birth_date"] = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    if number is None:
        del person["id_no"]
    return deepcopy(whole)


def adult_row(archive_no: str = "B1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """An adult's archive with a dose that counts."""
    given = {"id_no": ADULT, "birth_date": "1970-05-05", "system": "adult", "guardians": []} | changes
    return row(archive_no, version, **given)


def archive_of(given: dict[str, Any], day: date = DAY) -> Archive:
    """The archive that a feed of `day` makes of a row."""
    parsed = parse_row(jws.compact_json(given), day)
    assert isinstance(parsed, Row), parsed
    return ArchiveMaker(BLINDER, fake_sealer(), day).archives([parsed])[0]


class Register(Protocol):
    """Archives, both halves, as fake or real."""

    write: Callable[..., Any]
    own_links: Callable[..., Any]
    archives: Callable[..., Any]


class Context:
    """Lambda's context. `answers` are the milliseconds left, taken in order; then there is time enough."""

    def __init__(self, answers: list[int] | None = None) -> None:
        self._answers = [] if answers is None else answers

    def get_remaining_time_in_millis(self) -> int:
        return self._answers.pop(0) if self._answers else 900_000


@dataclass
class Night:
    """The four steps over their stores, run as the state machine runs them."""

    runs: Any
    progress: Any
    bucket: Any
    register: Any
    certificates: Any
    clock: FakeClock
    stretch: int = 3
    workers: int = 1
    context: Callable[[], Context] = Context
    skip_accepted: bool = True
    brake: Brake = field(default_factory=lambda: OFF)
    forecast: Any = field(default_factory=FakeForecast)
    clinics: FakeClinicNames = field(default_factory=FakeClinicNames)
    log: list[Event] = field(default_factory=list)
    _writer: FeedWriter = field(default_factory=lambda: FeedWriter(PROVINCE))
    _last: Feed | None = None

    def __post_init__(self) -> None:
        sealer = fake_sealer()
        self.keeper = Keeper(self.register, self.certificates, RULES, sealer, self.clock)
        key = FeedKey(jws.compact_json(jws.public_half(PROVINCE)).decode())
        self.open = open_feed.create(
            Opening(self.runs, FakeRules(), self.bucket, key, self.clock), self.clock, "test"
        )
        self.check = check_part.create(Checking(self.runs, self.progress, self.bucket))
        self.releasing = Releasing(self.runs)
        self.apply = apply_corrections.create(
            Weighing(
                runs=self.runs,
                progress=self.progress,
                parts=self.bucket,
                maker=lambda business_date: ArchiveMaker(BLINDER, Unsealed(), business_date),
                archives=self.register,
                certificates=self.certificates,
                forecast=self.forecast,
                adult_dose_from=RULES.adult_dose_from,
                workers=self.workers,
                stretch=self.stretch,
            ),
            Applying(
                runs=self.runs,
                progress=self.progress,
                parts=self.bucket,
                maker=lambda business_date: ArchiveMaker(BLINDER, sealer, business_date),
                writer=self.register,
                numbers=self.register,
                keeper=self.keeper,
                clinics=self.clinics,
                workers=self.workers,
                stretch=self.stretch,
            ),
        )
        self.close = close_feed.create(
            Judging(
                runs=self.runs,
                progress=self.progress,
                archives=self.register,
                certificates=self.certificates,
                forecast=self.forecast,
                keepers=lambda archives, foreseen: Keeper(archives, foreseen, RULES, Unsealed(), self.clock),
                clock=self.clock,
                adult_age=RULES.adult_age,
                max_bad_rows_percent=5,
                brake=self.brake,
            ),
            Closing(
                runs=self.runs,
                progress=self.progress,
                archives=self.register,
                keeper=self.keeper,
                apart=Apart(
                    doubts=self.progress,
                    archives=self.register,
                    certificates=self.certificates,
                    reports=self.bucket,
                    opener=sealer,
                ),
            ),
            self.clock,
            "test",
        )

    def feed(
        self,
        rows: Sequence[dict[str, Any]],
        *,
        day: date | None = None,
        parts: int = 1,
        hostile: Sequence[Fault] = (),
        sequence: int | None = None,
        previous: str | None = "",
        drop: bool = True,
    ) -> Feed:
        """Write the next feed of the chain and drop it; a hostile one does not become the chain's last."""
        last = self._last
        day = day or (last.business_date + timedelta(days=1) if last else DAY)
        before = (last.manifest_sha256 if last else None) if previous == "" else previous
        number = sequence or (last.sequence + 1 if last else 1)
        feed = self._writer.write(None, day, number, before, rows, parts, check=False, hostile=hostile)  # type: ignore[arg-type]
        if not hostile and sequence is None and previous == "":
            self._last = feed
        if drop:
            self.bucket.drop(day, dict(feed.files))
        self.clock.now = max(self.clock.now, datetime(day.year, day.month, day.day, 16, 30, tzinfo=UTC))
        return feed

    def run(self, owner: str = "run-1") -> list[Event]:
        """One execution: every feed that is due. Answers the outputs of `open_feed` and of the closing."""
        told: list[Event] = []
        while True:
            opened = self.open({"run": owner}, self.context())
            told.append(opened)
            if opened["status"] == "nothing":
                return told
            feed = {name: opened[name] for name in ("run", "sequence", "business_date", "manifest_sha256")}
            if not (opened["accepted"] and self.skip_accepted):
                decided = self.accept(feed, opened["parts"])
                if decided["status"] == "held":
                    told.append(decided)
                    continue
            self._take("apply", opened["parts"], feed)
            closed: Event = {"status": "more"}
            while closed["status"] == "more":
                closed = self.close({**feed, "phase": "close"}, self.context())
            told.append(closed)

    def accept(self, feed: Event, parts: Sequence[Event]) -> Event:
        """Check, judge, weigh and decide an opened feed: what comes before a part can be applied."""
        for part in parts:
            self.check({**feed, "part": part}, self.context())
        self.close({**feed, "phase": "judge"}, self.context())
        return self.decide(feed, parts)

    def decide(self, feed: Event, parts: Sequence[Event]) -> Event:
        """Weigh every part of a judged feed, and decide."""
        self._take("weigh", parts, feed)
        decided: Event = {"status": "more"}
        while decided["status"] == "more":
            decided = self.close({**feed, "phase": "decide"}, self.context())
        return decided

    def _take(self, phase: str, parts: Sequence[Event], feed: Event) -> None:
        for part in parts:
            state: Event = {**feed, "phase": phase, "part": part, "status": "more"}
            while state["status"] == "more":
                state = self.apply(state, self.context())

    def settle(self, rows: Sequence[dict[str, Any]], **given: Any) -> Event:
        """Drop a feed of these rows, run the night, answer its figures."""
        self.feed(rows, **given)
        figures: Event = self.run()[-2]["figures"]
        return figures

    def claim(self, record_id: str, holder: str, certificate_id: str = "c1") -> Certificate:
        """`holder` claims the person's certificate, if they may."""
        archives = [
            archive
            for archive in self.everything()
            if archive.record_id == record_id and archive.status not in GONE
        ]
        answer = eligibility_of(archives, holder, self.clock.now.date(), RULES)
        assert answer, answer
        certificate = Certificate(
            certificate_id=certificate_id,
            record_id=record_id,
            person_key=answer.chief.person_key,
            holder=holder,
            relation=answer.relation,
            kind=answer.kind,
            standing=ACTIVE,
            version=1,
            birth_date=answer.chief.birth_date,
            archive_keys=tuple(sorted(archive.key for archive in archives)),
            claimed_at=self.clock.now,
            changed_at=self.clock.now,
            agreement=Agreement("1", ("records",), self.clock.now, "app", "face"),
            name_key=answer.chief.name_key,
            name=sealed_name(fake_sealer(), certificate_id, answer.chief),
        )
        self.certificates.claimed(certificate)
        return certificate

    def everything(self) -> list[Archive]:
        """Every archive that stands."""
        return list(self.register.all().values())


def fake_night(fuse: Fuse | None = None, **given: Any) -> Night:
    """A night in memory, at 00:30 after `DAY`."""
    clock = FakeClock(datetime(2026, 3, 1, 16, 30, tzinfo=UTC))
    progress = FakeProgress(fuse)
    return Night(
        runs=FakeRuns(clock, fuse),
        progress=progress,
        bucket=FakeBucket(),
        register=FakeRegister(progress, RULES.adult_dose_from, fuse),
        certificates=FakeCertificates(fuse),
        forecast=FakeForecast(fuse),
        clock=clock,
        **given,
    )
