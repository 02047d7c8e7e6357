"""Handles: what stands for a person, a name or an archive everywhere but in one table (R3, D23, docs/adr/0019-handles.md).

A handle is drawn at random when something is met for the first time. A key under the pepper leads to it, in the table of handles alone,
so that a change of the pepper changes that table and nothing else: sessions, certificates and the access log go on as they are.

Keys of two versions may stand there during a change. Everybody who looks asks for the newest first, then for the older ones; a key moves
only from an older form to a newer. Whoever makes a handle makes it in one transaction that holds only if no form of the key is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from vaxcert.aws.clock import Clock, epoch
from vaxcert.errors import Unavailable
from vaxcert.identity.blinding import Blinder, Clear, named, subject
from vaxcert.keys.base64url import encode

_TURNS: Final = 6
_BYTES: Final = 16
_VISITOR_DAYS: Final = timedelta(days=7)
_LEFT_AT_LEAST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """A handle as it is kept. `ends`: when it goes by itself (seconds since 1970), unless it is kept for good."""

    handle: str
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A handle at `key`, with the other forms of that key: to be made if none of them is there, or found and to be kept."""

    key: str
    others: tuple[str, ...]
    kept: Kept


class KeptHandles(Protocol):
    """Port: handles by key."""

    def find(self, keys: Collection[str]) -> dict[str, Kept]:
        """Those that are there; strongly consistent."""
        ...


class HandleTable(KeptHandles, Protocol):
    """Port: where handles are kept, by key."""

    def make(self, wanted: Sequence[Wanted]) -> set[str]:
        """Make handles, each in one step that holds only as `Wanted` says. Answers the keys that were made."""
        ...

    def prolong(self, key: str, kept: Kept, ends: int | None) -> bool:
        """Let a handle go later, or never; False if it no longer stands at `key`."""
        ...

    def keep(self, there: Sequence[Wanted], new: Sequence[Wanted]) -> bool:
        """Keep for good what was found, and make what was not: one step, the same whichever they are. False if something stands otherwise."""
        ...


class Versions(Protocol):
    """The peppers as they are known at a moment; see `vaxcert.aws.secrets.Known`."""

    @property
    def peppers(self) -> tuple[bytes, ...]:
        """In their order."""
        ...

    def settled(self, now: datetime) -> bool:
        """Whether everybody knows the newest."""
        ...


class KnownHandles:
    """Finds handles, and makes none."""

    def __init__(
        self, table: KeptHandles, peppers: Callable[[], Versions], draw: Callable[[Clear], str]
    ) -> None:
        """`draw`: a new handle; at random in the product."""
        self._table = table
        self._peppers = peppers
        self._draw = draw

    def known(self, id_no: str, name: str) -> tuple[str, str]:
        """The handles of a number and a name; what was never met gets a handle that is nowhere."""
        who, called = self._each(subject(id_no), named(name))
        return who, called

    def bearer(self, id_no: str) -> str:
        """The handle of a number, as `known`."""
        (who,) = self._each(subject(id_no))
        return who

    def _each(self, *asked: Clear) -> list[str]:
        forms = _forms(self._peppers(), asked)
        found = _found(self._table, forms)
        # What moved between the two looks stands under its newest form by now.
        found |= _found(self._table, {one: forms[one] for one in asked if one not in found})
        return [found[one][1].handle if one in found else self._draw(one) for one in asked]


class Handles:
    """Finds handles, and makes those of what was never met. Several threads may ask at once."""

    def __init__(
        self,
        table: HandleTable,
        peppers: Callable[[], Versions],
        clock: Clock,
        draw: Callable[[Clear], str],
    ) -> None:
        """`draw`: a new handle; at random in the product."""
        self._table = table
        self._peppers = peppers
        self._clock = clock
        self._draw = draw

    def of(self, wanted: Iterable[Clear]) -> dict[Clear, str]:
        """The handle of each, made if there is none, and kept for good. Raises Unavailable."""
        return self._all(wanted, None)

    def person(self, id_no: str, name: str) -> tuple[str, str]:
        """The handles of a number and a name, kept for good. Raises Unavailable.

        Who asks for somebody else's must not learn by the clock whether they were known (D7): it is always one look and one write.
        """
        who, called = subject(id_no), named(name)
        for _ in range(_TURNS):
            forms, written = self._keys((who, called))
            found = _found(self._table, forms, alike=True)
            there, new = dict[Clear, Wanted](), dict[Clear, Wanted]()
            for clear, keys in forms.items():
                if clear in found:
                    there[clear] = _wanted(*found[clear], keys)
                else:
                    new[clear] = _wanted(keys[written], Kept(self._draw(clear)), keys)
            if self._table.keep([*there.values()], [*new.values()]):
                kept = there | new
                return kept[who].kept.handle, kept[called].kept.handle
        raise Unavailable

    def visitor(self, id_no: str, name: str) -> tuple[str, str]:
        """A person's own; if nobody else keeps them, they go within a week of the last visit (D22). Raises Unavailable."""
        who, called = subject(id_no), named(name)
        found = self._all((who, called), _VISITOR_DAYS)
        return found[who], found[called]

    def _all(self, wanted: Iterable[Clear], span: timedelta | None) -> dict[Clear, str]:
        left, done = list(dict.fromkeys(wanted)), dict[Clear, str]()
        for _ in range(_TURNS):
            now = self._clock()
            ends = None if span is None else epoch(now + span)
            forms, written = self._keys(left)
            for clear, (key, kept) in _found(self._table, forms).items():
                if _lasts(kept, now, ends) or self._table.prolong(key, kept, ends):
                    done[clear] = kept.handle
            new = {
                forms[clear][written]: (clear, Kept(self._draw(clear), ends))
                for clear in left
                if clear not in done
            }
            made = self._table.make([_wanted(key, kept, forms[clear]) for key, (clear, kept) in new.items()])
            done |= {new[key][0]: new[key][1].handle for key in made}
            left = [clear for clear in left if clear not in done]
            if not left:
                return done
        raise Unavailable

    def _keys(self, wanted: Iterable[Clear]) -> tuple[dict[Clear, tuple[str, ...]], int]:
        """The forms of each key by now, and in which of them a new one is written."""
        known = self._peppers()
        return _forms(known, wanted), -1 if known.settled(self._clock()) else -2


def _wanted(key: str, kept: Kept, keys: tuple[str, ...]) -> Wanted:
    return Wanted(key, tuple(one for one in keys if one != key), kept)


def _found(
    table: KeptHandles, forms: Mapping[Clear, tuple[str, ...]], *, alike: bool = False
) -> dict[Clear, tuple[str, Kept]]:
    """By the newest form, and what is not there by the older ones: a key moves one way only, so that it is not missed in between.

    `alike`: by the older ones in any case, so that it takes the same whatever is there.
    """
    newest = table.find([keys[-1] for keys in forms.values()])
    older = table.find(
        [key for keys in forms.values() if alike or keys[-1] not in newest for key in keys[:-1]]
    )
    there = older | newest
    return {clear: (key, there[key]) for clear, keys in forms.items() for key in keys if key in there}


def _forms(known: Versions, wanted: Iterable[Clear]) -> dict[Clear, tuple[str, ...]]:
    blinder = Blinder(*known.peppers)
    return {clear: blinder.keys(clear) for clear in wanted}


def _lasts(kept: Kept, now: datetime, ends: int | None) -> bool:
    """Whether a handle need not be prolonged: kept for good, or for a visitor and long enough."""
    return kept.ends is None or (ends is not None and kept.ends >= epoch(now + _LEFT_AT_LEAST))


def drawn(clear: Clear) -> str:
    """A new handle: 128 random bits behind the letter of its kind. It leads back to nobody."""
    return f"{clear.kind}.{encode(os.urandom(_BYTES))}"
