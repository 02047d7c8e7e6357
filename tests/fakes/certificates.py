"""Certificates in dicts, under the conditions of the real store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.fakes.answers import FakeAnswers
from tests.fakes.register import FakeRegister
from tests.fakes.sessions import FakeSessions
from vaxcert.archives.model import Archive
from vaxcert.claims.model import Actor, Certificate, Status
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session


class FakeCertificates:
    """Port `Certificates`."""

    def __init__(self, register: FakeRegister, sessions: FakeSessions, answers: FakeAnswers) -> None:
        self._register = register
        self._sessions = sessions
        self._answers = answers
        self.stored: dict[str, Certificate] = {}
        self.pointers: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.lines: list[tuple[Certificate, Actor]] = []

    def get(self, certificate_id: str) -> Certificate | None:
        return self.stored.get(certificate_id)

    def several(self, certificate_ids: Iterable[str]) -> tuple[Certificate, ...]:
        wanted = dict.fromkeys(certificate_ids)
        return tuple(self.stored[one] for one in wanted if one in self.stored)

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        return {one: self.stored[self.pointers[one]] for one in record_ids if one in self.pointers}

    def held_by(self, subject: str) -> tuple[Certificate, ...]:
        return self.several(sorted(self.lists.get(subject, ())))

    def released_by(self, subject: str) -> tuple[Certificate, ...]:
        over = (one for one in self.stored.values() if one.standing.status is Status.RELEASED)
        return tuple(one for one in over if one.holder == subject)

    def claim(
        self,
        certificate: Certificate,
        *,
        instead_of: tuple[Certificate, Certificate] | None,
        decided_by: Sequence[Archive],
        session: Session,
        remembered: Remembered,
    ) -> Commit:
        if self._sessions.signed_out(session):
            return Commit.SIGNED_OUT
        expected = instead_of[0].certificate_id if instead_of else None
        known = [self._register.stored.get(archive.key) for archive in decided_by]
        if (
            remembered.request.key in self._answers.kept
            or certificate.certificate_id in self.stored
            or self.pointers.get(certificate.record_id) != expected
            or (instead_of and not self._stands(instead_of[0]))
            or any(
                now is None or now.version != then.version
                for now, then in zip(known, decided_by, strict=True)
            )
        ):
            return Commit.STALE
        if instead_of:
            self._change(*instead_of, Actor.SUCCESSOR, live_moves=False)
        self.stored[certificate.certificate_id] = certificate
        self.pointers[certificate.record_id] = certificate.certificate_id
        self.lists.setdefault(certificate.holder, []).append(certificate.certificate_id)
        self.lines.append((certificate, Actor.HOLDER))
        self._answers.keep(remembered)
        return Commit.DONE

    def release(self, before: Certificate, after: Certificate, session: Session) -> Commit:
        if self._sessions.signed_out(session):
            return Commit.SIGNED_OUT
        return self.apply(before, after, Actor.HOLDER)

    def apply(self, before: Certificate, after: Certificate, by: Actor) -> Commit:
        """A change alone, as the nightly sync makes it."""
        taken = after.record_id != before.record_id and after.record_id in self.pointers
        if not self._stands(before) or (taken and not after.standing.final):
            return Commit.STALE
        self._change(before, after, by)
        return Commit.DONE

    def _stands(self, before: Certificate) -> bool:
        standing = self.stored.get(before.certificate_id)
        return standing is not None and standing.version == before.version

    def _change(self, before: Certificate, after: Certificate, by: Actor, *, live_moves: bool = True) -> None:
        self.stored[after.certificate_id] = after
        self.lines.append((after, by))
        if live_moves and not before.standing.final:
            del self.pointers[before.record_id]
            if not after.standing.final:
                self.pointers[after.record_id] = after.certificate_id
        if after.standing.status is Status.RELEASED:
            self.lists[before.holder].remove(before.certificate_id)
