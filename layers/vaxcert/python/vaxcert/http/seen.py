"""What a request is counted as, and what its one log line tells beside route, status and time.

Counted is what was done, by names that know nobody; a repeated request counts again, since the gateway cannot tell it from a new one.
What a line tells is a code, a reason or a station: values of ours, never anything that came in (invariant 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from vaxcert.aws.runtime import counted, log

COUNTED: Final[Mapping[str, str]] = {
    "POST /v1/sessions": "sessions",
    "POST /v1/certificates": "claims",
    "DELETE /v1/certificates/{certificate_id}": "releases",
    "POST /v1/certificates/{certificate_id}/grants": "grants",
    "DELETE /v1/certificates/{certificate_id}/grants/{grant_id}": "grants_ended",
    "POST /v1/certificates/{certificate_id}/codes": "codes",
    "GET /v1/certificates/{certificate_id}/records": "records_read",
    "POST /v1/certificates/{certificate_id}/appointments": "bookings",
    "POST /v1/certificates/{certificate_id}/reports": "reports",
    "POST /v1/certificates/{certificate_id}/documents": "papers",
    "GET /v1/documents/{document_id}": "papers_checked",
    "POST /v1/devices/token": "device_tokens",
}
"""Metrics of what families and clinics do, by route; counted when it is answered with success."""
SCANS: Final[Mapping[str, str]] = {
    "accepted": "scans_accepted",
    "refused": "scans_refused",
    "recorded": "scans_handed_in",
}
"""Metrics of scans by result; `scans_refused` by `reason` too. Handed in are those made offline: the desk has let them pass."""
FAILED: Final = "requests_failed"
"""Metric of requests that were answered with 500 or 503."""
KEY_REFUSED: Final = "keys_refused"
"""Metric of requests for which KMS refused a key: disabled, about to be deleted, or no right to it."""
_REFUSALS: Final = frozenset(
    f"ClientError.{code}"
    for code in (
        "DisabledException",
        "KMSInvalidStateException",
        "KeyUnavailableException",
        "AccessDeniedException",
    )
)


@dataclass(slots=True)
class _Seen:
    told: dict[str, str] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    by: dict[str, str] = field(default_factory=dict)


_seen: ContextVar[_Seen] = ContextVar("seen")


def begin() -> None:
    """A new request: nothing is known of it."""
    _seen.set(_Seen())


def note(**told: str) -> None:
    """Let the request's line tell more: codes and words of ours."""
    if (seen := _seen.get(None)) is not None:
        seen.told.update(told)


def scanned(result: str, reason: str | None, station: str) -> None:
    """Count a scan, and let its line tell an accepted one from a refused one."""
    note(result=result, station=station, **({} if reason is None else {"reason": reason}))
    if (seen := _seen.get(None)) is not None:
        seen.figures[SCANS[result]] = 1
        if result == "refused" and reason is not None:
            seen.by["reason"] = reason


def failed(kind: str) -> None:
    """Count a call to AWS that failed for the sake of a key; `kind` as `runtime.kind_of` tells it."""
    if kind in _REFUSALS and (seen := _seen.get(None)) is not None:
        seen.figures[KEY_REFUSED] = 1


def end(service: str, stage: str, event: Mapping[str, Any], status: int, ms: float) -> None:
    """Write the request's one line, which counts it too (embedded metric format)."""
    seen = _seen.get(None) or _Seen()
    context = event.get("requestContext") or {}
    route = f"{event.get('httpMethod')} {event.get('resource', '')}"
    line = {
        "level": "INFO",
        "message": "request",
        "route": route,
        "status": status,
        "ms": ms,
        # The gateway's own id: in its access log, in the problem that the caller reads, and here.
        "correlation_id": context.get("requestId"),
        **seen.told,
    }
    figures = dict(seen.figures)
    if status in _DONE and route in COUNTED:
        figures[COUNTED[route]] = 1
    if status >= _BROKEN:
        figures[FAILED] = 1
    at = context.get("requestTimeEpoch")
    if figures and isinstance(at, int):
        counted(service, stage, figures, at / 1000, by=seen.by, **line)
    else:
        log(service, **line)


_DONE: Final = range(200, 300)
_BROKEN: Final = 500
