"""The item form of followers, and their keys.

| pk | sk | |
|---|---|---|
| `F#<share>` | subject | a person with all that they follow, whole, with its `version`; which share follows from the subject |
| `RUN` | share | how far the share was gone through, and on which day |

One item for a person, so that "one a day and person" is one condition on one item, and sharing the work out needs no index: a
share is a partition that holds followers and nothing else.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from vaxcert.aws.clock import epoch, from_rfc3339, rfc3339
from vaxcert.aws.dynamodb import BOOL, Item, L, M, N, S, flag, maybe_text, number, text, texts
from vaxcert.claims.model import Agreement
from vaxcert.reminders.model import Follow, Follower, Told, share_of

_KEPT: Final = timedelta(days=2)
"""What was switched off is told of until the next day, and is removed by then where reminders are sent; this ends it where none are."""


def follower_key(subject: str) -> Item:
    """The primary key of a follower."""
    return {"pk": S(share_pk(share_of(subject))), "sk": S(subject)}


def share_pk(share: int) -> str:
    """The partition of a share."""
    return f"F#{share:02d}"


def to_item(follower: Follower) -> Item:
    """The item of a follower."""
    item: Item = {
        **follower_key(follower.subject),
        "version": N(follower.version),
        "follows": M({one.certificate_id: _follow(one) for one in follower.follows}),
    }
    if follower.over is not None:
        item["ttl"] = N(epoch(follower.over + _KEPT))
    if follower.sent_on is not None:
        item["sent_on"] = S(follower.sent_on.isoformat())
        item["sent_by"] = S(follower.sent_by)
    return item


def from_item(item: Item) -> Follower:
    """The follower that an item holds."""
    sent_on = maybe_text(item, "sent_on")
    return Follower(
        text(item, "sk"),
        tuple(_from_follow(one, follow["M"]) for one, follow in sorted(item["follows"]["M"].items())),
        date.fromisoformat(sent_on) if sent_on else None,
        maybe_text(item, "sent_by") or "",
        number(item, "version"),
    )


def place_key(share: int) -> Item:
    """The primary key of how far a share is."""
    return {"pk": S("RUN"), "sk": S(f"{share:02d}")}


def to_place(share: int, day: date, last: str | None) -> Item:
    """The item of how far a share is."""
    item = place_key(share) | {"day": S(day.isoformat()), "done": BOOL(last is None)}
    return item if last is None else item | {"last": S(last)}


def from_place(item: Item | None, day: date) -> tuple[str | None, bool]:
    """After whom to go on, and whether the share is done; what stands there of another day is none."""
    if item is None or text(item, "day") != day.isoformat():
        return None, False
    return maybe_text(item, "last"), flag(item, "done")


def _follow(follow: Follow) -> Item:
    agreement, told = follow.agreement, follow.told
    values: Item = {
        "reminder_id": S(follow.reminder_id),
        "consent_version": S(agreement.version),
        "consent_purposes": L([S(purpose) for purpose in agreement.purposes]),
        "consent_at": S(rfc3339(agreement.agreed_at)),
        "channel": S(agreement.channel),
        "method": S(agreement.method),
        "changes_until": S(told.changes_until.isoformat()),
        "reports_until": S(told.reports_until.isoformat()),
    }
    if follow.grant_id is not None:
        values["grant_id"] = S(follow.grant_id)
    if told.doses_on is not None:
        values["doses_on"] = S(told.doses_on.isoformat())
    if follow.off_at is not None:
        values["off_at"] = S(rfc3339(follow.off_at))
    return M(values)


def _from_follow(certificate_id: str, values: Item) -> Follow:
    doses_on, off_at = maybe_text(values, "doses_on"), maybe_text(values, "off_at")
    return Follow(
        certificate_id,
        text(values, "reminder_id"),
        maybe_text(values, "grant_id"),
        Agreement(
            version=text(values, "consent_version"),
            purposes=texts(values, "consent_purposes"),
            agreed_at=from_rfc3339(text(values, "consent_at")),
            channel=text(values, "channel"),
            method=text(values, "method"),
        ),
        Told(
            date.fromisoformat(doses_on) if doses_on else None,
            from_rfc3339(text(values, "changes_until")),
            from_rfc3339(text(values, "reports_until")),
        ),
        from_rfc3339(off_at) if off_at else None,
    )
