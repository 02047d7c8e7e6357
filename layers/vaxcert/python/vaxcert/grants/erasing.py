"""What becomes of a grant that has ended (D22): nothing of the delegate stays in it, and it goes after its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from vaxcert.aws.clock import SHANGHAI, epoch, shanghai_date
from vaxcert.aws.dynamodb import Cancelled, Item, N, Op, S, text, transact, update
from vaxcert.aws.sweeping import swept
from vaxcert.grants.items import GrantOps, from_item, pointers
from vaxcert.grants.model import Grant
from vaxcert.grants.store import GrantReader
from vaxcert.idempotency.turn import until_done

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_GRANTS = ("S#", "X#")


class GrantEnder:
    """Ends grants together with what they hang on: a certificate that is over, or a delegate who is erased (D22)."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._ops = GrantOps(table)
        self._grants = GrantReader(client, table)

    def of_certificate(self, certificate_id: str, now: datetime) -> int:
        """End each grant of a certificate, and take out what is sealed in those that ended; how many were changed.

        Raises `Unavailable` where others keep changing them.
        """
        return self._all_ended(lambda: self._grants.slots(certificate_id), lambda grant: grant.revoked(now))

    def of_delegate(self, delegate: str, now: datetime) -> int:
        """End each grant that a delegate has, as if they had left; how many were changed.

        Raises `Unavailable` where others keep changing them.
        """
        return self._all_ended(lambda: self._grants.lent_to(delegate), lambda grant: grant.given_back(now))

    def _all_ended(self, read: Callable[[], Iterable[Grant]], end: Callable[[Grant], Grant]) -> int:
        """All of them: nobody comes back to one that is left out, for what it hangs on is marked as done."""
        changed = 0

        def once() -> bool | None:
            nonlocal changed
            standing = [grant for grant in read() if grant.sealed is not None]
            ended = sum(self._ended(grant, end(grant)) for grant in standing)
            changed += ended
            return True if ended == len(standing) else None

        until_done(once)
        return changed

    def _ended(self, before: Grant, after: Grant) -> bool:
        try:
            transact(self._client, self._ops.revoked(before, after))
        except Cancelled:
            return False  # it has changed since it was read
        return True


class GrantEraser:
    """Goes through all grants. `kept`: how long an ended one is kept, for the access log names it by its id (D11)."""

    def __init__(self, client: DynamoDBClient, table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def sweep(self, now: datetime) -> int:
        """Take name, number and phone out of every grant that has ended, also by its date alone, and say when it goes; how many items
        were changed."""
        today = shanghai_date(now)
        return swept(self._client, self._table, lambda item: self._ops(item, today))

    def _ops(self, item: Item, today: date) -> list[Op]:
        if not text(item, "sk").startswith(_GRANTS):
            return []
        grant = from_item(item)
        if grant.occupies(today) or "ttl" in item:
            return []
        ends = {":ttl": N(epoch(_ended_at(grant) + self._kept)), ":grant": S(grant.grant_id)}
        erased = update(
            self._table,
            {"pk": item["pk"], "sk": item["sk"]},
            "SET #ttl = :ttl REMOVE #name, id_no, phone",
            "grant_id = :grant AND #status = :status",
            {"#ttl": "ttl", "#name": "name", "#status": "status"},
            {**ends, ":status": S(grant.status)},
        )
        # One that ended by its date alone is still pointed at, until the same moment. The mark is last, so that a run
        # that is broken off comes back to it.
        pointed = (
            update(self._table, key, "SET #ttl = :ttl", "grant_id = :grant", {"#ttl": "ttl"}, ends)
            for key in pointers(grant)
        )
        return [*pointed, erased]


def _ended_at(grant: Grant) -> datetime:
    if grant.ended_at is not None:
        return grant.ended_at
    last = grant.expires_on or shanghai_date(grant.created_at)
    return datetime.combine(last + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


def grant_eraser_of(env: Mapping[str, str], dynamodb: DynamoDBClient, kept: timedelta) -> GrantEraser:
    """The eraser of a deployment: GRANTS_TABLE."""
    return GrantEraser(dynamodb, env["GRANTS_TABLE"], kept)


def grant_ender_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> GrantEnder:
    """Ends the grants of a deployment: GRANTS_TABLE."""
    return GrantEnder(dynamodb, env["GRANTS_TABLE"])
