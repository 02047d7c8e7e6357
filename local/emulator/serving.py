"""The HTTP server in front of MiniStack: uvicorn on a parser in C, in the place of hypercorn on one in Python.

A request of a phone is a dozen requests of its function to AWS, and up to two fifths of what each of them cost here was HTTP.
"""

from typing import Any

_FAREWELL_SECONDS = 3
"""How long what is being answered may take when the process is told to end, as with hypercorn."""


def apply() -> None:
    """Let MiniStack's `main` start this server."""
    from hypercorn import asyncio

    asyncio.serve = serve


async def serve(app: Any, config: Any) -> None:
    """Serve until SIGTERM, by what hypercorn's configuration says of where and how long.

    MiniStack writes its own Date, and nobody asks an emulator for a WebSocket.
    """
    import uvicorn

    host, _, port = config.bind[0].rpartition(":")
    settings = uvicorn.Config(
        app,
        host,
        int(port),
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=int(config.keep_alive_timeout),
        timeout_graceful_shutdown=_FAREWELL_SECONDS,
    )
    await uvicorn.Server(settings).serve()
