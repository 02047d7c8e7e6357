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
_LONGEST = 8192
_MOST = 25


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


def _answer(request: Item, update: Callable[[Item], object]) -> Item:
    try:
        update(request)
    except ClientError as refused:
        response: Any = refused.response
        error = {"Code": response["Error"]["Code"].removesuffix("Exception"), "Message": ""}
        return {"Error": error | ({"Item": response["Item"]} if "Item" in response else {})}
    return {"TableName": request["TableName"]}


def mend_moto() -> None:
    """Let moto's batches carry out each statement as its UpdateItem, conditions and all."""
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

    DynamoHandler.batch_execute_statement = batch  # type: ignore[method-assign]
