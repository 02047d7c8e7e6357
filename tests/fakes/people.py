"""Fictional people and their archives. Numbers have the region digits 320600, which no person's number has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from tests.fakes.handles import PlainHandles
from tests.fakes.sealing import fake_sealer
from vaxcert.archives.model import Archive, ArchiveStatus, Clinic, Dose, Guardian, Sex, System
from vaxcert.archives.personal import seal_person
from vaxcert.identity.model import Citizen, Session, check_character, record_id_of

BLINDER = PlainHandles(b"p" * 64)
SEALER = fake_sealer()


def id_no(born: date, sequence: int = 1) -> str:
    """A valid number; odd sequences are men."""
    digits = f"320600{born:%Y%m%d}{sequence:03d}"
    return digits + check_character(digits)


def subject(number: str) -> str:
    """The key that a citizen with this number is known by."""
    return BLINDER.subject(number)


FATHER_NO = id_no(date(1990, 5, 4), 11)
MOTHER_NO = id_no(date(1992, 3, 8), 22)
GRANDMOTHER_NO = id_no(date(1962, 9, 12), 44)
FATHER, MOTHER, GRANDMOTHER = subject(FATHER_NO), subject(MOTHER_NO), subject(GRANDMOTHER_NO)
NAMES = {FATHER: "周示例", MOTHER: "吴示范", GRANDMOTHER: "沈测试"}


def dose(day: date, *, code: str = "2101", dose_id: str | None = None, **fields: Any) -> Dose:
    """A dose on a day."""
    values: dict[str, Any] = {
        "dose_id": dose_id or f"D{day:%Y%m%d}",
        "vaccine_code": code,
        "vaccine_name": "流感疫苗",
        "dose_no": 1,
        "date": day,
        "clinic_code": "3206000001",
        "origin": "local",
    }
    return Dose(**(values | fields))


def guardian(number: str | None, relation: str = "father", fault: str | None = None) -> Guardian:
    """A registered guardian; without a number `fault` says why."""
    if number is None:
        return Guardian(relation, None, fault or "missing")
    return Guardian(relation, subject(number))


PARENTS = (guardian(FATHER_NO, "father"), guardian(MOTHER_NO, "mother"))


def an_archive(
    archive_no: str = "1",
    *,
    born: date = date(2020, 5, 1),
    number: str | None = "",
    fault: str | None = None,
    name: str = "周小样",
    phone: str | None = None,
    system: System = System.CHILD,
    status: ArchiveStatus = ArchiveStatus.IN_CARE,
    city: str = "320600",
    guardians: tuple[Guardian, ...] = PARENTS,
    doses: tuple[Dose, ...] = (),
    version: int = 1,
    recorded_at: datetime = datetime(2026, 6, 29, 8, tzinfo=UTC),
) -> Archive:
    """An archive in care at a clinic of Nantong; `number` None is one without a valid number, "" makes one of the birth date.

    A number of another birth date is stated and believed by nobody (D13).
    """
    key = BLINDER.archive(system, archive_no)
    number = id_no(born) if number == "" else number
    believed = number is not None and number[6:14] == f"{born:%Y%m%d}"
    person_key = subject(number) if number and believed else None
    if number and not believed:
        fault = "contradicts_birth"
    return Archive(
        key=key,
        version=version,
        system=system,
        status=status,
        record_id=record_id_of(person_key or key),
        person_key=person_key,
        number_fault=None if person_key else fault or "missing",
        name_key=BLINDER.name(name),
        birth_date=born,
        sex=Sex.MALE,
        clinic=Clinic("3206000001", "示范门诊", city),
        guardians=guardians,
        doses=doses,
        sealed=seal_person(SEALER, key, name=name, id_no=number, phone=phone, archive_no=archive_no),
        recorded_at=recorded_at,
        as_of=date(2026, 6, 30),
        stated_key=subject(number) if number and not believed else None,
    )


def an_adult(number: str = FATHER_NO, archive_no: str = "a1", **fields: Any) -> Archive:
    """An adult's archive with a dose that counts (R7)."""
    born = date.fromisoformat(number[6:14])
    values: dict[str, Any] = {
        "born": born,
        "number": number,
        "name": NAMES.get(subject(number), "某测试"),
        "system": System.ADULT,
        "guardians": (),
        "doses": (dose(date(2025, 10, 25)),),
    }
    return an_archive(archive_no, **(values | fields))


def a_session(session_id: str = "s-1", who: str = FATHER, opened: datetime | None = None) -> Session:
    """A session, by default opened at the fake clock's start."""
    return Session(session_id, who, opened or datetime(2026, 7, 1, 2, 0, tzinfo=UTC))


def citizen(
    who: str = FATHER, now: datetime | None = None, *, session: str = "s-1", name: str | None = None
) -> Citizen:
    """A citizen who verified just now, by default at the fake clock's start."""
    now = now or datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    return Citizen(
        subject=who,
        name_key=BLINDER.name(name or NAMES.get(who, "某测试")),
        session_id=session,
        auth_time=now,
        expires_at=now.replace(year=now.year + 1),
        channel="app",
        method="face",
        issued_at=now.replace(microsecond=0),
    )
