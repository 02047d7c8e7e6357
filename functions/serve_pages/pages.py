"""The built pages as answers: what is served under which address, by which policy, for how long it may be kept.

Nothing is read but the folder of `vaxcert_pages`, once at the start; an address that names none of its files answers 404.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources.abc import Traversable
from typing import Any, Final

from vaxcert.http.conditional import unchanged

PAGES: Final = {"app": "family", "desk": "desk", "board": "board", "check": "check"}
"""The first segment of a page's address, and the folder of `web/` that it is built from."""
ASSETS: Final = "assets"
"""The first segment of what pages load: scripts, styles, texts and pictures with a hash in their names."""
WORKER: Final = "sw.js"
"""The service worker beside a page that works without a network. It has no hash: its address is what a browser knows it by."""

_CAMERA: Final = frozenset({"desk", "check"})
_WITHOUT_NETWORK: Final = frozenset({"check"})
_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json; charset=utf-8",
    "wasm": "application/wasm",
    "png": "image/png",
}
_TEXT: Final = frozenset({"html", "js", "css", "svg", "json"})
_FOREVER: Final = "public, max-age=31536000, immutable"
# A page is asked for each time and mostly answered 304, so that a new release is seen at once.
_ASKED: Final = "no-cache"
_PLACE: Final = "{{settings}}"
_EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    # API Gateway compresses for those that can read it (MinimumCompressionSize).
    "Vary": "Accept-Encoding",
}
# A worker fetches, and loads nothing else.
_WORKER_HEADERS: Final = _EVERYWHERE | {"Content-Security-Policy": "default-src 'none'; connect-src 'self'"}
_NOTHING: Final = {"Content-Type": "text/plain", "Cache-Control": "no-store"}
_NOT_FOUND: Final = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>页面不存在</title></head>
<body><main><h1>页面不存在</h1><p>请从苏服办搜索“电子预防接种证”重新进入；如需帮助，请拨打 <a href="tel:{hotline}">{hotline}</a>。</p>
<p lang="en">This page does not exist. Enter again from Su Fu Ban, or call {hotline}.</p></main></body>
</html>
"""


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is answered."""

    body: str
    is_base64: bool
    headers: Mapping[str, str]

    @property
    def etag(self) -> str:
        """Changes with the content; weak, since it goes out compressed or plain."""
        return self.headers["ETag"]


class Site:
    """Every address that is answered."""

    def __init__(self, built: Traversable, settings: Mapping[str, object], hotline: str) -> None:
        """`built` holds a folder for each page and one of assets; `settings` are written into each page."""
        written = escape(json.dumps(settings, ensure_ascii=False, separators=(",", ":")), quote=True)
        self._files = dict(_read(built, written))
        self._not_found = _NOT_FOUND.format(hotline=escape(hotline, quote=True))

    def answer(self, path: str, if_none_match: str | None) -> dict[str, Any]:
        """The answer to `GET path`, a path below the stage: `/app`, `/app/`, `/assets/family-1a2b3c4d.js`.

        A page without its slash is redirected by a relative address, since only the browser knows what stands before it.
        """
        name = path.lstrip("/")
        if name in PAGES:
            return _answer(302, _NOTHING | {"Location": f"{name}/"})
        found = self._files.get(name)
        if found is None:
            return _answer(404, _page_headers("none") | {"Cache-Control": "no-store"}, self._not_found)
        if unchanged(if_none_match, found.etag):
            return _answer(
                304, {kept: found.headers[kept] for kept in ("Content-Type", "ETag", "Cache-Control", "Vary")}
            )
        return {**_answer(200, found.headers, found.body), "isBase64Encoded": found.is_base64}


def policy(page: str) -> str:
    """What a page may load (CSP): nothing but our own files, no inline script or style, and it stands in no frame."""
    script = "'self' 'wasm-unsafe-eval'" if page in _CAMERA else "'self'"
    # Safari before 15.5 asks child-src for workers.
    worker = "worker-src 'self'; child-src 'self'; " if page in _WITHOUT_NETWORK else ""
    return (
        f"default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; {worker}"
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _read(built: Traversable, settings: str) -> Iterator[tuple[str, File]]:
    for segment, folder in PAGES.items():
        index = built / folder / "index.html"
        if index.is_file():
            text = index.read_text(encoding="utf-8").replace(_PLACE, settings)
            page = _file(text.encode(), "html", _ASKED, _page_headers(segment))
            yield f"{segment}/", page
            yield f"{segment}/index.html", page
        worker = built / folder / WORKER
        if worker.is_file():
            yield f"{segment}/{WORKER}", _file(worker.read_bytes(), "js", _ASKED, _WORKER_HEADERS)
    for asset in (built / ASSETS).iterdir():
        kind = asset.name.rpartition(".")[2]
        yield f"{ASSETS}/{asset.name}", _file(asset.read_bytes(), kind, _FOREVER, _EVERYWHERE)


def _page_headers(page: str) -> dict[str, str]:
    camera = "(self)" if page in _CAMERA else "()"
    return _EVERYWHERE | {
        "Content-Type": _TYPES["html"],
        "Content-Security-Policy": policy(page),
        "Permissions-Policy": f"camera={camera}, screen-wake-lock=(self), geolocation=(), microphone=()",
    }


def _file(content: bytes, kind: str, kept: str, headers: Mapping[str, str]) -> File:
    text = kind in _TEXT
    return File(
        body=content.decode() if text else b64encode(content).decode(),
        is_base64=not text,
        headers={
            **headers,
            "Content-Type": _TYPES[kind],
            "Cache-Control": kept,
            "ETag": f'W/"{sha256(content).hexdigest()[:32]}"',
        },
    )


def _answer(status: int, headers: Mapping[str, str], body: str = "") -> dict[str, Any]:
    return {"statusCode": status, "headers": dict(headers), "body": body, "isBase64Encoded": False}
