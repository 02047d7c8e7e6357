"""The machine over fakes, many steps, and over the emulator's DynamoDB, fewer (invariant 1; R16, R20, R24, R27, R36, D4–D7).

`VAXCERT_STATEFUL=2000 pytest tests/stateful -s` plays so many lives of at most forty steps on the fakes, and a
twentieth of them, of at most twenty steps, on the emulator.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from local.emulator.server import Emulator
from tests.counts import tell, tries
from tests.stateful.machine import Families
from tests.stateful.town import Town, dynamo_town, fake_town
from tests.stateful.universe import MOTHER, RELATIVES, RIGHT
from tests.tables import create_tables

LIVES = tries("VAXCERT_STATEFUL", 20, 500)
STEPS = 40


class OnFakes(Families):
    """In memory."""

    steps: ClassVar[Counter[str]] = Counter()
    answers: ClassVar[Counter[str]] = Counter()

    def town(self) -> Town:
        return fake_town()


class OnDynamo(Families):
    """Over tables of the emulator, new ones for every life."""

    steps: ClassVar[Counter[str]] = Counter()
    answers: ClassVar[Counter[str]] = Counter()
    client: ClassVar[Any] = None

    def town(self) -> Town:
        return dynamo_town(self.client, create_tables(self.client, f"s{uuid.uuid4().hex[:10]}"))


def _play(machine: type[Families], lives: int, steps: int) -> None:
    chosen = settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    # The night's functions say what they do, once for each of thousands of nights.
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        run_state_machine_as_test(machine, settings=chosen)
    lines = [f"{machine.__name__}: {machine.steps.total()} steps in {lives} lives"]
    lines += [f"  {name:36} {count:6}" for name, count in sorted(machine.answers.items())]
    tell("\n".join(lines) + "\n")


@pytest.mark.timeout(3600)
def test_invariant_1_whatever_a_family_lives_through() -> None:
    """Fakes under the stores' own conditions (the contract tests hold both to one suite)."""
    _play(OnFakes, LIVES, STEPS)


@pytest.mark.emulator
@pytest.mark.timeout(3600)
def test_invariant_1_whatever_a_family_lives_through_in_dynamodb(emulator: Emulator) -> None:
    """The real stores, item for item."""
    OnDynamo.client = emulator.client("dynamodb")
    _play(OnDynamo, max(4, LIVES // 20), 20)


def test_d6_closed_by_age_is_final_whatever_becomes_of_the_archive() -> None:
    """Found here: a merge into a younger child's archive brought it back to life, and its delegates with it."""
    life = OnFakes()
    life.found()
    life.claim(MOTHER, "A1")
    life.authorize(0, None, RELATIVES[0], None)
    life.look(RELATIVES[0], under_another_name=False)
    life.birthday("A", the_day_before=False)
    life.look(RELATIVES[0], under_another_name=False)
    life.merge("A1", "B1")
    _check(life)
    life.look(RELATIVES[0], under_another_name=False)
    life.look(MOTHER, under_another_name=False)


def test_d6_closed_by_age_it_cannot_be_released() -> None:
    """Found here: until a night came by, the parents could still release what had closed on the birthday."""
    life = OnFakes()
    life.found()
    life.claim(MOTHER, "A1")
    life.birthday("A", the_day_before=False)
    life.release(0, None)
    _check(life)
    life.claim(RIGHT["A"], "A1")
    _check(life)


def _check(life: Families) -> None:
    life.certificates_stand_where_the_reference_says()
    life.grants_stand_where_the_reference_says()
