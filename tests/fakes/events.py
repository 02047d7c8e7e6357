"""The committed events of a function, with the ids of a test put in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vaxcert.http.api import Handler

EVENTS = Path(__file__).parents[2] / "events"


def event(
    function: str,
    name: str,
    *,
    path: dict[str, str] | None = None,
    body: dict[str, Any] | str | None = None,
    query: dict[str, str] | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """An event; `path` replaces path parameters, `body` the body, `query` the query, `key` the Idempotency-Key."""
    found: dict[str, Any] = json.loads((EVENTS / function / f"{name}.json").read_text("utf-8"))
    for parameter, value in (path or {}).items():
        for holder in (found, found["requestContext"]):
            holder["path"] = holder["path"].replace(found["pathParameters"][parameter], value)
        found["pathParameters"][parameter] = value
    if body is not None:
        found["body"] = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    if query is not None:
        found["queryStringParameters"] = query
        found["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()}
    if key is not None:
        found["headers"]["Idempotency-Key"] = key
        found["multiValueHeaders"]["Idempotency-Key"] = [key]
    return found


def faults(problem: dict[str, Any]) -> list[dict[str, str]]:
    """Pointer and code of each refused field; each has its words too."""
    told = []
    for field in problem.get("errors", []):
        assert set(field) == {"pointer", "code", "detail"}
        assert field["detail"]
        told.append({"pointer": field["pointer"], "code": field["code"]})
    return told


def send(handler: Handler, sent: dict[str, Any]) -> tuple[int, Any, dict[str, list[str]]]:
    """Status, body and headers of the answer; the body None where it is empty."""
    answer = handler(sent, None)
    text = answer["body"]
    return answer["statusCode"], json.loads(text) if text else None, answer["multiValueHeaders"]
