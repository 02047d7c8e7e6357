"""Persons as the register knows them, as far as they are the caller's business: everything that can be claimed or not is decided per
person, not per archive, and which archives are one person is `vaxcert.archives.persons`' rule (D13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vaxcert.archives.model import Archive, LinkKind
from vaxcert.archives.persons import joined, names_person
from vaxcert.claims.model import Certificate
from vaxcert.claims.ports import LiveCertificates, Register
from vaxcert.identity.model import Citizen, record_id_of


@dataclass(frozen=True, slots=True)
class Kin:
    """What shares one record id, as far as the caller is linked to it.

    `archives`: the person, in the order of the keys, empty where the caller has no business with them. `live`: the certificate that stands
    on that record. `apart`: archives held apart that name the caller (D13). `unbelieved`: archives that state the caller's number against
    their own birth date, under the caller's name.
    """

    record_id: str
    archives: tuple[Archive, ...]
    live: Certificate | None
    apart: tuple[Archive, ...] = ()
    unbelieved: tuple[Archive, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.archives or self.apart or self.unbelieved)


class Families:
    """Reads the persons linked to a caller."""

    def __init__(self, register: Register, certificates: LiveCertificates) -> None:
        self._register = register
        self._certificates = certificates

    def of(self, caller: Citizen) -> tuple[Kin, ...]:
        """The caller and their children: one query, one per child with an identity number, one batch read, the live certificates."""
        return self._kin(caller, None)

    def person(self, caller: Citizen, record_id: str) -> Kin | None:
        """One of them, by the record id of the person or of an archive held apart; None where the caller has no business with it."""
        found = self._kin(caller, record_id)
        return found[0] if found else None

    def _kin(self, caller: Citizen, wanted: str | None) -> tuple[Kin, ...]:
        keys: dict[str, set[str]] = {}
        stated: dict[str, set[str]] = {}
        numbered: dict[str, str] = {}
        for link in self._register.links(caller.subject):
            if wanted is not None and wanted not in {link.record_id, record_id_of(link.archive_key)}:
                continue
            of_kind = stated if link.kind is LinkKind.STATED else keys
            of_kind.setdefault(link.record_id, set()).add(link.archive_key)
            if link.kind is LinkKind.KIN and link.person_key is not None:
                numbered[link.record_id] = link.person_key
        for record_id, person_key in numbered.items():
            # A child's archives that do not name the caller count too: where it is in care, whether it lives.
            keys[record_id] |= {link.archive_key for link in self._register.own_links(person_key)}
        found = {
            archive.key: archive
            for archive in self._register.archives(sorted(set().union(*keys.values(), *stated.values())))
        }
        live = self._certificates.live(sorted(keys))

        def read(of_kind: Iterable[str]) -> tuple[Archive, ...]:
            return tuple(found[key] for key in sorted(of_kind) if key in found)

        kin = (
            _seen(caller, record_id, read(keys.get(record_id, ())), live.get(record_id))
            if record_id in keys
            else Kin(record_id, (), None, unbelieved=_own_name(caller, read(stated[record_id])))
            for record_id in sorted({*keys, *stated})
        )
        return tuple(one for one in kin if one)


def _seen(caller: Citizen, record_id: str, archives: tuple[Archive, ...], live: Certificate | None) -> Kin:
    """Told apart, and without what is somebody else's business (D13: nothing of the other)."""
    told = joined(archives, live.stands_on, live.holder) if live else joined(archives)
    together = told.together
    if told.apart:
        # A guardian's number stands in the guardian's own archive; the person's is just what is in question.
        together = together if any(_concerns(one, caller) for one in together) else ()
    apart = tuple(one for one in told.apart if _concerns(one, caller))
    return Kin(record_id, together, live, apart)


def _concerns(archive: Archive, caller: Citizen) -> bool:
    if archive.person_key == caller.subject:
        return archive.name_key == caller.name_key
    return names_person(archive, caller.subject)


def _own_name(caller: Citizen, archives: Iterable[Archive]) -> tuple[Archive, ...]:
    return tuple(one for one in archives if one.name_key == caller.name_key)
