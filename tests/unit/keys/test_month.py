"""Thirty days of rotation by a fake clock: no valid code is refused, and a killed key is dead within half a minute."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from bench.rotation import Month, simulated
from tests.counts import PROVE

HOURS = 3 if PROVE else 8
"""From one code to the next."""


@pytest.mark.parametrize("missed", [0.0, 0.5], ids=["daily", "every second run missed"])
def test_in_thirty_days_no_valid_code_is_refused(missed: float) -> None:
    """Issuers and verifiers read the keys at moments of their own. Codes are scanned, repeated a day and handed in two days later."""
    month = simulated(random.Random(20240810), every=timedelta(hours=HOURS), missed=missed, kills=0)
    assert (month.refused, month.codes) == (0, 30 * 24 // HOURS)
    assert month.checks == 4 * month.codes
    assert len(month.signed_by) >= (29 if not missed else 20)


def test_a_week_without_rotation_ends_nothing() -> None:
    """The newest key never retires by itself."""
    month = simulated(random.Random(1), every=timedelta(hours=4), missed=1.0, kills=0, days=10)
    assert month.refused == 0
    assert len(month.signed_by) <= 6


def test_killed_keys_refuse_their_own_codes_and_no_others() -> None:
    month: Month = simulated(random.Random(7), every=timedelta(hours=3), missed=0.1, kills=4)
    assert month.refused == 0
    assert month.killed == 4
    assert month.dead_after <= timedelta(seconds=30)
    assert month.of_killed > 0
