"""The item form of grants, their keys, and what a transaction does with them.

| pk | sk | |
|---|---|---|
| `C#<certificate_id>` | `S#01` … `S#10` | a slot: the grant that stands in it, whole, with the slot's `version` |
| `C#<certificate_id>` | `D#<delegate>` | one grant per delegate: which slot |
| `D#<delegate>` | `C#<certificate_id>` | the delegate's list |
| `C#<certificate_id>` | `X#<created>#<grant_id>` | an ended grant whose slot was used again |
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from vaxcert.aws.clock import from_rfc3339, rfc3339
from vaxcert.aws.dynamodb import (
    BOOL,
    B,
    Item,
    N,
    Op,
    S,
    blob,
    delete,
    flag,
    maybe_text,
    number,
    put,
    text,
    update,
)
from vaxcert.grants.model import Grant, GrantStatus, SealedDelegate

_OWN = "attribute_not_exists(pk) OR grant_id = :grant"


def slot_key(certificate_id: str, slot: int) -> Item:
    """The primary key of a slot."""
    return {"pk": S(f"C#{certificate_id}"), "sk": S(f"S#{slot:02d}")}


def delegate_key(certificate_id: str, delegate: str) -> Item:
    """The primary key of a delegate's one grant of a certificate."""
    return {"pk": S(f"C#{certificate_id}"), "sk": S(f"D#{delegate}")}


def to_item(grant: Grant) -> Item:
    """The item of the grant in its slot."""
    item: Item = {
        **slot_key(grant.certificate_id, grant.slot),
        "certificate_id": S(grant.certificate_id),
        "grant_id": S(grant.grant_id),
        "slot": N(grant.slot),
        "version": N(grant.version),
        "status": S(grant.status),
        "delegate": S(grant.delegate),
        "name_key": S(grant.name_key),
        "relation": S(grant.relation),
        "created_at": S(rfc3339(grant.created_at)),
    }
    if grant.sealed is not None:
        item |= {"name": B(grant.sealed.name), "id_no": B(grant.sealed.id_no), "phone": B(grant.sealed.phone)}
    if grant.expires_on is not None:
        item["expires_on"] = S(grant.expires_on.isoformat())
    if grant.last_used_at is not None:
        item["last_used_at"] = S(rfc3339(grant.last_used_at))
    if grant.left:
        item["left"] = BOOL(True)
    if grant.ended_at is not None:
        item["ended_at"] = S(rfc3339(grant.ended_at))
    return item


def from_item(item: Item) -> Grant:
    """The grant that a slot or an ended item holds."""
    expires_on = maybe_text(item, "expires_on")
    last_used_at = maybe_text(item, "last_used_at")
    ended_at = maybe_text(item, "ended_at")
    return Grant(
        certificate_id=text(item, "certificate_id"),
        grant_id=text(item, "grant_id"),
        slot=number(item, "slot"),
        version=number(item, "version"),
        status=GrantStatus(text(item, "status")),
        delegate=text(item, "delegate"),
        name_key=text(item, "name_key"),
        relation=text(item, "relation"),
        created_at=from_rfc3339(text(item, "created_at")),
        expires_on=date.fromisoformat(expires_on) if expires_on else None,
        last_used_at=from_rfc3339(last_used_at) if last_used_at else None,
        ended_at=from_rfc3339(ended_at) if ended_at else None,
        sealed=SealedDelegate(blob(item, "name"), blob(item, "id_no"), blob(item, "phone"))
        if "name" in item
        else None,
        left=flag(item, "left"),
    )


class GrantOps:
    """Operations of one transaction each."""

    def __init__(self, table: str) -> None:
        self._table = table

    def made(self, grant: Grant, before: Grant | None) -> list[Op]:
        """A grant takes a slot: where it was never used, or still holds the ended grant `before`."""
        if before is None:
            taken = put(self._table, to_item(grant), "attribute_not_exists(pk)")
        else:
            taken = put(
                self._table,
                to_item(grant),
                "grant_id = :before AND #status = :status",
                {"#status": "status"},
                {":before": S(before.grant_id), ":status": S(before.status)},
            )
        # The delegate's own expired grant may still be pointed at; anything else is a grant that holds.
        own = {":grant": S((before or grant).grant_id)}
        ops = [taken, *(put(self._table, pointer, _OWN, values=own) for pointer in self._pointers(grant))]
        if before is not None:
            ops.append(
                put(
                    self._table,
                    _ended(before.expired() if before.ended_at is None else replace(before, sealed=None)),
                )
            )
            if before.delegate != grant.delegate and before.status is not GrantStatus.REVOKED:
                ops += self._unpointed(before)
        return ops

    def revoked(self, before: Grant, after: Grant) -> list[Op]:
        """A grant ends by its claimant or its delegate: the slot says so, and nothing points at it any more."""
        ended = put(
            self._table,
            to_item(after),
            "grant_id = :grant AND #status = :status",
            {"#status": "status"},
            {":grant": S(before.grant_id), ":status": S(before.status)},
        )
        return [ended, *self._unpointed(before)]

    def phone_changed(self, grant: Grant, phone: bytes) -> Op:
        """The claimant writes another phone; holds while the grant stands as it was read."""
        return update(
            self._table,
            slot_key(grant.certificate_id, grant.slot),
            "SET phone = :phone",
            "grant_id = :grant AND #status = :status",
            {"#status": "status"},
            {":phone": B(phone), ":grant": S(grant.grant_id), ":status": S(grant.status)},
        )

    def seen(self, grant: Grant, status: GrantStatus) -> Op:
        """The delegate's visit found the name to match or not (D7)."""
        return update(
            self._table,
            slot_key(grant.certificate_id, grant.slot),
            "SET #status = :status",
            "grant_id = :grant AND #status = :before",
            {"#status": "status"},
            {":status": S(status), ":grant": S(grant.grant_id), ":before": S(grant.status)},
        )

    def used(self, grant: Grant, at: str) -> Op:
        """The delegate used the grant; holds only while it is active, so that a reading and its end cannot cross."""
        return update(
            self._table,
            slot_key(grant.certificate_id, grant.slot),
            "SET last_used_at = :at",
            "grant_id = :grant AND #status = :active",
            {"#status": "status"},
            {":at": S(at), ":grant": S(grant.grant_id), ":active": S(GrantStatus.ACTIVE)},
        )

    def _unpointed(self, grant: Grant) -> list[Op]:
        return [
            delete(
                self._table,
                {"pk": pointer["pk"], "sk": pointer["sk"]},
                _OWN,
                values={":grant": S(grant.grant_id)},
            )
            for pointer in self._pointers(grant)
        ]

    @staticmethod
    def _pointers(grant: Grant) -> list[Item]:
        what: Item = {
            "certificate_id": S(grant.certificate_id),
            "grant_id": S(grant.grant_id),
            "slot": N(grant.slot),
        }
        return [{**key, **what} for key in pointers(grant)]


def pointers(grant: Grant) -> tuple[Item, Item]:
    """The primary keys of what points at a grant: the certificate's line of its delegate, and the delegate's own list."""
    return (
        delegate_key(grant.certificate_id, grant.delegate),
        {"pk": S(f"D#{grant.delegate}"), "sk": S(f"C#{grant.certificate_id}")},
    )


def ended_position(position: str) -> str:
    """The sort key of an ended grant, by `Grant.position`."""
    return f"X#{position}"


def _ended(grant: Grant) -> Item:
    return {**to_item(grant), "sk": S(ended_position(grant.position))}
