"""The item form of clinics, and their keys.

| table | pk | sk | |
|---|---|---|---|
| clinics | `CLINICS` | `<clinic_code>` | the clinic and its week, with its `version` |
| clinics | `W#<clinic_code>` | `<version>` | what it was at each version, never changed |
| clinics | `CITY#<city>` | `<clinic_code>` | that there is one, with its name and the day of the feed that said so, if a feed did |
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Final

from vaxcert.aws.clock import from_rfc3339, rfc3339
from vaxcert.aws.dynamodb import BOOL, Item, L, M, N, S, flag, maybe_text, number, text, texts
from vaxcert.clinics.ports import KnownClinic
from vaxcert.clinics.week import Clinic, Session

CLINICS: Final = "CLINICS"


def clinic_key(clinic_code: str) -> Item:
    """The primary key of a clinic."""
    return {"pk": S(CLINICS), "sk": S(clinic_code)}


def city_pk(city: str) -> str:
    """The partition of a city's clinics."""
    return f"CITY#{city}"


def known_key(city: str, clinic_code: str) -> Item:
    """The primary key of the item that a clinic is known by."""
    return {"pk": S(city_pk(city)), "sk": S(clinic_code)}


def known_to_item(clinic: KnownClinic, as_of: date | None) -> Item:
    """The item that a clinic is known by, as of the feed of a day."""
    item = {**known_key(clinic.city, clinic.clinic_code), "name": S(clinic.name)}
    return item if as_of is None else item | {"as_of": S(as_of.isoformat())}


def known_from_item(item: Item) -> KnownClinic:
    """The clinic that such an item tells of."""
    return KnownClinic(text(item, "sk"), text(item, "name"), text(item, "pk").removeprefix("CITY#"))


def clinic_to_item(clinic: Clinic) -> Item:
    """The item of a clinic."""
    return {**clinic_key(clinic.clinic_code), **_clinic_body(clinic)}


def clinic_to_line(clinic: Clinic) -> Item:
    """The line of this version in the clinic's history."""
    return {
        "pk": S(f"W#{clinic.clinic_code}"),
        "sk": S(f"{clinic.version:06d}"),
        **_clinic_body(clinic),
    }


def clinic_from_item(item: Item) -> Clinic:
    """The clinic that an item holds."""
    return Clinic(
        clinic_code=text(item, "clinic_code"),
        name=text(item, "name"),
        city=text(item, "city"),
        address=maybe_text(item, "address"),
        phone=maybe_text(item, "phone"),
        sessions=tuple(_session(one["M"]) for one in item["sessions"]["L"]),
        ahead_days=number(item, "ahead_days"),
        same_day=flag(item, "same_day"),
        days_off=frozenset(date.fromisoformat(day) for day in texts(item, "days_off")),
        closed=frozenset(from_rfc3339(starts) for starts in texts(item, "closed")),
        version=number(item, "version"),
    )


def _clinic_body(clinic: Clinic) -> Item:
    item: Item = {
        "clinic_code": S(clinic.clinic_code),
        "name": S(clinic.name),
        "city": S(clinic.city),
        "sessions": L([_session_item(session) for session in clinic.sessions]),
        "ahead_days": N(clinic.ahead_days),
        "same_day": BOOL(clinic.same_day),
        "days_off": _texts(day.isoformat() for day in clinic.days_off),
        "closed": _texts(rfc3339(starts) for starts in clinic.closed),
        "version": N(clinic.version),
    }
    return item | _given(address=clinic.address, phone=clinic.phone)


def _session_item(session: Session) -> Item:
    return M(
        {
            "weekday": N(session.weekday),
            "starts": S(f"{session.starts:%H:%M}"),
            "ends": S(f"{session.ends:%H:%M}"),
            "slot_minutes": N(session.slot_minutes),
            "capacity": N(session.capacity),
        }
    )


def _session(item: Item) -> Session:
    return Session(
        weekday=number(item, "weekday"),
        starts=time.fromisoformat(text(item, "starts")),
        ends=time.fromisoformat(text(item, "ends")),
        slot_minutes=number(item, "slot_minutes"),
        capacity=number(item, "capacity"),
    )


def _given(**values: str | None) -> Item:
    return {name: S(value) for name, value in values.items() if value is not None}


def _texts(values: Iterable[str]) -> Item:
    return L([S(value) for value in sorted(values)])
