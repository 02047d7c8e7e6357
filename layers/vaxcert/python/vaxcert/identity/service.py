"""Entering and leaving: a challenge, a session for whom the platform vouches for, signing out (R13, R15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from vaxcert.identity.assertions import (
    Assertion,
    AssertionExpired,
    AssertionInvalid,
    AssertionReplayed,
    Channel,
    Method,
)
from vaxcert.identity.challenges import Challenge, Challenges, InvalidChallenge, Purpose
from vaxcert.identity.model import Citizen, Session, mask_name
from vaxcert.identity.tokens import LONGEST, mint_session
from vaxcert.keys.es256 import SigningKey

_TOKEN_ID: Final = 16
# TTL deletes when it likes; a mark must outlast what it stops even if two clocks differ.
_MARGIN: Final = timedelta(minutes=5)


class Assertions(Protocol):
    """Port: the platform's word, verified."""

    def verify(self, text: str, now: datetime) -> Assertion:
        """See `AssertionVerifier.verify`."""
        ...


class Exchange(Protocol):
    """Port: the platform's word for a one-time code."""

    def assertion(self, entry_code: str) -> str:
        """See `PlatformExchange.assertion`."""
        ...


class People(Protocol):
    """Port: what stands for people."""

    def visitor(self, id_no: str, name: str) -> tuple[str, str]:
        """See `Handles.visitor`."""
        ...


class SessionKeys(Protocol):
    """Port: the key that signs new sessions."""

    def signing(self, purpose: Literal["session"]) -> SigningKey:
        """The newest valid key of a purpose. Raises Unavailable where there is none."""
        ...


class Sessions(Protocol):
    """Port: the marks that used challenges and ended sessions leave."""

    def burn(self, challenge_id: str, owner: str, until: datetime) -> bool:
        """Mark a challenge as used by `owner`; False where another used it. The same owner may repeat it."""
        ...

    def sign_out(self, session_id: str, until: datetime) -> None:
        """Mark a session as ended; can be repeated."""
        ...

    def sign_out_everywhere(self, subject: str, opened_by: datetime, until: datetime) -> None:
        """Mark every session of a person that was opened by then as ended; can be repeated, and never ends fewer."""
        ...

    def signed_out(self, session: Session) -> bool:
        """Whether the session was ended, alone or with others."""
        ...


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """What the citizen gets: the token, and whom we took them for (name masked)."""

    token: str
    expires_at: datetime
    name: str
    method: Method
    channel: Channel


class SessionService:
    """Use cases of `open_session`. Nothing of a session is stored; the token carries it, by keys only."""

    def __init__(
        self,
        *,
        challenges: Challenges,
        assertions: Assertions,
        exchange: Exchange,
        people: People,
        keys: SessionKeys,
        sessions: Sessions,
        session_seconds: int,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._challenges = challenges
        self._assertions = assertions
        self._exchange = exchange
        self._people = people
        self._keys = keys
        self._sessions = sessions
        self._lifetime = timedelta(seconds=session_seconds)
        self._random_bytes = random_bytes

    def challenge(self, purpose: Purpose, now: datetime) -> Challenge:
        """A challenge to take to the platform."""
        return self._challenges.make(purpose, now)

    def open(self, text: str, now: datetime) -> OpenedSession:
        """A session for the bearer of an assertion over an unused challenge of ours.

        Raises AssertionInvalid, AssertionExpired, AssertionReplayed, InvalidIdentityNumber, Unavailable. The
        challenge is burned last: whatever else can fail has failed before and may be tried again with the
        same assertion.
        """
        assertion = self._assertions.verify(text, now)
        return self._opened(assertion, self._challenge(assertion.nonce, now), now)

    def enter(self, entry_code: str, nonce: str, now: datetime) -> OpenedSession:
        """As `open`, for a page: the code is exchanged at the platform, and what comes back must carry the page's own `nonce`.

        Nobody makes us ask the platform without a challenge of ours. The code is used up by it, whatever comes after.
        """
        challenge = self._challenge(nonce, now)
        assertion = self._assertions.verify(self._exchange.assertion(entry_code), now)
        if assertion.nonce != nonce:
            raise AssertionInvalid
        return self._opened(assertion, challenge, now)

    def close(self, citizen: Citizen) -> None:
        """End a session: what it may write ends at once, what it may read within a minute (contract)."""
        self._sessions.sign_out(citizen.session_id, citizen.expires_at + _MARGIN)

    def close_all(self, citizen: Citizen, now: datetime) -> None:
        """End every session of a person, the asking one too, as `close` ends one (D22). One opened in the same second ends as well."""
        self._sessions.sign_out_everywhere(citizen.subject, now, now + LONGEST + _MARGIN)

    def _opened(self, assertion: Assertion, challenge: Challenge, now: datetime) -> OpenedSession:
        subject, name_key = self._people.visitor(assertion.id_no.text, assertion.name)
        citizen = Citizen(
            subject=subject,
            name_key=name_key,
            session_id=self._random_bytes(_TOKEN_ID).hex(),
            auth_time=assertion.auth_time,
            expires_at=now.replace(microsecond=0) + self._lifetime,
            channel=assertion.channel,
            method=assertion.method,
            issued_at=now,
        )
        token = mint_session(citizen, self._keys.signing("session"))
        if not self._sessions.burn(
            challenge.challenge_id, citizen.session_id, challenge.expires_at + _MARGIN
        ):
            raise AssertionReplayed
        return OpenedSession(
            token, citizen.expires_at, mask_name(assertion.name), assertion.method, assertion.channel
        )

    def _challenge(self, nonce: str, now: datetime) -> Challenge:
        try:
            challenge = self._challenges.read(nonce, Purpose.ENTER)
        except InvalidChallenge:
            raise AssertionInvalid from None
        if challenge.expires_at <= now:
            raise AssertionExpired
        return challenge
