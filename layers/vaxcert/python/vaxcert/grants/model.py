"""An authorisation (授权) of a family member, and where a new one finds room (R24–R27, D7).

Ten fixed slots per certificate are the limit itself: no counter can drift (invariant 1). A code carries the slot and its
version, so that a revoked grant ends codes already shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from vaxcert.aws.clock import rfc3339
from vaxcert.claims.model import Certificate


class GrantStatus(StrEnum):
    """Where a grant stands. Active and mismatched ones occupy a slot."""

    ACTIVE = "active"
    NAME_MISMATCH = "name_mismatch"
    REVOKED = "revoked"
    EXPIRED = "expired"


SLOTS: Final = 10
"""Slots that a certificate has (R27). The setting may allow fewer grants; those that stand in the others then still hold."""

MOST_VERSIONS: Final = 1 << 20
"""A slot's version stays below it, for a code has twenty bits of room (ADR 0004): a slot that has used them up takes no grant any more."""

ID_BYTES: Final = 12
_ID_FORM: Final = re.compile(r"g[0-9a-f]{24}")

_OCCUPYING: Final = frozenset({GrantStatus.ACTIVE, GrantStatus.NAME_MISMATCH})


def grant_id_of(octets: bytes) -> str:
    """The id that twelve random bytes make."""
    return f"g{octets.hex()}"


def is_grant_id(text: str) -> bool:
    """Whether a text has the form of a grant's id."""
    return _ID_FORM.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class SealedDelegate:
    """What the claimant wrote about the delegate, as stored."""

    name: bytes
    id_no: bytes
    phone: bytes


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant: who may use which certificate, until which day (inclusive, Asia/Shanghai).

    `delegate` and `name_key` are blinded; `version` grows with every use of the slot.
    """

    certificate_id: str
    grant_id: str
    slot: int
    version: int
    status: GrantStatus
    delegate: str
    name_key: str
    relation: str
    created_at: datetime
    expires_on: date | None
    last_used_at: datetime | None
    ended_at: datetime | None
    sealed: SealedDelegate | None
    """None once it has ended: nothing of the delegate is kept then (D22)."""
    left: bool = False
    """Whether its delegate ended it, who alone may be told so again."""

    @property
    def last(self) -> bool:
        """Whether its slot has used up its versions."""
        return self.version + 1 >= MOST_VERSIONS

    @property
    def position(self) -> str:
        """Its place among all grants of the certificate, the newest having the greatest; the same once it has ended."""
        return f"{rfc3339(self.created_at)}#{self.grant_id}"

    def status_on(self, today: date) -> GrantStatus:
        """Where it stands on the day `today`: the last day is the end date itself (D7)."""
        if self.status in _OCCUPYING and self.expires_on is not None and today > self.expires_on:
            return GrantStatus.EXPIRED
        return self.status

    def occupies(self, today: date) -> bool:
        """Whether it takes up one of the ten on the day `today`."""
        return self.status_on(today) in _OCCUPYING

    def seen_as(self, name_key: str) -> GrantStatus:
        """What its status becomes when the delegate visits under the name `name_key`: number and name must both match (D7)."""
        return GrantStatus.ACTIVE if name_key == self.name_key else GrantStatus.NAME_MISMATCH

    def revoked(self, now: datetime) -> Grant:
        """The grant once revoked by its claimant."""
        return replace(self, status=GrantStatus.REVOKED, ended_at=now.replace(microsecond=0), sealed=None)

    def given_back(self, now: datetime) -> Grant:
        """The grant once left by its delegate: for everybody else as if revoked."""
        return replace(self.revoked(now), left=True)

    def expired(self) -> Grant:
        """The grant once its slot is wanted after its last day."""
        return replace(self, status=GrantStatus.EXPIRED, sealed=None)


def lent_with(
    certificate: Certificate | None, grants: Iterable[Grant], today: date, adult_age: int
) -> tuple[Grant, ...]:
    """A certificate's grants as they stand on the day `today`: they end with it (D5, D6). None is a certificate that is kept no more."""
    if certificate is not None and not certificate.standing_on(today, adult_age).final:
        return tuple(grants)
    return tuple(
        replace(grant, status=GrantStatus.REVOKED, sealed=None) if grant.occupies(today) else grant
        for grant in grants
    )


@dataclass(frozen=True, slots=True)
class Room:
    """A slot for a new grant, its next version, and the ended grant that it held before."""

    slot: int
    version: int
    before: Grant | None


class NoRoom(StrEnum):
    """Why there is no slot for a delegate."""

    ALREADY_AUTHORIZED = "already_authorized"
    LIMIT_REACHED = "grant_limit_reached"


def room_for(delegate: str, slots: Iterable[Grant], limit: int, today: date) -> Room | NoRoom:
    """Where a grant for `delegate` goes among the grants that stand in the slots (R27, D7: one per delegate, ten active).

    A delegate's own ended slot comes first, so that nobody ever stands in two.
    """
    standing = {grant.slot: grant for grant in slots}
    taken = [grant for grant in standing.values() if grant.occupies(today)]
    if any(grant.delegate == delegate for grant in taken):
        return NoRoom.ALREADY_AUTHORIZED
    if len(taken) >= limit:
        return NoRoom.LIMIT_REACHED
    # Ended by its date alone, and so still pointed at by the delegate's keys.
    own = [
        grant.slot for grant in standing.values() if grant.delegate == delegate and grant.status in _OCCUPYING
    ]
    free = [
        slot
        for slot in range(1, limit + 1)
        if slot not in standing or not (standing[slot].occupies(today) or standing[slot].last)
    ]
    # Never used before used again: a version that stays 1 tells that no code of this slot was ever shown.
    free.sort(key=lambda slot: (slot in standing, slot))
    slot = next(iter(own + free), 0)
    before = standing.get(slot)
    if not slot or (before and before.last):
        return NoRoom.LIMIT_REACHED
    return Room(slot, before.version + 1 if before else 1, before)
