"""What somebody should look at: counted as a CloudWatch metric (embedded metric format, one log line), and about nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from vaxcert.aws.runtime import metric

METRIC: Final = "code_used_elsewhere"

type Alert = Callable[[datetime], None]


def used_elsewhere(stage: str) -> Alert:
    """Counts a code that comes to a second device, or is handed in after it was used: a picture was passed on, or copied.

    The line holds a stage, a time and a one: no code, device, clinic or person (invariant 7).
    """

    def alert(now: datetime) -> None:
        metric("verify_scan", stage, {METRIC: 1}, now.timestamp())

    return alert
