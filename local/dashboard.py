"""`python -m local dashboard FILE`: the stack's dashboard, drawn from a running local stack's own figures.

CloudWatch draws the dashboard on AWS and the emulator none. Here the metrics are read where CloudWatch reads them, in the functions' log
lines (embedded metric format), and the widgets where AWS finds them, in `template.yaml`. What only AWS measures is said to be so.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

from local.aws import client
from local.feed.drop import read_endpoints
from local.homes import DEFAULT_HOME
from tools.paths import ROOT
from tools.problems import LocalProblem

type Series = dict[int, float]
type Figures = Mapping[str, Series]

BUCKET_MS = 10_000
"""A local stack lives for minutes, so that its points are ten seconds apart."""
_CELL, _ROW, _PAD = 56, 36, 12
_COLOURS = ("#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f")


def figures(lines: Iterable[str]) -> dict[str, Series]:
    """Sums by metric and moment; a refused scan also under its reason, requests and their time under what the gateway calls them."""
    found: dict[str, Series] = defaultdict(lambda: defaultdict(float))
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if not isinstance(told, dict) or "_aws" not in told:
            continue
        at = int(told["_aws"]["Timestamp"]) // BUCKET_MS
        for directive in told["_aws"]["CloudWatchMetrics"]:
            for metric in directive["Metrics"]:
                name = metric["Name"]
                found[name][at] += float(told[name])
                if "reason" in told:
                    found[f"{name} {told['reason']}"][at] += float(told[name])
    return {name: dict(sorted(series.items())) for name, series in found.items()}


def dashboard_body(template: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """The body of the template's dashboard, its names of resources as they stand."""
    text = template.read_text("utf-8")
    start = text.index("DashboardBody: !Sub |\n")
    block = text[start:].splitlines()[1:]
    indent = len(block[0]) - len(block[0].lstrip())
    body: dict[str, Any] = yaml.safe_load("\n".join(_while_indented(block, indent)))
    return body


def _while_indented(block: Iterable[str], indent: int) -> Iterator[str]:
    for line in block:
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            return
        yield line


def draw(body: Mapping[str, Any], found: Figures) -> str:
    """The dashboard as SVG."""
    widgets = body["widgets"]
    height = max(one["y"] + one["height"] for one in widgets) * _ROW
    moments = sorted({at for series in found.values() for at in series}) or [0]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * _CELL} {height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#f8fafc"/>',
    ]
    for widget in widgets:
        x, y = widget["x"] * _CELL, widget["y"] * _ROW
        wide, high = widget["width"] * _CELL, widget["height"] * _ROW
        inner = (
            _words(widget, high)
            if widget["type"] == "text"
            else _chart(widget["properties"], found, (moments[0], moments[-1]), wide - 2 * _PAD, high - 8)
        )
        parts.append(f'<g transform="translate({x + _PAD // 2} {y + 4})">{inner}</g>')
    return "\n".join([*parts, "</svg>\n"])


def _words(widget: Mapping[str, Any], high: int) -> str:
    title, _, rest = widget["properties"]["markdown"].partition("\n")
    return (
        f'<text x="4" y="{high // 2 - 2}" font-size="19" font-weight="bold" fill="#0f172a">{escape(title.lstrip("# "))}</text>'
        f'<text x="4" y="{high // 2 + 18}" fill="#475569">{escape(rest)}</text>'
    )


def _chart(properties: Mapping[str, Any], found: Figures, span: tuple[int, int], wide: int, high: int) -> str:
    names = list(_own(properties["metrics"], found))
    title = f'<text x="10" y="20" font-weight="bold" fill="#0f172a">{escape(properties["title"])}</text>'
    frame = f'<rect width="{wide}" height="{high}" rx="6" fill="#fff" stroke="#cbd5e1"/>'
    if not names:
        return f'{frame}{title}<text x="10" y="44" fill="#64748b">measured by AWS itself</text>'
    top = max([1.0, *(value for name in names for value in found.get(name, {}).values())])
    left, right, upper, lower = 40, wide - 12, 32, high - 18 - 15 * ((len(names) + 1) // 2)

    def place(at: int, value: float) -> str:
        x = left + (right - left) * (at - span[0]) / max(1, span[1] - span[0])
        return f"{x:.1f},{lower - (lower - upper) * value / top:.1f}"

    axis = (
        f'<path d="M{left} {upper}V{lower}H{right}" fill="none" stroke="#94a3b8"/>'
        f'<text x="{left - 5}" y="{upper + 5}" text-anchor="end" fill="#64748b">{top:g}</text>'
        f'<text x="{left - 5}" y="{lower}" text-anchor="end" fill="#64748b">0</text>'
    )
    lines, legend = [], []
    for index, name in enumerate(names):
        series, colour = found.get(name, {}), _COLOURS[index % len(_COLOURS)]
        points = " ".join(place(at, series.get(at, 0.0)) for at in range(span[0], span[1] + 1))
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        x, y = 12 + (index % 2) * (wide // 2), lower + 16 + 15 * (index // 2)
        told = f"{name} {sum(series.values()):g}"
        legend.append(
            f'<rect x="{x}" y="{y - 8}" width="9" height="9" fill="{colour}"/><text x="{x + 13}" y="{y}" fill="#334155">{escape(told)}</text>'
        )
    return frame + title + axis + "".join(lines) + "".join(legend)


def _own(metrics: Iterable[Any], found: Figures) -> Iterator[str]:
    """The metrics of a widget that functions count; a search stands for every reason that was seen."""
    for metric in metrics:
        if isinstance(metric[0], dict):
            yield from sorted(name for name in found if name.startswith("scans_refused "))
        elif metric[0] == "vaxcert":
            yield metric[1]


def _lines(endpoints: Mapping[str, Any]) -> Iterator[str]:
    logs = client(endpoints, "logs")
    for groups in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/vaxcert/"):
        for group in groups["logGroups"]:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                for event in page["events"]:
                    yield from event["message"].splitlines()


def main(words: list[str]) -> int:
    """Read, draw, write."""
    parser = argparse.ArgumentParser(
        prog="python -m local dashboard", description="Draw the dashboard as SVG."
    )
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args(words)
    try:
        found = figures(_lines(read_endpoints(DEFAULT_HOME.endpoints)))
    except LocalProblem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    arguments.file.write_text(draw(dashboard_body(), found), encoding="utf-8")
    print(f"{arguments.file}: {len(found)} metrics")
    return 0
