"""DynamoDB by the low-level client: attribute values by hand, transactions with visible conditions.

Attribute values are written by hand because botocore's serializer costs several times as much, and because a store
should show exactly what it writes. Nothing of the domain lives here.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from vaxcert.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = dict[str, Any]
type Op = dict[str, dict[str, Any]]

_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_PASSING_ERRORS = frozenset(
    {
        "TransactionInProgressException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "TransactionConflictException",
    }
)
MOST_OPS = 100
"""Operations that one transaction takes."""
_ATTEMPTS = 6
_BATCH = 100


def S(value: str) -> Item:  # noqa: N802 - named after the attribute type
    """A string attribute."""
    return {"S": value}


def N(value: int) -> Item:  # noqa: N802
    """A number attribute; only integers are stored."""
    return {"N": str(value)}


def B(value: bytes) -> Item:  # noqa: N802
    """A binary attribute."""
    return {"B": value}


def BOOL(value: bool) -> Item:  # noqa: FBT001, N802
    """A boolean attribute."""
    return {"BOOL": value}


def SS(values: Sequence[str] | frozenset[str]) -> Item:  # noqa: N802
    """A set of strings; DynamoDB refuses an empty one."""
    return {"SS": sorted(values)}


def L(values: Sequence[Item]) -> Item:  # noqa: N802
    """A list attribute."""
    return {"L": list(values)}


def M(values: Mapping[str, Item]) -> Item:  # noqa: N802
    """A map attribute."""
    return {"M": dict(values)}


def text(item: Item, name: str) -> str:
    """The string attribute `name`; KeyError where it is missing."""
    return str(item[name]["S"])


def maybe_text(item: Item, name: str) -> str | None:
    """The string attribute `name`, or None."""
    return str(item[name]["S"]) if name in item else None


def number(item: Item, name: str) -> int:
    """The number attribute `name`; KeyError where it is missing."""
    return int(item[name]["N"])


def maybe_number(item: Item, name: str) -> int | None:
    """The number attribute `name`, or None."""
    return int(item[name]["N"]) if name in item else None


def blob(item: Item, name: str) -> bytes:
    """The binary attribute `name`; KeyError where it is missing."""
    return bytes(item[name]["B"])


def maybe_blob(item: Item, name: str) -> bytes | None:
    """The binary attribute `name`, or None."""
    return bytes(item[name]["B"]) if name in item else None


def flag(item: Item, name: str) -> bool:
    """The boolean attribute `name`; False where it is missing."""
    return bool(item.get(name, {}).get("BOOL", False))


def texts(item: Item, name: str) -> tuple[str, ...]:
    """The string set or list `name`, in stored order; empty where it is missing."""
    value = item.get(name, {})
    if "SS" in value:
        return tuple(value["SS"])
    return tuple(member["S"] for member in value.get("L", ()))


@dataclass(frozen=True, slots=True)
class Unmet:
    """Why one operation of a transaction did not hold, with the item as it stands where it was asked for."""

    code: str
    item: Item | None = None


class Cancelled(Exception):
    """A condition did not hold, so that nothing was written. `reasons` stand in the order of the operations."""

    def __init__(self, reasons: Sequence[Unmet]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(",".join(reason.code for reason in self.reasons))

    def failed(self, index: int) -> bool:
        """Whether the condition of operation `index` did not hold."""
        return self.reasons[index].code == "ConditionalCheckFailed"


def _op(
    kind: str,
    table: str,
    body: dict[str, Any],
    condition: str | None,
    names: Mapping[str, str] | None,
    values: Mapping[str, Item] | None,
) -> Op:
    body = {"TableName": table, **body}
    if condition:
        body["ConditionExpression"] = condition
        body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if names:
        body["ExpressionAttributeNames"] = dict(names)
    if values:
        body["ExpressionAttributeValues"] = dict(values)
    return {kind: body}


def put(
    table: str,
    item: Item,
    condition: str | None = None,
    names: Mapping[str, str] | None = None,
    values: Mapping[str, Item] | None = None,
) -> Op:
    """Write an item whole."""
    return _op("Put", table, {"Item": item}, condition, names, values)


def update(
    table: str,
    key: Item,
    expression: str,
    condition: str | None = None,
    names: Mapping[str, str] | None = None,
    values: Mapping[str, Item] | None = None,
) -> Op:
    """Change some attributes of an item."""
    return _op("Update", table, {"Key": key, "UpdateExpression": expression}, condition, names, values)


def delete(
    table: str,
    key: Item,
    condition: str | None = None,
    names: Mapping[str, str] | None = None,
    values: Mapping[str, Item] | None = None,
) -> Op:
    """Remove an item."""
    return _op("Delete", table, {"Key": key}, condition, names, values)


def check(
    table: str,
    key: Item,
    condition: str,
    names: Mapping[str, str] | None = None,
    values: Mapping[str, Item] | None = None,
) -> Op:
    """Let the transaction stand only where `condition` holds."""
    return _op("ConditionCheck", table, {"Key": key}, condition, names, values)


def _attempts(rng: Callable[[], float], sleep: Callable[[float], None]) -> Iterator[None]:
    """As often as it is tried, with a growing pause before each but the first; whoever has failed for the last time is told at once."""
    yield
    for failed in range(_ATTEMPTS - 1):
        _pause(failed, rng, sleep)
        yield


def _pause(failed: int, rng: Callable[[], float], sleep: Callable[[float], None]) -> None:
    sleep(rng() * min(0.4, 0.02 * 2**failed))


def transact(
    client: DynamoDBClient,
    ops: Sequence[Op],
    *,
    sleep: Callable[[float], None] = time.sleep,
    rng: Callable[[], float] = random.random,
) -> None:
    """Write all of `ops` or none of them.

    Conflicts with another transaction and throttling are tried again with full jitter. Raises `Cancelled` where a
    condition does not hold, `Unavailable` where it stays busy.
    """
    items: list[Any] = [*ops]
    for _ in _attempts(rng, sleep):
        try:
            client.transact_write_items(TransactItems=items)
        except ClientError as error:
            reasons = _reasons(error)
            code = error.response.get("Error", {}).get("Code", "")
            if any(reason.code == "ConditionalCheckFailed" for reason in reasons):
                raise Cancelled(reasons) from error
            if code not in _PASSING_ERRORS and not any(reason.code in _PASSING for reason in reasons):
                raise
        else:
            return
    raise Unavailable


def _reasons(error: ClientError) -> list[Unmet]:
    found: Sequence[Mapping[str, Any]] = error.response.get("CancellationReasons", ())
    return [Unmet(reason.get("Code") or "None", reason.get("Item")) for reason in found]


def single(
    client: DynamoDBClient,
    op: Op,
    *,
    sleep: Callable[[float], None] = time.sleep,
    rng: Callable[[], float] = random.random,
) -> Item:
    """Carry out one operation outside of a transaction (half the price), answering the raw response.

    A conflict with a transaction that checks or writes the item is tried again with full jitter: botocore does not. Raises `Cancelled`
    with one reason where its condition does not hold, `Unavailable` where the item stays busy.
    """
    ((kind, body),) = op.items()
    call = getattr(client, {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}[kind])
    for _ in _attempts(rng, sleep):
        try:
            answer: Item = call(**body)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code == "ConditionalCheckFailedException":
                item: Item | None = error.response.get("Item")  # type: ignore[assignment]
                raise Cancelled([Unmet("ConditionalCheckFailed", item)]) from error
            if code != "TransactionConflictException":
                raise
        else:
            return answer
    raise Unavailable


def get(
    client: DynamoDBClient, table: str, key: Item, *, consistent: bool = True, only: Sequence[str] = ()
) -> Item | None:
    """One item, or None; strongly consistent unless told otherwise. `only` names the attributes that are asked for."""
    asked: Any = {"TableName": table, "Key": key, "ConsistentRead": consistent, **_projection(only)}
    item: Item | None = client.get_item(**asked).get("Item")
    return item


def scan_all(client: DynamoDBClient, **query: Any) -> Iterator[Item]:
    """Every item that a scan finds, page after page."""
    while True:
        page = client.scan(**query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def query_all(client: DynamoDBClient, **query: Any) -> Iterator[Item]:
    """Every item of a query, page after page."""
    while True:
        page = client.query(**query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def newest(
    client: DynamoDBClient, table: str, pk: str, span: tuple[str, str], before: str | None, limit: int
) -> tuple[list[Item], bool]:
    """The latest items of a partition whose sort key lies in `span` and before `before`, newest first, and whether there are more.

    One query, strongly consistent; its cost is bounded by `limit`.
    """
    first, last = span
    items = client.query(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues={":pk": S(pk), ":first": S(first), ":last": S(before or last)},
        ScanIndexForward=False,
        Limit=limit
        + 2,  # the one at `before` itself may be among them, and one more tells that there are more
    )["Items"]
    found = [item for item in items if text(item, "sk") != before]
    return found[:limit], len(found) > limit


def batch_get(
    client: DynamoDBClient,
    keys: Sequence[tuple[str, Item]],
    *,
    consistent: bool = True,
    sleep: Callable[[float], None] = time.sleep,
    rng: Callable[[], float] = random.random,
) -> dict[tuple[str, str, str], Item]:
    """Items of several tables in one round trip (per hundred), by (table, pk, sk or "").

    Keys that do not exist are left out; what DynamoDB leaves unprocessed is asked for again, then `Unavailable`.
    """
    found: dict[tuple[str, str, str], Item] = {}
    distinct = {_place(table, key): (table, key) for table, key in keys}
    for some in batched(distinct.values(), _BATCH, strict=False):
        request: dict[str, Any] = {}
        for table, key in some:
            request.setdefault(table, {"Keys": [], "ConsistentRead": consistent})["Keys"].append(key)
        for _ in _attempts(rng, sleep):
            answer = client.batch_get_item(RequestItems=request)
            for table, items in answer["Responses"].items():
                found |= {_place(table, item): item for item in items}
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                break
        else:
            raise Unavailable
    return found


def _place(table: str, key: Item) -> tuple[str, str, str]:
    return table, key["pk"]["S"], key["sk"]["S"] if "sk" in key else ""


def _projection(attributes: Sequence[str]) -> Item:
    """Asks for these attributes alone; by placeholders, since many a word is reserved."""
    if not attributes:
        return {}
    names = {f"#a{place}": name for place, name in enumerate(attributes)}
    return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
