"""The item form of visits, their keys, and what else a scan leaves.

| table | pk | sk | |
|---|---|---|---|
| visits | `C#<certificate_id>` | `V` | the certificate's latest visit, with its `version`: what counts |
| visits | `Q#<clinic_code>#<yyyy-mm-dd>` | `A001` … | the board: a projection, written with the visit |
| visits | `Q#<clinic_code>#<yyyy-mm-dd>` | `COUNTER` | the last ticket number, and what it was given for |
| visits | `V#<visit_id>` | `O#<station>` | what a station reported |
| codes | `B#<cti>` | | a burned code |
| access log | `C#<certificate_id>` | `<UTC time>#<random>` | who scanned (D11; `vaxcert.trail.items`) |

The board holds no name, not even a sealed one: whoever shows it reads the archive.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from vaxcert.aws.clock import SHANGHAI, epoch, from_epoch
from vaxcert.aws.dynamodb import Item, L, N, S, maybe_number, number, text, texts
from vaxcert.visits.board import BoardEntry
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


def outcome_key(visit: Visit, station: str) -> Item:
    """The primary key of what a station reported."""
    return {"pk": S(f"V#{visit.visit_id}"), "sk": S(f"O#{station}")}


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
    observed_until = maybe_number(item, "observed_until")
    appointed_at = maybe_number(item, "appointed_at")
    return Visit(
        certificate_id=text(item, "certificate_id"),
        clinic_code=text(item, "clinic_code"),
        day=date.fromisoformat(text(item, "day")),
        number=number(item, "number"),
        state=State(text(item, "state")),
        version=number(item, "version"),
        changed_at=from_epoch(number(item, "changed_at")),
        observed_until=None if observed_until is None else from_epoch(observed_until),
        appointed_at=None if appointed_at is None else from_epoch(appointed_at),
    )


def from_board_item(item: Item) -> BoardEntry:
    """The board's entry that an item holds."""
    return BoardEntry(from_item(item), text(item, "record_id"), texts(item, "archive_keys"))


def _body(visit: Visit) -> Item:
    item: Item = {
        "certificate_id": S(visit.certificate_id),
        "visit_id": S(visit.visit_id),
        "clinic_code": S(visit.clinic_code),
        "day": S(visit.day.isoformat()),
        "number": N(visit.number),
        "state": S(visit.state),
        "version": N(visit.version),
        "changed_at": N(epoch(visit.changed_at)),
        "ttl": ttl(visit.day),
    }
    if visit.observed_until is not None:
        item["observed_until"] = N(epoch(visit.observed_until))
    if visit.appointed_at is not None:
        item["appointed_at"] = N(epoch(visit.appointed_at))
    return item
