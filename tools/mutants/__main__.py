"""Mutation testing: change one thing of a module, run the tests, and see whether they notice.

`python -m tools.mutants identity grants --sample 20 --seed 1` draws 20 mutants of each room (or module path) and prints
those that live. A mutant lives if every test that reaches its lines passes. One that lives and stands in
docs/mutants.md with its reason is argued. `--known` plants the faults of `known.py` instead.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tools.mutants import argued, known, reach, trying
from tools.mutants.changes import Mutant, mutants_of


def _drawn(room: str, sample: int, seed: int) -> list[Mutant]:
    all_of_it = [mutant for module in reach.modules([room]) for mutant in mutants_of(module)]
    return random.Random(seed).sample(all_of_it, min(sample, len(all_of_it)))  # noqa: S311  # repeatable, no secret


def main() -> int:
    """Try what is drawn; 1 if one lives that is not argued."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rooms", nargs="*", help="rooms of the product, or paths below it, or functions/…")
    parser.add_argument("--sample", type=int, default=20, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=60, help="seconds of tests for each mutant")
    parser.add_argument("--tests", nargs="+", default=reach.SUITES, help="tests that may notice")
    parser.add_argument("--known", action="store_true", help="plant the faults of known.py")
    asked = parser.parse_args()
    out = os.fdopen(os.dup(1), "w", buffering=1)
    with tempfile.TemporaryDirectory() as folder:
        if asked.known:
            return _known(Path(folder), lambda line: print(line, file=out))
        return _rooms(asked, Path(folder), lambda line: print(line, file=out))


def _known(folder: Path, say: Callable[[str], None]) -> int:
    planted = known.PLANTED
    trials = [one.trial() for one in planted]
    named = {id(trial): one for trial, one in zip(trials, planted, strict=True)}
    lived = 0

    def tell(trial: trying.Trial, noticed: str) -> None:
        nonlocal lived
        lived += noticed == trying.LIVES
        say(f"{'lives ' if noticed == trying.LIVES else 'killed'} {named[id(trial)].what}  {noticed}")

    trying.tried(trials, tell, folder)
    say(f"{len(trials) - lived} of {len(trials)} killed")
    return 1 if lived else 0


def _rooms(asked: argparse.Namespace, folder: Path, say: Callable[[str], None]) -> int:
    reached = reach.found(asked.tests)
    if reached is None:
        say("The tests fail without any change: mend these first.")
        return 2
    reasons = argued.listed()
    trials: list[trying.Trial] = []
    drawn: dict[int, tuple[str, Mutant]] = {}
    for room in asked.rooms:
        for mutant in _drawn(room, asked.sample, asked.seed):
            trials.append(trying.trial_of(mutant, reached, asked.budget))
            drawn[id(trials[-1])] = room, mutant
    counts: Counter[tuple[str, str]] = Counter()

    def tell(trial: trying.Trial, noticed: str) -> None:
        room, mutant = drawn[id(trial)]
        fate = (
            "killed" if noticed != trying.LIVES else "argued" if argued.key_of(mutant) in reasons else "lives"
        )
        counts[room, fate] += 1
        say(f"{fate:6} {mutant}  {noticed}")

    trying.tried(trials, tell, folder)
    say("| room | drawn | killed | argued | left |")
    say("|---|---:|---:|---:|---:|")
    for room in asked.rooms:
        killed, told, left = (counts[room, fate] for fate in ("killed", "argued", "lives"))
        say(f"| {room} | {killed + told + left} | {killed} | {told} | {left} |")
    return 1 if any(fate == "lives" for _, fate in counts) else 0


if __name__ == "__main__":
    sys.exit(main())
