"""The access log as a chain: one link for each entry, each holding the digest of the one before (D11).

Who removes or changes an entry, or a link, leaves a place where the chain does not hold, and `breaks` tells where. The newest
digest of each day is anchored out of reach of whoever can write the tables (`vaxcert.trail.anchors`): a chain that was cut short at
its end and given a matching head no longer holds what was anchored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

NO_LINK: Final = "0" * 64
"""What the first link holds for the one before."""

_SETTLING: Final = 300
"""Seconds that the stream may take to come to an entry."""


class NothingChained(Exception):
    """Of this certificate nothing is chained and nothing is missing. A console event's slip must not look like a log that holds."""

    def __init__(self) -> None:
        super().__init__(
            "nothing is chained of a certificate of this id: copy the id whole from where you have it, capitals and small letters as they "
            "stand there. One whose first entry was made just now: again after five minutes. One that had a log: run AuditAccessLog, "
            "which knows what was anchored"
        )


class NothingBroken(Exception):
    """This certificate's log has no break that could be accepted. A console event's slip must not look like success."""

    def __init__(self) -> None:
        super().__init__(
            "the log of a certificate of this id has no break, and nothing was accepted: copy the id whole from the answer of the daily "
            "look (AuditAccessLog with the event {})"
        )


class Fault(StrEnum):
    """What is wrong at a place of the chain."""

    ENTRY_REMOVED = "entry_removed"
    ENTRY_CHANGED = "entry_changed"
    ENTRY_NOT_CHAINED = "entry_not_chained"
    LINK_REMOVED = "link_removed"
    LINK_CHANGED = "link_changed"
    HEAD_CHANGED = "head_changed"
    CUT_OFF = "cut_off"
    """What was anchored on an earlier day is no part of the chain any more."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link: the entry's position and digest, until when the entry is kept (epoch, None for ever), and its own digest."""

    sequence: int
    position: str
    entry: str
    kept_until: int | None
    before: str
    digest: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of a certificate's chain."""

    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry as the chain sees it: digest, and when it was made (epoch)."""

    digest: str
    at: int


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: the entry's position, or the number of a link, or neither for the head."""

    fault: Fault
    position: str | None = None
    sequence: int | None = None

    def told(self) -> dict[str, str | int]:
        """As an operator reads it: only what is known."""
        told = {"fault": self.fault.value, "position": self.position, "sequence": self.sequence}
        return {name: value for name, value in told.items() if value is not None}


def entry_digest(item: Mapping[str, Any]) -> str:
    """The digest of an entry's item, attribute for attribute; the same from the stream and from the table."""
    return hashlib.sha256(json.dumps(item, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def next_link(
    certificate_id: str, head: Head | None, position: str, entry: str, kept_until: int | None
) -> Link:
    """The link of an entry behind `head`."""
    sequence, before = (head.sequence + 1, head.digest) if head else (1, NO_LINK)
    return Link(
        sequence,
        position,
        entry,
        kept_until,
        before,
        _digest(certificate_id, sequence, position, entry, kept_until, before),
    )


def breaks(
    certificate_id: str,
    entries: Mapping[str, Logged],
    links: Iterable[Link],
    head: Head | None,
    now: int,
    anchor: Head | None = None,
) -> list[Break]:
    """Every place where the chain of a certificate does not hold at `now` (epoch), in its order; none for a whole one.

    An entry that is gone after its time has only expired. `anchor` is the newest link as it stood on an earlier day.
    """
    found: list[Break] = []
    ordered = sorted(links, key=lambda link: link.sequence)
    last = Head(0, NO_LINK)
    for link in ordered:
        found += [
            Break(Fault.LINK_REMOVED, sequence=gone) for gone in range(last.sequence + 1, link.sequence)
        ]
        follows = link.sequence == last.sequence + 1
        whole = link.digest == _digest(
            certificate_id, link.sequence, link.position, link.entry, link.kept_until, link.before
        )
        if not whole or (follows and link.before != last.digest):
            found.append(Break(Fault.LINK_CHANGED, link.position, link.sequence))
        found += _entry_breaks(link, entries.get(link.position), now)
        last = Head(link.sequence, link.digest)
    if (head or Head(0, NO_LINK)) != last:
        found.append(Break(Fault.HEAD_CHANGED))
    if anchor is not None and anchor not in {Head(link.sequence, link.digest) for link in ordered}:
        found.append(Break(Fault.CUT_OFF, sequence=anchor.sequence))
    chained = {link.position for link in ordered}
    found += [
        Break(Fault.ENTRY_NOT_CHAINED, position)
        for position, logged in sorted(entries.items())
        if position not in chained and logged.at + _SETTLING < now
    ]
    return found


def _entry_breaks(link: Link, logged: Logged | None, now: int) -> list[Break]:
    if logged is None:
        expired = link.kept_until is not None and link.kept_until <= now
        return [] if expired else [Break(Fault.ENTRY_REMOVED, link.position, link.sequence)]
    if logged.digest != link.entry:
        return [Break(Fault.ENTRY_CHANGED, link.position, link.sequence)]
    return []


def _digest(
    certificate_id: str, sequence: int, position: str, entry: str, kept_until: int | None, before: str
) -> str:
    told = json.dumps(["vaxcert/access-log", certificate_id, sequence, position, entry, kept_until, before])
    return hashlib.sha256(told.encode()).hexdigest()
