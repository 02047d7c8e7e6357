"""The API document (OpenAPI 3.1), generated from the handlers, so that it cannot say what they do not do.

`python -m tools.api_document` writes `docs/api/openapi.json` and, from what routes declare, the authorizer's table
(`vaxcert/identity/route_table.py`); with `--check` it fails where a committed file differs.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from tools.generated import write_or_check
from vaxcert.errors import FieldCode
from vaxcert.http.documents import DECLARED
from vaxcert.identity.routes import CallerClass

TAGS: Final = {
    "claims": "家庭 · Certificates of a family: what can be claimed, claiming, releasing (待申领、已申领、立即申领).",
    "grants": "家庭 · Family authorisation (证照授权).",
    "codes": "家庭 · The 60-second code (亮码接种), and the keys that it is verified by.",
    "records": "家庭 · Vaccination records, the plan and who looked (接种记录查询、接种计划).",
    "appointments": "家庭 · Clinics, slots and appointments (预约接种).",
    "reports": "家庭 · Reports of wrong entries (反馈).",
    "documents": "家庭 · Papers with a code (打印与查验): issuing, printing again, and checking by anyone.",
    "reminders": "家庭 · Reminders of a certificate, switched on by consent (接种提醒).",
    "my-data": "家庭 · A copy of all that is held about the caller (我的个人信息).",
    "sessions": "家庭 · Entering and signing out: the platform's assertion becomes a session.",
    "visits": "门诊 · Scans, stations, the board and the list of vaccines, for devices of a clinic.",
    "devices": "门诊 · Tokens and the offline pack, for devices of a clinic.",
    "operations": "运维 · Whether it is up.",
}
"""Every tag, families first."""

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "layers/vaxcert/python/vaxcert/identity/route_table.py"
DOCUMENT = ROOT / "docs" / "api" / "openapi.json"
EXAMPLES = ROOT / "docs" / "api" / "examples"
"""`<operation id>.json` each: by name, a summary, a request where there is a body, and an answer where it is JSON. All are fictional."""
HTTP_FUNCTIONS = (
    "open_session",
    "claim_certificate",
    "authorize_guardian",
    "view_records",
    "report_entry",
    "tell_my_data",
    "issue_document",
    "check_document",
    "book_appointment",
    "issue_qr",
    "verify_scan",
    "guide_visit",
    "follow_visit",
    "follow_certificate",
)
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `title` and `detail` are Chinese unless English is asked for; `code` is stable.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "title_en": {"type": "string", "description": "Only where the gateway itself answers."},
        "status": {"type": "integer"},
        "code": {"type": "string", "pattern": "^[a-z][a-z_]+$"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri", "description": "Not on 404."},
        "status_reason": {"type": "string", "description": "Of `certificate_suspended`: why."},
        "notice": {
            "type": "object",
            "description": "Of `not_eligible` and `certificate_suspended`: why, and what to do next.",
            "required": ["code", "title", "detail", "next_step"],
            "properties": {name: {"type": "string"} for name in ("code", "title", "detail", "next_step")},
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, from the body's root."},
                    "code": {"enum": list(get_args(FieldCode))},
                    "detail": {"type": "string", "description": "What to do, in the language asked for."},
                },
            },
        },
    },
}
_TOKENS = {CallerClass.CITIZEN: "session", CallerClass.DEVICE: "device", CallerClass.BOARD: "device"}
_EVERYWHERE = {
    "400": "Malformed request",
    "401": "No token, or one that is not valid",
    "404": "It does not exist, or may not be seen",
    "413": "Body over 8 KB",
    "415": "Another media type",
    "422": "A field is wrong, or a rule is not met",
    "429": "Too many requests",
    "500": "Something went wrong",
    "503": "Busy: the same request may be sent again",
}


_SOME = {
    "403": "The verification is too long ago (`VerificationSeconds`, 15 minutes by default), or the device is disabled or of another clinic or station",
    "406": "None of the accepted media types can be made",
    "409": "The state of things does not allow it: `code` says why",
}
_WITHOUT_BODY = ("204", "304")
# The handlers look at it themselves, so that a missing one is told as `idempotency_key_missing`.
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Scope: caller, route and key; kept 24 hours. The same request again gets the same bytes",
    "schema": {"type": "string", "pattern": "^[!-~]{8,128}$"},
}


def load(function: str) -> Any:
    """The module of a function."""
    return importlib.import_module(f"functions.{function}.app")


def routes(function: str) -> dict[str, Any]:
    """What an HTTP function says of its routes, in OpenAPI's words and with what each declares (`vaxcert.http.documents`)."""
    said: dict[str, Any] = json.loads(_said(function))
    return said


@cache
def _said(function: str) -> str:
    """Made once: it is the slow part."""
    return str(load(function).describe().get_openapi_json_schema())


def callers(function: str) -> dict[str, CallerClass]:
    """Who may call each route of an HTTP function, by `METHOD /path`."""
    return {
        f"{method.upper()} {path}": CallerClass(operation[DECLARED]["caller"])
        for path, method, operation in _operations(routes(function))
    }


def document() -> dict[str, Any]:
    """The whole API: the routes of every HTTP function, one problem shape, the security of each route."""
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "电子预防接种证 vaxcert",
            "version": "1",
            "description": "Claim, authorise, show, scan. Times are RFC 3339 with offset; codes are stable; "
            "texts are Chinese unless `Accept-Language` asks for English.",
        },
        "tags": [{"name": name, "description": told} for name, told in TAGS.items()],
        "paths": {},
        "components": {
            "schemas": {"Problem": _PROBLEM},
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "description": "Token of POST /v1/sessions."},
                "device": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Token of POST /v1/devices/token.",
                },
            },
        },
    }
    for function in HTTP_FUNCTIONS:
        schema = routes(function)
        for path, operations in schema["paths"].items():
            merged["paths"].setdefault(path, {}).update(operations)
        for name, shape in schema.get("components", {}).get("schemas", {}).items():
            if merged["components"]["schemas"].setdefault(name, shape) != shape:
                raise ValueError(f"two functions mean different things by {name}")
    for _path, _method, operation in _operations(merged):
        _finish(operation)
    for unused in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
        merged["components"]["schemas"].pop(unused, None)
    merged["paths"] = dict(sorted(merged["paths"].items()))
    merged["components"]["schemas"] = dict(sorted(merged["components"]["schemas"].items()))
    return merged


def _operations(merged: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in merged["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _finish(operation: dict[str, Any]) -> None:
    said = operation.pop(DECLARED)
    caller = said["caller"]
    if caller in _TOKENS:
        operation["security"] = [{_TOKENS[caller]: []}]
    if said["repeatable"]:
        others = [one for one in operation.get("parameters", ()) if one["name"].lower() != "idempotency-key"]
        operation["parameters"] = [*others, _KEY]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    if responses.get("200", {}).get("description") == "Successful Response" and len(responses) > 1:
        responses.pop("200")
    for status in _WITHOUT_BODY:
        responses.get(status, {}).pop("content", None)
    told = {status: text for status, text in _EVERYWHERE.items() if status != "401" or caller in _TOKENS}
    told |= {status: (_EVERYWHERE | _SOME)[status] for status in map(str, said["refuses"])}
    for status, description in sorted(told.items()):
        responses.setdefault(status, {"description": description, "content": problem})
    _exemplify(operation)


def examples(operation_id: str) -> dict[str, Any]:
    """The named examples of an operation; none where nobody wrote any, which a test does not let pass."""
    file = EXAMPLES / f"{operation_id}.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def _exemplify(operation: dict[str, Any]) -> None:
    """Put the examples of an operation beside the schemas of its body and of its successful answer."""
    sent = operation.get("requestBody", {}).get("content", {})
    success = next(answer for status, answer in operation["responses"].items() if status < "300")
    for name, one in examples(operation["operationId"]).items():
        for part, content in (("request", sent), ("answer", success.get("content", {}))):
            if part in one and content:
                shown = next(iter(content.values())).setdefault("examples", {})
                shown[name] = {"summary": one["summary"], "value": one[part]}


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def table() -> str:
    """The authorizer's table as it is committed: a module that costs its start nothing."""
    every = (
        (*route.split(" "), str(caller))
        for function in HTTP_FUNCTIONS
        for route, caller in callers(function).items()
    )
    rows = "".join(f'    ("{method}", "{path}", "{caller}"),\n' for method, path, caller in every)
    return f'''"""Who may call which route: method, path, class of caller. Generated from the routes by `make docs`."""

from __future__ import annotations

from typing import Final

TABLE: Final = (
{rows})
'''


def main() -> int:
    """Write both, or check both."""
    # The table first: the handlers themselves load it.
    return max(
        write_or_check(TABLE, table(), "the routes declare"),
        write_or_check(DOCUMENT, text(), "the handlers say"),
    )


if __name__ == "__main__":
    sys.exit(main())
