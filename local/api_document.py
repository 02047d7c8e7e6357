"""The API document (OpenAPI 3.1), generated from the handlers, so that it cannot say what they do not do.

`python -m local.api_document` writes `docs/api/openapi.json`; with `--check` it fails where the committed file differs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vaxcert.identity.routes import CallerClass, caller_class

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "api" / "openapi.json"
HTTP_FUNCTIONS = (
    "open_session",
    "claim_certificate",
    "authorize_guardian",
    "view_records",
    "issue_qr",
    "verify_scan",
    "guide_visit",
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
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code"],
                "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}},
            },
        },
    },
}
_TOKENS = {CallerClass.CITIZEN: "session", CallerClass.DEVICE: "device"}
_EVERYWHERE = {
    "400": "Malformed request",
    "401": "No token, or one that does not hold",
    "404": "It does not exist, or may not be seen",
    "413": "Body over 8 KB",
    "415": "Another media type",
    "422": "A field or a rule does not hold",
    "429": "Too many requests",
    "500": "Something went wrong",
    "503": "Busy: the same request may be sent again",
}


def load(function: str) -> Any:
    """The module of a function, by its file, as Lambda loads it."""
    path = ROOT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"functions.{function}.app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


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
        schema = json.loads(load(function).describe().get_openapi_json_schema())
        for path, operations in schema["paths"].items():
            merged["paths"].setdefault(path, {}).update(operations)
        merged["components"]["schemas"].update(schema.get("components", {}).get("schemas", {}))
    for path, method, operation in _operations(merged):
        _finish(path, method, operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        merged["components"]["schemas"].pop(unused, None)
    merged["paths"] = dict(sorted(merged["paths"].items()))
    merged["components"]["schemas"] = dict(sorted(merged["components"]["schemas"].items()))
    return merged


def _operations(merged: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in merged["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _finish(path: str, method: str, operation: dict[str, Any]) -> None:

    caller = caller_class(method.upper(), path)
    if caller is not None:
        operation["security"] = [{"session" if caller == "citizen" else "device": []}]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    if responses.get("200", {}).get("description") == "Successful Response" and len(responses) > 1:
        responses.pop("200")
    for status, description in _EVERYWHERE.items():
        if status == "401" and caller not in _TOKENS:
            continue
        responses.setdefault(status, {"description": description, "content": problem})


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Write the document, or compare it with the committed one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail where the committed document differs")
    made = text()
    if parser.parse_args().check:
        if not DOCUMENT.exists() or DOCUMENT.read_text("utf-8") != made:
            print("docs/api/openapi.json is not what the handlers say: run `make docs`", file=sys.stderr)
            return 1
        return 0
    DOCUMENT.parent.mkdir(parents=True, exist_ok=True)
    DOCUMENT.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
