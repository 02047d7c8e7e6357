"""What becomes of documents whose certificate is over (D22): they go when it goes. Until then a paper can be looked up (D20)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import Cancelled, N, S, query_all, single, update
from vaxcert.documents.store import document_key, from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DocumentEraser:
    """Goes through the documents of one certificate. `kept`: how long they are kept after its end, as it is itself."""

    def __init__(self, client: DynamoDBClient, table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def of_certificate(self, certificate_id: str, ended_at: datetime) -> int:
        """Say when each document goes, in the register and on the certificate's list; how many items were changed. Again: the same."""
        ends = {":ttl": N(epoch(ended_at + self._kept)), ":of": S(certificate_id)}
        found = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(f"C#{certificate_id}")},
        )
        changed = 0
        for item in found:
            for key in (document_key(from_item(item).document_id), {"pk": item["pk"], "sk": item["sk"]}):
                # One that is gone is not made anew.
                op = update(
                    self._table, key, "SET #ttl = :ttl", "certificate_id = :of", {"#ttl": "ttl"}, ends
                )
                try:
                    single(self._client, op)
                except Cancelled:
                    continue
                changed += 1
        return changed


def document_eraser_of(env: Mapping[str, str], dynamodb: DynamoDBClient, kept: timedelta) -> DocumentEraser:
    """The eraser of a deployment: DOCUMENTS_TABLE."""
    return DocumentEraser(dynamodb, env["DOCUMENTS_TABLE"], kept)
