"""The register of documents in dicts, under the conditions of the real store; what a check compares; a typesetter that sets nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from tests.fakes.access_log import FakeAccessLog
from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.register import FakeRegister
from tests.fakes.sessions import FakeSessions
from vaxcert.aws.clock import shanghai_date
from vaxcert.documents.model import Document, Held, Mark, marks_of
from vaxcert.documents.ports import Size
from vaxcert.documents.sheet import Sheet
from vaxcert.grants.model import Grant
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.trail.model import Entry


class FakeDocuments:
    """Port `Documents`; `reads` counts what finding costs."""

    def __init__(self, sessions: FakeSessions, answers: FakeAnswers, log: FakeAccessLog) -> None:
        self._sessions = sessions
        self._answers = answers
        self._log = log
        self.stored: dict[str, Document] = {}
        self.places: dict[tuple[str, str], Document] = {}
        self.reads = 0

    def add(
        self,
        document: Document,
        place: int,
        *,
        entry: Entry,
        grant: Grant | None,
        session: Session,
        remembered: Remembered,
    ) -> Commit:
        where = (document.certificate_id, f"D#{shanghai_date(document.issued_at)}#{place:04d}")
        if self._sessions.signed_out(session):
            return Commit.SIGNED_OUT
        if remembered.request.key in self._answers.kept or where in self.places:
            return Commit.STALE
        if not self._log.append(document.certificate_id, entry, grant):
            return Commit.STALE
        self.stored[document.document_id] = self.places[where] = document
        self._answers.keep(remembered)
        return Commit.DONE

    def of_day(self, certificate_id: str, day: date) -> int:
        return sum(one == certificate_id and place.startswith(f"D#{day}#") for one, place in self.places)

    def find(self, document_id: str) -> Document | None:
        self.reads += 1
        return self.stored.get(document_id)

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Document]], bool]:
        lines = sorted(
            ((place, document) for (one, place), document in self.places.items() if one == certificate_id),
            key=lambda line: line[0],
            reverse=True,
        )
        found = [line for line in lines if before is None or line[0] < before]
        return found[:limit], len(found) > limit


class FakeStandings:
    """Port `Standings` over a register and certificates."""

    def __init__(
        self, certificates: FakeCertificates, register: FakeRegister, *, rabies: bool = False
    ) -> None:
        self._certificates = certificates
        self._register = register
        self._rabies = rabies
        self.asked = 0

    def of(self, document: Document) -> tuple[Held | None, Sequence[Mark]]:
        self.asked += 1
        certificate = self._certificates.get(document.certificate_id)
        keys = document.content if certificate is None else certificate.archive_keys
        marks = marks_of(self._register.archives(keys), rabies=self._rabies)
        return None if certificate is None else Held.by(certificate), marks


class FakeTypesetter:
    """Port `Typesetter`: the sheet and the address as they came."""

    @staticmethod
    def printable(character: str) -> bool:
        """What the basic plane has."""
        return ord(character) <= 0xFFFF

    def pdf(self, sheet: Sheet, address: str, size: Size) -> bytes:
        return json.dumps([sheet, address, size], ensure_ascii=False).encode()
