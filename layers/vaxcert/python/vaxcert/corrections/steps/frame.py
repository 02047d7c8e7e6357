"""The frame around the four steps of the night: input, one log line, errors by name for the state machine.

A step's input comes from the state machine, never from outside. What it raises ends in the execution's history, so an error
that is not ours is told by its kind and place only: its text may quote what was read (invariant 7).
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from vaxcert.corrections.run.model import Counts, NotAccepted, Run
from vaxcert.errors import VaxcertError

type Event = dict[str, Any]
type StepHandler = Callable[[Event, Any], Event]


class StepFailed(Exception):
    """Something unforeseen; the log has its place. Trying again may help."""


class _Input(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    run: Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class OpenInput(_Input):
    """Input of `open_feed`: who runs."""


class FeedInput(_Input):
    """Input of the steps after it: which feed, by number and digest."""

    sequence: Annotated[int, Field(ge=1)]
    manifest_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _PartInput(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    index: Annotated[int, Field(ge=1)]


class PartInput(FeedInput):
    """Input of the steps per part. Only the index is trusted: key and version are read from the run record."""

    part: _PartInput


class _SegmentInput(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    what: Literal["archives", "certificates"]
    number: Annotated[int, Field(ge=0, lt=1000)]


class SegmentInput(_Input):
    """Input of `rejudge_archives`: which share of which table."""

    segment: _SegmentInput


class ApplyInput(PartInput):
    """Input of `apply_corrections`: whether a part is weighed or applied."""

    phase: Literal["weigh", "apply"] = "apply"


class CloseInput(_Input):
    """Input of `close_feed`. `abandon` needs no feed, since a run may fail before it has one."""

    phase: Literal["judge", "decide", "close", "abandon"]
    sequence: Annotated[int, Field(ge=1)] | None = None
    manifest_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None

    def feed(self) -> tuple[str, int, str]:
        """Run, number and digest. Raises NotAccepted where the feed is not named."""
        if self.sequence is None or self.manifest_sha256 is None:
            raise NotAccepted("feed_not_named")
        return self.run, self.sequence, self.manifest_sha256


def step(service: str, work: Callable[[Event, Any], tuple[Event, Mapping[str, object]]]) -> StepHandler:
    """The Lambda handler around `work`, which answers the step's output and what the log may know of it."""

    def handle(event: Event, context: Any) -> Event:
        started = time.perf_counter()
        try:
            output, told = work(event, context)
        except VaxcertError as error:
            _log(service, started, {"level": "ERROR", "error": type(error).__name__, "code": error.code})
            raise
        except Exception as error:  # noqa: BLE001 - the last frame before the execution's history
            kind = _kind(error)
            _log(service, started, {"level": "ERROR", "error": kind, "where": _where(error)})
            raise StepFailed(kind) from None
        _log(service, started, {"level": "INFO", **told})
        return output

    return handle


def feed_output(run: Run) -> Event:
    """What every later step needs of a feed."""
    return {
        "sequence": run.sequence,
        "business_date": run.business_date.isoformat(),
        "manifest_sha256": run.manifest_sha256,
    }


def seconds_left(context: Any) -> Callable[[], float]:
    """How long the function may still run, in seconds."""
    return lambda: float(context.get_remaining_time_in_millis()) / 1000


def publish(service: str, stage: str, figures: Counts, now: float) -> None:
    """Figures as CloudWatch metrics `feed_<name>`: the embedded metric format, which is one log line."""
    metric = {
        "Namespace": "vaxcert",
        "Dimensions": [["stage"]],
        "Metrics": [{"Name": f"feed_{name}", "Unit": "Count"} for name in sorted(figures)],
    }
    _write(
        {
            "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [metric]},
            "service": service,
            "stage": stage,
            **{f"feed_{name}": count for name, count in figures.items()},
        }
    )


def _log(service: str, started: float, told: Mapping[str, object]) -> None:
    _write({"service": service, "ms": round((time.perf_counter() - started) * 1000, 1), **told})


def _write(line: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def _kind(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"ClientError.{error.response.get('Error', {}).get('Code', 'unknown')}"
    return type(error).__name__


def _where(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-4:]]
