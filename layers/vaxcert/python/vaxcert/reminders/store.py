"""Followers in DynamoDB. The form of the items is in `vaxcert.reminders.items`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxcert.aws.dynamodb import Cancelled, N, Op, S, delete, get, put, single, text
from vaxcert.claims.store import SignedIn
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.reminders import items
from vaxcert.reminders.model import Follower

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class FollowerReader:
    """Port `KnownFollowers`; strongly consistent."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, subject: str) -> Follower | None:
        """See `KnownFollowers.get`: one read."""
        item = get(self._client, self._table, items.follower_key(subject))
        return None if item is None else items.from_item(item)


class FollowerEraser(FollowerReader):
    """Forgets one person before their time (D22)."""

    def forget(self, subject: str) -> int:
        """Remove all that a person follows; how many certificates those were."""
        follower = self.get(subject)
        if follower is None:
            return 0
        single(self._client, delete(self._table, items.follower_key(subject)))
        return len(follower.follows)


class OwnFollowerStore(FollowerReader):
    """Port `OwnFollowers`."""

    def __init__(self, client: DynamoDBClient, table: str, sessions_table: str) -> None:
        super().__init__(client, table)
        self._signed_in = SignedIn(client, sessions_table)

    def keep(self, after: Follower, session: Session) -> Commit:
        """See `OwnFollowers.keep`: one transaction."""
        return self._signed_in.write(session, [_put(self._table, after)])


class FollowerStore(FollowerReader):
    """Port `Followers`."""

    def page(self, share: int, last: str | None, limit: int) -> tuple[Sequence[Follower], str | None]:
        """See `Followers.page`: one query."""
        pk = S(items.share_pk(share))
        query: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": pk},
            "Limit": limit,
        }
        if last is not None:
            query["ExclusiveStartKey"] = {"pk": pk, "sk": S(last)}
        page = self._client.query(**query)
        following = page.get("LastEvaluatedKey")
        return [items.from_item(item) for item in page["Items"]], text(following, "sk") if following else None

    def save(self, after: Follower) -> bool:
        """See `Followers.save`: one write."""
        try:
            single(self._client, _put(self._table, after) if after.follows else _removed(self._table, after))
        except Cancelled as cancelled:
            standing = cancelled.reasons[0].item
            if standing is None:
                return not after.follows  # gone: by us, or it is all the same
            return standing == items.to_item(after)
        return True

    def place(self, share: int, day: date) -> tuple[str | None, bool]:
        """See `Followers.place`: one read."""
        return items.from_place(get(self._client, self._table, items.place_key(share)), day)

    def keep_place(self, share: int, day: date, last: str | None) -> None:
        """See `Followers.keep_place`: one write."""
        single(self._client, put(self._table, items.to_place(share, day, last)))


def _put(table: str, after: Follower) -> Op:
    if after.version == 1:
        return put(table, items.to_item(after), "attribute_not_exists(pk)")
    names, values = {"#version": "version"}, {":before": N(after.version - 1)}
    return put(table, items.to_item(after), "#version = :before", names, values)


def _removed(table: str, after: Follower) -> Op:
    names, values = {"#version": "version"}, {":before": N(after.version - 1)}
    return delete(table, items.follower_key(after.subject), "#version = :before", names, values)


def known_followers_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> FollowerReader:
    """A function that tells what somebody follows has REMINDERS_TABLE."""
    return FollowerReader(dynamodb, env["REMINDERS_TABLE"])


def follower_eraser_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> FollowerEraser:
    """A function that erases a person has REMINDERS_TABLE."""
    return FollowerEraser(dynamodb, env["REMINDERS_TABLE"])


def own_followers_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> OwnFollowerStore:
    """A function that switches reminders has REMINDERS_TABLE and SESSIONS_TABLE."""
    return OwnFollowerStore(dynamodb, env["REMINDERS_TABLE"], env["SESSIONS_TABLE"])


def followers_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> FollowerStore:
    """The function that sends reminders has REMINDERS_TABLE."""
    return FollowerStore(dynamodb, env["REMINDERS_TABLE"])
