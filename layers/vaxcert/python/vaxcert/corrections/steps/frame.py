"""The frame around the four steps of the night: input, one log line, errors by name for the state machine.

A step's input comes from the state machine, never from outside. What it raises ends in the execution's history, so an error
that is not ours is told by its kind and place only: its text may quote what was read (invariant 7).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from vaxcert.aws.runtime import kind_of, log, metric, told_of
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
        # The execution's: what one night did is found by it across the steps' logs.
        run = {"correlation_id": event.get("run")}
        try:
            output, told = work(event, context)
        except VaxcertError as error:
            log(
                service,
                ms=_ms_since(started),
                level="ERROR",
                **run,
                error=type(error).__name__,
                code=error.code,
            )
            raise
        except Exception as error:  # noqa: BLE001 - the last frame before the execution's history
            log(service, ms=_ms_since(started), level="ERROR", **run, **told_of(error))
            raise StepFailed(kind_of(error)) from None
        log(service, ms=_ms_since(started), level="INFO", **run, **told)
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
    """Figures as the metrics `feed_<name>`."""
    metric(service, stage, {f"feed_{name}": count for name, count in figures.items()}, now)


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
