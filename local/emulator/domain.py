"""The domain of our own under which the check page outlives the stack (`CheckUrl`), which MiniStack 1.5.33 cannot be given by the template.

`http://127.0.0.1:<port>/check/` leads to the page of the API that is deployed now, whose id changes with its routes. A browser takes what
stands behind # along: a paper that was made here opens here, today and after the next deployment.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, MutableMapping
from typing import Any

STAGE = "live"

type Scope = MutableMapping[str, Any]
type Receive = Callable[..., Awaitable[Any]]
type Send = Callable[..., Awaitable[Any]]
type App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]


def apply() -> None:
    """Put the domain in front of MiniStack's own addresses."""
    from ministack import app as module
    from ministack.services import apigateway_v1

    def api_ids() -> list[str]:
        return [str(key[-1]) for key, _ in apigateway_v1._rest_apis.all_items()]  # noqa: SLF001 - there is no public way

    module.app = in_front_of(module.app, api_ids)


def in_front_of(inner: App, api_ids: Callable[[], Iterable[str]]) -> App:
    """MiniStack's ASGI application, with the domain in front.

    :param api_ids: the APIs that are deployed, the newest last
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope.get("path") if scope["type"] == "http" and scope["method"] == "GET" else None
        newest = next(reversed(list(api_ids())), None) if asked in ("/check", "/check/") else None
        if newest is None:
            await inner(scope, receive, send)
            return
        where = f"/restapis/{newest}/{STAGE}/_user_request_/check/"
        headers = [(b"location", where.encode()), (b"cache-control", b"no-store"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 302, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return app
