"""Handles without a table: everything stands for itself, by its key under one pepper, so that a test can say what it expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vaxcert.aws.clock import EVER
from vaxcert.aws.secrets import Known
from vaxcert.identity.blinding import Blinder, Clear, archive, named, subject


class PlainHandles:
    """The ports to `vaxcert.identity.handles.Handles`."""

    def __init__(self, pepper: bytes) -> None:
        self._blinder = Blinder(pepper)

    def of(self, wanted: Iterable[Clear]) -> dict[Clear, str]:
        """See `Handles.of`."""
        return {one: self.draw(one) for one in wanted}

    def person(self, id_no: str, name: str) -> tuple[str, str]:
        """See `Handles.person`."""
        return self.subject(id_no), self.name(name)

    visitor = known = person

    def bearer(self, id_no: str) -> str:
        """See `KnownHandles.bearer`."""
        return self.subject(id_no)

    def subject(self, id_no: str) -> str:
        """A person's."""
        return self.draw(subject(id_no))

    def name(self, name: str) -> str:
        """A name's."""
        return self.draw(named(name))

    def archive(self, system: str, archive_no: str) -> str:
        """An archive's."""
        return self.draw(archive(system, archive_no))

    def draw(self, clear: Clear) -> str:
        """What `Handles` draws at random."""
        return self._blinder.keys(clear)[-1]


def fixed(*peppers: bytes) -> Callable[[], Known]:
    """Peppers that everybody has known for long."""
    known = Known(peppers, EVER)
    return lambda: known
