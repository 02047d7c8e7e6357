"""What a claimant writes about a delegate (R25), read as a whole: every field that cannot be taken is told at once.

None of it depends on who is known here: the same form gets the same answer, whoever it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from vaxcert.archives.relations import Relation, relation_of
from vaxcert.errors import FieldError, Rejected
from vaxcert.identity.model import IdentityNumber, InvalidIdentityNumber, normalise_name, valid_id_no
from vaxcert.identity.phones import read_phone
from vaxcert.text import character_fault, trimmed


@dataclass(frozen=True, slots=True)
class Form:
    """The fields as they were written; `expires_on` None for no end."""

    id_no: str
    name: str
    relation: str
    phone: str
    expires_on: str | None = None


@dataclass(frozen=True, slots=True)
class Delegate:
    """The delegate whom a form names; `phone` in its one form (D17), `expires_on` the last day, None for no end (D7)."""

    number: IdentityNumber
    name: str
    relation: Relation
    phone: str
    expires_on: date | None


def faults_of(fields: Mapping[str, object], today: date) -> tuple[FieldError, ...]:
    """What is wrong with the fields that are there, each by itself, in the form's order; texts only are looked at.

    A number of a date to come and an end date that has passed depend on the day `today` in Shanghai.
    """

    def text(name: str) -> str | None:
        value = fields.get(name)
        return value if isinstance(value, str) else None

    found: list[FieldError] = []
    id_no, name, relation, end = text("id_no"), text("name"), text("relation"), text("expires_on")
    phone = text("phone")
    if id_no is not None and valid_id_no(id_no, today) is None:
        found.append(FieldError("/id_no", "invalid", "identity_number"))
    if name is not None and not normalise_name(name):
        found.append(FieldError("/name", "invalid", "name"))
    elif name is not None and (fault := character_fault(trimmed(name))):
        found.append(FieldError("/name", fault))
    if relation is not None and relation_of(relation) is None:
        found.append(FieldError("/relation", "unknown"))
    if phone is not None and read_phone(phone) is None:
        found.append(FieldError("/phone", "invalid", "phone"))
    if end is not None:
        day = _day(end)
        if day is None:
            found.append(FieldError("/expires_on", "invalid", "date"))
        elif day < today:
            found.append(FieldError("/expires_on", "in_the_past"))
    return tuple(found)


def named_by(form: Form, today: date) -> Delegate:
    """The delegate whom the form names.

    Raises `InvalidIdentityNumber` where the number is all that is wrong, else `Rejected`; with every fault either way.
    """
    faults = faults_of(
        {
            "id_no": form.id_no,
            "name": form.name,
            "relation": form.relation,
            "phone": form.phone,
            "expires_on": form.expires_on,
        },
        today,
    )
    number, relation, phone = (
        valid_id_no(form.id_no, today),
        relation_of(form.relation),
        read_phone(form.phone),
    )
    if number is None and len(faults) == 1:
        raise InvalidIdentityNumber(fields=faults)
    if faults or number is None or relation is None or phone is None:
        raise Rejected(fields=faults)
    return Delegate(
        number,
        trimmed(form.name),
        relation,
        phone,
        None if form.expires_on is None else _day(form.expires_on),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
