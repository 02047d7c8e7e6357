"""What the benches measured, as one page: `python -m bench.report` writes docs/performance.md and docs/performance.svg.

A bench makes a `Result` and calls `write`, which puts `bench/results/<name>.json`; each file there gets a section. The files are
committed, so that a page can be written without measuring anew, and a bench that was not run keeps its last figures.
bench/README.md has the form.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "bench/results"
PAGE: Final = ROOT / "docs/performance.md"
PLOT: Final = ROOT / "docs/performance.svg"

type Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Figures under a heading. A cell that is None reads "–"; a float is shown with three figures or as a whole number."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Target:
    """What was wanted of a ratio or a figure, and what was seen.

    `most`: `seen` has to be at most `wanted`; else at least. `before`: the same before the product was made faster.
    `why`: where the time goes, if the target was missed.
    """

    what: str
    wanted: float
    seen: float
    most: bool = True
    before: float | None = None
    why: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure seen is on the wanted side, rounded as it is shown."""
        seen = round(self.seen, 2)
        return seen <= self.wanted if self.most else seen >= self.wanted


@dataclass(frozen=True)
class Bar:
    """One bar of the plot: the median, and the quartiles as its whiskers."""

    label: str
    middle: float
    low: float
    high: float
    ours: bool = False


@dataclass(frozen=True)
class Result:
    """What one bench found. `name` is that of its file, `order` its place on the page; `bars`, if any, are plotted in `unit`.

    `about`: what runs, in a sentence or two. `notes`: what a reader has to know, a sentence each.
    `taken` and `machine` are filled in by `write`.
    """

    name: str
    order: int
    title: str
    about: str
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    unit: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    taken: str = ""
    machine: str = ""


def versions(*packages: str) -> dict[str, str]:
    """The versions of the packages as this interpreter has them, and its own."""
    return {"Python": platform.python_version()} | {each: metadata.version(each) for each in packages}


def write(result: Result) -> None:
    """Put a result where the page finds it, with today's date and this machine."""
    RESULTS.mkdir(exist_ok=True)
    told = asdict(result) | {"taken": f"{datetime.now(UTC):%Y-%m-%d}", "machine": _machine()}
    path = RESULTS / f"{result.name}.json"
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{path.relative_to(ROOT)}; `python -m bench.report` writes the page")


def results() -> list[Result]:
    """All that is there, in the page's order. A file that is not of the form ends the run with its name."""
    found = []
    for path in sorted(RESULTS.glob("*.json")):
        try:
            found.append(_read(json.loads(path.read_text("utf-8"))))
        except (KeyError, TypeError, ValueError) as error:
            sys.exit(f"{path.relative_to(ROOT)}: {error}")
    return sorted(found, key=lambda each: (each.order, each.name))


def page(found: list[Result]) -> str:
    """The page in Markdown, lines of prose within 120 columns."""
    blocks = [
        "# Performance",
        _prose(
            "Written by `make bench` (bench/report.py) from bench/results; do not edit. Each bench runs what it compares by "
            "turns in one run, in fresh processes where a start is measured. The machine is shared with others, so wall time is "
            "not shown: trust the ratios of processor time, and the instruction counts, which repeat to the per mille."
        ),
        "![Medians and quartiles, ours in colour](performance.svg)" if any(e.bars for e in found) else "",
        "## Targets",
        _targets(found),
    ]
    for result in found:
        blocks += _section(result)
    return "\n\n".join(block for block in blocks if block) + "\n"


def plot(found: list[Result]) -> str:
    """Each result's bars below its title, each result on a scale of its own."""
    plotted = [result for result in found if result.bars]
    drawn: list[str] = []
    y = 8
    for result in plotted:
        drawn.append(
            f'<text x="8" y="{y + 14}" font-weight="bold">{escape(f"{result.title}, {result.unit}")}</text>'
        )
        y += 24
        longest = max(bar.high for bar in result.bars)
        for bar in result.bars:
            drawn += _bar(bar, y, 480 / longest)
            y += 20
        y += 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {y}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="800" height="{y}" fill="#fff"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _bar(bar: Bar, y: int, scale: float) -> Iterator[str]:
    left, end = 210, 210 + bar.middle * scale
    low, high = (210 + each * scale for each in (bar.low, bar.high))
    yield f'<text x="{left - 8}" y="{y + 11}" text-anchor="end">{escape(bar.label)}</text>'
    colour = "#1677c8" if bar.ours else "#b8bec6"
    yield f'<rect x="{left}" y="{y}" width="{end - left:.1f}" height="14" fill="{colour}"/>'
    yield f'<path d="M{low:.1f} {y + 7}H{high:.1f}" stroke="#222"/>'
    yield f'<text x="{max(end, high) + 6:.1f}" y="{y + 11}">{_cell(bar.middle)}</text>'


def _section(result: Result) -> Iterator[str]:
    yield f"## {result.title}"
    yield _prose(result.about)
    for table in result.tables:
        if table.title:
            yield f"### {table.title}"
        yield _table(table.columns, table.rows)
    missed = [f"{target.what}: {target.why}" for target in result.targets if not target.met and target.why]
    for note in [*missed, *result.notes]:
        yield _prose(note)
    used = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    yield _prose(f"Taken {result.taken} on {result.machine}{'; ' if used else ''}{used}.")


def _targets(found: list[Result]) -> str:
    rows: list[list[Cell]] = [
        [
            result.title,
            target.what,
            f"{'≤' if target.most else '≥'} {_cell(target.wanted)}",
            target.before,
            target.seen,
            "met" if target.met else "**missed**",
        ]
        for result in found
        for target in result.targets
    ]
    return _table(["bench", "figure", "wanted", "before", "now", ""], rows)


def _table(columns: list[str], rows: list[list[Cell]]) -> str:
    lines = [columns, ["---"] * len(columns), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return (
            f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
        )
    return f"{value:,}" if isinstance(value, int) else value.replace("|", "\\|")


def _prose(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 118, break_long_words=False, break_on_hyphens=False)


def _machine() -> str:
    """The processor, the number of cores and the system."""
    named = platform.machine()
    if (cpus := Path("/proc/cpuinfo")).exists():
        lines = cpus.read_text("utf-8").splitlines()
        named = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), named
        )
    return f"{named}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def _read(told: dict[str, object]) -> Result:
    lists = {"tables": Table, "targets": Target, "bars": Bar}
    made = {
        name: [lists[name](**each) for each in value] if name in lists and isinstance(value, list) else value
        for name, value in told.items()
    }
    return Result(**made)  # type: ignore[arg-type]


def main() -> None:
    """Write the page and the plot."""
    found = results()
    PAGE.write_text(page(found), "utf-8")
    PLOT.write_text(plot(found), "utf-8")
    print(f"{PAGE.relative_to(ROOT)}, {PLOT.relative_to(ROOT)}: {len(found)} benches")


if __name__ == "__main__":
    main()
