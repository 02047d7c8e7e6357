"""Remembered answers in DynamoDB, their bodies sealed, since an answer may hold names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from vaxcert.aws.clock import epoch, from_epoch
from vaxcert.aws.dynamodb import B, Item, N, Op, S, blob, get, number, put, text
from vaxcert.idempotency.model import KEPT, Answer, Remembered, RepeatableRequest, checked
from vaxcert.keys.sealing import Sealer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TABLE = "idempotency"


class AnswerStore:
    """Port `Answers` over the idempotency table."""

    def __init__(self, client: DynamoDBClient, table: str, sealer: Sealer) -> None:
        self._client = client
        self._table = table
        self._sealer = sealer

    def find(self, request: RepeatableRequest, now: datetime) -> Answer | None:
        """See `Answers.find`; one strongly consistent read."""
        item = get(self._client, self._table, self.key(request)[1])
        return None if item is None else self.answer_in(item, request, now)

    def key(self, request: RepeatableRequest) -> tuple[str, Item]:
        """Table and primary key of the request's record, for a batch read."""
        return self._table, {"pk": S(_pk(request))}

    def answer_in(self, item: Item, request: RepeatableRequest, now: datetime) -> Answer | None:
        """The answer in an item that was read beside others."""
        body = self._sealer.open(blob(item, "body"), table=_TABLE, key=text(item, "pk"), attribute="body")
        kept = Remembered(
            RepeatableRequest(request.key, text(item, "digest")),
            Answer(number(item, "status"), body),
            from_epoch(number(item, "ttl")) - KEPT,
        )
        return checked(request, kept, now)

    def op(self, remembered: Remembered) -> Op:
        """The operation that remembers the answer inside the transaction of what it answers, where the request has none."""
        pk = _pk(remembered.request)
        body = self._sealer.seal(remembered.answer.body, table=_TABLE, key=pk, attribute="body")
        return put(
            self._table,
            {
                "pk": S(pk),
                "digest": S(remembered.request.digest),
                "status": N(remembered.answer.status),
                "body": B(body),
                "ttl": N(epoch(remembered.expires_at)),
            },
            "attribute_not_exists(pk) OR #ttl <= :now",
            {"#ttl": "ttl"},
            {":now": N(epoch(remembered.at))},
        )


def _pk(request: RepeatableRequest) -> str:
    return f"I#{request.key}"


def answers_of(env: Mapping[str, str], dynamodb: DynamoDBClient, sealer: Sealer) -> AnswerStore:
    """A function that can be asked again has IDEMPOTENCY_TABLE."""
    return AnswerStore(dynamodb, env["IDEMPOTENCY_TABLE"], sealer)
