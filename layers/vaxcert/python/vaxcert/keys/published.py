"""Reading what `rotate_keys` has published. No more is loaded than that takes: any function may hand it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vaxcert.aws.clock import from_epoch
from vaxcert.aws.dynamodb import Item, S, get, number, text
from vaxcert.keys.model import Published

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class PublishedReader:
    """Port `Publications`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, name: str) -> Published | None:
        """The document `name`, or None before the first rotation."""
        item = get(self._client, self._table, published_key(name))
        if item is None:
            return None
        return Published(text(item, "body"), text(item, "etag"), from_epoch(number(item, "issued_at")))


def published_key(name: str) -> Item:
    """The primary key of a published document."""
    return {"pk": S("published"), "sk": S(name)}


def published_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> PublishedReader:
    """A function that hands out what was published has KEYS_TABLE."""
    return PublishedReader(dynamodb, env["KEYS_TABLE"])
