"""Use cases of a person who wants to be reminded, or no longer (D7, D22). Everything can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vaxcert.claims.consent import Offer, agreed
from vaxcert.claims.model import Agreement
from vaxcert.grants.access import Act, Right, Rights
from vaxcert.idempotency.turn import Commit, until_written
from vaxcert.identity.model import Citizen
from vaxcert.reminders.model import ID_BYTES, Follow, Follower, new_follow, reminder_id_of
from vaxcert.reminders.ports import OneCertificate, OwnFollowers


@dataclass(frozen=True, slots=True)
class Given:
    """The consent that somebody gives: version and purposes as sent, and the language that a refusal is told in."""

    version: str | None
    purposes: Sequence[str]
    language: str


class ReminderService:
    """Switches reminders on and off. Nothing is sent without a consent on record."""

    def __init__(
        self,
        *,
        followers: OwnFollowers,
        certificates: OneCertificate,
        rights: Rights,
        offer: Offer,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._followers = followers
        self._certificates = certificates
        self._rights = rights
        self.offer = offer
        self._random_bytes = random_bytes

    def state(self, caller: Citizen, certificate_id: str, now: datetime) -> Follow | None:
        """What the caller follows of a certificate. What they have switched on can be seen however the certificate stands.

        Raises `NotFound`, `CertificateSuspended` where there is nothing and they may not follow it.
        """
        standing = self._standing(caller).follow(certificate_id)
        if standing is None:
            self._right(caller, certificate_id, now)
        return standing

    def switch_on(self, caller: Citizen, certificate_id: str, given: Given, now: datetime) -> Follow:
        """Switch on, or stay on: whoever agreed to the text in force already keeps their `reminder_id` and consent.

        Raises `NotFound`, `CertificateSuspended`, `ConsentRequired`, `ConsentOutdated`, `Unauthorized`, `Unavailable`.
        """
        right = self._right(caller, certificate_id, now)
        purposes = agreed(given.version, given.purposes, self.offer, given.language)
        version = self.offer.consent.version
        agreement = Agreement(version, purposes, now.replace(microsecond=0), caller.channel, caller.method)
        reminder_id = reminder_id_of(self._random_bytes(ID_BYTES))
        grant_id = None if right.grant is None else right.grant.grant_id
        fresh = new_follow(certificate_id, reminder_id, grant_id, agreement)
        found: list[Follow] = []

        def once() -> Commit:
            follower = self._standing(caller)
            found[:] = [_renewed(follower.follow(certificate_id), fresh)]
            if follower.follow(certificate_id) == found[0]:
                return Commit.DONE
            return self._followers.keep(follower.with_follow(found[0]), caller.session)

        until_written(once)
        return found[0]

    def switch_off(self, caller: Citizen, certificate_id: str, now: datetime) -> Follow | None:
        """Switch off, at once and however the certificate stands; None where there was nothing to switch off.

        Raises `NotFound`, `CertificateSuspended` where there is nothing and they may not follow it, `Unauthorized`, `Unavailable`.
        """
        found: list[Follow | None] = []

        def once() -> Commit:
            follower = self._standing(caller)
            standing = follower.follow(certificate_id)
            if standing is None:
                self._right(caller, certificate_id, now)
            if standing is None or not standing.on:
                found[:] = [standing]
                return Commit.DONE
            found[:] = [standing.off(now)]
            return self._followers.keep(follower.with_follow(standing.off(now)), caller.session)

        until_written(once)
        return found[0]

    def _standing(self, caller: Citizen) -> Follower:
        return self._followers.get(caller.subject) or Follower(caller.subject)

    def _right(self, caller: Citizen, certificate_id: str, now: datetime) -> Right:
        return self._rights.to(
            Act.BE_REMINDED, caller, certificate_id, self._certificates.get(certificate_id), now
        )


def _renewed(standing: Follow | None, fresh: Follow) -> Follow:
    """What is followed after agreeing again: the same if nothing is new; the same id if only the text is."""
    if standing is None or not standing.on or standing.grant_id != fresh.grant_id:
        return fresh
    if standing.agreement.version == fresh.agreement.version:
        return standing
    return replace(standing, agreement=fresh.agreement)
