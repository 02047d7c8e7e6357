"""The item form of certificates, their keys, and what a transaction does with them.

| pk | sk | |
|---|---|---|
| `C#<certificate_id>` | `C` | the certificate, whole, with its `version` |
| `P#<record_id>` | `LIVE` | the person's live certificate, put if absent: at most one per person (invariant 1) |
| `H#<subject>` | `C#<certificate_id>` | the holder's list |
| `O#<subject>` | `C#<certificate_id>` | what they released: it stands on no list, and a copy of it is theirs as long as it is kept (D22) |
| `C#<certificate_id>` | `T#<version>` | what happened to it, one line per version, never changed; it goes with the certificate |
"""

from __future__ import annotations

from datetime import date

from vaxcert.aws.clock import from_rfc3339, rfc3339
from vaxcert.aws.dynamodb import (
    B,
    Item,
    L,
    N,
    Op,
    S,
    check,
    delete,
    maybe_blob,
    maybe_text,
    number,
    put,
    text,
    texts,
)
from vaxcert.claims.model import (
    Actor,
    Agreement,
    Certificate,
    Kind,
    Standing,
    Status,
    StatusReason,
)


def certificate_key(certificate_id: str) -> Item:
    """The primary key of a certificate."""
    return {"pk": S(f"C#{certificate_id}"), "sk": S("C")}


def live_key(record_id: str) -> Item:
    """The primary key of a person's pointer to their live certificate."""
    return {"pk": S(f"P#{record_id}"), "sk": S("LIVE")}


def line_keys(certificate: Certificate) -> list[Item]:
    """The primary keys of all that is kept of what happened to it."""
    pk = certificate_key(certificate.certificate_id)["pk"]
    return [{"pk": pk, "sk": S(_line_sk(version))} for version in range(1, certificate.version + 1)]


def to_item(certificate: Certificate) -> Item:
    """The item of a certificate."""
    agreement = certificate.agreement
    item: Item = {
        **certificate_key(certificate.certificate_id),
        "certificate_id": S(certificate.certificate_id),
        "record_id": S(certificate.record_id),
        "holder": S(certificate.holder),
        "relation": S(certificate.relation),
        "kind": S(certificate.kind),
        "status": S(certificate.standing.status),
        "version": N(certificate.version),
        "birth_date": S(certificate.birth_date.isoformat()),
        "archive_keys": L([S(key) for key in certificate.archive_keys]),
        "claimed_at": S(rfc3339(certificate.claimed_at)),
        "changed_at": S(rfc3339(certificate.changed_at)),
        "consent_version": S(agreement.version),
        "consent_purposes": L([S(purpose) for purpose in agreement.purposes]),
        "consent_at": S(rfc3339(agreement.agreed_at)),
        "channel": S(agreement.channel),
        "method": S(agreement.method),
    }
    if certificate.person_key is not None:
        item["person_key"] = S(certificate.person_key)
    if certificate.standing.reason is not None:
        item["status_reason"] = S(certificate.standing.reason)
    if certificate.name_key is not None:
        item["name_key"] = S(certificate.name_key)
    if certificate.name is not None:
        item["name"] = B(certificate.name)
    if certificate.ended_from is not None:
        item["ended_from"] = S(certificate.ended_from)
    return item


def from_item(item: Item) -> Certificate:
    """The certificate that an item holds."""
    reason, ended_from = maybe_text(item, "status_reason"), maybe_text(item, "ended_from")
    return Certificate(
        certificate_id=text(item, "certificate_id"),
        record_id=text(item, "record_id"),
        person_key=maybe_text(item, "person_key"),
        holder=text(item, "holder"),
        relation=text(item, "relation"),
        kind=Kind(text(item, "kind")),
        standing=Standing(Status(text(item, "status")), StatusReason(reason) if reason else None),
        version=number(item, "version"),
        birth_date=date.fromisoformat(text(item, "birth_date")),
        archive_keys=texts(item, "archive_keys"),
        claimed_at=from_rfc3339(text(item, "claimed_at")),
        changed_at=from_rfc3339(text(item, "changed_at")),
        agreement=Agreement(
            version=text(item, "consent_version"),
            purposes=texts(item, "consent_purposes"),
            agreed_at=from_rfc3339(text(item, "consent_at")),
            channel=text(item, "channel"),
            method=text(item, "method"),
        ),
        name_key=maybe_text(item, "name_key"),
        name=maybe_blob(item, "name"),
        ended_from=StatusReason(ended_from) if ended_from else None,
    )


class CertificateOps:
    """Operations of one transaction each, so that the nightly sync can change a certificate together with the archive."""

    def __init__(self, table: str) -> None:
        self._table = table

    def made(self, certificate: Certificate, instead_of: Certificate | None) -> list[Op]:
        """A new certificate becomes the person's live one, where none is live or in place of `instead_of`."""
        if instead_of is None:
            condition, values = "attribute_not_exists(pk)", None
        else:
            condition, values = "certificate_id = :instead", {":instead": S(instead_of.certificate_id)}
        return [
            put(self._table, self._live(certificate), condition, values=values),
            put(self._table, to_item(certificate), "attribute_not_exists(pk)"),
            put(self._table, _place(list_key(certificate), certificate)),
            put(self._table, _line(certificate, Actor.HOLDER)),
        ]

    def changed(
        self, before: Certificate, after: Certificate, by: Actor, *, live_moves: bool = True
    ) -> list[Op]:
        """`before` becomes `after`, where it is still at that version: suspend, restore, release, close, follow.

        Nothing follows a final one. A final status takes the person's live pointer away, another record moves it (which
        does not hold where that person has a live certificate already: suspend then). `live_moves=False` where the same
        transaction makes a successor.
        """
        ops = [
            put(
                self._table,
                to_item(after),
                "#version = :version",
                {"#version": "version"},
                {":version": N(before.version)},
            ),
            put(self._table, _line(after, by), "attribute_not_exists(pk)"),
        ]
        ends = after.standing.final
        if live_moves and (ends or after.record_id != before.record_id):
            ops.append(
                delete(
                    self._table,
                    live_key(before.record_id),
                    "certificate_id = :own",
                    values={":own": S(before.certificate_id)},
                )
            )
            if not ends:
                ops.append(put(self._table, self._live(after), "attribute_not_exists(pk)"))
        elif not ends and after.relation != before.relation:
            own = {":own": S(before.certificate_id)}
            ops.append(put(self._table, self._live(after), "certificate_id = :own", values=own))
        if after.standing.status is Status.RELEASED:
            # A closed one stays on its holder's list, for the list is where the reason is told.
            ops.append(delete(self._table, list_key(before)))
            ops.append(put(self._table, _place(released_key(before), before)))
        return ops

    def unchanged(self, certificate: Certificate) -> Op:
        """Lets a transaction stand only while the certificate is at the version that was read."""
        return check(
            self._table,
            certificate_key(certificate.certificate_id),
            "#version = :version",
            {"#version": "version"},
            {":version": N(certificate.version)},
        )

    @staticmethod
    def _live(certificate: Certificate) -> Item:
        return {
            **live_key(certificate.record_id),
            "certificate_id": S(certificate.certificate_id),
            "holder": S(certificate.holder),
            "relation": S(certificate.relation),
        }


def list_key(certificate: Certificate) -> Item:
    """The primary key of a certificate's line on its holder's list."""
    return {"pk": S(f"H#{certificate.holder}"), "sk": S(f"C#{certificate.certificate_id}")}


def released_key(certificate: Certificate) -> Item:
    """The primary key of a certificate's line among those that its holder released."""
    return {"pk": S(released_pk(certificate.holder)), "sk": S(f"C#{certificate.certificate_id}")}


def released_pk(subject: str) -> str:
    """The partition of what somebody released."""
    return f"O#{subject}"


def _place(key: Item, certificate: Certificate) -> Item:
    return {**key, "certificate_id": S(certificate.certificate_id)}


def _line(certificate: Certificate, by: Actor) -> Item:
    item: Item = {
        "pk": S(f"C#{certificate.certificate_id}"),
        "sk": S(_line_sk(certificate.version)),
        "record_id": S(certificate.record_id),
        "status": S(certificate.standing.status),
        "at": S(rfc3339(certificate.changed_at)),
        "by": S(by),
    }
    if certificate.standing.reason is not None:
        item["status_reason"] = S(certificate.standing.reason)
    return item


def _line_sk(version: int) -> str:
    return f"T#{version:06d}"
