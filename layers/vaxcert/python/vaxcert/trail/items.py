"""The item form of the access log, and its keys: reads and scans are written in this form, by whoever writes them.

(`C#<certificate_id>`, `<UTC time to the microsecond>#<random>`), put if absent and never changed; kept as long as the setting says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import Item, N, Op, S, maybe_number, maybe_text, put, text
from vaxcert.trail.model import Access, Entry

RANDOM_BYTES: Final = 4
_CERTIFICATE: Final = "C#"
_OPTIONAL = ("grant_id", "clinic_code", "station", "result")


def entry_to_item(certificate_id: str, entry: Entry, random_hex: str, kept: timedelta) -> Item:
    """The item of an entry, to be kept so long."""
    item: Item = {
        "pk": S(log_pk(certificate_id)),
        "sk": S(f"{_moment(entry.at)}#{random_hex}"),
        "kind": S(entry.access),
        "actor": S(entry.actor),
        "slot": N(entry.slot),
        "ttl": N(epoch(entry.at + kept)),
    }
    for name in _OPTIONAL:
        value = getattr(entry, name)
        if value is not None:
            item[name] = S(value)
    return item


def entry_from_item(item: Item) -> Entry:
    """The entry that an item holds."""
    return Entry(
        made_at(item),
        Access(text(item, "kind")),
        text(item, "actor"),
        maybe_number(item, "slot") or 0,
        *(maybe_text(item, name) for name in _OPTIONAL),
    )


def after_moment(at: datetime) -> str:
    """A sort key behind every entry made at `at`, and before every later one."""
    return f"{_moment(at)}~"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def logged(table: str, item: Item) -> Op:
    """Writes an entry's item, where none stands in its place."""
    return put(table, item, "attribute_not_exists(pk)")


class EntryOps:
    """Entries as part of a transaction of somebody else's, so that no change goes without its trace."""

    def __init__(self, table: str, random_bytes: Callable[[int], bytes], kept: timedelta) -> None:
        self._table = table
        self._random_bytes = random_bytes
        self._kept = kept

    def added(self, certificate_id: str, entry: Entry) -> Op:
        """Writes the entry."""
        drawn = self._random_bytes(RANDOM_BYTES).hex()
        return logged(self._table, entry_to_item(certificate_id, entry, drawn, self._kept))


def log_pk(certificate_id: str) -> str:
    """The partition of a certificate's entries."""
    return f"{_CERTIFICATE}{certificate_id}"


def certificate_of(pk: str) -> str:
    """The certificate of a partition; the other way of `log_pk`."""
    return pk.removeprefix(_CERTIFICATE)


def made_at(item: Item) -> datetime:
    """When the entry in an item was made."""
    return datetime.fromisoformat(text(item, "sk").partition("#")[0])
