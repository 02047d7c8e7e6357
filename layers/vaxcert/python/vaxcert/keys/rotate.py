"""The daily rotation, carried out over ports. Every step is put-if-absent or sets what is so already: run it twice at will."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from vaxcert.keys import keyset
from vaxcert.keys.keyset import Root
from vaxcert.keys.model import DOCUMENT_KEYS, PURPOSES, KeyRecord, Published, Purpose
from vaxcert.keys.rotation import plan

FIRST_DATA_KEY: Final = "data0001"  # eight characters, as every data key id (vaxcert.keys.sealing)


class Register(Protocol):
    """Port: the keys table's writing half."""

    def keys(self, purpose: Purpose) -> tuple[KeyRecord, ...]:
        """All keys of a purpose, as they stand."""
        ...

    def make(self, purpose: Purpose, kid: str, not_before: datetime) -> bool:
        """Make a key pair unless the id is taken; whether it was made."""
        ...

    def retire(self, purpose: Purpose, kid: str, at: datetime | None) -> None:
        """Say when a key retires; with None, that it does not."""
        ...

    def kill(self, purpose: Purpose, kid: str, now: datetime) -> None:
        """Kill a key for good."""
        ...

    def has_data_key(self) -> bool:
        """Whether there is any data key."""
        ...

    def make_data_key(self, kid: str, not_before: datetime) -> bool:
        """Make a data key unless the id is taken; whether it was made."""
        ...

    def publish(self, name: str, published: Published) -> None:
        """Put a published document in place, unless a newer one stands there already."""
        ...


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did, by key id."""

    made: tuple[str, ...]
    retiring: tuple[str, ...]
    killed: str | None


class UnknownKey(Exception):
    """The key that was to be killed does not exist: a slip in a console event must not look like success."""

    def __init__(self, standing: Iterable[KeyRecord]) -> None:
        kids = ", ".join(sorted(key.kid for key in standing if not key.killed))
        super().__init__(f"no key has this id, and none was killed; those that stand: {kids}")


class Rotation:
    """Use cases of `rotate_keys`. `lifetimes`: how long a token of each purpose has to be verified after it was signed; for one that is not
    named, for ever (documents, D20)."""

    def __init__(
        self, register: Register, root: Root, lifetimes: dict[Purpose, timedelta], code_seconds: int
    ) -> None:
        self._register = register
        self._root = root
        self._lifetimes = lifetimes
        self._code_seconds = code_seconds

    def run(self, now: datetime, kill: str | None = None) -> Rotated:
        """Kill what is to be killed, then bring every purpose to what `plan` wants and publish. Raises UnknownKey."""
        if kill is not None:
            self._kill(kill, now)
        made: list[str] = []
        if not self._register.has_data_key() and self._register.make_data_key(FIRST_DATA_KEY, now):
            made.append(FIRST_DATA_KEY)
        retiring: list[str] = []
        for purpose in PURPOSES:
            keys = self._register.keys(purpose)
            wanted = plan(purpose, keys, now, self._lifetimes.get(purpose))
            made += [new.kid for new in wanted.make if self._register.make(purpose, new.kid, new.not_before)]
            for retirement in wanted.retire:
                self._register.retire(purpose, retirement.kid, retirement.at)
                retiring.append(retirement.kid)
        self._publish(now)
        return Rotated(tuple(made), tuple(retiring), kill)

    def standing(self) -> tuple[KeyRecord, ...]:
        """Every key of every purpose, as it stands."""
        return tuple(key for purpose in PURPOSES for key in self._register.keys(purpose))

    def _kill(self, kid: str, now: datetime) -> None:
        standing = self.standing()
        for key in standing:
            if key.kid == kid:
                self._register.kill(key.purpose, kid, now)
                return
        raise UnknownKey(standing)

    def _publish(self, now: datetime) -> None:
        keys = self._register.keys("code")
        self._register.publish(keyset.JWKS, keyset.jwk_set(keys, self._root, now))
        self._register.publish(keyset.OFFLINE, keyset.offline_pack(keys, self._root, self._code_seconds, now))
        papers = self._register.keys("document")
        self._register.publish(DOCUMENT_KEYS, keyset.document_keys(papers, self._root, now))
        self._register.publish(keyset.ROOT, keyset.root_document(self._root, now))
