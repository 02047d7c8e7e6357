"""Going through a whole table in the background, item by item: what a daily job does that no request waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vaxcert.aws.dynamodb import Cancelled, Item, Op, scan_all, single

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def swept(client: DynamoDBClient, table: str, ops: Callable[[Item], list[Op]]) -> int:
    """Carry out what `ops` wants for each item of a table; how many operations were carried out.

    An operation whose condition does not hold is left to the next time: the item has changed since it was read. Reading is eventually
    consistent, and again is harmless if `ops` wants nothing of an item that is as it should be.
    """
    return sum(_carried_out(client, op) for item in scan_all(client, TableName=table) for op in ops(item))


def _carried_out(client: DynamoDBClient, op: Op) -> bool:
    try:
        single(client, op)
    except Cancelled:
        return False
    return True
