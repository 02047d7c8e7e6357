"""Used challenges and ended sessions: marks that TTL clears once they have nothing left to stop.

Only here are the keys of the sessions table known: (`N#<challenge id>`) a used challenge, (`S#<session id>`) an ended session.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import Cancelled, Item, N, Op, S, check, get, maybe_text, put, single

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class SessionStore:
    """Port `Sessions` over DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def burn(self, challenge_id: str, owner: str, until: datetime) -> bool:
        """See `Sessions.burn`. The owner tells a replay from our own write whose answer was lost."""
        mark: Item = {"pk": S(f"N#{challenge_id}"), "owner": S(owner), "ttl": N(epoch(until))}
        try:
            single(self._client, put(self._table, mark, "attribute_not_exists(pk)"))
        except Cancelled as cancelled:
            standing = cancelled.reasons[0].item or get(self._client, self._table, {"pk": mark["pk"]})
            return standing is not None and maybe_text(standing, "owner") == owner
        return True

    def sign_out(self, session_id: str, until: datetime) -> None:
        """See `Sessions.sign_out`."""
        mark: Item = {**session_key(session_id), "ttl": N(epoch(until))}
        single(self._client, put(self._table, mark))

    def signed_out(self, session_id: str) -> bool:
        """See `Sessions.signed_out`; strongly consistent."""
        return get(self._client, self._table, session_key(session_id)) is not None


def session_key(session_id: str) -> Item:
    """The primary key of the mark of an ended session."""
    return {"pk": S(f"S#{session_id}")}


def signed_in(sessions_table: str, session_id: str) -> Op:
    """Lets a transaction stand only while the session has not been signed out."""
    return check(sessions_table, session_key(session_id), "attribute_not_exists(pk)")


def sessions_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> SessionStore:
    """A function that knows sessions has SESSIONS_TABLE."""
    return SessionStore(dynamodb, env["SESSIONS_TABLE"])
