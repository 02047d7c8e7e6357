"""How every function starts, logs and counts. It costs a start nothing: no Powertools, no pydantic.

A log line is one JSON object on standard output, which Lambda hands to CloudWatch as it is. What a caller passes is what stands in it, so
nothing of a person may be passed (invariant 7). An error is told by its kind and place: its text may quote what came in.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final

from botocore.exceptions import ClientError

_NAMESPACE: Final = "vaxcert"
_FRAMES: Final = 4


class StartFailed(Exception):
    """A function could not be built; the message is the kind of the error and nothing of its text."""


def start[E, T](build: Callable[[], Callable[[E, Any], T]]) -> Callable[[E, Any], T]:
    """What Lambda calls: the handler that `build` makes. `build` is a `functools.cache`, so that it makes one.

    Inside Lambda it is made at once, since start-up has the whole processor; elsewhere at the first call. Raises StartFailed if it
    cannot be made; the next call tries again.
    """

    def made() -> Callable[[E, Any], T]:
        try:
            return build()
        except Exception as error:  # noqa: BLE001 - its text may tell of a secret or of what stands in the environment
            log(build.__module__, level="ERROR", message="start_failed", **told_of(error))
            raise StartFailed(kind_of(error)) from None

    def handle(event: E, context: Any) -> T:
        return made()(event, context)

    try:
        if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            made()
    finally:
        if not gc.isenabled():  # a built function's door put it off (vaxcert.aws.compiled)
            gc.freeze()  # what is there now stays, and is not looked through again
            gc.enable()
    return handle


def log(service: str, **told: object) -> None:
    """Write one line: the function's name, then what is told, in that order."""
    _write({"service": service, **told})


def metric(service: str, stage: str, figures: Mapping[str, int], at: float) -> None:
    """Count `figures` as CloudWatch metrics by stage, `at` in seconds since 1970: the embedded metric format, one log line."""
    counted(service, stage, figures, at)


def counted(
    service: str,
    stage: str,
    figures: Mapping[str, int],
    at: float,
    *,
    by: Mapping[str, str] = MappingProxyType({}),
    **told: object,
) -> None:
    """As `metric`, in a line that tells more; with `by`, of one short list of values, counted by these too.

    Every combination of values is a metric that is paid for: nothing of a person, a clinic or a device may stand in `by`.
    """
    metrics = [{"Name": name, "Unit": "Count"} for name in sorted(figures)]
    dimensions = [["stage"], ["stage", *sorted(by)]] if by else [["stage"]]
    directive = {"Namespace": _NAMESPACE, "Dimensions": dimensions, "Metrics": metrics}
    _write(
        {
            "_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]},
            "service": service,
            "stage": stage,
            **told,
            **by,
            **figures,
        }
    )


def kind_of(error: Exception) -> str:
    """What an error is called in a log: its class, and of an AWS error its code."""
    if isinstance(error, ClientError):
        return f"ClientError.{error.response.get('Error', {}).get('Code', 'unknown')}"
    return type(error).__name__


def told_of(error: Exception) -> dict[str, object]:
    """`error` and `where` of a log line: the kind, and the last places that it came through."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": kind_of(error), "where": places}


def _write(line: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
