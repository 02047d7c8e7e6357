"""After a restore: what had ended by then ends again in the restored table (docs/runbook/restore.md).

`python -m tools.restore TABLE OLD RESTORED` carries endings over: TABLE is `sessions`, `codes`, `devices`, `grants`, `certificates` or
`reminders`, OLD the table as it was left (`lost` if it cannot be read), RESTORED the new one. Again is harmless: what has ended stays ended.

Credentials and region are those of the AWS command line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from vaxcert.aws.dynamodb import Cancelled, Item, flag, number, put, scan_all, single, text, transact
from vaxcert.claims.items import CertificateOps
from vaxcert.claims.items import from_item as certificate_from_item
from vaxcert.claims.model import RELEASED, REPLACED, Actor
from vaxcert.grants.items import GrantOps
from vaxcert.grants.items import from_item as grant_from_item
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.reminders.items import from_item as follower_from_item
from vaxcert.reminders.items import to_item as to_follower
from vaxcert.reminders.model import Follower

LOST: Final = "lost"
_ENDED: Final = frozenset({GrantStatus.REVOKED, GrantStatus.EXPIRED})


def items_of(client: Any, table: str) -> Iterator[Item]:
    """Everything in a table, strongly consistent."""
    return scan_all(client, TableName=table, ConsistentRead=True)


def carry_marks(client: Any, old: str, restored: str, _now: datetime) -> int:
    """Marks of what was used or ended (sessions, challenges, codes): every one that is missing; how many."""
    return sum(_put_missing(client, restored, item) for item in items_of(client, old))


def carry_devices(client: Any, old: str, restored: str, _now: datetime) -> int:
    """Devices that were changed or disabled since; how many."""
    standing = {text(item, "pk"): item for item in items_of(client, restored)}
    carried = 0
    for item in items_of(client, old):
        there = standing.get(text(item, "pk"))
        if "version" not in item:  # the mark of a used assertion
            carried += _put_missing(client, restored, item)
        elif (
            there is None
            or number(item, "version") > number(there, "version")
            or (not flag(item, "enabled") and flag(there, "enabled"))
        ):
            single(client, put(restored, item))
            carried += 1
    return carried


def carry_grants(client: Any, old: str, restored: str, now: datetime) -> int:
    """Grants that have ended since, as their claimants and delegates ended them; how many.

    Where the old table is lost nobody can say which these are: every grant ends, and families give them anew.
    """
    ended = None if old == LOST else {one.grant_id: one.left for one in _grants(client, old) if _over(one)}
    carried = 0
    for grant in list(_grants(client, restored)):
        if not _over(grant) and (ended is None or grant.grant_id in ended):
            left = ended is not None and ended[grant.grant_id]
            after = grant.given_back(now) if left else grant.revoked(now)
            transact(client, GrantOps(restored).revoked(grant, after))
            carried += 1
    return carried


def carry_certificates(client: Any, old: str, restored: str, now: datetime) -> int:
    """Certificates that were released, suspended or closed since; how many. The next night judges all of them anew.

    One that was suspended and then made way for another guardian's (D5) was active at that second: it ends as if released.
    """
    before = {one.certificate_id: one for one in _certificates(client, restored)}
    carried = 0
    for one in _certificates(client, old):
        there = before.get(one.certificate_id)
        if there is None or there.version >= one.version or there.standing == one.standing:
            continue
        replaced = one.standing == REPLACED and not there.standing.can_transition_to(REPLACED)
        standing = RELEASED if replaced else one.standing
        if there.standing.can_transition_to(standing):
            ops = CertificateOps(restored)
            transact(client, ops.changed(there, there.moved_to(standing, now), Actor.NIGHT))
            carried += 1
    return carried


def carry_reminders(client: Any, old: str, restored: str, now: datetime) -> int:
    """People who switched reminders off since, or follow less by now (D22); how many. A consent that was withdrawn stays withdrawn.

    Where the old table is lost nobody can say who has withdrawn theirs: all are off, and people switch them on anew.
    """
    on = (
        set()
        if old == LOST
        else {one.reminder_id for who in _followers(client, old) for one in who.follows if one.on}
    )
    carried = 0
    for who in list(_followers(client, restored)):
        ended = [one for one in who.follows if one.on and one.reminder_id not in on]
        after = who
        for one in ended:
            after = after.with_follow(one.off(now))
        if ended:
            single(client, put(restored, to_follower(after)))
            carried += 1
    return carried


CARRY: Final[dict[str, Callable[[Any, str, str, datetime], int]]] = {
    "sessions": carry_marks,
    "codes": carry_marks,
    "devices": carry_devices,
    "grants": carry_grants,
    "certificates": carry_certificates,
    "reminders": carry_reminders,
}
_ALL_END: Final = frozenset({"grants", "reminders"})
"""Where the old table is lost, all that stands ends."""


def _put_missing(client: Any, table: str, item: Item) -> bool:
    try:
        single(client, put(table, item, "attribute_not_exists(pk)"))
    except Cancelled:
        return False
    return True


def _over(grant: Grant) -> bool:
    return grant.status in _ENDED


def _grants(client: Any, table: str) -> Iterator[Grant]:
    for item in items_of(client, table):
        if text(item, "sk").startswith(("S#", "X#")):
            yield grant_from_item(item)


def _certificates(client: Any, table: str) -> Iterator[Any]:
    for item in items_of(client, table):
        if text(item, "sk") == "C":
            yield certificate_from_item(item)


def _followers(client: Any, table: str) -> Iterator[Follower]:
    for item in items_of(client, table):
        if text(item, "pk").startswith("F#"):
            yield follower_from_item(item)


def main(words: list[str]) -> int:
    """Carry one table's endings over and say how many."""
    if len(words) != len(("TABLE", "OLD", "RESTORED")) or words[0] not in CARRY:
        print(__doc__, file=sys.stderr)
        return 2
    kind, old, restored = words
    if old == LOST and kind not in _ALL_END:
        print(f"{kind}: nothing to carry over. RefuseIssuedBefore refuses what was issued before.")
        return 0
    from boto3.session import Session

    carried = CARRY[kind](Session().client("dynamodb"), old, restored, datetime.now(UTC))
    print(f"{kind}: {carried} carried over from {old} to {restored}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
