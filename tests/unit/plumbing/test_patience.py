"""The night waits while a table is throttled, ever longer, and gives up where it has waited often enough (R38)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from vaxcert.aws.patience import LONGEST_PAUSE, PATIENCE, patiently
from vaxcert.errors import Unavailable


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "UpdateItem")


BUSY = [
    Unavailable(),
    *map(
        _error,
        (
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
            "InternalServerError",
        ),
    ),
]


class Table:
    """Refuses so many calls, each with the same error, and then answers."""

    def __init__(self, error: Exception, refuses: int) -> None:
        self.calls = 0
        self._error, self._refuses = error, refuses

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self._refuses:
            raise self._error
        return "done"


def _asked(call: Callable[[], str], pauses: list[float]) -> str:
    return patiently(call, sleep=pauses.append, rng=lambda: 1.0)


@pytest.mark.parametrize("busy", BUSY, ids=repr)
def test_a_busy_table_is_asked_again_after_growing_pauses(busy: Exception) -> None:
    pauses: list[float] = []
    assert _asked(Table(busy, 9), pauses) == "done"
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, LONGEST_PAUSE, LONGEST_PAUSE]


def test_what_is_answered_at_once_waits_for_nothing() -> None:
    pauses: list[float] = []
    assert _asked(Table(BUSY[0], 0), pauses) == "done"
    assert pauses == []


@pytest.mark.parametrize("busy", BUSY, ids=repr)
def test_a_table_that_stays_busy_is_unavailable_and_not_waited_for_after_the_last_call(
    busy: Exception,
) -> None:
    pauses: list[float] = []
    table = Table(busy, PATIENCE)
    with pytest.raises(Unavailable):
        _asked(table, pauses)
    assert (table.calls, len(pauses)) == (PATIENCE, PATIENCE - 1)
    assert _asked(Table(busy, PATIENCE - 1), []) == "done"


def test_why_it_is_unavailable_is_told() -> None:
    with pytest.raises(Unavailable) as caught:
        _asked(Table(Unavailable("keys_missing"), PATIENCE), [])
    assert caught.value.code == "keys_missing"


def test_another_refusal_is_told_at_once() -> None:
    pauses: list[float] = []
    with pytest.raises(ClientError, match="AccessDenied"):
        _asked(Table(_error("AccessDeniedException"), 1), pauses)
    assert pauses == []
