"""docs/threats.md: each row has its test, and the test is there."""

from __future__ import annotations

import re

import pytest

from tests.tables import ROOT

PAGE = (ROOT / "docs/threats.md").read_text("utf-8")
ROWS = [
    line
    for line in PAGE.splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| who, and how |"))
]


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip()[:60] for row in ROWS])
def test_what_is_said_to_stand_in_the_way_has_a_test(row: str) -> None:
    named = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", row.rsplit("|", 2)[1])
    assert named, "no test"
    for file, test in named:
        assert re.search(rf"^ *def {test}\(", (ROOT / "tests" / file).read_text("utf-8"), re.MULTILINE), test


def test_there_are_rows() -> None:
    assert len(ROWS) >= 20
