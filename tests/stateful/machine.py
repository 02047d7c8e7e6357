"""The machine: whatever a family, their relatives, the clinic and the calendar do, against the reference (invariant 1, D4–D7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.stateful.reference import Certificate, Grant, Reference, Row, birthday
from tests.stateful.town import Town
from tests.stateful.universe import (
    ARCHIVES,
    BORN,
    EVERYBODY,
    FATHER,
    GUARDIANS,
    MISTYPED,
    MOTHER,
    RELATIVES,
    RIGHT,
    citizen,
    feed_row,
    name_of,
    person,
    record_id,
    subject,
)
from vaxcert.aws.clock import SHANGHAI
from vaxcert.claims.listing import Overview
from vaxcert.errors import VaxcertError
from vaxcert.grants.model import GrantStatus

_ANY = st.integers(0, 999)
_LASTING = st.sampled_from([None, None, 0, 2, 400])


class Families(RuleBasedStateMachine):
    """A town that is compared with the reference after every step. Subclasses say where the town stands."""

    steps: ClassVar[Counter[str]] = Counter()
    answers: ClassVar[Counter[str]] = Counter()

    def town(self) -> Town:
        raise NotImplementedError

    @initialize()
    def found(self) -> None:
        """Both children have an archive that names both parents, the woman one of hers."""
        self.made = self.town()
        self.reference = Reference()
        self.versions: Counter[str] = Counter()
        self.keys = 0
        self.claims: list[tuple[str, str, str, datetime, str]] = []
        self.closed: set[str] = set()
        both = (MOTHER, FATHER)
        for no, row in (
            ("A1", Row(RIGHT["A"], both)),
            ("B1", Row(RIGHT["B"], both)),
            ("C1", Row(RIGHT["C"], ())),
        ):
            self._night(no, row)

    # ---- citizens

    @rule(asker=st.sampled_from(EVERYBODY), no=st.sampled_from(ARCHIVES))
    def claim(self, asker: str, no: str) -> None:
        """Somebody claims for whom an archive is, or was (R20, D4)."""
        row = self.reference.archives.get(no)
        self._claim(asker, person(no, row.number if row else None))

    @rule(which=_ANY)
    def claim_what_is_offered(self, which: int) -> None:
        """One of those who may claim does, be it in place of a suspended one (D5) or on coming of age (D6)."""
        today = self.made.today
        offered = [
            (asker, who)
            for asker in EVERYBODY
            for who in sorted(self.reference.linked_to(asker))
            if self.reference.claim(asker, who, today) == "claimed"
        ]
        if offered:
            self._claim(*offered[which % len(offered)])

    @precondition(lambda self: self.claims)
    @rule(which=_ANY)
    def repeat(self, which: int) -> None:
        """A claim's request comes again within the day: the same answer, whatever has happened since (invariant 4)."""
        asker, record, key, then, answer = self.claims[which % len(self.claims)]
        if self.made.clock() - then >= timedelta(hours=24):
            return
        self._count("repeat", "the_same")
        certificate = self.made.desk.stores.certificates.get(answer)
        assert certificate is not None
        purposes = certificate.agreement.purposes
        caller = citizen(asker, self.made.clock())
        assert self.made.desk.claim_at_once(caller, record, key, purposes) == answer

    @precondition(lambda self: self.reference.certificates)
    @rule(which=_ANY, asker=st.sampled_from([None, None, None, *GUARDIANS]))
    def release(self, which: int, asker: str | None) -> None:
        """The holder releases, or somebody else tries to (D5)."""
        certificate = self._certificate(which)
        asker = asker or certificate.holder
        expected = self.reference.release(asker, certificate.certificate_id, self.made.today)
        caller = citizen(asker, self.made.clock())
        self._told(
            "release",
            expected,
            lambda: self.made.desk.release(caller, certificate.certificate_id),
        )

    @precondition(lambda self: self.reference.certificates)
    @rule(
        which=_ANY,
        asker=st.sampled_from([None, None, None, None, *GUARDIANS]),
        delegate=st.sampled_from((*RELATIVES, *GUARDIANS, RIGHT["B"])),
        days=_LASTING,
    )
    def authorize(self, which: int, asker: str | None, delegate: str, days: int | None) -> None:
        """The holder authorises one relative, or somebody else tries to (R24–R27, D7)."""
        self._authorize(self._certificate(which), asker, delegate, days)

    @precondition(lambda self: self.reference.certificates)
    @rule(which=_ANY, first=_ANY, count=st.integers(2, 11), days=_LASTING)
    def authorize_many(self, which: int, first: int, count: int, days: int | None) -> None:
        """One relative after another: the tenth is the last (R27)."""
        for each in range(count):
            self._authorize(self._certificate(which), None, RELATIVES[(first + each) % len(RELATIVES)], days)

    @precondition(lambda self: self.reference.certificates)
    @rule(which=_ANY, grant=_ANY, asker=st.sampled_from([None, None, None, *GUARDIANS]))
    def revoke(self, which: int, grant: int, asker: str | None) -> None:
        """The holder revokes a grant, maybe one that is over, or somebody else tries to (D7)."""
        certificate = self._certificate(which)
        known = [*sorted(each.grant_id for each in certificate.grants.values()), *sorted(certificate.revoked)]
        if not known:
            return
        asker, grant_id = asker or certificate.holder, known[grant % len(known)]
        expected = self.reference.revoke(asker, certificate.certificate_id, grant_id)
        caller = citizen(asker, self.made.clock())
        self._told(
            "revoke",
            expected,
            lambda: self.made.desk.revoke(caller, certificate.certificate_id, grant_id),
        )

    @rule(who=st.sampled_from(EVERYBODY), under_another_name=st.booleans())
    def look(self, who: str, under_another_name: bool) -> None:
        """Somebody enters: they see exactly what is theirs (R16, R21, R36, D7)."""
        today, name = self.made.today, "旁人" if under_another_name else name_of(who)
        seen = self.made.desk.overview(citizen(who, self.made.clock(), name=name))
        self._count("look", "other_name" if under_another_name else "own_name")
        for certificate in self.reference.certificates.values():
            if who in certificate.occupied(today):
                certificate.grants[who].mismatch = under_another_name
        lent = set() if under_another_name else self.reference.lent_to(who, today)
        assert {each.certificate_id for each in seen.authorized} == lent
        held = {
            each.certificate_id: each.standing_on(today)
            for each in self.reference.certificates.values()
            if each.holder == who and not each.standing.startswith("released")
        }
        shown = {each.certificate_id: _words(each.status, each.status_reason) for each in seen.claimed}
        assert shown == held
        self._check_offers(who, today, seen)

    # ---- the clinic and the calendar

    @rule(
        no=st.sampled_from(ARCHIVES),
        number=st.sampled_from(["right", "right", "right", "mistyped", "none"]),
        guardians=st.sampled_from([(MOTHER, FATHER)] * 2 + [(MOTHER,), (FATHER,), GUARDIANS, ()]),
        status=st.sampled_from(["in_care"] * 5 + ["transferred_out", "deceased"]),
    )
    def correct(self, no: str, number: str, guardians: tuple[str, ...], status: str) -> None:
        """An archive is made or corrected: guardian removed, number corrected, out of care, deceased, and back (R37, D5)."""
        family = no[0]
        numbers = {"right": RIGHT[family], "mistyped": MISTYPED[family], "none": None}
        if family == "C":
            guardians, numbers["none"] = (), RIGHT["C"]
        self._night(no, Row(numbers[number], guardians, status), "correct")

    @rule(no=st.sampled_from(ARCHIVES))
    def void(self, no: str) -> None:
        """An archive was a mistake (D5)."""
        if row := self.reference.archives.get(no):
            self._night(no, Row(row.number, row.guardians, row.status, "void"), "void")

    @rule(no=st.sampled_from(ARCHIVES[:4]), into=st.sampled_from(ARCHIVES[:4]))
    def merge(self, no: str, into: str) -> None:
        """A duplicate archive is closed in favour of another (重卡)."""
        row, target = self.reference.archives.get(no), self.reference.archives.get(into)
        if row and target and target.stands and no != into:
            self._night(no, Row(row.number, row.guardians, row.status, "merge", into), "merge")

    @precondition(lambda self: self.reference.certificates)
    @rule(days=st.sampled_from([1, 1, 3, 30]))
    def days_pass(self, days: int) -> None:
        """Time goes by without a feed; grants with an end date end."""
        self.made.clock.advance(days=days)
        self._count("days_pass", "days")

    @precondition(lambda self: len(self.reference.certificates) > 1)
    @rule(family=st.sampled_from(["A", "B"]), the_day_before=st.booleans())
    def birthday(self, family: str, the_day_before: bool) -> None:
        """The clock moves to a child's 18th birthday or its eve (D6)."""
        day = birthday(BORN[family]) - timedelta(days=the_day_before)
        midnight = datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
        if midnight > self.made.clock():
            self.made.clock.now = midnight
            self._count("birthday", "eve" if the_day_before else "day")

    # ---- what must hold after every step

    @invariant()
    def certificates_stand_where_the_reference_says(self) -> None:
        """One live certificate per person, at most one claimant; closed is final; released leaves nothing (R20, D5, D6)."""
        stores, today = self.made.desk.stores, self.made.today
        live: Counter[str] = Counter()
        for certificate_id, expected in self.reference.certificates.items():
            found = stores.certificates.get(certificate_id)
            assert found is not None
            standing = found.standing_on(today, 18)
            assert _words(standing.status, standing.reason) == expected.standing_on(today)
            assert found.holder == subject(expected.holder)
            if expected.standing_on(today).startswith("closed"):
                self.closed.add(certificate_id)
            if not standing.final:
                live[found.record_id] += 1
                assert certificate_id not in self.closed
                assert found.record_id == record_id(expected.who)
                assert stores.certificates.live([found.record_id]) == {found.record_id: found}
        assert not live or max(live.values()) == 1
        for number in {each.holder for each in self.reference.certificates.values()}:
            held = {each.certificate_id for each in stores.certificates.held_by(subject(number))}
            assert held == {
                each.certificate_id
                for each in self.reference.certificates.values()
                if each.holder == number and not each.standing.startswith("released")
            }

    @invariant()
    def grants_stand_where_the_reference_says(self) -> None:
        """At most ten, one per delegate, none of an adult's; each delegate points at exactly theirs (R24, R27, D7)."""
        today = self.made.today
        for certificate_id, expected in self.reference.certificates.items():
            slots = self.made.desk.stores.grants.slots(certificate_id)
            active = [grant for grant in slots if grant.occupies(today)]
            assert len(active) <= 10
            assert len({grant.delegate for grant in active}) == len(active)
            assert not slots or not expected.adult
            mismatched = {grant.grant_id for grant in active if grant.status is GrantStatus.NAME_MISMATCH}
            occupied = expected.occupied(today)
            assert {grant.grant_id: grant.delegate for grant in active} == {
                grant.grant_id: subject(each) for each, grant in occupied.items()
            }
            assert mismatched == {grant.grant_id for grant in occupied.values() if grant.mismatch}

    # ---- inside

    def _claim(self, asker: str, who: str) -> None:
        expected = self.reference.claim(asker, who, self.made.today)
        key, now = self._key(), self.made.clock()
        caller = citizen(asker, now)
        answer = self._told("claim", expected, lambda: self.made.desk.claim(caller, record_id(who), key))
        if expected == "claimed":
            assert answer not in self.reference.certificates
            self.reference.claimed(answer, asker, who, self.made.today)
            self.claims.append((asker, record_id(who), key, now, answer))

    def _authorize(
        self, certificate: Certificate, asker: str | None, delegate: str, days: int | None
    ) -> None:
        asker, today, key = asker or certificate.holder, self.made.today, self._key()
        until = None if days is None else today + timedelta(days=days)
        expected = self.reference.authorize(asker, certificate.certificate_id, delegate, today)
        caller = citizen(asker, self.made.clock())
        answer = self._told(
            "authorize",
            expected,
            lambda: self.made.desk.authorize(
                caller, certificate.certificate_id, delegate, name_of(delegate), key, until
            ),
        )
        if expected == "authorized":
            before = certificate.grants.get(delegate)
            assert before is None or not before.holds(today)
            certificate.grants[delegate] = Grant(answer, delegate, until)

    def _check_offers(self, who: str, today: date, seen: Overview) -> None:
        """Everybody linked is either claimable, or held, or told of once with a reason (R16, R36)."""
        verdicts = {each: self.reference.claim(who, each, today) for each in self.reference.linked_to(who)}
        own = {
            each
            for each in verdicts
            if (live := self.reference.live(each)) and live.holder == who and not live.ended(today)
        }
        assert {each.record_id for each in seen.claimable} == {
            record_id(each) for each, verdict in verdicts.items() if verdict == "claimed"
        }
        told = Counter(notice.record_id for notice in seen.notices if notice.record_id)
        expected = {each for each, verdict in verdicts.items() if verdict != "claimed"} - own
        # What they hold and cannot use at present is told of besides (D5).
        suspended = [
            each.who
            for each in self.reference.certificates.values()
            if each.holder == who and each.standing_on(today).startswith("suspended")
        ]
        # Nothing more is said of one whose certificate closed because they have died (D16).
        expected -= {
            each.who
            for each in self.reference.certificates.values()
            if each.holder == who
            and each.standing == "closed deceased"
            and self.reference.fault(who, each.who, today) == "deceased"
        }
        assert told == Counter(map(record_id, (*expected, *suspended)))
        assert any(notice.code == "nobody_linked" for notice in seen.notices) == (not verdicts)

    def _certificate(self, which: int) -> Certificate:
        found = list(self.reference.certificates.values())
        return found[which % len(found)]

    def _night(self, no: str, row: Row, name: str = "correct") -> None:
        self.versions[no] += 1
        self.made.feed(
            feed_row(
                no,
                self.versions[no],
                number=row.number,
                guardians=row.guardians,
                status=row.status,
                op=row.op,
                into=row.into,
            )
        )
        self.reference.night(no, row, self.made.today)
        self._count(name, row.status if name == "correct" else "night")

    def _told(self, kind: str, expected: str, call: Callable[[], str | None]) -> str:
        """What the product answers is what the reference expects; the id where there is one."""
        self._count(kind, expected)
        code, answer = expected, None
        try:
            answer = call()
        except VaxcertError as error:
            code = error.code
        else:
            assert expected in {"claimed", "released", "authorized", "revoked"}, f"not refused: {expected}"
        assert code == expected
        return answer or ""

    def _count(self, kind: str, outcome: str) -> None:
        self.steps[kind] += 1
        self.answers[f"{kind} {outcome}"] += 1

    def _key(self) -> str:
        self.keys += 1
        return f"key-{self.keys:08d}"


def _words(status: str, reason: str | None) -> str:
    return f"{status} {reason}" if reason else str(status)
