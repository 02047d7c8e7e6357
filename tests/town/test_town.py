"""A town lives by seed over the real services, checked each day against the written rules (tests/town/rules.py).

`VAXCERT_TOWN_FAMILIES=5000 VAXCERT_TOWN_DAYS=365 VAXCERT_TOWN_SEED=1 pytest tests/town -s -k lives` lives the whole;
`VAXCERT_TOWN_RUNS=1000 pytest tests/town -n auto -k lives` a thousand small ones, of which `.ci/run` lives ten.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.counts import tell, tries
from tests.town.life import Town
from tests.town.memory import in_turn

FAMILIES: Final = tries("VAXCERT_TOWN_FAMILIES", 10, 200)
DAYS: Final = tries("VAXCERT_TOWN_DAYS", 25, 120)
SEED: Final = tries("VAXCERT_TOWN_SEED", 1, 1)
RUNS: Final = tries("VAXCERT_TOWN_RUNS", 1, 3)


@contextlib.contextmanager
def begun(seed: int, families: int) -> Iterator[Town]:
    """A town before its first day. The night's functions say what they do, once for each of thousands of nights: to nobody."""
    with in_turn(), Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield Town(seed, families, max(3, families // 125))


def lived(seed: int, families: int, days: int) -> Town:
    """A town after so many days. A long life says how far it is, to who looks on (`pytest -s`)."""
    with begun(seed, families) as town:
        for day in range(1, days + 1):
            town.day()
            if day % 30 == 0 and day < days:
                print(
                    f"day {day} of {days}: {town.events} events, {town.checks} checks",
                    file=sys.stderr,
                    flush=True,
                )
    return town


@pytest.mark.timeout(86400)
@pytest.mark.parametrize("seed", range(SEED, SEED + RUNS))
def test_a_town_lives_and_every_day_is_as_the_requirements_say(seed: int) -> None:
    """R6–R10, R16, R20, R24–R28, R36–R42, D2, D4–D8, D13, D16, D20, D23, invariants 1–6."""
    began = time.process_time()
    town = lived(seed, FAMILIES, DAYS)
    spent = time.process_time() - began
    assert town.nights > DAYS // 2
    failed = town.world.weather.injected.total()
    assert failed > 0
    told = f"A town of {FAMILIES} families and {town.clinics} clinics, {DAYS} days, seed {seed}: {town.events} events, "
    told += f"{town.checks} checks, {town.world.weather.calls} calls of AWS of which {failed} failed, "
    told += f"{spent:.0f} s of CPU, journal {town.journal.hexdigest()[:16]}"
    tell("\n".join([told, *(f"  {name:44} {count:7}" for name, count in sorted(town.counts.items()))]))


def test_a_seed_replays_to_the_byte() -> None:
    """The journal has every request, every answer, every id, and the night's outcome."""
    first, second = lived(SEED, 5, 8), lived(SEED, 5, 8)
    assert first.lines == second.lines
    assert first.journal.digest() == second.journal.digest()
    assert lived(SEED + 1, 5, 8).journal.digest() != first.journal.digest()
