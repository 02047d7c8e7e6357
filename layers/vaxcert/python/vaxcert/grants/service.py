"""Use cases of a claimant who authorises family (证照授权, R22–R27, D7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, partial

from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate, Kind, kind_on
from vaxcert.claims.paging import cursor_at, position_of
from vaxcert.claims.ports import Freshness
from vaxcert.errors import Conflict, NotFound, Rejected
from vaxcert.grants.access import Act, Rights
from vaxcert.grants.form import Delegate, Form, faults_of, named_by
from vaxcert.grants.model import ID_BYTES, Grant, GrantStatus, NoRoom, SealedDelegate, grant_id_of, room_for
from vaxcert.grants.personal import DelegateData, GrantView
from vaxcert.grants.ports import Grants, HeldCertificates, People
from vaxcert.idempotency.model import Answer, Answers
from vaxcert.idempotency.turn import ATTEMPTS, Asked, Commit, Deed, Repeatable, until_written
from vaxcert.identity.model import Citizen
from vaxcert.identity.phones import read_phone


class AdultNotGrantable(Rejected):
    """Only a child's certificate can be authorised (R24)."""

    code = "adult_not_grantable"


class DelegateIsSelf(Rejected):
    """The claimant needs no grant (D7)."""

    code = "delegate_is_self"


class DelegateUnderage(Rejected):
    """People under 18 are refused (D7)."""

    code = "delegate_underage"


class AlreadyAuthorized(Conflict):
    """The delegate has a grant that holds (D7)."""

    code = "already_authorized"


class GrantLimitReached(Conflict):
    """Ten grants hold (R27)."""

    code = "grant_limit_reached"


@dataclass(frozen=True, slots=True)
class GrantRules:
    """The settings of D1 that authorising knows."""

    limit: int
    adult_age: int


class GrantService:
    """What a claimant does with grants. Answers never tell whether a delegate is known to us."""

    def __init__(
        self,
        *,
        certificates: HeldCertificates,
        grants: Grants,
        answers: Answers,
        people: People,
        personal: DelegateData,
        rules: GrantRules,
        rights: Rights,
        fresh: Freshness,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._certificates = certificates
        self._grants = grants
        # A turn may be lost to another grant that took the slot: all ten can be, before the limit itself is the answer.
        self._repeatable = Repeatable(answers, attempts=rules.limit + ATTEMPTS, own=AlreadyAuthorized)
        self._people = people
        self._personal = personal
        self._rules = rules
        self._rights = rights
        self._fresh = fresh
        self._random_bytes = random_bytes

    def grants(
        self, caller: Citizen, certificate_id: str, now: datetime, *, cursor: str | None, limit: int
    ) -> tuple[Sequence[GrantView], str | None]:
        """A certificate's grants, newest first, ended ones among them, and the next cursor.

        Raises `NotFound` for a certificate that the caller did not claim, `UnknownCursor`.
        """
        right = self._rights.to(
            Act.SEE_GRANTS, caller, certificate_id, self._certificates.get(certificate_id), now
        )
        today = shanghai_date(now)
        scope = f"grants|{certificate_id}"
        before = None if cursor is None else position_of(scope, cursor)
        # The ten slots, and as many of the ended ones as a page can show: what it costs does not grow with the past.
        standing = [
            grant for grant in self._grants.slots(certificate_id) if before is None or grant.position < before
        ]
        ended = self._grants.ended(certificate_id, before, limit + 1)
        found = sorted((*standing, *ended), key=lambda grant: grant.position, reverse=True)
        shown = self._rights.lent(right, found[:limit], now)
        following = cursor_at(scope, shown[-1].position) if len(found) > limit else None
        return [self._personal.view(grant, today) for grant in shown], following

    def authorize(
        self, caller: Citizen, certificate_id: str, form: Form, asked: Asked[GrantView], now: datetime
    ) -> Answer:
        """Authorise a family member (确认授权, R26). The same request again gets the same answer (invariant 4).

        Raises `KeyReused`, what reading the form raises, a stale verification, `NotFound`, `AdultNotGrantable`,
        `CertificateSuspended`, `DelegateIsSelf`, `DelegateUnderage`, `AlreadyAuthorized`, `GrantLimitReached`, `Unauthorized`, `Unavailable`.
        """
        today = shanghai_date(now)

        def prepare() -> Callable[[], Deed[GrantView]]:
            delegate = named_by(form, today)
            self._fresh(caller, now)
            # Met once, and not before the caller may authorise: whom a stranger names leaves no handle.
            met = cache(lambda: self._people.person(delegate.number.text, delegate.name))
            # Sealed once, whichever slot it is for, and not before there is one.
            sealed = cache(lambda: self._sealed(certificate_id, delegate))

            def decide() -> Deed[GrantView]:
                certificate = self._grantable(caller, certificate_id, now)
                key, name_key = met()
                self._must_be_another_adult(delegate, key, caller, today)
                room = room_for(key, self._grants.slots(certificate_id), self._rules.limit, today)
                if room is NoRoom.ALREADY_AUTHORIZED:
                    raise AlreadyAuthorized
                if room is NoRoom.LIMIT_REACHED:
                    raise GrantLimitReached
                grant_id, data = sealed()
                grant = Grant(
                    certificate_id=certificate_id,
                    grant_id=grant_id,
                    slot=room.slot,
                    version=room.version,
                    status=GrantStatus.ACTIVE,
                    delegate=key,
                    name_key=name_key,
                    relation=str(delegate.relation),
                    created_at=now.replace(microsecond=0),
                    expires_on=delegate.expires_on,
                    last_used_at=None,
                    ended_at=None,
                    sealed=data,
                )
                view = self._personal.told(
                    grant, today, name=delegate.name, id_no=delegate.number.text, phone=delegate.phone
                )
                write = partial(
                    self._grants.add,
                    grant,
                    room.before,
                    certificate=certificate,
                    session=caller.session,
                )
                return Deed(view, write)

            return decide

        return self._repeatable.answer(asked, now, prepare)

    def revoke(self, caller: Citizen, certificate_id: str, grant_id: str, now: datetime) -> None:
        """Revoke a grant: its codes already shown end with this one write (D7). Can be repeated, and asks for no fresh
        verification, since taking a right away must never be hard. Raises `NotFound`, `Unauthorized`, `Unavailable`.
        """

        def once() -> Commit:
            self._rights.to(Act.REVOKE, caller, certificate_id, self._certificates.get(certificate_id), now)
            found = self._grants.slots(certificate_id)
            grant = next((grant for grant in found if grant.grant_id == grant_id), None)
            if grant is None:
                # Ended, and its slot used again since; what stands is in a slot.
                if any(grant.grant_id == grant_id for grant in self._grants.history(certificate_id)):
                    return Commit.DONE
                raise NotFound
            if not grant.occupies(shanghai_date(now)):
                return Commit.DONE
            return self._grants.revoke(grant, grant.revoked(now), caller.session)

        until_written(once)

    def leave(self, caller: Citizen, certificate_id: str, now: datetime) -> None:
        """A delegate gives a grant back (D22): it ends as if revoked. Can be repeated, however the certificate stands.

        Raises `NotFound` to everybody who has none there, whose last one was revoked among them, `Unauthorized`, `Unavailable`.
        """

        def own(grants: Iterable[Grant]) -> list[Grant]:
            return [
                grant
                for grant in grants
                if grant.delegate == caller.subject and grant.name_key == caller.name_key
            ]

        def once() -> Commit:
            today = shanghai_date(now)
            found = own(self._grants.slots(certificate_id))
            standing = next((grant for grant in found if grant.occupies(today)), None)
            if standing is not None:
                return self._grants.revoke(standing, standing.given_back(now), caller.session)
            # Its slot may have been used again since.
            past = own(self._grants.history(certificate_id))
            last = max(past, key=lambda grant: grant.position, default=None)
            if last is not None and last.left:
                return Commit.DONE
            raise NotFound

        until_written(once)

    def change_phone(
        self, caller: Citizen, certificate_id: str, grant_id: str, written: str, now: datetime
    ) -> GrantView:
        """The claimant writes another phone of a delegate, as people write it (R25, D17). Can be repeated.

        Raises `Rejected` for what is no phone, a stale verification, `NotFound` (for an ended grant too), `CertificateSuspended`,
        `Unauthorized`, `Unavailable`.
        """
        today = shanghai_date(now)
        phone = read_phone(written)
        if phone is None:
            raise Rejected(fields=faults_of({"phone": written}, today))
        self._fresh(caller, now)
        changed: list[Grant] = []

        def once() -> Commit:
            self._rights.to(
                Act.AUTHORIZE, caller, certificate_id, self._certificates.get(certificate_id), now
            )
            found = self._grants.slots(certificate_id)
            grant = next((one for one in found if one.grant_id == grant_id and one.occupies(today)), None)
            if grant is None or grant.sealed is None:
                raise NotFound
            sealed = self._personal.sealed_phone(grant, phone)
            changed[:] = [replace(grant, sealed=replace(grant.sealed, phone=sealed))]
            return self._grants.change_phone(grant, sealed, caller.session)

        until_written(once)
        return self._personal.view(changed[0], today)

    def _grantable(self, caller: Citizen, certificate_id: str, now: datetime) -> Certificate:
        certificate = self._certificates.get(certificate_id)
        held = self._rights.to(Act.SEE_GRANTS, caller, certificate_id, certificate, now).certificate
        if held.kind is Kind.ADULT:
            raise AdultNotGrantable
        return self._rights.to(Act.AUTHORIZE, caller, certificate_id, held, now).certificate

    def _must_be_another_adult(self, delegate: Delegate, key: str, caller: Citizen, today: date) -> None:
        if key == caller.subject:
            raise DelegateIsSelf
        if kind_on(delegate.number.birth_date, today, self._rules.adult_age) is Kind.CHILD:
            raise DelegateUnderage

    def _sealed(self, certificate_id: str, delegate: Delegate) -> tuple[str, SealedDelegate]:
        """A new grant's id, and the delegate's data sealed for it."""
        grant_id = grant_id_of(self._random_bytes(ID_BYTES))
        return grant_id, self._personal.sealed(
            certificate_id, grant_id, name=delegate.name, id_no=delegate.number.text, phone=delegate.phone
        )
