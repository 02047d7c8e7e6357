"""The pages of `web/`, to anyone, out of this function's own layer (docs/adr/0013-pages.md)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from vaxcert.aws.runtime import counted, log, start
from vaxcert.aws.settings import Settings
from vaxcert.wording import cities

from .pages import Site

_SERVED: Final = 200

type Event = Mapping[str, Any]


def create(
    site: Site, stage: str = "local", clock: Callable[[], float] = time.perf_counter
) -> Callable[[Event, object], dict[str, Any]]:
    """The handler over the built pages."""

    def handle(event: Event, _context: object) -> dict[str, Any]:
        started = clock()
        answer = site.answer(_path(event), _header(event, "if-none-match"))
        # The route and never the address: what stands behind it may be the platform's one-time code.
        line = {
            "level": "INFO",
            "message": "request",
            "route": f"GET {event['resource']}",
            "status": answer["statusCode"],
            "ms": round((clock() - started) * 1000, 1),
            "correlation_id": (event.get("requestContext") or {}).get("requestId"),
        }
        at = (event.get("requestContext") or {}).get("requestTimeEpoch")
        if answer["statusCode"] == _SERVED and not event["resource"].startswith("/assets/") and at:
            counted("serve_pages", stage, {"pages": 1}, at / 1000, **line)
        else:
            log("serve_pages", **line)
        return answer

    return handle


def page_settings(settings: Settings) -> dict[str, object]:
    """What pages are told of this deployment, so that no text of theirs keeps a limit or a city of its own (D18)."""
    return {
        "platform_entry_url": settings.platform_entry_url,
        "platform_reminder_url": settings.platform_reminder_url,
        "hotline": settings.hotline,
        "cities": {
            "zh": cities(settings.pilot_cities, english=False),
            "en": cities(settings.pilot_cities, english=True),
        },
        "child_born_from": settings.child_born_from.isoformat(),
        "adult_dose_from": settings.adult_dose_from.isoformat(),
        "adult_age": settings.adult_age,
        "grant_limit": settings.grant_limit,
        "verification_seconds": settings.verification_seconds,
        "observation_seconds": settings.observation_seconds,
        "rabies_shown": settings.rabies_records,
        "device_audience": settings.device_audience,
        "root_thumbprint": settings.root_thumbprint,
    }


def _path(event: Event) -> str:
    """The path below the stage. The gateway takes `/app/` for `/app`: the event's own path tells which it was."""
    resource = str(event["resource"])
    below = (event.get("pathParameters") or {}).get("proxy")
    if below is not None:
        return resource.replace("{proxy+}", str(below))
    return f"{resource}/" if str(event.get("path", "")).endswith("/") else resource


def _header(event: Event, name: str) -> str | None:
    headers = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if key.lower() == name), None)


@cache
def build() -> Callable[[Event, object], dict[str, Any]]:
    """The handler over the layer's files."""
    settings = Settings.from_env(os.environ)
    return create(
        Site(files("vaxcert_pages"), page_settings(settings), settings.hotline), settings.service_stage
    )


handler = start(build)
