"""The access log in a list, and the feed's "as of"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from tests.fakes.grants import FakeGrants
from vaxcert.grants.model import Grant
from vaxcert.trail.model import CHANGES, Entry


class FakeAccessLog:
    """Port `AccessLog`."""

    def __init__(self, grants: FakeGrants) -> None:
        self._grants = grants
        self.entries: dict[str, list[tuple[str, Entry]]] = {}

    def append(self, certificate_id: str, entry: Entry, grant: Grant | None) -> bool:
        if grant is not None and not self._grants.used(grant, entry.at):
            return False
        lines = self.entries.setdefault(certificate_id, [])
        moment = entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        lines.append((f"{moment}#{len(lines):08x}", entry))
        return True

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Entry]], bool]:
        lines = sorted(self.entries.get(certificate_id, ()), key=lambda line: line[0], reverse=True)
        found = [line for line in lines if before is None or line[0] < before]
        return found[:limit], len(found) > limit

    def recent(self, certificate_id: str, after: datetime, limit: int) -> Sequence[Entry]:
        lines, _ = self.latest(certificate_id, None, len(self.entries.get(certificate_id, ())))
        return [entry for _, entry in lines if entry.at > after][:limit]

    def latest_change(self, certificate_id: str, after: datetime) -> datetime | None:
        """Port `vaxcert.reminders.ports.Changes`."""
        entries = [entry for _, entry in self.entries.get(certificate_id, ()) if entry.access in CHANGES]
        return max((entry.at for entry in entries if entry.at > after), default=None)


class FakeFeedDates:
    """Port `FeedDates`."""

    def __init__(self, day: date | None = date(2026, 6, 30)) -> None:
        self.day = day

    def as_of(self) -> date | None:
        return self.day
