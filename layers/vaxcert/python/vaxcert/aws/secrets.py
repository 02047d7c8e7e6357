"""Secrets of Secrets Manager: the pepper that blinds identity numbers, read anew every few minutes, and what shows the platform who we are."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from vaxcert.aws.clock import EVER, Clock
from vaxcert.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_SHORTEST: Final = 32
_READ_ANEW: Final = timedelta(minutes=5)
_TRY_AGAIN: Final = timedelta(seconds=30)
_STALE: Final = timedelta(minutes=15)
_LONGEST_CALL: Final = timedelta(minutes=15)
_MARGIN: Final = timedelta(minutes=5)
_SKEW: Final = timedelta(minutes=1)
SETTLED_AFTER: Final = _STALE + _LONGEST_CALL + _MARGIN
"""So long after the secret was changed nothing is at work that knows the secret as it was before."""


@dataclass(frozen=True, slots=True)
class Known:
    """The peppers in their order, and since when (UTC) the secret says so."""

    peppers: tuple[bytes, ...] = field(repr=False)
    since: datetime

    def settled(self, now: datetime) -> bool:
        """Whether everybody knows the newest pepper: not before may anything be written under it (D23)."""
        return len(self.peppers) == 1 or now >= self.since + SETTLED_AFTER

    def making(self, now: datetime) -> bytes:
        """The pepper that something is made under now."""
        return self.peppers[-1 if self.settled(now) else -2]

    def made(self, at: datetime) -> tuple[bytes, ...]:
        """The peppers that something of `at` may have been made under."""
        return self.peppers[-2:] if at < self.since + SETTLED_AFTER + _SKEW else self.peppers[-1:]


class Peppers:
    """The pepper's secret: one line, and a further one for each pepper that covers those before it (D23).

    It is read anew every five minutes, so that a change needs no deployment. If that fails, what is known is good for fifteen minutes;
    this bound is what a change counts on. Several threads may ask.
    """

    def __init__(self, client: SecretsManagerClient, arn: str, clock: Clock) -> None:
        self._client = client
        self._arn = arn
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[datetime, Known] | None = None
        self._due = EVER

    def __call__(self) -> Known:
        """The peppers as they are known now. Raises Unavailable if they cannot be read, ValueError as `read` does on the first reading."""
        with self._lock:
            now = self._clock()
            if self._known is None:
                self._known, self._due = (now, self.read()), now + _READ_ANEW
            elif now >= self._due:
                self._renew(now, self._known[1])
            at, known = self._known
            if now - at >= _STALE:
                raise Unavailable
            return known

    def read(self) -> Known:
        """As the secret stands. Raises ValueError if a pepper is too short to protect an 18-digit number."""
        told = self._client.get_secret_value(SecretId=self._arn)
        # A generated one has no line break.
        found = tuple(line.encode() for line in told["SecretString"].splitlines())
        if not found or any(len(one) < _SHORTEST for one in found):
            raise ValueError("a pepper must have at least 32 bytes")
        return Known(found, told["CreatedDate"])

    def _renew(self, now: datetime, before: Known) -> None:
        self._due = now + _TRY_AGAIN
        try:
            known = self.read()
        except (BotoCoreError, ClientError, ValueError):
            return
        # Under other peppers than before everybody would be taken for new: a line is added, none is changed.
        if known.peppers[: len(before.peppers)] == before.peppers:
            self._known, self._due = (now, known), now + _READ_ANEW


def peppers_of(env: Mapping[str, str], secrets: SecretsManagerClient, clock: Clock) -> Peppers:
    """The peppers of a function that blinds: PEPPER_SECRET_ARN."""
    return Peppers(secrets, env["PEPPER_SECRET_ARN"], clock)


def client_secret_of(env: Mapping[str, str], secrets: SecretsManagerClient) -> str:
    """What proves us to the identity platform's token address: PLATFORM_CLIENT_SECRET_ARN."""
    return secrets.get_secret_value(SecretId=env["PLATFORM_CLIENT_SECRET_ARN"])["SecretString"]
