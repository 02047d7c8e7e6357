"""The two cities' fictional people and their archives, and the days on which the province tells of them."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from local.demo import schedule
from local.demo.clinics import OUT_OF_PROVINCE, Clinic
from local.demo.numbers import NANTONG, WUXI, Registry
from local.demo.schedule import Given
from local.feed.form import DoseRow, GuardianRow, IdType, Op, PersonRow, Row, Sex, Status, System

FEEDS = 3
DAYS_BEFORE_TODAY = 95  # of the last feed: ninety days of further feeds fit before today


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an identity; `id_no` None where the archive was given none."""

    name: str
    sex: Sex
    birth_date: date
    id_no: str | None
    id_type: IdType
    phone: str

    @property
    def row(self) -> PersonRow:
        row: PersonRow = {"name": self.name, "sex": self.sex, "birth_date": self.birth_date.isoformat()}
        if self.id_no is not None:
            row |= {"id_type": self.id_type, "id_no": self.id_no}
        return row | {"phone": self.phone}


@dataclass(frozen=True, slots=True)
class Guardian:
    """A guardian as an archive names them: `id_no` is what was registered, not always what is true."""

    relation: str
    person: Person
    id_no: str | None

    @property
    def row(self) -> GuardianRow:
        row: GuardianRow = {"relation": self.relation, "name": self.person.name, "phone": self.person.phone}
        return row if self.id_no is None else row | {"id_no": self.id_no}


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive as it stands at one time."""

    archive_no: str
    system: System
    clinic: Clinic
    person: Person
    guardians: tuple[Guardian, ...]
    doses: tuple[DoseRow, ...]
    status: Status = "in_care"


@dataclass(frozen=True, slots=True)
class State:
    """What feed number `sequence` says of an archive."""

    sequence: int
    archive: Archive
    op: Op = "upsert"
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One situation of requirements.md: what it shows, and the archive's states in the order of feeds."""

    key: str
    cites: str
    zh: str
    en: str
    states: tuple[State, ...]

    @property
    def archive(self) -> Archive:
        """As it stands after the last feed."""
        return self.states[-1].archive


@dataclass(slots=True)
class Town:
    """Makes people and archives for one `today`; the same day and seed make the same ones."""

    today: date
    seed: int = 0
    registry: Registry = field(default_factory=Registry)

    @property
    def days(self) -> tuple[date, ...]:
        """The business dates of the feeds, consecutive."""
        last = self.today - timedelta(days=DAYS_BEFORE_TODAY)
        return tuple(last - timedelta(days=FEEDS - 1 - index) for index in range(FEEDS))

    def person(
        self, name: str, sex: Sex, born: date, prefix: str = NANTONG, id_type: IdType = "resident"
    ) -> Person:
        id_no = self.registry.id_no(id_type, prefix, born, sex)
        return Person(name, sex, born, id_no, id_type, self.registry.phone())

    def parents(self, father: str, mother: str, prefix: str = NANTONG) -> tuple[Guardian, Guardian]:
        """Both with their numbers, born in fixed years: how old a parent is decides nothing."""
        he = self.person(father, "male", date(1990, 5, 4), prefix)
        she = self.person(mother, "female", date(1992, 3, 8), prefix)
        return Guardian("father", he, he.id_no), Guardian("mother", she, she.id_no)

    def child(
        self,
        person: Person,
        guardians: Sequence[Guardian],
        clinic: Clinic,
        *,
        born_at: Clinic | None = None,
        system: System = "child",
    ) -> Archive:
        """A child's archive with every dose of the programme due by the first feed."""
        number = self.registry.archive_no(clinic.code, person.birth_date.year)
        # dice of its own for every archive: one more case moves nobody else's doses
        dice = random.Random(f"{self.seed}/{number}")
        given = schedule.programme(person.birth_date, person.sex, self.days[0], dice)
        at_birth, later = born_at or clinic, clinic
        doses = tuple(
            dose_row(number, dose, at_birth if dose.on == person.birth_date else later) for dose in given
        )
        return Archive(number, system, clinic, person, tuple(guardians), doses)

    def adult(
        self, person: Person, clinic: Clinic, *given: tuple[schedule.Vaccine, date], system: System = "adult"
    ) -> Archive:
        """An adult's (or a rabies) archive with the doses as listed, numbered in their order."""
        number = self.registry.archive_no(clinic.code, 2020)
        doses = tuple(
            dose_row(number, Given(vaccine, index, on, "left_arm"), clinic)
            for index, (vaccine, on) in enumerate(given, start=1)
        )
        return Archive(number, system, clinic, person, (), doses)


def dose_row(archive_no: str, given: Given, clinic: Clinic) -> DoseRow:
    """The dose as a feed tells it. Its id, batch and trace code carry no number of a person."""
    digest = hashlib.sha256(f"{archive_no}/{given.vaccine.name}/{given.dose_no}".encode()).hexdigest()
    return {
        "dose_id": f"demo-{digest[:16]}",
        "vaccine_code": given.vaccine.code,
        "vaccine_name": given.vaccine.name,
        "dose_no": given.dose_no,
        "date": given.on.isoformat(),
        "batch": f"DEMO-{given.on:%Y%m}-{digest[16:18].upper()}",
        "manufacturer": "示例生物制品厂",
        "site": given.site,
        "clinic_code": clinic.code,
        "clinic_name": clinic.name,
        "origin": "other_province" if clinic is OUT_OF_PROVINCE else "local",
        # drug trace codes have 20 digits and begin with 8; none begins with zeros
        "trace_code": f"{int(digest[18:34], 16) % 10**15:020d}",
    }


def row_of(state: State, version: int, days: Sequence[date]) -> Row:
    """The feed row of a state. The first load tells of archives of all times, a later feed of its day's."""
    archive = state.archive
    on = days[state.sequence - 1]
    if state.sequence == 1:
        on = max([archive.person.birth_date, *(date.fromisoformat(dose["date"]) for dose in archive.doses)])
    row: Row = {
        "archive_no": archive.archive_no,
        "version": version,
        "op": state.op,
        "recorded_at": f"{on}T10:00:00+08:00",
        "system": archive.system,
        "status": archive.status,
        "clinic": archive.clinic.row,
        "person": archive.person.row,
        "guardians": [guardian.row for guardian in archive.guardians],
        "doses": list(archive.doses),
    }
    return row if state.into is None else row | {"into": state.into}


def prefix_of(clinic: Clinic) -> str:
    """The fictional region digits for people who live near the clinic."""
    return WUXI if clinic.city == WUXI else NANTONG
