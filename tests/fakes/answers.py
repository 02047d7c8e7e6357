"""Remembered answers in a dict."""

from __future__ import annotations

from datetime import datetime

from vaxcert.idempotency.model import Answer, Remembered, RepeatableRequest, checked


class FakeAnswers:
    """Port `Answers`; fake stores put into `kept` what their transaction remembers. `looks` counts `find`."""

    def __init__(self) -> None:
        self.kept: dict[str, Remembered] = {}
        self.looks = 0

    def find(self, request: RepeatableRequest, now: datetime) -> Answer | None:
        self.looks += 1
        kept = self.kept.get(request.key)
        return None if kept is None else checked(request, kept, now)

    def keep(self, remembered: Remembered) -> None:
        """Remember, as `AnswerStore.op` does inside a transaction."""
        self.kept[remembered.request.key] = remembered
