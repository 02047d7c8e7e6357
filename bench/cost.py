"""What operations cost, and a month of a city, a province and the country, from counted calls and the prices of bench/prices.py.

    python -m bench.cost

Calls and units are counted (`bench.operations`), never estimated. Milliseconds, KMS requests and what people do in a month are
assumed; they stand at the top of this file.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

from bench import report
from bench.operations import Counted, Town
from bench.prices import FOUND, PRICES, RECALLED

MEMORY_GB, PROCESSORS = 1.0, 1024 / 1769
READ_MS, WRITE_MS, HTTP_MS = 5.0, 15.0, 5.0
"""A call as the function waits for it, one after the other even where two run at once; and the handler around the use case."""
AUTHORIZER_GB_SECONDS = 0.5 * 0.010
"""The authorizer runs for every request here; in truth API Gateway remembers it for 30 seconds."""
KMS_A_REQUEST = 3 / 5_000
"""An instance opens three keys when it starts and once a day, and answers 5,000 requests meanwhile. No operation asks KMS itself."""

VISITS = 0.03
"""Vaccinations of a person in a month: 22 doses of every child within six years, and one dose of every fourth adult a year."""
OF_A_VISIT = {
    "list": 1.0,
    "records": 1.0,
    "plan": 1.0,
    "slots page": 2.0,
    "book": 1.0,
    "code": 3.0,
    "scan, ticket machine": 1.0,
    "scan, registration": 3.0,  # registration, vaccination and observation, which ask for the same
}
BESIDES = {"list": 0.02, "records": 0.02, "claim": 0.005, "authorise": 0.002}
"""Operations of a person in a month that belong to no visit."""
PLACES = {
    "Nantong and Wuxi": 15_000_000,
    "Jiangsu": 85_000_000,
    "China": 1_400_000_000,
}
NIGHT_OF_15_MILLION, GB_OF_15_MILLION = 0.5, 34.0
"""docs/costs.md: dollars of a night, and the storage of the register."""
SCANS = {"scan, ticket machine": 0.25, "scan, registration": 0.75}


@dataclass(frozen=True, slots=True)
class Bill:
    """What so many operations take."""

    requests: float = 0.0
    reads: float = 0.0
    writes: float = 0.0
    gb_seconds: float = 0.0
    kms: float = 0.0

    def __add__(self, other: Bill) -> Bill:
        return Bill(
            self.requests + other.requests,
            self.reads + other.reads,
            self.writes + other.writes,
            self.gb_seconds + other.gb_seconds,
            self.kms + other.kms,
        )

    def __mul__(self, times: float) -> Bill:
        return Bill(
            self.requests * times,
            self.reads * times,
            self.writes * times,
            self.gb_seconds * times,
            self.kms * times,
        )

    @property
    def dollars(self) -> float:
        """By the prices; two Lambda requests for each request, the authorizer's and the function's."""
        return (
            self.requests / 1e6 * PRICES["million API Gateway requests, REST"]
            + 2 * self.requests / 1e6 * PRICES["million Lambda requests"]
            + self.gb_seconds * PRICES["GB-second of Lambda, arm64"]
            + self.reads / 1e6 * PRICES["million read request units, on demand"]
            + self.writes / 1e6 * PRICES["million write request units, on demand"]
            + self.kms / 1e4 * PRICES["ten thousand KMS requests"]
        )


def bill_of(one: Counted) -> Bill:
    """One operation, which is one request."""
    waits = sum(WRITE_MS if call.startswith("transact") else READ_MS for call in one.calls)
    milliseconds = waits + one.cpu_ms / PROCESSORS + HTTP_MS
    return Bill(
        1,
        one.reads,
        one.writes,
        MEMORY_GB * milliseconds / 1000 + AUTHORIZER_GB_SECONDS,
        KMS_A_REQUEST,
    )


def together(bills: Mapping[str, Bill], shares: Mapping[str, float]) -> Bill:
    """So many of each operation."""
    return sum((bills[name] * times for name, times in shares.items()), Bill())


def month(bills: Mapping[str, Bill], people: int) -> Bill:
    """A month of so many people."""
    return (together(bills, OF_A_VISIT) * VISITS + together(bills, BESIDES)) * people


def result(counted: list[Counted]) -> report.Result:
    """The tables, as the page shows them."""
    bills = {one.name: bill_of(one) for one in counted}
    million = 1_000_000
    scans = together(bills, SCANS) * million
    with_codes = scans + bills["code"] * million * (OF_A_VISIT["code"] / 4)
    lines = {name: bill * million for name, bill in bills.items()} | {
        "**scans**, every fourth at the ticket machine": scans,
        "**scans with the codes shown for them**": with_codes,
    }
    months: list[list[report.Cell]] = []
    for place, people in PLACES.items():
        bill, share = month(bills, people), people / 15_000_000
        register = (30 * NIGHT_OF_15_MILLION + GB_OF_15_MILLION * PRICES["GB-month of table storage"]) * share
        months.append(
            [
                place,
                people,
                round(VISITS * people),
                f"{bill.requests / 1e6:,.1f}",
                f"{bill.reads / 1e6:,.0f}",
                f"{bill.writes / 1e6:,.0f}",
                f"{bill.gb_seconds / 1e6:,.2f}",
                round(bill.kms),
                round(bill.dollars),
                round(register),
                f"{(bill.dollars + register) / people * 1e6:,.0f}",
            ]
        )
    recalled = ", ".join(name for name, where in FOUND.items() if where == RECALLED)
    return report.Result(
        name="cost",
        order=90,
        title="cost",
        about="What a million of each operation asks of AWS, from counted calls, times the prices of bench/prices.py (US dollars, "
        "us-east-1, first tier); and a month of people who do as bench/cost.py assumes.",
        tables=[
            report.Table(
                "A million of each",
                [
                    "operation",
                    "million read units",
                    "million write units",
                    "GB-seconds",
                    "KMS requests",
                    "$",
                ],
                [
                    [
                        name,
                        f"{bill.reads / 1e6:g}",
                        f"{bill.writes / 1e6:g}",
                        round(bill.gb_seconds),
                        round(bill.kms),
                        bill.dollars,
                    ]
                    for name, bill in lines.items()
                ],
            ),
            report.Table(
                "A month",
                [
                    "",
                    "people",
                    "visits",
                    "million requests",
                    "million read units",
                    "million write units",
                    "million GB-seconds",
                    "KMS requests",
                    "$ of requests",
                    "$ of nights and storage",
                    "$ a million people",
                ],
                months,
            ),
        ],
        versions=report.versions("cryptography"),
        notes=[
            (
                f"Assumed: {VISITS:g} visits of a person in a month, with {sum(OF_A_VISIT.values()):g} requests each, and "
                f"{sum(BESIDES.values()):g} requests besides; {READ_MS:g} ms for a read, {WRITE_MS:g} ms for a transaction, one after "
                "the other; the authorizer at every request; three KMS requests for 5,000 requests, since no operation asks KMS itself."
            ),
            (
                "Left out: logs, metrics, streams and what follows them, reminders, backups, WAF, data transfer, starts, retries; what is "
                "free, and what is cheaper from 333 million requests on."
            ),
            "Beyond a province one table and one API would not be how it is run; the sums are then what so many deployments cost.",
            f"Where each price was read stands in bench/prices.py. Recalled: {recalled} (not used here).",
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true", help="print only")
    chosen = parser.parse_args()
    Town(10).counted()  # what is imported and cached late is a start's
    found = result(Town(1_000).counted())
    report.show(found)
    if not chosen.dry:
        report.write(found)


if __name__ == "__main__":
    main()
