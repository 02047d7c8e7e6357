"""The item form of visits, their keys, and what else a scan leaves.

| table | pk | sk | |
|---|---|---|---|
| visits | `C#<certificate_id>` | `V` | the certificate's latest visit, with its `version`: what counts |
| visits | `Q#<clinic_code>#<yyyy-mm-dd>` | `A001` … | the board: a projection, written with the visit |
| visits | `Q#<clinic_code>#<yyyy-mm-dd>` | `COUNTER` | the last ticket number, and what it was given for |
| visits | `L#<clinic_code>#<yyyy-mm-dd>#<station>` | `<place>#A001` | who waits for a station and is not called: a projection, too |
| visits | `V#<visit_id>` | `O#<station>` | what a station reported, as it stands |
| visits | `V#<visit_id>` | `O#<station>#<version>` | what it had reported before it mended that or added to it |
| visits | `R#<clinic_code>#<yyyy-mm-dd>` | `<reason>#<request>` | one refused scan, for the day's figures; nothing of whose code it was |
| visits | `F#<yyyy-mm>` | `<clinic_code>#<dd>`, `#<dd>` | what was counted of a day, and that it was (`vaxcert.visits.month_store`) |
| codes | `B#<cti>` | | a burned code |
| access log | `C#<certificate_id>` | `<UTC time>#<random>` | who scanned (D11; `vaxcert.trail.items`) |

The board holds no name, not even a sealed one: whoever shows it reads the archive.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from vaxcert.aws.clock import SHANGHAI, epoch, from_epoch
from vaxcert.aws.dynamodb import (
    Item,
    L,
    M,
    N,
    Op,
    S,
    delete,
    maybe_number,
    maybe_text,
    number,
    put,
    text,
    texts,
)
from vaxcert.visits.board import BoardEntry
from vaxcert.visits.doses import Given
from vaxcert.visits.line import PLACES
from vaxcert.visits.model import State, Visit

COUNTER: Final = "COUNTER"
# Long enough to answer questions about last month's visits; what was given is in the archive by then (R1).
_KEPT: Final = timedelta(days=30)


def visit_key(certificate_id: str) -> Item:
    """The primary key of a certificate's latest visit."""
    return {"pk": S(f"C#{certificate_id}"), "sk": S("V")}


def board_pk(clinic_code: str, day: date) -> str:
    """The partition of a clinic's day."""
    return f"Q#{clinic_code}#{day.isoformat()}"


def board_key(visit: Visit) -> Item:
    """The primary key of a visit's place on the board."""
    return {"pk": S(board_pk(visit.clinic_code, visit.day)), "sk": S(visit.ticket)}


def counter_key(clinic_code: str, day: date) -> Item:
    """The primary key of a clinic's ticket counter of one day."""
    return {"pk": S(board_pk(clinic_code, day)), "sk": S(COUNTER)}


def line_pk(visit: Visit) -> str:
    """The partition of those who wait where the visit does."""
    return f"L#{visit.clinic_code}#{visit.day.isoformat()}#{visit.station}"


def line_sk(turn: int) -> str:
    """The sort key that the places of a line begin with: as many digits for each, so that they sort as numbers do."""
    return f"{turn:0{PLACES}d}"


def line_ops(table: str, before: Visit | None, after: Visit) -> list[Op]:
    """What `before` becoming `after` changes in the waiting lines: at most one place left and one taken."""
    was = _line_key(before) if before is not None and before.in_line else None
    becomes = _line_key(after) if after.in_line else None
    if was == becomes:
        return []
    ops = [] if was is None else [delete(table, was)]
    if becomes is not None:
        held = {"place": N(after.turn), "over_at": N(epoch(after.over_at)), "ttl": ttl(after.day)}
        ops.append(put(table, {**becomes, **held}))
    return ops


def _line_key(visit: Visit) -> Item:
    return {"pk": S(line_pk(visit)), "sk": S(f"{line_sk(visit.turn)}#{visit.ticket}")}


def refused_pk(clinic_code: str, day: date) -> str:
    """The partition of a clinic's refused scans of one day."""
    return f"R#{clinic_code}#{day.isoformat()}"


def to_refused_item(clinic_code: str, day: date, reason: str, request: str) -> Item:
    """One refused scan. An item for each, so that clinics share no counter, and a request that is repeated counts once."""
    return {"pk": S(refused_pk(clinic_code, day)), "sk": S(f"{reason}#{request}"), "ttl": ttl(day)}


def refused_reason(item: Item) -> str:
    """Why the scan in an item was refused."""
    return text(item, "sk").partition("#")[0]


def outcome_key(visit: Visit, station: str) -> Item:
    """The primary key of what a station reported."""
    return {"pk": S(f"V#{visit.visit_id}"), "sk": S(f"O#{station}")}


def given_to_item(dose: Given) -> Item:
    """One vaccine of a report."""
    item = {
        "vaccine_code": S(dose.vaccine_code),
        "batch": S(dose.batch),
        "trace_code": S(dose.trace_code),
        "site": S(dose.site),
    }
    return M(item if dose.expires_on is None else {**item, "expires_on": S(dose.expires_on.isoformat())})


def given_from_item(item: Item | None) -> tuple[Given, ...]:
    """What the report in an item says was given; nothing where there is none."""
    doses = [] if item is None else item.get("doses", {}).get("L", [])
    return tuple(_given(dose["M"]) for dose in doses)


def _given(item: Item) -> Given:
    expires_on = maybe_text(item, "expires_on")
    return Given(
        text(item, "vaccine_code"),
        text(item, "batch"),
        text(item, "trace_code"),
        text(item, "site"),
        None if expires_on is None else date.fromisoformat(expires_on),
    )


def burned_key(cti: bytes) -> Item:
    """The primary key of a burned code: its `cti`, never a hash of its text."""
    return {"pk": S(f"B#{cti.hex()}")}


def ttl(day: date) -> Item:
    """When DynamoDB may delete what belongs to a day."""
    return N(epoch(datetime.combine(day, time(), SHANGHAI) + _KEPT))


def to_item(visit: Visit) -> Item:
    """The item of a certificate's latest visit."""
    return {**visit_key(visit.certificate_id), **_body(visit)}


def to_board_item(visit: Visit, record_id: str, archive_keys: tuple[str, ...]) -> Item:
    """The visit's place on the board; person and keys are where its name is read."""
    return {
        **board_key(visit),
        **_body(visit),
        "record_id": S(record_id),
        "archive_keys": L([S(key) for key in archive_keys]),
    }


def from_item(item: Item) -> Visit:
    """The visit that a visit's or a board's item holds."""
    return Visit(
        certificate_id=text(item, "certificate_id"),
        clinic_code=text(item, "clinic_code"),
        day=date.fromisoformat(text(item, "day")),
        number=number(item, "number"),
        state=State(text(item, "state")),
        version=number(item, "version"),
        changed_at=from_epoch(number(item, "changed_at")),
        observed_until=_moment(item, "observed_until"),
        appointed_at=_moment(item, "appointed_at"),
        ends_at=_moment(item, "ends_at"),
        called_at=_moment(item, "called_at"),
        desk=maybe_text(item, "desk"),
        place=maybe_number(item, "place"),
        waited=maybe_number(item, "waited") or 0,
        scans=maybe_number(item, "scans") or 1,
        clinic_name=maybe_text(item, "clinic_name") or "",
        clinic_phone=maybe_text(item, "clinic_phone"),
    )


def _moment(item: Item, name: str) -> datetime | None:
    at = maybe_number(item, name)
    return None if at is None else from_epoch(at)


def from_board_item(item: Item) -> BoardEntry:
    """The board's entry that an item holds."""
    return BoardEntry(from_item(item), text(item, "record_id"), texts(item, "archive_keys"))


def changing(visit: Visit) -> dict[str, Item | None]:
    """The attributes that stations change after the ticket, with None for what is not there now."""
    return {
        "state": S(visit.state),
        "version": N(visit.version),
        "changed_at": N(epoch(visit.changed_at)),
        "waited": N(visit.waited),
        "scans": N(visit.scans),
        "observed_until": _at(visit.observed_until),
        "called_at": _at(visit.called_at),
        "desk": None if visit.desk is None else S(visit.desk),
        "place": None if visit.place is None else N(visit.place),
    }


def _body(visit: Visit) -> Item:
    item: dict[str, Item | None] = {
        "certificate_id": S(visit.certificate_id),
        "visit_id": S(visit.visit_id),
        "clinic_code": S(visit.clinic_code),
        "clinic_name": S(visit.clinic_name),
        "clinic_phone": None if visit.clinic_phone is None else S(visit.clinic_phone),
        "day": S(visit.day.isoformat()),
        "number": N(visit.number),
        "appointed_at": _at(visit.appointed_at),
        "ends_at": _at(visit.ends_at),
        "ttl": ttl(visit.day),
        **changing(visit),
    }
    return {name: value for name, value in item.items() if value is not None}


def _at(moment: datetime | None) -> Item | None:
    return None if moment is None else N(epoch(moment))
