"""A DynamoDB client in rough weather: what AWS does and the emulator never does."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import Any

from botocore.exceptions import ClientError


class RoughClient:
    """Some transactions are told `TransactionConflict`, and some arrive twice, as when botocore repeats one whose answer was lost.

    The second arrival's answer is the one that the caller gets. What happened is counted in `seen`.
    """

    def __init__(self, client: Any, dice: random.Random, *, conflicts: float, repeats: float) -> None:
        self._client = client
        self._dice = dice
        self._conflicts = conflicts
        self._repeats = repeats
        self._lock = threading.Lock()
        self.seen: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        """As the client's own, with the weather."""
        with self._lock:
            thrown = self._dice.random()
        if thrown < self._conflicts:
            self._note("conflicts")
            told: Any = {
                "Error": {"Code": "TransactionCanceledException"},
                "CancellationReasons": [{"Code": "TransactionConflict"}],
            }
            raise ClientError(told, "TransactWriteItems")
        try:
            answer = self._client.transact_write_items(**request)
            if thrown < self._conflicts + self._repeats:
                self._note("answers_lost")
                answer = self._client.transact_write_items(**request)
        except ClientError:
            self._note("cancelled")
            raise
        self._note("committed")
        return answer

    def _note(self, what: str) -> None:
        with self._lock:
            self.seen[what] += 1
