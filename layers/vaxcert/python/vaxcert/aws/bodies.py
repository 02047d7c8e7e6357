"""The bodies of DynamoDB's requests and answers.

A body is the call's parameters as JSON, bytes in base64. botocore comes to the same by asking its model of every
single value: two fifths of what a call costs that writes 25 archives, nearly half of one that reads 100 items. Here
lists and maps are taken out before it does, and the body is written from them afterwards, by two of its documented
events; answers that hold items are read by a parser of ours, which it asks its session for. All else stays botocore's.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any, Final

from botocore.parsers import ResponseParserFactory

_PARAMETERS: Final = "vaxcert.parameters"
_OF_ITEMS: Final = frozenset(
    {
        "BatchExecuteStatementOutput",
        "BatchGetItemOutput",
        "ExecuteStatementOutput",
        "GetItemOutput",
        "QueryOutput",
        "ScanOutput",
    }
)
"""The answers that hold items, by their names in botocore's model. No other service has such a name."""


def write_bodies(dynamodb: Any) -> None:
    """Have a client of DynamoDB write its bodies by `body_of`."""
    dynamodb.meta.events.register("provide-client-params", _taken_out)
    dynamodb.meta.events.register("before-call", _put_in)


def body_of(parameters: dict[str, Any]) -> bytes:
    """The parameters of a call as DynamoDB reads them, to the byte what botocore would write."""
    return json.dumps(parameters, default=_base64).encode()


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _taken_out(params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any]:
    # Left empty and not out, and names as they are: botocore looks for tables in them when it chooses an endpoint.
    left = {
        name: type(value)() if isinstance(value, list | dict) else value for name, value in params.items()
    }
    context[_PARAMETERS] = left, params
    return left


def _put_in(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    left, given = context[_PARAMETERS]
    # botocore has added to what was left by now: the token of a transaction.
    params["body"] = body_of(left | given)


class Answers(ResponseParserFactory):
    """What a session of botocore asks for parsers, so that answers of items are read in one go."""

    def create_parser(self, protocol_name: str) -> Any:
        """See `ResponseParserFactory.create_parser`."""
        usual = super().create_parser(protocol_name)
        return _Parser(usual) if protocol_name == "json" else usual


class _Parser:
    def __init__(self, usual: Any) -> None:
        self._usual = usual

    def parse(self, response: dict[str, Any], shape: Any) -> Any:
        """See `botocore.parsers.ResponseParser.parse`."""
        if response["status_code"] != 200 or shape is None or shape.name not in _OF_ITEMS:
            return self._usual.parse(response, shape)
        head = self._usual.parse(response | {"body": b""}, shape)
        body = response["body"] or b"{}"
        # Asked of every map of an answer, the hook is half of its reading; where no name begins as that of bytes does, none holds some.
        told = json.loads(body, object_hook=_value if b'"B' in body else None)
        return {name: value for name, value in told.items() if value is not None} | head


def _value(read: dict[str, Any]) -> dict[str, Any]:
    """Bytes, where this is an attribute's value that holds some: an item's attribute of such a name is no text but a map."""
    if len(read) == 1:
        if isinstance(one := read.get("B"), str):
            return {"B": b64decode(one)}
        if isinstance(several := read.get("BS"), list):
            return {"BS": [b64decode(one) for one in several]}
    return read
