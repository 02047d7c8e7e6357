"""A family follows its visit (D21): ticket, station, how many are before it, minutes of observation, what was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.grants.access import Act, Rights
from vaxcert.identity.model import Citizen
from vaxcert.visits.doses import Given
from vaxcert.visits.messages import Said
from vaxcert.visits.model import WAITING, State, Visit
from vaxcert.visits.words import CLINIC, FOLLOWED, Phase
from vaxcert.wording import Language, Wording

_WAITS: Final = {
    State.WAITING_REGISTRATION: (Phase.NEXT_REGISTRATION, Phase.WAITING_REGISTRATION),
    State.WAITING_VACCINATION: (Phase.NEXT_VACCINATION, Phase.WAITING_VACCINATION),
}


class Follows(Protocol):
    """Port: what following reads."""

    def look(self, certificate_id: str) -> tuple[Certificate | None, Visit | None]:
        """The certificate and its latest visit: one round trip."""
        ...

    def before(self, visit: Visit, now: datetime) -> int:
        """How many wait before it for the same station and are not called. Reads the waiting line only."""
        ...

    def given(self, visit: Visit) -> tuple[Given, ...]:
        """What the vaccination desk has reported."""
        ...


@dataclass(frozen=True, slots=True)
class Followed:
    """Today's visit as its family sees it."""

    visit: Visit
    before: int
    given: tuple[Given, ...]
    said: Said


class FollowService:
    """Use case of `GET /v1/certificates/{certificate_id}/visit`."""

    def __init__(self, *, follows: Follows, rights: Rights, wording: Wording) -> None:
        self._follows = follows
        self._rights = rights
        self._wording = wording

    def follow(
        self, caller: Citizen, certificate_id: str, now: datetime, language: Language
    ) -> Followed | None:
        """Today's visit; None where no ticket was drawn today. For the holder and delegates (D7).

        It is asked for every few seconds and is no reading of records: it leaves no trace in the access log (D11). Raises `NotFound`,
        `CertificateSuspended`.
        """
        certificate, latest = self._follows.look(certificate_id)
        self._rights.to(Act.FOLLOW_VISIT, caller, certificate_id, certificate, now)
        if latest is None or latest.day != shanghai_date(now):
            return None
        visit = latest.standing(now)
        before = self._follows.before(visit, now) if visit.in_line else 0
        given = self._follows.given(visit) if visit.observed_until is not None else ()
        return Followed(visit, before, given, self._said(visit, before, now, language))

    def _said(self, visit: Visit, before: int, now: datetime, language: Language) -> Said:
        return FOLLOWED[_phase(visit, before, now)][language].about(
            language,
            self._wording,
            ticket=visit.ticket,
            minutes=visit.minutes_left(now),
            desk=visit.desk or "",
            before=before,
            clinic=_clinic(visit, language),
        )


def _phase(visit: Visit, before: int, now: datetime) -> Phase:
    if visit.called_at is not None:
        return Phase.CALLED
    if visit.state in WAITING:
        return _WAITS[visit.state][before > 0]
    if visit.observed_until is not None:
        # One who was vaccinated and never scanned to leave is told what to look out for as well.
        if visit.state is not State.OBSERVING:
            return Phase.DONE
        return Phase.OBSERVING if visit.minutes_left(now) else Phase.OBSERVED
    return Phase(visit.state)


def _clinic(visit: Visit, language: Language) -> str:
    name = visit.clinic_name or CLINIC[language]
    if visit.clinic_phone is None:
        return name
    return f"{name} ({visit.clinic_phone})" if language == "en" else f"{name}（{visit.clinic_phone}）"
