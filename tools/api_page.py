"""The API document as a page that can be tried out: `python -m tools.api_page --port N --api URL`.

Loopback only. The page's own assets come with Powertools; requests to the API are handed on to the local stack, so that the
browser needs no cross-origin permission.
"""

from __future__ import annotations

import argparse
import http.client
import json
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler.openapi import swagger_ui

from tools.api_document import DOCUMENT

_ASSETS = Path(swagger_ui.__file__).parent
_HANDED_ON = ("/v1/", "/.well-known/", "/healthz")
_DROPPED = {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}
_LARGEST = 64 * 1024
_PAGE = """<!doctype html>
<html lang="zh"><meta charset="utf-8"><title>电子预防接种证 API</title>
<link rel="stylesheet" href="/assets/swagger-ui.min.css">
<div id="page"></div>
<script src="/assets/swagger-ui-bundle.min.js"></script>
<script>SwaggerUIBundle({url: "/openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null})</script>
</html>
"""


class Page(BaseHTTPRequestHandler):
    """Answers the page, its assets and the document; hands the API's own paths on to `api`."""

    protocol_version = "HTTP/1.1"

    def __init__(self, api: str, *args: object) -> None:
        self._api = urlsplit(api)
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """A page, an asset, the document, or a request to hand on."""
        path = urlsplit(self.path).path
        found: dict[str, Callable[[], tuple[str, bytes]]] = {
            "/": lambda: ("text/html; charset=utf-8", _PAGE.encode()),
            "/openapi.json": lambda: ("application/json; charset=utf-8", _document()),
            "/assets/swagger-ui.min.css": partial(_asset, "swagger-ui.min.css", "text/css"),
            "/assets/swagger-ui-bundle.min.js": partial(
                _asset, "swagger-ui-bundle.min.js", "text/javascript"
            ),
        }
        if path in found:
            media_type, body = found[path]()
            self._answer(200, {"Content-Type": media_type}, body)
        else:
            self._hand_on()

    def _hand_on(self) -> None:
        if not self.path.startswith(_HANDED_ON):
            self._answer(404, {"Content-Type": "text/plain; charset=utf-8"}, b"not found\n")
            return
        length = min(int(self.headers.get("Content-Length") or 0), _LARGEST)
        body = self.rfile.read(length) if length else None
        connection = http.client.HTTPConnection(self._api.hostname or "127.0.0.1", self._api.port, timeout=30)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _DROPPED}
            connection.request(self.command, self._api.path.rstrip("/") + self.path, body, headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _DROPPED}
            self._answer(answer.status, kept, answer.read())
        except OSError:
            self._answer(
                502, {"Content-Type": "text/plain; charset=utf-8"}, b"the local stack does not answer\n"
            )
        finally:
            connection.close()

    do_POST = do_DELETE = do_PUT = do_PATCH = _hand_on  # noqa: N815 - named by http.server

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Nothing: a path may hold what belongs in no log."""


def _asset(name: str, media_type: str) -> tuple[str, bytes]:
    return f"{media_type}; charset=utf-8", (_ASSETS / name).read_bytes()


def _document() -> bytes:
    served = json.loads(DOCUMENT.read_text("utf-8"))
    served["servers"] = [{"url": "/", "description": "local stack"}]
    return json.dumps(served, ensure_ascii=False).encode()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api", required=True, help="base URL of the local API")
    given = parser.parse_args()
    ThreadingHTTPServer(("127.0.0.1", given.port), partial(Page, given.api)).serve_forever()


if __name__ == "__main__":
    main()
