"""One person's erasure before its time (PIPL 47, D22), for an operator who has identified them.

Every step can be repeated. Sessions end first, so that nobody writes anew; what a person is found by goes last, so that the same event
goes on wherever it was broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.grants.model import Grant
from vaxcert.identity.model import parse_id_no
from vaxcert.reports.cases import UnknownCase
from vaxcert.reports.model import Report


class Claimed(Protocol):
    """Port: certificates by who claimed them."""

    def claimed_by(self, subject: str) -> Iterable[Certificate]:
        """Whatever the subject ever claimed and is still kept."""
        ...

    def released(self, certificate: Certificate, now: datetime) -> Certificate:
        """The certificate once it is over."""
        ...

    def emptied(self, certificate: Certificate) -> bool:
        """Take out what is sealed; False where nothing was left."""
        ...


class Ends(Protocol):
    """Port: grants from both sides."""

    def of_certificate(self, certificate_id: str, now: datetime) -> int:
        """End each grant of a certificate; how many."""
        ...

    def of_delegate(self, delegate: str, now: datetime) -> int:
        """End each grant that a delegate has; how many."""
        ...


class Lent(Protocol):
    """Port: what a person was lent."""

    def lent_to(self, delegate: str) -> tuple[Grant, ...]:
        """The delegate's grants of all certificates."""
        ...


class People(Protocol):
    """Port: what stands for people."""

    def bearer(self, id_no: str) -> str:
        """The handle of a number; nothing is written."""
        ...


class SignsOut(Protocol):
    """Port: sessions."""

    def sign_out_everywhere(self, subject: str, opened_by: datetime, until: datetime) -> None:
        """End every session that was opened by then."""
        ...


@dataclass(frozen=True, slots=True)
class Steps:
    """What is ended of one certificate or person, each in its own room; each answers how many."""

    appointments: Callable[[str, datetime], int]
    reports: Callable[[str, str | None], int]
    reminders: Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was changed. `certificates` are those that were found, whatever was left of them."""

    certificates: int
    emptied: int
    grants: int
    delegations: int
    reports: int
    reminders: int
    appointments: int


@dataclass(frozen=True, slots=True)
class Held:
    """What an erasure would find: certificates that are not over, all of them, and what others lent to the person."""

    live: int
    certificates: int
    delegations: int


class ErasingPerson:
    """Use cases of `erase_person`."""

    def __init__(
        self,
        *,
        people: People,
        cases: Callable[[str], Report | None],
        holder: Callable[[str], Certificate | None],
        claimed: Claimed,
        lent: Lent,
        ends: Ends,
        sessions: SignsOut,
        steps: Steps,
        session_lasts: timedelta,
        adult_age: int,
    ) -> None:
        self._people = people
        self._cases = cases
        self._holder = holder
        self._claimed = claimed
        self._lent = lent
        self._ends = ends
        self._sessions = sessions
        self._steps = steps
        self._session_lasts = session_lasts
        self._adult_age = adult_age

    def by_number(self, id_no: str, now: datetime) -> str:
        """Whose number it is. Raises `InvalidIdentityNumber`."""
        return self._people.bearer(parse_id_no(id_no, None, shanghai_date(now)).text)

    def by_case(self, case_number: str) -> str:
        """Who holds the certificate that a case is about. Raises `UnknownCase`, also once its report is erased."""
        report = self._cases(case_number)
        certificate = None if report is None else self._holder(report.certificate_id)
        if certificate is None:
            raise UnknownCase
        return certificate.holder

    def look(self, subject: str, now: datetime) -> Held:
        """What there is of a person; nothing is changed."""
        found = list(self._claimed.claimed_by(subject))
        today = shanghai_date(now)
        live = sum(not one.standing_on(today, self._adult_age).final for one in found)
        return Held(live, len(found), len(self._lent.lent_to(subject)))

    def erase(self, subject: str, now: datetime, case_number: str | None = None) -> Erased:
        """Erase what the law lets be erased. Can be broken off and repeated: a case that the person is found by goes last of all.

        Raises `Unavailable`.
        """
        self._sessions.sign_out_everywhere(subject, now, now + self._session_lasts)
        reminders = self._steps.reminders(subject)
        delegations = self._ends.of_delegate(subject, now)
        found = list(self._claimed.claimed_by(subject))
        over = [self._claimed.released(certificate, now) for certificate in found]
        ids = [one.certificate_id for one in over]
        appointments = sum(self._steps.appointments(one, now) for one in ids)
        grants = sum(self._ends.of_certificate(one, now) for one in ids)
        emptied = sum(self._claimed.emptied(one) for one in over)
        reports = sum(self._steps.reports(one, case_number) for one in ids)
        if case_number is not None:
            reports += sum(self._steps.reports(one, None) for one in ids)
        return Erased(len(over), emptied, grants, delegations, reports, reminders, appointments)
