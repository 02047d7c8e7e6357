"""Persons as the register knows them: everything that can be claimed or not is decided per person, not per archive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vaxcert.archives.model import Archive, Link
from vaxcert.claims.ports import Register


@dataclass(frozen=True, slots=True)
class Person:
    """One person with all of their archives, in the order of their keys."""

    record_id: str
    archives: tuple[Archive, ...]


class Families:
    """Reads the persons linked to a subject."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def of(self, subject: str) -> tuple[Person, ...]:
        """The subject and their children: one query, one per child with an identity number, one batch read."""
        return self._people(self._register.links(subject))

    def person(self, subject: str, record_id: str) -> Person | None:
        """One of them, or None where the subject is not linked to that person."""
        links = [link for link in self._register.links(subject) if link.record_id == record_id]
        return self._people(links)[0] if links else None

    def _people(self, links: Iterable[Link]) -> tuple[Person, ...]:
        keys: dict[str, set[str]] = {}
        numbered: dict[str, str] = {}
        for link in links:
            keys.setdefault(link.record_id, set()).add(link.archive_key)
            if link.relation is not None and link.person_key is not None:
                numbered[link.record_id] = link.person_key
        for record_id, person_key in numbered.items():
            # A child's archives that do not name the caller count too: where it is in care, whether it lives.
            keys[record_id] |= {link.archive_key for link in self._register.own_links(person_key)}
        wanted = sorted(set().union(*keys.values()))
        found = {archive.key: archive for archive in self._register.archives(wanted)}
        return tuple(
            Person(record_id, tuple(found[key] for key in sorted(keys[record_id]) if key in found))
            for record_id in sorted(keys)
        )
