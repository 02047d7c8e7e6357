"""Grants in a dict of slots, under the conditions of the real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.sessions import FakeSessions
from vaxcert.claims.model import Certificate
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session


class FakeGrants:
    """Ports `Grants` and `LentGrants`."""

    def __init__(self, certificates: FakeCertificates, sessions: FakeSessions, answers: FakeAnswers) -> None:
        self._certificates = certificates
        self._sessions = sessions
        self._answers = answers
        self.standing: dict[tuple[str, int], Grant] = {}
        self.over: list[Grant] = []
        self.pointers: dict[tuple[str, str], str] = {}

    def slots(self, certificate_id: str) -> tuple[Grant, ...]:
        return tuple(self.standing[place] for place in sorted(self.standing) if place[0] == certificate_id)

    def ended(self, certificate_id: str, before: str | None, limit: int) -> tuple[Grant, ...]:
        found = [
            grant
            for grant in self.over
            if grant.certificate_id == certificate_id and (before is None or grant.position < before)
        ]
        return tuple(sorted(found, key=lambda grant: grant.position, reverse=True)[:limit])

    def history(self, certificate_id: str) -> tuple[Grant, ...]:
        ended = (grant for grant in self.over if grant.certificate_id == certificate_id)
        return (*self.slots(certificate_id), *ended)

    def lent_to(self, delegate: str) -> tuple[Grant, ...]:
        held = sorted(place[0] for place in self.pointers if place[1] == delegate)
        found = (self.of_delegate(certificate_id, delegate) for certificate_id in held)
        return tuple(grant for grant in found if grant is not None)

    def of_delegate(self, certificate_id: str, delegate: str) -> Grant | None:
        grant_id = self.pointers.get((certificate_id, delegate))
        return next((grant for grant in self.slots(certificate_id) if grant.grant_id == grant_id), None)

    def add(
        self,
        grant: Grant,
        before: Grant | None,
        *,
        certificate: Certificate,
        session: Session,
        remembered: Remembered,
    ) -> Commit:
        if self._sessions.signed_out(session):
            return Commit.SIGNED_OUT
        stored = self._certificates.get(certificate.certificate_id)
        pointed = self.pointers.get((grant.certificate_id, grant.delegate))
        if (
            remembered.request.key in self._answers.kept
            or stored is None
            or stored.version != certificate.version
            or not self._stands(grant, before)
            or pointed not in {None, (before or grant).grant_id}
        ):
            return Commit.STALE
        if before is not None:
            self.over.append(replace(before, sealed=None) if before.ended_at else before.expired())
            if before.status is not GrantStatus.REVOKED:
                self.pointers.pop((before.certificate_id, before.delegate), None)
        self.standing[grant.certificate_id, grant.slot] = grant
        self.pointers[grant.certificate_id, grant.delegate] = grant.grant_id
        self._answers.keep(remembered)
        return Commit.DONE

    def revoke(self, before: Grant, after: Grant, session: Session) -> Commit:
        if self._sessions.signed_out(session):
            return Commit.SIGNED_OUT
        if not self._stands(before, before):
            return Commit.STALE
        self.standing[after.certificate_id, after.slot] = after
        self.pointers.pop((before.certificate_id, before.delegate), None)
        return Commit.DONE

    def change_phone(self, grant: Grant, phone: bytes, session: Session) -> Commit:
        if self._sessions.signed_out(session):
            return Commit.SIGNED_OUT
        if not self._stands(grant, grant) or grant.sealed is None:
            return Commit.STALE
        standing = self.standing[grant.certificate_id, grant.slot]
        self.standing[grant.certificate_id, grant.slot] = replace(
            standing, sealed=replace(grant.sealed, phone=phone)
        )
        return Commit.DONE

    def see(self, grant: Grant, status: GrantStatus) -> Commit:
        if not self._stands(grant, grant):
            return Commit.STALE
        self.standing[grant.certificate_id, grant.slot] = replace(grant, status=status)
        return Commit.DONE

    def used(self, grant: Grant, at: datetime) -> bool:
        """What the access log's transaction writes on the grant."""
        standing = self.standing.get((grant.certificate_id, grant.slot))
        if (
            standing is None
            or standing.grant_id != grant.grant_id
            or standing.status is not GrantStatus.ACTIVE
        ):
            return False
        self.standing[grant.certificate_id, grant.slot] = replace(
            standing, last_used_at=at.replace(microsecond=0)
        )
        return True

    def _stands(self, grant: Grant, before: Grant | None) -> bool:
        standing = self.standing.get((grant.certificate_id, grant.slot))
        if standing is None or before is None:
            return standing is None and before is None
        return (standing.grant_id, standing.status) == (before.grant_id, before.status)
