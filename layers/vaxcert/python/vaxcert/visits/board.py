"""A clinic's queue board (取号 … 留观): today's tickets, where each is wanted, and masked names."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Protocol

from vaxcert.archives.model import Archive
from vaxcert.aws.clock import shanghai_date
from vaxcert.devices.model import Enrolment
from vaxcert.devices.trust import must_be_of, trusted
from vaxcert.identity.model import Device
from vaxcert.programme.shown import of_person
from vaxcert.visits.model import Visit

_REMEMBERED: Final = 2000


@dataclass(frozen=True, slots=True)
class BoardEntry:
    """One visit on the board, whose it is, and the archives that the name is read from."""

    visit: Visit
    record_id: str
    archive_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the board. `name` is masked, None where no archive is left."""

    visit: Visit
    name: str | None


class Board(Protocol):
    """Port: the board, and what its names are made from."""

    def entries(self, clinic_code: str, day: date) -> Sequence[BoardEntry]:
        """All entries of a clinic's day."""
        ...

    def enrolment(self, device_id: str) -> Enrolment | None:
        """The device as it stands."""
        ...

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...


class BoardService:
    """Use case of `GET /v1/clinics/{clinic_code}/queue`.

    A board is asked for every few seconds, so masked names are kept in the process by visit: each archive is read once.
    """

    def __init__(self, *, board: Board, masked_name: Callable[[Sequence[Archive]], str | None]) -> None:
        self._board = board
        self._masked_name = masked_name
        self._names: OrderedDict[str, str] = OrderedDict()

    def queue(self, device: Device, clinic_code: str, now: datetime) -> list[Waiting]:
        """Today's visits in their turn, ended ones too. Raises `ClinicNotAllowed`, `DeviceDisabled`, `Unauthorized`."""
        must_be_of(device, clinic_code)
        trusted(device, self._board.enrolment(device.device_id))
        standing = (
            replace(entry, visit=entry.visit.standing(now))
            for entry in self._board.entries(clinic_code, shanghai_date(now))
        )
        entries = sorted(standing, key=lambda entry: (entry.visit.turn, entry.visit.number))
        self._learn([entry for entry in entries if entry.visit.visit_id not in self._names])
        board = [Waiting(entry.visit, self._names.get(entry.visit.visit_id)) for entry in entries]
        # Only now: what goes may be on this board, for other clinics' boards are shown from here as well.
        while len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)
        return board

    def _learn(self, unknown: Sequence[BoardEntry]) -> None:
        found = {
            archive.key: archive
            for archive in self._board.archives(key for entry in unknown for key in entry.archive_keys)
        }
        for entry in unknown:
            archives = of_person((found[key] for key in entry.archive_keys if key in found), entry.record_id)
            if (name := self._masked_name(archives)) is not None:
                self._names[entry.visit.visit_id] = name
