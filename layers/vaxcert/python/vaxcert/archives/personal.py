"""Personal data of an archive: sealed by the nightly sync, opened only where a screen needs it.

Both sides are here, so that they cannot disagree about the place that a value is bound to.
"""

from __future__ import annotations

from typing import Final, Protocol

from vaxcert.archives.model import Archive, SealedPerson

_TABLE: Final = "archives"


class Opener(Protocol):
    """The half of `vaxcert.keys.sealing.Sealer` that opens."""

    def open(self, sealed: bytes, *, table: str, key: str, attribute: str) -> str:
        """See `Sealer.open`."""
        ...


class Closer(Protocol):
    """The half that seals."""

    def seal(self, plain: str, *, table: str, key: str, attribute: str) -> bytes:
        """See `Sealer.seal`."""
        ...


def seal_person(
    closer: Closer,
    archive_key: str,
    *,
    name: str,
    id_no: str | None,
    phone: str | None,
    archive_no: str | None,
) -> SealedPerson:
    """A person's data sealed for the archive `archive_key`. An identity number is kept as registered, valid or not."""

    def sealed(attribute: str, plain: str | None) -> bytes | None:
        if plain is None:
            return None
        return closer.seal(plain, table=_TABLE, key=archive_key, attribute=attribute)

    return SealedPerson(
        closer.seal(name, table=_TABLE, key=archive_key, attribute="name"),
        sealed("id_no", id_no),
        sealed("phone", phone),
        sealed("archive_no", archive_no),
    )


def name_of(opener: Opener, archive: Archive) -> str:
    """The person's whole name."""
    return opener.open(archive.sealed.name, table=_TABLE, key=archive.key, attribute="name")


def id_no_of(opener: Opener, archive: Archive) -> str | None:
    """The person's identity number as registered, None where the archive has none."""
    return _opened(opener, archive, "id_no", archive.sealed.id_no)


def phone_of(opener: Opener, archive: Archive) -> str | None:
    """The phone registered with the archive, None where there is none."""
    return _opened(opener, archive, "phone", archive.sealed.phone)


def archive_no_of(opener: Opener, archive: Archive) -> str | None:
    """The archive's own number, by which its clinic finds it; None where it was stored before the number was kept."""
    return _opened(opener, archive, "archive_no", archive.sealed.archive_no)


def _opened(opener: Opener, archive: Archive, attribute: str, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    return opener.open(sealed, table=_TABLE, key=archive.key, attribute=attribute)
