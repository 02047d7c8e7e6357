"""The bodies of DynamoDB's requests.

A body is the call's parameters as JSON, bytes in base64. botocore comes to the same by asking its model of every
single value: two fifths of what a call costs that writes 25 archives. Here lists and maps are taken out before it does,
and the body is written from them afterwards, by two of its documented events. All else stays botocore's.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, Final

_PARAMETERS: Final = "vaxcert.parameters"


def write_bodies(dynamodb: Any) -> None:
    """Have a client of DynamoDB write its bodies by `body_of`."""
    events = dynamodb.meta.events
    # The last of all: what botocore adds by itself, as the token of a transaction, must be in.
    events.register_last("before-parameter-build", _taken_out)
    events.register("before-call", _put_in)


def body_of(parameters: dict[str, Any]) -> bytes:
    """The parameters of a call as DynamoDB reads them, to the byte what botocore would write."""
    return json.dumps(parameters, default=_base64).encode()


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _taken_out(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    context[_PARAMETERS] = dict(params)
    # Left empty and not out, and names as they are: botocore looks for tables in them when it chooses an endpoint.
    params.update({name: type(value)() for name, value in params.items() if isinstance(value, list | dict)})


def _put_in(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    params["body"] = body_of(context[_PARAMETERS])
