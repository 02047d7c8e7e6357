"""Used challenges and ended sessions in a dict."""

from __future__ import annotations

from datetime import datetime


class FakeSessions:
    """Port `Sessions`; remembers until when each mark was to stand."""

    def __init__(self) -> None:
        self.burned: dict[str, tuple[str, datetime]] = {}
        self.ended: dict[str, datetime] = {}

    def burn(self, challenge_id: str, owner: str, until: datetime) -> bool:
        standing, _ = self.burned.setdefault(challenge_id, (owner, until))
        return standing == owner

    def sign_out(self, session_id: str, until: datetime) -> None:
        self.ended[session_id] = until

    def signed_out(self, session_id: str) -> bool:
        return session_id in self.ended
