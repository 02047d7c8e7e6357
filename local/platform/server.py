"""A stand-in for the identity platform (苏服办): it signs whatever identity it is asked to (R11–R15, D9).

    python -m local.platform.server --port 8700 --key-file .local/platform.jwk --issuer … --audience …

`GET /.well-known/jwks.json`; `POST /assertions {id_type, id_no, name, phone, channel, method, nonce}` → `{assertion}`;
`GET /entry?nonce=…&return=…` the page that plays 苏服办, which returns with `entry_code` and `nonce`, or with `entry_error`
(`cancelled`, `failed`) and `nonce`; `POST /token {entry_code}` → `{assertion}`, authenticated by HTTP Basic (client id and secret).
`GET /reminders?reminder_id=…&action=subscribe|unsubscribe&return=…` the page that takes a reminder, which returns with `reminder`
(`subscribed`, `unsubscribed`, `declined`); `GET /reminders/<reminder_id>` tells whether messages are sent for it.
It listens on the loopback interface only and never writes personal data to its log or into an address.
"""

import argparse
import base64
import binascii
import json
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from local import jws, keys
from local.platform import pages, people
from local.platform.entry import Client, Entries, TokenRefused
from local.platform.people import Somebody
from local.platform.reminders import Subscriptions
from local.platform.signing import InvalidRequest, Platform

BODY_LIMIT = 8192


@dataclass(frozen=True)
class Site:
    """All that the stand-in serves; `cast` tells who can be chosen on its page."""

    platform: Platform
    entries: Entries
    cast: Callable[[], tuple[Somebody, ...]] = field(default=lambda: ())
    reminders: Subscriptions = field(default_factory=lambda: Subscriptions(frozenset()))

    @classmethod
    def of(cls, platform: Platform) -> "Site":
        """A site without a page to return to: it signs, and no more."""
        client = Client(platform.audience, secrets.token_urlsafe(32), frozenset())
        return cls(platform, Entries(platform, client))


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 8192  # headers and body in one packet: no wait for a delayed acknowledgement
    timeout = 30
    site: Site

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        match address.path:
            case "/.well-known/jwks.json":
                self._answer(HTTPStatus.OK, self.site.platform.jwks())
            case "/healthz":
                self._answer(HTTPStatus.OK, {"status": "ok"})
            case "/entry.css":
                self._send(HTTPStatus.OK, pages.STYLE.encode(), "text/css; charset=utf-8")
            case "/entry":
                self._play(lambda: self._arrive(address.query))
            case "/reminders":
                self._play(lambda: self._remind(_fields(address.query.encode())))
            case path if path.startswith("/reminders/"):
                kept = path.removeprefix("/reminders/") in self.site.reminders
                self._answer(HTTPStatus.OK, {"subscribed": kept})
            case _:
                self._nowhere()

    def do_POST(self) -> None:
        try:
            match self.path:
                case "/assertions":
                    self._answer(HTTPStatus.OK, {"assertion": self.site.platform.assertion(self._object())})
                case "/token":
                    self._exchange(self._object())
                case "/reminders":
                    told = _fields(self._body())
                    self._play(lambda: self._settle(told))
                case path if path.startswith("/entry/"):
                    form = _fields(self._body())
                    self._play(lambda: self._step(path.removeprefix("/entry/"), form))
                case _:
                    self._body()
                    self._nowhere()
        except InvalidRequest as error:
            problem = {"detail": error.detail} | ({"errors": error.errors} if error.errors else {})
            self._answer(error.status, problem)

    def _arrive(self, query: str) -> None:
        asked = _fields(query.encode())
        entries = self.site.entries
        key = entries.begin(asked.get("nonce", ""), asked.get("return", ""), asked.get("channel", "app"))
        self._page(pages.home(key, entries.journey(key)))

    def _step(self, step: str, form: Mapping[str, str]) -> None:
        entries, key = self.site.entries, form.get("journey", "")
        match step:
            case "search":
                self._page(
                    pages.home(key, entries.go_on(key, channel=form.get("channel")), form.get("q", ""))
                )
            case "service":
                entries.journey(key)
                self._page(pages.people(key, self.site.cast()))
            case "person":
                cast = self.site.cast()
                chosen = next((one for one in cast if one.key == form.get("person")), None)
                if chosen is None or form.get("agreed") != "yes":
                    entries.journey(key)
                    self._page(pages.people(key, cast, unticked=True))
                else:
                    self._page(pages.verification(key, entries.go_on(key, person=chosen)))
            case "result" if form.get("result") == "pass":
                self._see_other(entries.verified(key, form.get("method", "")))
            case "result":
                failed = form.get("method") if form.get("method") == "strong" else "face"
                self._page(pages.verification(key, entries.journey(key), failed))
            case "cancel":
                self._see_other(
                    entries.gave_up(key, "failed" if form.get("why") == "failed" else "cancelled")
                )
            case _:
                self._nowhere()

    def _remind(self, fields: Mapping[str, str]) -> None:
        asked = self.site.reminders.asked(fields)
        if asked.subscribe:
            self._page(pages.reminders({name: fields[name] for name in ("reminder_id", "action", "return")}))
        else:
            self._see_other(self.site.reminders.settle(asked))

    def _settle(self, fields: Mapping[str, str]) -> None:
        reminders = self.site.reminders
        self._see_other(reminders.settle(reminders.asked(fields), agreed=fields.get("agreed") == "yes"))

    def _play(self, act: Callable[[], None]) -> None:
        """A person sees pages, never JSON."""
        try:
            act()
        except InvalidRequest as error:
            words = "; ".join(f"{name} {what}" for name, what in error.errors.items())
            told = f"请从电子预防接种证页面重新进入。（{error.detail}{': ' if words else ''}{words}）"
            self._page(pages.refused(told), error.status)

    def _exchange(self, asked: Mapping[str, Any]) -> None:
        client_id, secret = _basic(self.headers.get("Authorization", ""))
        try:
            code = asked.get("entry_code")
            assertion = self.site.entries.exchange(client_id, secret, code if isinstance(code, str) else "")
        except TokenRefused as refused:
            unknown = refused.error == "invalid_client"
            self._answer(
                HTTPStatus.UNAUTHORIZED if unknown else HTTPStatus.BAD_REQUEST, {"error": refused.error}
            )
        else:
            self._answer(HTTPStatus.OK, {"assertion": assertion})

    def _nowhere(self) -> None:
        self._answer(
            HTTPStatus.NOT_FOUND,
            {
                "detail": "GET /.well-known/jwks.json, GET /entry, GET /reminders, POST /token or POST /assertions"
            },
        )

    def _object(self) -> Mapping[str, Any]:
        try:
            body = json.loads(self._body())
        except (ValueError, RecursionError):
            raise InvalidRequest(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
        if not isinstance(body, dict):
            raise InvalidRequest(HTTPStatus.BAD_REQUEST, "the body is a JSON object")
        return body

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_LIMIT:
            self.close_connection = True  # what follows on this connection was not read
            raise InvalidRequest(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE if length.isdecimal() else HTTPStatus.LENGTH_REQUIRED,
                f"a body of at most {BODY_LIMIT} bytes with its Content-Length is wanted",
            )
        return self.rfile.read(int(length))

    def _page(self, page: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(status, page.encode(), "text/html; charset=utf-8")

    def _see_other(self, address: str) -> None:
        self._send(HTTPStatus.SEE_OTHER, b"", "text/plain", {"Location": address})

    def _answer(self, status: HTTPStatus, body: Mapping[str, Any]) -> None:
        self._send(status, jws.compact_json(body), "application/json; charset=utf-8")

    def _send(
        self, status: HTTPStatus, data: bytes, kind: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        # A form's redirect is judged by form-action too: the pages that people return to stand in it.
        ways = " ".join(["'self'", *sorted(self.site.entries.origins)])
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'self'; form-action {ways}; base-uri 'none'; frame-ancestors 'none'",
        )
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 - the base's
        # the method and status only: a path may be mistyped with somebody's number in it
        self.log_message("%s %s", self.command, int(code) if isinstance(code, int) else code)

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 - the base's, which quotes
        self.log_message("bad request")


def _fields(text: bytes) -> dict[str, str]:
    """A form's fields, the first of each name."""
    try:
        found = parse_qs(text.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise InvalidRequest(HTTPStatus.BAD_REQUEST, "the form cannot be read") from None
    return {name: values[0] for name, values in found.items()}


def _basic(header: str) -> tuple[str, str]:
    """Client id and secret of an Authorization header (RFC 6749 §2.3.1); empty where there are none."""
    kind, _, packed = header.partition(" ")
    try:
        client_id, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (unquote_plus(client_id), unquote_plus(secret)) if kind.lower() == "basic" else ("", "")


def server(site: Site, port: int) -> ThreadingHTTPServer:
    """Bound, not yet serving; port 0 picks a free one."""
    requests = type("Requests", (_Requests,), {"site": site})
    bound = ThreadingHTTPServer(("127.0.0.1", port), requests)
    bound.daemon_threads = True
    return bound


def _started(chosen: argparse.Namespace) -> ThreadingHTTPServer:
    # kept beside the rest of the state: assertions stay good over a restart
    chosen.key_file.parent.mkdir(parents=True, exist_ok=True)
    key = keys.load_or_make(chosen.key_file)
    platform = Platform(key, chosen.issuer, chosen.audience)
    if chosen.client_secret_file is None or chosen.people_file is None:
        return server(Site.of(platform), chosen.port)
    secret = chosen.client_secret_file.read_text(encoding="utf-8")
    client = Client(chosen.audience, secret, frozenset(chosen.return_origin))
    entries, reminders = Entries(platform, client), Subscriptions(client.origins)
    site = Site(platform, entries, lambda: people.load(chosen.people_file), reminders)
    return server(site, chosen.port)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="local.platform.server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--issuer", required=True)
    parser.add_argument("--audience", required=True, help="the client's, and its client id")
    parser.add_argument("--client-secret-file", type=Path, help="what POST /token wants of it")
    parser.add_argument("--people-file", type=Path, help="who can be chosen at GET /entry")
    parser.add_argument("--return-origin", action="append", default=[], help="where its pages are")
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
