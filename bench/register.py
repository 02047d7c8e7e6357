"""Whether operations grow with the register: calls, units and milliseconds over 1,000 to 1,000,000 archives.

    python -m bench.register [--sizes 1000 10000 100000 1000000]

The real use cases and stores over tables in memory. Calls and units are DynamoDB's; milliseconds are those of the product's own
processor time and of the tables in memory, so they tell of our code and not of DynamoDB. A million archives take about 3 GB.
"""

from __future__ import annotations

import argparse

from bench import report
from bench.operations import Counted, Town


def result(found: dict[int, list[Counted]]) -> report.Result:
    """By the number of archives, as the page shows it."""
    sizes = sorted(found)
    least, most = found[sizes[0]], found[sizes[-1]]
    rows: list[list[report.Cell]] = []
    for place, first in enumerate(least):
        each = [found[size][place] for size in sizes]
        rows.append(
            [
                first.name,
                len(first.calls),
                *(" / ".join(sorted({f"{value(one):g}" for one in each})) for value in (_reads, _writes)),
                *(one.cpu_ms for one in each),
            ]
        )
    grown = max(_grown(one, other) for one, other in zip(least, most, strict=True))
    slower = sum(one.cpu_ms for one in most) / sum(one.cpu_ms for one in least)
    return report.Result(
        name="register",
        order=80,
        title="register",
        about=f"Each operation over {sizes[0]:,} to {sizes[-1]:,} archives with 22 doses, and their kinship: AWS calls, capacity "
        "units and processor time (middle of several families).",
        tables=[
            report.Table(
                "",
                [
                    "operation",
                    "calls",
                    "read units",
                    "write units",
                    *(f"ms, {size:,} archives" for size in sizes),
                ],
                rows,
            )
        ],
        targets=[
            report.Target("calls and units, largest ÷ smallest register, worst operation", 1.0, grown),
            report.Target("milliseconds of all operations, largest ÷ smallest register", 1.3, slower),
        ],
        versions=report.versions("cryptography"),
        notes=["Two figures with a stroke would say that units differ between the sizes."],
    )


def _reads(one: Counted) -> float:
    return one.reads


def _writes(one: Counted) -> float:
    return one.writes


def _grown(one: Counted, other: Counted) -> float:
    pairs = ((len(other.calls), len(one.calls)), (other.reads, one.reads), (other.writes, one.writes))
    return max(after / before if before else 1.0 + after for after, before in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--dry", action="store_true", help="print only")
    chosen = parser.parse_args()
    Town(10).counted()  # what is imported and cached late would count for the first size
    found = result({size: Town(size).counted() for size in chosen.sizes})
    report.show(found)
    if not chosen.dry:
        report.write(found)


if __name__ == "__main__":
    main()
