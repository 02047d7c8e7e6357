"""What a claimant wrote about a delegate: sealed when the grant is made, opened for the claimant's own screens (R25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from vaxcert.archives.personal import Closer, Opener
from vaxcert.grants.model import Grant, GrantStatus, SealedDelegate
from vaxcert.identity.model import mask_id_no
from vaxcert.identity.phones import mask_phone

_TABLE: Final = "grants"


class Sealing(Opener, Closer, Protocol):
    """Both halves of a sealer."""


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant as its claimant sees it: the name whole, since a mismatch is found by reading it, number and phone masked.

    An ended one shows none of the three (D7, D22).
    """

    grant_id: str
    name: str | None
    id_no: str | None
    phone: str | None
    relation: str
    status: GrantStatus
    created_at: datetime
    expires_on: date | None
    last_used_at: datetime | None


class DelegateData:
    """Seals and opens. Values are bound to the grant, not to its slot: an ended grant moves out of the slot with them."""

    def __init__(self, sealer: Sealing) -> None:
        self._sealer = sealer

    def sealed(
        self, certificate_id: str, grant_id: str, *, name: str, id_no: str, phone: str
    ) -> SealedDelegate:
        """A delegate's data, sealed for one grant."""

        def seal(attribute: str, plain: str) -> bytes:
            place = _place(certificate_id, grant_id)
            return self._sealer.seal(plain, table=_TABLE, key=place, attribute=attribute)

        return SealedDelegate(seal("name", name), seal("id_no", id_no), seal("phone", phone))

    def sealed_phone(self, grant: Grant, phone: str) -> bytes:
        """Another phone of the delegate, sealed for the grant."""
        place = _place(grant.certificate_id, grant.grant_id)
        return self._sealer.seal(phone, table=_TABLE, key=place, attribute="phone")

    def name(self, grant: Grant, today: date) -> str | None:
        """The delegate's name as the claimant wrote it; None once the grant has ended."""
        if grant.sealed is None or not grant.occupies(today):
            return None
        return self._opened(grant, "name", grant.sealed.name)

    def view(self, grant: Grant, today: date) -> GrantView:
        """The grant as its claimant sees it on the day `today`."""
        if grant.sealed is None or not grant.occupies(today):
            return self.told(grant, today)
        return self.told(
            grant,
            today,
            name=self._opened(grant, "name", grant.sealed.name),
            id_no=self._opened(grant, "id_no", grant.sealed.id_no),
            phone=self._opened(grant, "phone", grant.sealed.phone),
        )

    @staticmethod
    def told(
        grant: Grant,
        today: date,
        *,
        name: str | None = None,
        id_no: str | None = None,
        phone: str | None = None,
    ) -> GrantView:
        """As `view`, where what is sealed in the grant is at hand."""
        return GrantView(
            grant.grant_id,
            name,
            mask_id_no(id_no) if id_no else None,
            mask_phone(phone) if phone else None,
            grant.relation,
            grant.status_on(today),
            grant.created_at,
            grant.expires_on,
            grant.last_used_at,
        )

    def _opened(self, grant: Grant, attribute: str, sealed: bytes) -> str:
        place = _place(grant.certificate_id, grant.grant_id)
        return self._sealer.open(sealed, table=_TABLE, key=place, attribute=attribute)


def _place(certificate_id: str, grant_id: str) -> str:
    return f"C#{certificate_id}|{grant_id}"
