"""What MiniStack 1.5.33 leaves out of IAM conditions, put back inside its process.

On AWS our policies hold conditions on the encryption context, the signing algorithm, the leading keys of a table and
the transport. MiniStack knows none of the first three, so `StringEquals` falsely denies and `ForAllValues` falsely
allows, and it takes loopback HTTP for what it is. A batch of PartiQL statements it judges as an action of its own on
every resource, where AWS judges each statement on its table. Mended here, the template stays the one that AWS gets.
The version is pinned by a lock; `apply` fails loudly when a name it replaces is gone.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

type Body = Mapping[str, Any]

_request: ContextVar[Body] = ContextVar("request", default=MappingProxyType({}))
_STATEMENT = re.compile(r'(UPDATE|SELECT \* FROM) "([\w.-]+)"')
_ACTIONS = {"UPDATE": "dynamodb:PartiQLUpdate", "SELECT * FROM": "dynamodb:PartiQLSelect"}
# Which member of a transaction's item each action stands for.
_TRANSACTION_MEMBERS = {
    "dynamodb:GetItem": "Get",
    "dynamodb:PutItem": "Put",
    "dynamodb:UpdateItem": "Update",
    "dynamodb:DeleteItem": "Delete",
    "dynamodb:ConditionCheckItem": "ConditionCheck",
}


def apply() -> None:
    """Replace the six functions that judge a request."""
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator

    extract, enforce = iam_actions.extract_iam_action, iam_evaluator.enforce
    pin_origin, checks = app.pin_request_origin, iam_actions.dynamodb_transaction_checks

    def remembering_extract(*args: Any, **kwargs: Any) -> Any:
        _request.set(_json(args[4] if len(args) > 4 else kwargs.get("body")))
        return extract(*args, **kwargs)

    def enriched_enforce(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        extra = condition_keys(action, resource_arn, _request.get(), _hash_key_of)
        context = {**(service_context or {}), **extra}
        return enforce(
            access_key, action, service, region, resource_arn=resource_arn, service_context=context
        )

    def secure_origin(source_ip: str, _secure_transport: object) -> None:
        # Nothing but loopback reaches the emulator: what TLS would protect never leaves the machine.
        pin_origin(source_ip, True)

    def statement_checks(iam_action: str, body: bytes, region: str, account_id: str) -> list[tuple[str, str]]:
        if iam_action not in {"dynamodb:BatchExecuteStatement", "dynamodb:ExecuteStatement"}:
            judged: list[tuple[str, str]] = checks(iam_action, body, region, account_id)
            return judged
        tables = f"arn:aws:dynamodb:{region}:{account_id}:table/"
        return [(action, tables + table) for action, table in statements(_json(body))]

    resolve = iam_evaluator._resolve_condition_key  # noqa: SLF001 - it has no public name

    def resolve_with_role(key: str, ctx: Any) -> Any:
        if key.lower() == "aws:principalarn":
            return role_arn(ctx.principal_arn)
        return resolve(key, ctx)

    iam_evaluator._resolve_condition_key = resolve_with_role  # noqa: SLF001
    iam_actions.dynamodb_transaction_checks = statement_checks
    iam_actions.extract_iam_action = remembering_extract
    iam_evaluator.enforce = enriched_enforce
    app.pin_request_origin = secure_origin


def statements(body: Body) -> list[tuple[str, str]]:
    """The action and the table of each statement of a batch, or of the one. What we never write is an action that nobody holds."""
    found = [_STATEMENT.match(str(one.get("Statement", ""))) for one in body.get("Statements") or (body,)]
    return [("dynamodb:PartiQL", "-") if one is None else (_ACTIONS[one[1]], one[2]) for one in found]


def role_arn(principal: str) -> str:
    """What `aws:PrincipalArn` is: of a session that somebody assumed, the role's own ARN, where MiniStack gives the session's."""
    found = re.fullmatch(r"arn:([a-z-]+):sts::(\d+):assumed-role/([^/]+)/.+", principal)
    return f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}" if found else principal


def condition_keys(
    action: str, resource_arn: str, body: Body, hash_key_of: Callable[[str], str]
) -> dict[str, str | list[str]]:
    """The condition keys of AWS that a request carries and MiniStack does not know.

    :param hash_key_of: table name → name of its hash key
    """
    if action.startswith("kms:"):
        return dict(_kms_keys(body))
    if action.startswith("dynamodb:") and ":table/" in resource_arn:
        table = resource_arn.partition(":table/")[2].partition("/")[0]
        leading = list(_leading_keys(action, table, body, hash_key_of(table)))
        keys: dict[str, str | list[str]] = {"dynamodb:LeadingKeys": leading} if leading else {}
        return keys | ({"dynamodb:Select": str(body["Select"])} if "Select" in body else {})
    return {}


def _kms_keys(body: Body) -> Iterator[tuple[str, str | list[str]]]:
    context = body.get("EncryptionContext") or {}
    if context:
        yield "kms:EncryptionContextKeys", list(context)
    for name, value in context.items():
        yield f"kms:EncryptionContext:{name}", str(value)
    for member in ("SigningAlgorithm", "EncryptionAlgorithm", "MessageType"):
        if member in body:
            yield f"kms:{member}", str(body[member])


def _leading_keys(action: str, table: str, body: Body, hash_key: str) -> Iterator[str]:
    for detail in _details(action, table, body):
        if "KeyConditionExpression" in detail:
            yield from _queried_key(detail, hash_key)
        else:
            attribute = (detail.get("Key") or detail.get("Item") or {}).get(hash_key) or {}
            yield from map(str, attribute.values())


def _details(action: str, table: str, body: Body) -> Iterator[Body]:
    """The parts of a request that this action does to this table."""
    if "TransactItems" in body:
        member = _TRANSACTION_MEMBERS.get(action, "")
        for item in body["TransactItems"]:
            if member in item and _same_table(item[member].get("TableName"), table):
                yield item[member]
    elif "RequestItems" in body:
        for name, requests in body["RequestItems"].items():
            if _same_table(name, table):
                yield from _batched(requests)
    elif _same_table(body.get("TableName"), table):
        yield body


def _batched(requests: Any) -> Iterator[Body]:
    if isinstance(requests, list):
        for request in requests:
            yield from request.values()
    else:
        for key in requests.get("Keys", ()):
            yield {"Key": key}


def _queried_key(detail: Body, hash_key: str) -> Iterator[str]:
    names = detail.get("ExpressionAttributeNames") or {}
    for left, right in re.findall(r"(#?\w+)\s*=\s*(:\w+)", detail["KeyConditionExpression"]):
        if names.get(left, left) == hash_key:
            yield from map(str, detail["ExpressionAttributeValues"][right].values())


def _same_table(named: str | None, table: str) -> bool:
    return named is not None and named.rpartition("/")[2] == table


def _hash_key_of(table: str) -> str:
    from ministack.services import dynamodb

    schema = (dynamodb._tables.get(table) or {}).get("KeySchema") or []  # noqa: SLF001 - there is no public way
    return next((str(part["AttributeName"]) for part in schema if part["KeyType"] == "HASH"), "")


def _json(body: Any) -> Body:
    text = body or b"{}"
    # What is uploaded to S3 is megabytes, and no request of ours.
    if text[:1] not in (b"{", "{"):
        return {}
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
