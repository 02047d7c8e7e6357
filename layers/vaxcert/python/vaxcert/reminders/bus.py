"""Reminders as EventBridge events, for the platform's messaging (docs/reminders.md)."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from vaxcert.reminders.model import Reminder

SOURCE: Final = "vaxcert.reminders"
DETAIL_TYPE: Final = "Reminder"
MOST: Final = 10
"""Entries that one PutEvents takes."""
_ATTEMPTS: Final = 5
_OURS: Final = 500  # from this status on nobody can say whether the call was carried out


class EventBus:
    """Port `Bus`. `put_events` must not repeat a call by itself: a call without an answer may have been carried out."""

    def __init__(
        self,
        put_events: Callable[..., Any],
        bus_name: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        rng: Callable[[], float] = random.random,
    ) -> None:
        self._put_events = put_events
        self._bus_name = bus_name
        self._sleep = sleep
        self._rng = rng

    def send(self, reminders: Sequence[Reminder]) -> frozenset[str]:
        """See `Bus.send`: at most `MOST` of them. What is refused is tried again after a pause, five times within some seconds."""
        left = list(reminders)
        for attempt in range(_ATTEMPTS):
            left = self._refused(left)
            if not left:
                break
            if attempt + 1 < _ATTEMPTS:
                self._sleep((0.5 + self._rng() / 2) * 0.2 * 2**attempt)
        return frozenset(one.reminder_id for one in left)

    def _refused(self, reminders: list[Reminder]) -> list[Reminder]:
        try:
            answer = self._put_events(Entries=[self._entry(one) for one in reminders])
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _OURS) >= _OURS:
                raise
            return reminders
        return [one for one, told in zip(reminders, answer["Entries"], strict=True) if "ErrorCode" in told]

    def _entry(self, reminder: Reminder) -> dict[str, str]:
        detail = {"reminder_id": reminder.reminder_id, "kind": str(reminder.kind)}
        return {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Detail": json.dumps(detail),
            "EventBusName": self._bus_name,
        }
