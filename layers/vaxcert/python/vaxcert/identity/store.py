"""Used challenges and ended sessions: marks that TTL clears once they have nothing left to stop.

Only here are the keys of the sessions table known: (`N#<challenge id>`) a used challenge, (`S#<session id>`) an ended session,
(`E#<subject>`) the time until which all of a person's sessions are ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final

from vaxcert.aws.clock import epoch, from_epoch
from vaxcert.aws.dynamodb import (
    Cancelled,
    Item,
    N,
    Op,
    S,
    batch_get,
    check,
    get,
    maybe_text,
    number,
    put,
    single,
)
from vaxcert.identity.model import Session

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
        mark: Item = {**_alone_key(session_id), "ttl": N(epoch(until))}
        single(self._client, put(self._table, mark))

    def sign_out_everywhere(self, subject: str, opened_by: datetime, until: datetime) -> None:
        """See `Sessions.sign_out_everywhere`."""
        mark: Item = {**_everywhere_key(subject), "opened_by": N(epoch(opened_by)), "ttl": N(epoch(until))}
        values = {":opened_by": N(epoch(opened_by))}
        # A later one stands already: it ends these sessions too.
        with suppress(Cancelled):
            single(
                self._client,
                put(self._table, mark, "attribute_not_exists(pk) OR opened_by <= :opened_by", values=values),
            )

    def signed_out_until(self, subject: str) -> datetime | None:
        """When a person last signed out everywhere, as long as the mark stands: all that is kept here about somebody; one read."""
        mark = get(self._client, self._table, _everywhere_key(subject))
        return None if mark is None else from_epoch(number(mark, "opened_by"))

    def signed_out(self, session: Session) -> bool:
        """See `Sessions.signed_out`; strongly consistent, one round trip."""
        keys = [(self._table, key) for key in end_keys(session)]
        return ended(session, batch_get(self._client, keys), self._table)


def end_keys(session: Session) -> tuple[Item, Item]:
    """The primary keys of the two marks that may end a session, for a batch read."""
    return _alone_key(session.session_id), _everywhere_key(session.subject)


def ended(session: Session, found: Mapping[tuple[str, str, str], Item], sessions_table: str) -> bool:
    """Whether the marks among the items of a batch read end the session."""
    alone, everywhere = ((sessions_table, key["pk"]["S"], "") for key in end_keys(session))
    return alone in found or (
        everywhere in found and epoch(session.issued_at) <= number(found[everywhere], "opened_by")
    )


SIGNED_IN_CHECKS: Final = 2
"""How many operations `signed_in` takes of a transaction."""


def signed_in(sessions_table: str, session: Session) -> tuple[Op, Op]:
    """Let a transaction stand only while the session has been signed out neither alone nor with others."""
    alone, everywhere = end_keys(session)
    return (
        check(sessions_table, alone, "attribute_not_exists(pk)"),
        check(
            sessions_table,
            everywhere,
            "attribute_not_exists(pk) OR opened_by < :issued_at",
            values={":issued_at": N(epoch(session.issued_at))},
        ),
    )


def _alone_key(session_id: str) -> Item:
    return {"pk": S(f"S#{session_id}")}


def _everywhere_key(subject: str) -> Item:
    return {"pk": S(f"E#{subject}")}


def sessions_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> SessionStore:
    """A function that knows sessions has SESSIONS_TABLE."""
    return SessionStore(dynamodb, env["SESSIONS_TABLE"])
