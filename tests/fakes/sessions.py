"""Used challenges and ended sessions in a dict."""

from __future__ import annotations

from datetime import datetime

from vaxcert.aws.clock import epoch
from vaxcert.identity.model import Session


class FakeSessions:
    """Port `Sessions`; remembers until when each mark was to stand."""

    def __init__(self) -> None:
        self.burned: dict[str, tuple[str, datetime]] = {}
        self.ended: dict[str, datetime] = {}
        self.opened_by: dict[str, tuple[datetime, datetime]] = {}

    def burn(self, challenge_id: str, owner: str, until: datetime) -> bool:
        standing, _ = self.burned.setdefault(challenge_id, (owner, until))
        return standing == owner

    def sign_out(self, session_id: str, until: datetime) -> None:
        self.ended[session_id] = until

    def sign_out_everywhere(self, subject: str, opened_by: datetime, until: datetime) -> None:
        standing = self.opened_by.get(subject)
        if standing is None or standing[0] <= opened_by:
            self.opened_by[subject] = (opened_by, until)

    def signed_out_until(self, subject: str) -> datetime | None:
        standing = self.opened_by.get(subject)
        return standing[0] if standing else None

    def signed_out(self, session: Session) -> bool:
        everywhere = self.opened_by.get(session.subject)
        return session.session_id in self.ended or (
            everywhere is not None and epoch(session.issued_at) <= epoch(everywhere[0])
        )
