"""What must stand after every night, the simple way: all rows folded in one dictionary, certificates looked at once a night.

No streams, no parts, no conditions, no retries. Who may claim, and how a certificate stands on given archives, are the rules of
the claims' room and are taken from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from tests.unit.corrections.samples import (
    ADULT,
    BLINDER,
    CHILD,
    FATHER,
    MOTHER,
    RULES,
    SIBLING,
    archive_key,
    subject,
)
from vaxcert.archives.model import (
    GONE,
    Archive,
    ArchiveStatus,
    Clinic,
    Dose,
    Guardian,
    SealedPerson,
    Sex,
    System,
)
from vaxcert.archives.relations import relation_of
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.eligibility import chief_of, eligibility_of, relation_to, standing_of
from vaxcert.claims.model import (
    ACTIVE,
    CAME_OF_AGE,
    Agreement,
    Certificate,
    Kind,
    StatusReason,
    suspended,
)
from vaxcert.identity.model import record_id_of

type Told = dict[str, Any]

_VALID = frozenset({CHILD, SIBLING, MOTHER, FATHER, ADULT})
REGISTERS: dict[str, str] = {"obstetrics": "child"}
_ENDS: dict[str, str] = {"void": "void", "merge": "merged"}


@dataclass
class Folded:
    """Archives by key, each as the highest version ever told, and the feeds' days."""

    archives: dict[str, Archive] = field(default_factory=dict)

    def apply(self, rows: Iterable[Told], day: date) -> None:
        """One feed's good rows."""
        for row in rows:
            register = str(REGISTERS.get(row["system"], row["system"]))
            key = archive_key(row["archive_no"], register)
            stands = self.archives.get(key)
            if stands is None or stands.version < row["version"]:
                self.archives[key] = expected(row, register, key, day)

    def kinship(self) -> set[tuple[str, str, str, str | None, str | None]]:
        """(subject, record, archive, person's number, relation) of every link that must stand."""
        links: set[tuple[str, str, str, str | None, str | None]] = set()
        for key, one in self.archives.items():
            if one.status in GONE:
                continue
            place = one.record_id, key, one.person_key
            if one.person_key:
                links.add((one.person_key, *place, None))
            if one.stated_key:
                links.add((one.stated_key, *place, None))
            last = {guardian.key: guardian.relation for guardian in one.guardians if guardian.key}
            links |= {(guardian, *place, relation) for guardian, relation in last.items()}
        return links


def read_number(id_no: Any) -> tuple[str | None, str | None]:
    if id_no is None:
        return None, "missing"
    return (subject(id_no), None) if id_no in _VALID else (None, "malformed")


def expected(row: Told, register: str, key: str, day: date) -> Archive:
    person = row["person"]
    stated, fault = read_number(person.get("id_no"))
    # D13: digits 7 to 14 are the birth date, or the number is nobody's.
    contradicts = stated is not None and person["id_no"][6:14] != person["birth_date"].replace("-", "")
    person_key = None if contradicts else stated
    given = [] if row["system"] == "rabies" else row["guardians"]
    return Archive(
        key=key,
        version=row["version"],
        system=System(row["system"]),
        status=ArchiveStatus(str(_ENDS.get(row["op"], row["status"]))),
        record_id=record_id_of(person_key or key),
        person_key=person_key,
        number_fault="contradicts_birth" if contradicts else fault,
        name_key=BLINDER.name(person["name"]),
        birth_date=date.fromisoformat(person["birth_date"]),
        sex=Sex(person["sex"]),
        clinic=Clinic(**row["clinic"]),
        guardians=tuple(
            Guardian(str(relation_of(one["relation"])), *read_number(one.get("id_no"))) for one in given
        ),
        doses=tuple(Dose(**{**one, "date": date.fromisoformat(one["date"])}) for one in row["doses"]),
        sealed=opened(person["name"], person.get("id_no"), person["phone"], row["archive_no"]),
        recorded_at=datetime.fromisoformat(row["recorded_at"]),
        as_of=day,
        merged_into=archive_key(row["into"], register) if row.get("into") else None,
        stated_key=stated if contradicts else None,
    )


def opened(name: str, id_no: str | None, phone: str | None, archive_no: str | None) -> SealedPerson:
    """Personal data in the clear, to be compared."""
    given = (None if one is None else one.encode() for one in (id_no, phone, archive_no))
    return SealedPerson(name.encode(), *given)


@dataclass
class Register:
    """Certificates, moved on once a night by the archives as they stand then."""

    certificates: dict[str, Certificate] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)
    """Certificates whose holder two archives of the person have called by different words: either word may stand there, since a
    plain new version of one of them does not make the night look again (docs/runbook/nightly-sync.md)."""

    def live(self, record_id: str) -> Certificate | None:
        """The person's live certificate."""
        found = [
            one for one in self.certificates.values() if one.record_id == record_id and not one.standing.final
        ]
        assert len(found) < 2
        return found[0] if found else None

    def claims(self, archives: dict[str, Archive], now: datetime, number: int) -> list[Certificate]:
        """Whoever may claim does, the first of the family; answers the new ones."""
        made = []
        for record_id in sorted({archive.record_id for archive in archives.values()}):
            same = [archive for archive in archives.values() if archive.record_id == record_id]
            own = _person(same, set(), None)
            if self.live(record_id):
                continue
            for person in (MOTHER, FATHER, CHILD, ADULT):
                answer = eligibility_of(own, subject(person), now.date(), RULES)
                if answer:
                    made.append(_claimed(answer, own, subject(person), f"c{number}-{record_id[:6]}", now))
                    break
        self.certificates |= {one.certificate_id: one for one in made}
        return made

    def night(self, before: dict[str, Archive], after: dict[str, Archive], now: datetime) -> None:
        """One feed: `before` and `after` are all archives."""
        changed = [key for key in sorted(after) if before.get(key) != after[key]]
        touched = {one.record_id for key in changed for one in (before.get(key), after[key]) if one}
        for record_id in sorted(touched):
            self._look(record_id, after, now, None, closing=False)
        for key in changed:
            if _follows(before.get(key), after[key]):
                records = [one.record_id for one in (after[key], before.get(key)) if one]
                if not self._follow(key, records, after, now):
                    self.waiting[key] = list(dict.fromkeys(records + self.waiting.get(key, [])))
        for key, records in sorted(self.waiting.items()):
            if self._follow(key, records, after, now):
                del self.waiting[key]

    def _follow(self, key: str, records: list[str], after: dict[str, Archive], now: datetime) -> bool:
        survivor, found = None, True
        if after[key].status is ArchiveStatus.MERGED:
            survivor, found = _survivor(key, after)
        for record_id in dict.fromkeys(records):
            self._look(record_id, after, now, survivor, closing=True, merged=key)
        return found

    def _look(
        self,
        record_id: str,
        archives: dict[str, Archive],
        now: datetime,
        survivor: Archive | None,
        *,
        closing: bool,
        merged: str | None = None,
    ) -> None:
        certificate = self.live(record_id)
        if certificate is None:
            return
        if certificate.standing_on(shanghai_date(now), RULES.adult_age) == CAME_OF_AGE:
            self._put(certificate, CAME_OF_AGE)
            return
        stood_on = set(certificate.archive_keys)
        if survivor and merged in stood_on:
            stood_on.add(survivor.key)
        same = [one for one in archives.values() if one.record_id == record_id]
        own = _person(same, stood_on, certificate.holder)
        if not self._its_own(certificate, own, stood_on, archives):
            own = [one for one in same if one.key in stood_on]
        if any(_carries(one) for one in own):
            self._stand(certificate, own, now)
            return
        gone = [archives[key] for key in certificate.archive_keys if key in archives]
        moved = [one for one in gone if _carries(one)]
        target = survivor or max(moved, key=lambda one: (one.recorded_at, one.key), default=None)
        if (target or any(one.status is ArchiveStatus.MERGED for one in gone)) and not closing:
            return
        anothers = certificate.kind is Kind.ADULT and target and target.person_key != certificate.holder
        if target is None or target.record_id == record_id or anothers or self.live(target.record_id):
            self._put(certificate, suspended(StatusReason.ARCHIVE_VOID))
            return
        moved_on = replace(
            certificate, record_id=target.record_id, person_key=target.person_key, archive_keys=(target.key,)
        )
        if _names(certificate.holder, [target]):
            moved_on = replace(moved_on, birth_date=target.birth_date, name_key=target.name_key)
        self.certificates[moved_on.certificate_id] = moved_on
        self._look(target.record_id, archives, now, None, closing=True)

    def _its_own(
        self,
        certificate: Certificate,
        own: list[Archive],
        stood_on: set[str],
        archives: dict[str, Archive],
    ) -> bool:
        """D13: a certificate stays with its archives; others of the number are its person only under a name that it had."""
        clinics = [one for one in own if _speaks(one)]
        if not clinics or {one.key for one in clinics} & stood_on:
            return True
        had = {archives[key].name_key for key in stood_on if key in archives} | {certificate.name_key}
        is_holder = certificate.kind is Kind.ADULT and certificate.person_key == certificate.holder
        return is_holder or bool({one.name_key for one in clinics} & had)

    def _stand(self, certificate: Certificate, own: list[Archive], now: datetime) -> None:
        chief = chief_of(own, RULES)
        assert chief is not None
        named = [one for archive in own if archive.status not in GONE for one in archive.guardians]
        if len({guardian.relation for guardian in named if guardian.key == certificate.holder}) > 1:
            self.disputed.add(certificate.certificate_id)
        linked = replace(
            certificate,
            person_key=chief.person_key,
            archive_keys=tuple(sorted(one.key for one in own if one.status not in GONE)),
        )
        if _names(certificate.holder, own):  # D16: who has lost the right sees nothing newer
            linked = replace(
                linked,
                birth_date=chief.birth_date,
                name_key=certificate.name_key
                if certificate.name_key in {one.name_key for one in own if one.status not in GONE}
                else chief.name_key,
                relation=(certificate.kind is Kind.CHILD and relation_to(own, certificate.holder, RULES))
                or certificate.relation,
            )
        self.certificates[linked.certificate_id] = linked
        self._put(linked, standing_of(certificate, own, now.date(), RULES))

    def _put(self, certificate: Certificate, standing: Any) -> None:
        if certificate.standing.can_transition_to(standing):
            self.certificates[certificate.certificate_id] = replace(certificate, standing=standing)


def _speaks(archive: Archive) -> bool:
    return archive.system in {System.CHILD, System.ADULT} and archive.status not in GONE


def _names(subject_key: str, archives: list[Archive]) -> bool:
    return any(
        one.person_key == subject_key or subject_key in {guardian.key for guardian in one.guardians}
        for one in archives
    )


def _person(same: list[Archive], stood_on: set[str], holder: str | None) -> list[Archive]:
    """D13, read again from its text: of the archives of one number, those that are one person.

    A name may differ where one of them is obstetrics' or merged. A certificate stays with the archives that it stands on, and the newcomer
    joins nobody; where nobody has claimed, none of those that differ is anybody's. Rabies, void and merged ones never cause a conflict.
    """
    speaking = [one for one in same if _speaks(one)]
    standing = [one for one in speaking if one.key in stood_on]
    # A renamed one stays if it, or one of its name, still names the holder: nobody reads what no archive links to them.
    of_holder = {one.name_key for one in standing if holder and _names(holder, [one])}
    if of_holder:
        standing = [one for one in standing if one.name_key in of_holder]
    names = {one.name_key for one in (standing or speaking)}
    if not standing and len(names) > 1:
        return [one for one in same if one.status in GONE and one.key in stood_on]
    kept = {one.key for one in standing}
    differing = any(one.name_key not in names and one.key not in kept for one in speaking)
    together = []
    for one in same:
        agrees = not names or one.name_key in names
        if one.status in GONE:
            joins = agrees or one.key in stood_on
        elif _speaks(one):
            joins = agrees or one.key in kept
        elif one.system is System.OBSTETRICS:
            joins = agrees or not differing
        else:
            joins = agrees
        if joins:
            together.append(one)
    return together


def _carries(archive: Archive) -> bool:
    return archive.status not in GONE and archive.system is not System.RABIES


def _follows(before: Archive | None, after: Archive) -> bool:
    return after.status is ArchiveStatus.MERGED or (
        before is not None and before.record_id != after.record_id
    )


def _survivor(key: str, archives: dict[str, Archive]) -> tuple[Archive | None, bool]:
    """Where a merge ends, and whether every archive on the way is known."""
    seen: set[str] = set()
    while (into := archives[key].merged_into) is not None:
        seen.add(key)
        if into in seen:
            return None, True
        if into not in archives:
            return None, False
        key = into
    return (archives[key] if archives[key].status not in GONE else None), True


def _claimed(answer: Any, own: list[Archive], holder: str, name: str, now: datetime) -> Certificate:
    return Certificate(
        certificate_id=name,
        record_id=answer.chief.record_id,
        person_key=answer.chief.person_key,
        holder=holder,
        relation=answer.relation,
        kind=answer.kind,
        standing=ACTIVE,
        version=1,
        birth_date=answer.chief.birth_date,
        archive_keys=tuple(sorted(one.key for one in own if one.status not in GONE)),
        claimed_at=now,
        changed_at=now,
        agreement=Agreement("1", ("records",), now, "app", "face"),
        name_key=answer.chief.name_key,
    )
