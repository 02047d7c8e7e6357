"""A stand-in for the identity platform (苏服办): it signs whatever identity it is asked to (R11–R15, D9).

    python -m local.identity_platform --port 8700 --key-file .local/platform.jwk --issuer … --audience …

`GET /.well-known/jwks.json`; `POST /assertions {id_type, id_no, name, phone, channel, method, nonce}` →
`{assertion}`. It checks the form of what it is given and deliberately not whether a number is a real one,
so that the product's own check can be tried. It listens on the loopback interface only and never writes
personal data to its log.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local import jws, keys

ASSERTION_SECONDS = 120
BODY_LIMIT = 8192
_ALLOWED: Mapping[str, re.Pattern[str]] = {
    "id_type": re.compile(r"resident|residence_permit|permanent_resident"),
    "id_no": re.compile(r".{1,64}"),
    "name": re.compile(r".{1,64}"),
    "phone": re.compile(r"\+?\d{5,15}"),
    "channel": re.compile(r"app|alipay"),
    "method": re.compile(r"[a-z_]{1,16}"),
    "nonce": re.compile(r"\S{1,2048}"),
}


class InvalidRequest(Exception):
    """Names each faulty field and what it should be; never repeats a value."""

    def __init__(self, status: HTTPStatus, detail: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, dict(errors or {})


@dataclass(frozen=True, slots=True)
class Platform:
    """Signs assertions as `issuer` for `audience`; `now` is in seconds since the epoch."""

    key: jws.Jwk
    issuer: str
    audience: str
    now: Callable[[], float] = time.time

    def jwks(self) -> dict[str, Any]:
        return {"keys": [{**jws.public_half(self.key), "use": "sig", "alg": "ES256"}]}

    def assertion(self, asked: Mapping[str, Any]) -> str:
        _check(asked)
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "auth_time": now,
            "amr": [asked["method"]],
            **{name: asked[name] for name in ("channel", "id_type", "id_no", "name", "phone")},
        }
        header = {"alg": "ES256", "typ": "JWT", "kid": self.key["kid"]}
        return jws.sign(header, jws.compact_json(claims), self.key)


def _check(asked: Mapping[str, Any]) -> None:
    errors = {name: "unknown" for name in asked if name not in _ALLOWED}
    for name, pattern in _ALLOWED.items():
        if name not in asked:
            errors[name] = "required"
        elif not isinstance(asked[name], str) or not pattern.fullmatch(asked[name]):
            errors[name] = f"must be a string of the form {pattern.pattern}"
    if errors:
        raise InvalidRequest(HTTPStatus.UNPROCESSABLE_ENTITY, "some fields are missing or malformed", errors)


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 8192  # headers and body in one packet: no wait for a delayed acknowledgement
    timeout = 30
    platform: Platform

    def do_GET(self) -> None:
        if self.path == "/.well-known/jwks.json":
            self._answer(HTTPStatus.OK, self.platform.jwks())
        elif self.path == "/healthz":
            self._answer(HTTPStatus.OK, {"status": "ok"})
        else:
            self._nowhere()

    def do_POST(self) -> None:
        try:
            asked = self._body()
            if self.path == "/assertions":
                self._answer(HTTPStatus.OK, {"assertion": self.platform.assertion(asked)})
            else:
                self._nowhere()
        except InvalidRequest as error:
            problem = {"detail": error.detail} | ({"errors": error.errors} if error.errors else {})
            self._answer(error.status, problem)

    def _nowhere(self) -> None:
        self._answer(HTTPStatus.NOT_FOUND, {"detail": "GET /.well-known/jwks.json or POST /assertions"})

    def _body(self) -> Mapping[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_LIMIT:
            self.close_connection = True  # what follows on this connection was not read
            raise InvalidRequest(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE if length.isdecimal() else HTTPStatus.LENGTH_REQUIRED,
                f"a body of at most {BODY_LIMIT} bytes with its Content-Length is wanted",
            )
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise InvalidRequest(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
        if not isinstance(body, dict):
            raise InvalidRequest(HTTPStatus.BAD_REQUEST, "the body is a JSON object")
        return body

    def _answer(self, status: HTTPStatus, body: Mapping[str, Any]) -> None:
        data = jws.compact_json(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 - the base's
        # the method and status only: a path may be mistyped with somebody's number in it
        self.log_message("%s %s", self.command, int(code) if isinstance(code, int) else code)

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 - the base's, which quotes
        self.log_message("bad request")


def server(platform: Platform, port: int) -> ThreadingHTTPServer:
    """Bound, not yet serving; port 0 picks a free one."""
    requests = type("Requests", (_Requests,), {"platform": platform})
    bound = ThreadingHTTPServer(("127.0.0.1", port), requests)
    bound.daemon_threads = True
    return bound


def _started(chosen: argparse.Namespace) -> ThreadingHTTPServer:
    # kept beside the rest of the state: assertions stay good over a restart
    chosen.key_file.parent.mkdir(parents=True, exist_ok=True)
    key = keys.load_or_make(chosen.key_file)
    return server(Platform(key, chosen.issuer, chosen.audience), chosen.port)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="local.identity_platform", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--issuer", required=True)
    parser.add_argument("--audience", required=True)
    chosen = parser.parse_args(arguments)
    try:
        bound = _started(chosen)
    except (OSError, ValueError, KeyError) as error:
        print(f"identity platform: cannot start: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(f"identity platform stand-in on http://127.0.0.1:{bound.server_port}", flush=True)
    try:
        bound.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        bound.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
