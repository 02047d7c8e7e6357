"""The daily rotation, carried out over ports. Every step is put-if-absent or sets what is so already: run it twice at will."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from vaxcert.keys import keyset
from vaxcert.keys.data_keys import DataKey, data_key_id, is_due
from vaxcert.keys.keyset import Root
from vaxcert.keys.model import DOCUMENT_KEYS, PURPOSES, KeyRecord, Published, Purpose
from vaxcert.keys.rotation import plan

DATA_KEYS: Final = "data_keys"
"""What stands among the closed where all data keys are gone, though something is there that they sealed."""


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

    def data_keys(self) -> tuple[DataKey, ...]:
        """All data keys, as they stand."""
        ...

    def holds_sealed_data(self) -> bool:
        """Whether anything is there that a data key has sealed."""
        ...

    def opens(self, key: KeyRecord | DataKey) -> bool:
        """Whether KMS opens a key's wrapped half, and what comes out is that key."""
        ...

    def make_data_key(self, kid: str, not_before: datetime) -> bool:
        """Make a data key unless the id is taken; whether it was made."""
        ...

    def publish(self, name: str, published: Published) -> None:
        """Put a published document in place, unless a newer one stands there already."""
        ...


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did and found, by key id. `closed` do not open, or are gone (`DATA_KEYS`): somebody has to act."""

    made: tuple[str, ...]
    retiring: tuple[str, ...]
    killed: str | None
    closed: tuple[str, ...] = ()


class UnknownKey(Exception):
    """The key that was to be killed does not exist: a slip in a console event must not look like success."""

    def __init__(self, standing: Iterable[KeyRecord]) -> None:
        kids = ", ".join(sorted(key.kid for key in standing if not key.killed))
        super().__init__(f"no key has this id, and none was killed; those that stand: {kids}")


class Rotation:
    """Use cases of `rotate_keys`. `lifetimes`: how long a token of each purpose has to be verified after it was signed; for one that is not
    named, for ever (documents, D20). `data_key_age`: how old a data key grows before the next one is made."""

    def __init__(
        self,
        register: Register,
        root: Root,
        lifetimes: dict[Purpose, timedelta],
        code_seconds: int,
        data_key_age: timedelta,
    ) -> None:
        self._register = register
        self._root = root
        self._lifetimes = lifetimes
        self._code_seconds = code_seconds
        self._data_key_age = data_key_age

    def run(self, now: datetime, kill: str | None = None, *, renew_data_key: bool = False) -> Rotated:
        """Kill what is to be killed, then bring every purpose to what `plan` wants, publish, and look whether every key opens.

        What is wrong with one key keeps none of the others waiting. Raises UnknownKey.
        """
        if kill is not None:
            self._kill(kill, now)
        made, closed = self._next_data_key(now, renew=renew_data_key)
        retiring: list[str] = []
        for purpose in PURPOSES:
            keys = self._register.keys(purpose)
            wanted = plan(purpose, keys, now, self._lifetimes.get(purpose))
            made += [new.kid for new in wanted.make if self._register.make(purpose, new.kid, new.not_before)]
            for retirement in wanted.retire:
                self._register.retire(purpose, retirement.kid, retirement.at)
                retiring.append(retirement.kid)
        self._publish(now)
        closed += self._closed(now)
        return Rotated(tuple(made), tuple(retiring), kill, tuple(closed))

    def _next_data_key(self, now: datetime, *, renew: bool) -> tuple[list[str], list[str]]:
        """The id of the data key that was made, and what keeps one from being made; either is empty or one."""
        keys = self._register.data_keys()
        if not renew and not is_due(keys, now, self._data_key_age):
            return [], []
        if not keys and self._register.holds_sealed_data():
            # Not a first deployment, but a lost table: a new key would hide that nothing opens any more (D23).
            return [], [DATA_KEYS]
        kid = data_key_id(now)
        return ([kid] if self._register.make_data_key(kid, now) else []), []

    def _closed(self, now: datetime) -> list[str]:
        every: list[DataKey | KeyRecord] = [*self._register.data_keys()]
        for purpose in PURPOSES:
            every += [key for key in self._register.keys(purpose) if key.verifies(now)]
        return [key.kid for key in every if not self._register.opens(key)]

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
