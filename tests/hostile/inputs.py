"""Hostile requests for every route of the API document: each path id, query parameter and body field in turn, spoiled in each way.

Deterministic and bounded: the lists below know what stores, hashes and parsers stumble over (a key of DynamoDB has 2,048 bytes,
Python reads 4,300 digits, UTF-8 has no half of a surrogate pair). What is not spoiled stays good, so that each spoiled value
comes as far into the service as it can.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from tools.api_document import DOCUMENT

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
SURROGATE: Final = "\ud800"

IDS: Final = (
    "a" * 2047,
    "c" + "a" * 2100,
    "字" * 700,
    SURROGATE,
    "\x00",
    "\u202e",
    " ",
    "%00",
    "..",
    "null",
    "-1",
    "9" * 4301,
    "C#x|0",
    "cnoneaaaaaaaaa\n",
    "CNONEAAAAAAAAA",
    "r" + "a" * 26,
    "🙂",
)
QUERIES: Final = (
    "",
    " ",
    "-1",
    "0",
    "9" * 4301,
    "1e9",
    "a" * 2100,
    "\x00",
    "字",
    "\u202e",
    "🙂",
    "null",
    "2026-02-30",
    "AAAA.AAAA",
)
# As JSON text, so that what no JSON is can stand among them.
FIELDS: Final = (
    '""',
    '" "',
    '"\\u0000"',
    '"\\r\\n"',
    '"\\u202e1"',
    '"\\ud800"',
    '"\\ufdd0"',
    '"🙂"',
    json.dumps("a" * 2100),
    json.dumps("字" * 700),
    "null",
    "true",
    "-1",
    "9" * 4301,
    "1e999",
    "NaN",
    "[]",
    "{}",
    "[" * 1000 + "]" * 1000,
    '{"a":' * 500 + "1" + "}" * 500,
    json.dumps([1] * 2000),
    '["\\ud800"]',
)
BODIES: Final = (
    "",
    " ",
    "null",
    "true",
    "[]",
    "{",
    "{}",
    '"a"',
    "9" * 4301,
    "[" * 8000,
    "[" * 4000 + "]" * 4000,
    "[{}]",
    '{"\\ud800":1}',
    '{"a":1,"a":2}',
    "\ufeff{}",
    "\x00",
    json.dumps({f"field{number}": number for number in range(500)}),
    "x" * 9000,
)
HEADERS: Final[tuple[Mapping[str, str], ...]] = (
    {"Content-Type": "Application/JSON; charset=GBK"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "multipart/form-data; boundary=a"},
    {"Idempotency-Key": "a" * 129},
    {"Idempotency-Key": "short"},
    {"Accept": "*/*;q=" + "9" * 400},
    {"Accept": ",;,;q=nan"},
    {"Accept-Language": "en;q=nan,zh;q=1e999,*"},
    {"If-None-Match": '"' * 2000},
)
BRIEF: Final = 9
"""`in_turn` sends each value to one of so many places."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One route of the document: what it takes."""

    method: str
    path: str
    path_ids: tuple[str, ...]
    queries: tuple[str, ...]
    fields: tuple[str, ...]
    media_type: str | None
    caller: str | None

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Spoiled:
    """What to change about a good request; `body` as text, None for the good one. `value` is the same for one value in every place."""

    name: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    value: tuple[str, str] = ("", "")


def operations() -> dict[str, Operation]:
    """Every route of the committed document."""
    document = json.loads(DOCUMENT.read_text("utf-8"))
    found = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            named = [(one["in"], one["name"]) for one in told.get("parameters", ())]
            content = told.get("requestBody", {}).get("content", {})
            media_type = next(iter(content), None)
            schema = content[media_type]["schema"] if media_type else {}
            operation = Operation(
                method.upper(),
                path,
                tuple(name for place, name in named if place == "path"),
                tuple(name for place, name in named if place == "query"),
                tuple(sorted(set(_fields(document, schema)))),
                media_type,
                next((name for each in told.get("security", ()) for name in each), None),
            )
            found[operation.label] = operation
    return found


def in_turn(asked: Iterable[tuple[Operation, Spoiled]]) -> Iterator[tuple[Operation, Spoiled]]:
    """Some of these: every value at one of `BRIEF` places where it can stand, each beginning at another, and at one at least."""
    places: dict[tuple[str, str], list[tuple[Operation, Spoiled]]] = {}
    for operation, how in asked:
        places.setdefault(how.value, []).append((operation, how))
    for number, of_value in enumerate(places.values()):
        yield from of_value[number % min(BRIEF, len(of_value)) :: BRIEF]


def spoiled(operation: Operation, good: str | None) -> Iterator[Spoiled]:
    """The hostile requests of a route whose good body is `good`."""
    for name in operation.path_ids:
        for value in IDS:
            yield Spoiled(f"{name}={_told(value)}", path={name: value}, value=("path", value))
    for name in operation.queries:
        for value in QUERIES:
            yield Spoiled(f"?{name}={_told(value)}", query={name: value}, value=("query", value))
    for one in HEADERS:
        yield Spoiled(_told(str(one)), headers=one, value=("headers", str(one)))
    if operation.media_type is not None and good is not None:
        yield from _bodies(operation, good)


def _bodies(operation: Operation, good: str) -> Iterator[Spoiled]:
    for value in BODIES:
        yield Spoiled(f"body {_told(value)}", body=value, value=("body", value))
    if operation.media_type == FORM:
        for name in operation.fields:
            for value in IDS:
                yield Spoiled(f"{name}={_told(value)}", body=_form(name, value), value=("form", value))
        return
    members = {name: json.dumps(value) for name, value in json.loads(good).items()}
    for name in (*operation.fields, "no_such_field"):
        for value in FIELDS:
            text = ",".join(f"{json.dumps(key)}:{inner}" for key, inner in (members | {name: value}).items())
            yield Spoiled(f"{name}: {_told(value)}", body="{" + text + "}", value=("member", value))


def _form(name: str, value: str) -> str:
    return urlencode({name: value.encode(errors="surrogatepass")})


def _told(value: str) -> str:
    return ascii(value)[:24]


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _fields(document, document["components"]["schemas"][name])
    yield from schema.get("properties", ())
    for each in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _fields(document, each)


def well_answered(status: int, media_type: str, text: str) -> bool:
    """Whether an answer is none of ours going wrong, and a refusal has the contract's shape."""
    if status >= 500:
        return False
    if status < 400:
        return True
    problem = json.loads(text)
    fields = problem.get("errors", [])
    return (
        media_type.startswith("application/problem+json")
        and {"type", "title", "status", "code", "detail"} <= set(problem)
        and problem["status"] == status
        and problem["type"] == f"urn:vaxcert:problem:{problem['code']}"
        and (status != 404 or "instance" not in problem)
        and (problem["code"] != "invalid_request" or 0 < len(fields) <= 20)
        and all(set(each) == {"pointer", "code", "detail"} and each["detail"] for each in fields)
    )
