"""A warm scan beside three rivals: the processor time of one more accepted scan, in a process that has answered some.

    python -m bench.warm_scan [--runs 7] [--before CHECKOUT] [--uncounted]

The job is that of cold-scan. Counted beside it: the calls of AWS that one scan makes. Instructions are those of twenty scans more
under valgrind, divided.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from bench import report
from bench.report import Bar, Cell, Result, Table, Target
from bench.starting.cases import ROOT, Bench, Case, bench

_FIRST: Final = 10
_MORE: Final = 60
_COUNTED: Final = 20


def _calls(with_: Bench, case: Case) -> str:
    """The calls of one warm scan, by name."""
    told = []
    for answers in (2, 2 + _COUNTED):
        with_.stub.ask("/calls")
        with_.take(case, answers=answers)
        told.append(with_.stub.ask("/calls"))
    few, many = told
    each = {name: (count - few.get(name, 0)) / _COUNTED for name, count in sorted(many.items())}
    return ", ".join(f"{name} {count:.0f}" for name, count in each.items() if count)


def _instructions(with_: Bench, case: Case) -> float | None:
    few, many = (with_.instructions(case, answers=2 + more) for more in (0, _COUNTED))
    return None if few is None or many is None else (many - few) / _COUNTED


def main() -> None:
    """Measure, and write the result."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=7)
    asked.add_argument("--before", type=Path)
    asked.add_argument("--uncounted", action="store_true")
    chosen = asked.parse_args()
    with bench() as with_:
        cases = [with_.function("verify_scan", with_.checkout(ROOT), "ours")]
        if chosen.before:
            before = with_.checkout(chosen.before.resolve())
            cases.append(with_.function("verify_scan", before, "ours", "verify_scan, before"))
        cases += with_.rivals()
        found = with_.compare(cases, chosen.runs, count=False, answers=_FIRST + _MORE, warm=_FIRST)
        counted = {case.label: None if chosen.uncounted else _instructions(with_, case) for case in cases}
        calls = {case.label: _calls(with_, case) for case in cases}
    base, rows, bars = found["Chalice"].warm()[1], [], []
    for case in cases:
        low, middle, high = found[case.label].warm()
        millions = counted[case.label]
        row: list[Cell] = [
            case.label,
            round(middle),
            f"{low:.0f}–{high:.0f}",
            middle / base,
            millions,
            calls[case.label],
        ]
        rows.append(row)
        bars.append(Bar(case.label, round(middle), round(low), round(high), case.ours))
    ratios = {case.label: found[case.label].warm()[1] / base for case in cases}
    result = Result(
        "warm-scan",
        40,
        "warm-scan",
        f"One more accepted scan at the ticket machine in a process that has answered {_FIRST}, over kept TLS connections: processor "
        "time of all threads. The rivals' four calls are the plainest there are; of our three one is a batch of seven reads and one a "
        "transaction on ten items.",
        [Table("", ["", "CPU µs", "quartiles", "× Chalice", "10⁶ instructions", "calls of one scan"], rows)],
        [
            Target(
                "CPU × Chalice",
                1.0,
                ratios["verify_scan"],
                before=ratios.get("verify_scan, before"),
                why="three quarters are botocore's, which puts a transaction on ten items together, signs and sends it; the answer is "
                "remembered sealed, and the ticket's number is drawn beside the reads, on a thread of its own",
            )
        ],
        bars,
        "CPU µs",
        report.versions("boto3", "aws-lambda-powertools", "pydantic", "pyjwt"),
    )
    report.show(result)
    report.write(result)


if __name__ == "__main__":
    main()
