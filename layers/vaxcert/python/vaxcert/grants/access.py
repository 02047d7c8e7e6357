"""Who may do what with a certificate, said once (R21, D5, D6, D7, D16).

Its holder claimed it; a delegate is authorised by a grant, and number and name must both match (D7). Claiming and releasing are the
holder's alone; they, the lists and the look at one certificate stand in `vaxcert.claims`; leaving is the delegate's alone (`vaxcert.grants.service`). What a caller may not do and what does not exist are never told
apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol

from vaxcert.archives.model import Archive
from vaxcert.aws.clock import shanghai_date
from vaxcert.aws.settings import Settings
from vaxcert.claims.active import require_active, require_kept, require_named
from vaxcert.claims.model import Certificate
from vaxcert.claims.notices import NoticeBoard, notices_of
from vaxcert.errors import NotFound
from vaxcert.grants.model import Grant, lent_with
from vaxcert.identity.model import Citizen


class Act(StrEnum):
    """What can be done with a certificate."""

    READ_RECORDS = "read_records"
    SHOW_CODE = "show_code"
    FOLLOW_VISIT = "follow_visit"
    BOOK = "book"
    SEE_APPOINTMENTS = "see_appointments"
    CANCEL = "cancel"
    REPORT = "report"
    SEE_REPORTS = "see_reports"
    BE_REMINDED = "be_reminded"
    AUTHORIZE = "authorize"
    SEE_GRANTS = "see_grants"
    REVOKE = "revoke"
    SEE_ACCESS_LOG = "see_access_log"


class Needed(StrEnum):
    """How a certificate has to stand for its holder; for a delegate it has to be active whatever they do."""

    ACTIVE = "active"
    NOT_OVER = "not_over"
    """Active or suspended (D5): what the family has arranged can still be seen and undone."""
    KEPT = "kept"
    """On the holder's list: closed ones too, released ones not."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one act asks for."""

    needed: Needed
    delegates: bool


RULES: Final = {
    Act.READ_RECORDS: Rule(Needed.ACTIVE, delegates=True),
    Act.SHOW_CODE: Rule(Needed.ACTIVE, delegates=True),
    Act.FOLLOW_VISIT: Rule(Needed.NOT_OVER, delegates=True),
    Act.BOOK: Rule(Needed.ACTIVE, delegates=True),
    Act.SEE_APPOINTMENTS: Rule(Needed.NOT_OVER, delegates=True),
    Act.CANCEL: Rule(Needed.NOT_OVER, delegates=True),
    Act.REPORT: Rule(Needed.ACTIVE, delegates=False),
    Act.SEE_REPORTS: Rule(Needed.KEPT, delegates=True),
    Act.BE_REMINDED: Rule(Needed.ACTIVE, delegates=True),
    Act.AUTHORIZE: Rule(Needed.ACTIVE, delegates=False),
    Act.SEE_GRANTS: Rule(Needed.KEPT, delegates=False),
    Act.REVOKE: Rule(Needed.KEPT, delegates=False),
    Act.SEE_ACCESS_LOG: Rule(Needed.KEPT, delegates=False),
}
"""Who may do what: every act has its rule."""


@dataclass(frozen=True, slots=True)
class Right:
    """In whose right somebody acts: the certificate as read, and the delegate's grant; None for the holder."""

    certificate: Certificate
    grant: Grant | None


class Delegates(Protocol):
    """Port: the caller's own grants (`vaxcert.grants.delegates.DelegateService`)."""

    def holding(self, caller: Citizen, certificate_id: str, now: datetime) -> Grant | None:
        """The caller's grant of one certificate where it holds today."""
        ...

    def among(self, grants: Iterable[Grant], caller: Citizen, now: datetime) -> Grant | None:
        """As `holding`, among a certificate's grants that have been read already."""
        ...


class Rights:
    """Decides. `delegates` None where only holders are served."""

    def __init__(self, *, delegates: Delegates | None, adult_age: int, notices: NoticeBoard) -> None:
        self._delegates = delegates
        self._adult_age = adult_age
        self._notices = notices

    def to(
        self,
        act: Act,
        caller: Citizen,
        certificate_id: str,
        certificate: Certificate | None,
        now: datetime,
        grants: Iterable[Grant] | None = None,
    ) -> Right:
        """The caller's right to an act today; `certificate` as read by its id, None if there is none; `grants` where its own have been
        read beside it.

        A delegate's act is a visit: a name that matches or does not is written down as it is found (D7). Nothing is asked for a holder.
        Everybody else's grant is asked for whether the certificate is there or not, so that neither words nor time tell the two apart.
        Raises: `NotFound`; `CertificateSuspended` to its holder where the act needs it active.
        """
        rule, today = RULES[act], shanghai_date(now)
        if certificate is not None and certificate.holder == caller.subject:
            return self._of_holder(rule, caller, certificate, today)
        if not rule.delegates:
            raise NotFound
        grant = self._of_delegate(caller, certificate_id, now, grants)
        active = require_active(certificate, caller.subject, today, self._adult_age, self._notices)
        if grant is None:
            raise NotFound
        return Right(active, grant)

    def still_named(self, right: Right, archives: Iterable[Archive], caller: Citizen) -> None:
        """Refuse where the archives name the holder no longer, for whoever reads them (D16).

        Raises: `CertificateSuspended` to the holder, `NotFound` to everybody else.
        """
        require_named(right.certificate, archives, caller.subject, self._notices)

    def lent(self, right: Right, grants: Iterable[Grant], now: datetime) -> tuple[Grant, ...]:
        """The certificate's grants as they stand: see `vaxcert.grants.model.lent_with`."""
        return lent_with(right.certificate, grants, shanghai_date(now), self._adult_age)

    def _of_holder(self, rule: Rule, caller: Citizen, certificate: Certificate, today: date) -> Right:
        if rule.needed is Needed.KEPT:
            return Right(require_kept(certificate, caller.subject), None)
        if rule.needed is Needed.NOT_OVER and not certificate.standing_on(today, self._adult_age).final:
            return Right(certificate, None)
        return Right(require_active(certificate, caller.subject, today, self._adult_age, self._notices), None)

    def _of_delegate(
        self, caller: Citizen, certificate_id: str, now: datetime, grants: Iterable[Grant] | None
    ) -> Grant | None:
        if self._delegates is None:
            return None
        if grants is None:
            return self._delegates.holding(caller, certificate_id, now)
        return self._delegates.among(grants, caller, now)


def rights_of(settings: Settings, delegates: Delegates | None = None) -> Rights:
    """The rights of a deployment; without `delegates` the holder alone acts."""
    return Rights(delegates=delegates, adult_age=settings.adult_age, notices=notices_of(settings))
