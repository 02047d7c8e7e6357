"""Batches of PartiQL statements for stand-ins that have only DynamoDB's single writes, as far as this product writes them.

moto takes an UPDATE whose condition does not hold for done, and makes nothing of it: no test could tell a lost row from a written one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

type Item = dict[str, Any]

_UPDATE = re.compile(
    r'UPDATE "(?P<table>[^"]+)" (?P<changes>(?:SET|REMOVE) .+) WHERE "pk"=\? AND (?P<where>.+)'
)
_CHANGE = re.compile(r'(?:SET "(?P<set>\w+)"=\?|REMOVE "(?P<removed>\w+)")(?: |$)')
_SELECT = re.compile(
    r'SELECT \* FROM "(?P<table>[^"]+)" WHERE "pk" IN \[(?P<marks>\?(?:, \?)*)\] AND begins_with\("sk", \?\)'
)
_LONGEST = 8192
_MOST = 25
_MOST_PARTITIONS = 50


class NotUnderstood(Exception):
    """The statement is none that the stand-ins know, which is a fault of theirs or of the store."""


def as_update(given: Mapping[str, Any]) -> Item:
    """The request of an UpdateItem that does the same: it holds only where an item stands."""
    statement, parameters = given["Statement"], list(given["Parameters"])
    found = _UPDATE.fullmatch(statement)
    if found is None or len(statement) > _LONGEST or statement.count("?") != len(parameters):
        raise NotUnderstood(statement)
    changes = list(_CHANGE.finditer(found["changes"]))
    if "".join(change[0] for change in changes) != found["changes"]:
        raise NotUnderstood(statement)
    sets = [change["set"] for change in changes if change["set"]]
    removed = [change["removed"] for change in changes if change["removed"]]
    values = {f":{name}": parameters.pop(0) for name in sets}
    key = {"pk": parameters.pop(0)}
    condition = "attribute_exists(pk)"
    asked = []
    for part in found["where"].split(" AND "):
        name, operator, _ = re.fullmatch(r'"(\w+)" ?(=|<|<=|>|>=) ?(\?)', part).groups()  # type: ignore[union-attr]
        condition += f" AND #{name} {operator} :where_{name}"
        values[f":where_{name}"] = parameters.pop(0)
        asked.append(name)
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
    if removed:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in removed)
    return {
        "TableName": found["table"],
        "Key": key,
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in {*sets, *removed, *asked}},
        "ExpressionAttributeValues": values,
        "ReturnValuesOnConditionCheckFailure": given.get("ReturnValuesOnConditionCheckFailure", "NONE"),
    }


def carried_out(statements: list[Item], update: Callable[[Item], object]) -> list[Item]:
    """The answers to a batch, of which each statement is carried out by `update`. Refuses what DynamoDB may not take: one item twice."""
    requests = [as_update(statement) for statement in statements]
    places = [(request["TableName"], request["Key"]["pk"]["S"]) for request in requests]
    if len(set(places)) != len(places) or not 0 < len(places) <= _MOST:
        raise NotUnderstood(f"{len(places)} statements for {len(set(places))} items")
    return [_answer(request, update) for request in requests]


def selected(given: Mapping[str, Any], query: Callable[[Item], Item], page: int) -> Item:
    """The answer to a SELECT of several partitions, of which each is read by `query`."""
    found = _SELECT.fullmatch(given["Statement"])
    *pks, prefix = given["Parameters"]
    if (
        found is None
        or found["marks"].count("?") != len(pks)
        or not len({pk["S"] for pk in pks}) <= _MOST_PARTITIONS
    ):
        raise NotUnderstood(given["Statement"])
    items = [
        item for pk in pks for item in _whole(found["table"], {":pk": pk, ":prefix": prefix}, query, given)
    ]
    start = int(given.get("NextToken", 0))
    more = {"NextToken": str(start + page)} if start + page < len(items) else {}
    return {"Items": items[start : start + page], **more}


def _whole(table: str, values: Item, query: Callable[[Item], Item], given: Mapping[str, Any]) -> list[Item]:
    asked = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": values,
        "ConsistentRead": given.get("ConsistentRead", False),
    }
    items: list[Item] = []
    while True:
        answer = query(asked)
        items += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return items
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _answer(request: Item, update: Callable[[Item], object]) -> Item:
    try:
        update(request)
    except ClientError as refused:
        response: Any = refused.response
        error = {"Code": response["Error"]["Code"].removesuffix("Exception"), "Message": ""}
        return {"Error": error | ({"Item": response["Item"]} if "Item" in response else {})}
    return {"TableName": request["TableName"]}


def mend_moto() -> None:
    """Let moto carry out each statement of a batch as its UpdateItem, conditions and all, and a SELECT as its queries."""
    from moto.dynamodb.exceptions import ConditionalCheckFailed
    from moto.dynamodb.responses import DynamoHandler, DynamoResult

    def batch(handler: Any) -> Any:
        def update(request: Item) -> None:
            handler.body = request
            try:
                handler.update_item()
            except ConditionalCheckFailed as refused:
                found = json.loads(refused.description)
                more = {"Item": found["Item"]} if "Item" in found else {}
                response: Any = {"Error": {"Code": "ConditionalCheckFailedException"}, **more}
                raise ClientError(response, "UpdateItem") from refused

        return DynamoResult({"Responses": carried_out(handler.body["Statements"], update)})

    def select(handler: Any) -> Any:
        given = handler.body

        def query(request: Item) -> Item:
            handler.body = request
            answer: Item = handler.query().result
            return answer

        return DynamoResult(selected(given, query, 100))

    DynamoHandler.batch_execute_statement = batch  # type: ignore[method-assign, assignment]
    DynamoHandler.execute_statement = select  # type: ignore[method-assign, assignment]
