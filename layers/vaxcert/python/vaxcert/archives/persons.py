"""Which archives are one person (D13): the one rule, for lists, claims, the nightly sync and whatever else joins archives. Pure.

One identity number is not yet one person. A number that contradicts its archive's birth date is believed by nobody (such an archive has no
`person_key`), so that archives of one number agree in the birth date already. What is left to ask is the name.

| of one number | |
|---|---|
| a clinic's (child, adult) under one name | one person |
| a clinic's under several names | held apart, each of them; with a certificate, only those that it does not stand on |
| of obstetrics, under whatever name | joins the person; while others are held apart, only under the person's name |
| of the rabies system, void or merged, under another name | joins nobody, and holds nobody apart |
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from vaxcert.archives.model import GONE, Archive, System

CLINIC_SYSTEMS = frozenset({System.CHILD, System.ADULT})
"""The systems of vaccination units (R8): obstetrics and rabies are none (R41, R43)."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The archives of one number. Each stands in one of the three, in the order given.

    `together`: the person, empty where nobody can say which archives are. `apart`: held apart, so that a clinic has to look at
    each. `alone`: they join nobody, and nothing hangs on them.
    """

    together: tuple[Archive, ...]
    apart: tuple[Archive, ...] = ()
    alone: tuple[Archive, ...] = ()


def joined(archives: Iterable[Archive], stands_on: Collection[str] = (), holder: str | None = None) -> Joined:
    """The archives of one number, told apart (D13). `stands_on`: keys of those that a live certificate stands on, `holder` whose it is.

    A certificate keeps its archives, also where one of them is renamed, which is a correction: those that name the holder, and others under a
    name that one of these has. A newcomer under a name that none of them has joins nobody. Where no certificate stands on any, several names
    hold all of them apart.
    """
    found = tuple(archives)
    clinics = [one for one in found if speaks(one)]
    kept = [one for one in clinics if one.key in stands_on]
    named = {one.name_key for one in kept if holder is not None and names_person(one, holder)}
    kept = [one for one in kept if not named or one.name_key in named]
    names = {one.name_key for one in kept or clinics}
    contested = not kept and len(names) > 1
    held = {one.key for one in clinics if contested or (one not in kept and one.name_key not in names)}
    if held:  # whose a newborn's archive is cannot be said where its name does not
        born = (one for one in found if one.system is System.OBSTETRICS and one.status not in GONE)
        held |= {one.key for one in born if contested or one.name_key not in names}
    alone = {one.key for one in found if not _welcome(one, names, contested=contested, stands_on=stands_on)}
    return Joined(
        tuple(one for one in found if one.key not in held and one.key not in alone),
        tuple(one for one in found if one.key in held),
        tuple(one for one in found if one.key in alone),
    )


def names_person(archive: Archive, subject: str) -> bool:
    """Whether the archive names this subject, as its person or as a guardian."""
    return archive.person_key == subject or any(guardian.key == subject for guardian in archive.guardians)


def speaks(archive: Archive) -> bool:
    """Whether it is a clinic's and stands: such archives say who a person is (D13)."""
    return archive.system in CLINIC_SYSTEMS and archive.status not in GONE


def _welcome(
    archive: Archive, names: Collection[str], *, contested: bool, stands_on: Collection[str]
) -> bool:
    """Whether an archive that holds nobody apart may stand with the person."""
    if archive.status in GONE:
        return archive.key in stands_on or not names or (not contested and archive.name_key in names)
    if archive.system is System.RABIES:
        return not names or (not contested and archive.name_key in names)
    return True
