"""What the night's functions stand on before a row is read (R38)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.apply_corrections import app as apply_corrections
from functions.rejudge_archives import app as rejudge_archives
from functions.rejudge_archives.app import create
from vaxcert.aws.clients import made
from vaxcert.corrections.steps.rejudging import Segment, What


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    made.cache_clear()
    yield
    made.cache_clear()


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize("function", [apply_corrections, rejudge_archives])
def test_no_worker_waits_for_a_connection(function: Any) -> None:
    assert function.database().meta.config.max_pool_connections >= function.WORKERS


class Stopping:
    """Goes through a segment until time runs short, twice."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Segment]] = []

    def go_through(self, run: str, segment: Segment, _left: Any) -> tuple[dict[str, int], bool]:
        self.asked.append((run, segment))
        return {"judged": 3}, len(self.asked) > 1


def test_a_segment_that_time_did_not_suffice_for_is_asked_for_again_with_what_was_answered() -> None:
    going: Any = Stopping()
    step, event = create(going), {"run": "r", "segment": {"what": "archives", "number": 7}, "more": 1}
    first = step(event, None)
    assert first == event | {"status": "more"}
    assert step(first, None) == event | {"status": "done"}
    assert going.asked == [("r", Segment(What.ARCHIVES, 7))] * 2
