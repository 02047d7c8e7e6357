"""Every span of time that the product counts by is as long as it was promised to be.

Tests elsewhere count by the product's own names and hold whatever these say. A span that is new fails until it stands here.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

PRODUCT = Path(__file__).parents[3] / "layers/vaxcert/python"

PROMISED: Final = {
    "appointments.glance.GLANCE": timedelta(seconds=2),
    "appointments.items._KEPT": timedelta(days=90),
    "appointments.model.EARLY": timedelta(minutes=30),
    # A change of the pepper counts on the sum: what knows the old one has ended by then (D23).
    "aws.secrets._READ_ANEW": timedelta(minutes=5),
    "aws.secrets._TRY_AGAIN": timedelta(seconds=30),
    "aws.secrets._STALE": timedelta(minutes=15),
    "aws.secrets._LONGEST_CALL": timedelta(minutes=15),
    "aws.secrets._MARGIN": timedelta(minutes=5),
    "aws.secrets._SKEW": timedelta(minutes=1),
    "aws.secrets.SETTLED_AFTER": timedelta(minutes=35),
    "clinics.week.AFTER_LAST_SLOT": timedelta(hours=2),  # D21
    "corrections.run.progress.KEPT_SECONDS": timedelta(days=180),
    "corrections.run.runs.LEASE_SECONDS": timedelta(minutes=20),
    "corrections.steps.rejudging.RESERVE_SECONDS": timedelta(minutes=1),
    "corrections.steps.stretches.RESERVE_SECONDS": timedelta(minutes=1),
    # RFC 7523: a device's assertion lives 60 seconds at most.
    "devices.service.LONGEST": timedelta(seconds=60),
    "devices.service.SKEW": timedelta(seconds=30),
    "devices.service._BURNED": timedelta(minutes=5),
    "idempotency.model.KEPT": timedelta(hours=24),  # invariant 4
    "identity.assertions.FRESH": timedelta(minutes=5),
    "identity.assertions.LONGEST": timedelta(minutes=10),
    "identity.assertions.SKEW": timedelta(seconds=30),
    "identity.exchange.SECONDS": timedelta(seconds=3),
    "identity.fetch.SECONDS": timedelta(seconds=2),
    "identity.handles._LEFT_AT_LEAST": timedelta(days=1),
    "identity.handles._VISITOR_DAYS": timedelta(days=7),  # D22
    "identity.jwks.FRESH": timedelta(minutes=10),
    "identity.jwks.PAUSE": timedelta(seconds=30),
    "identity.jwks.STALE": timedelta(hours=1),
    "identity.service._MARGIN": timedelta(minutes=5),
    "identity.tokens.LONGEST": timedelta(hours=12),
    "identity.tokens.SKEW": timedelta(seconds=30),
    "keys.model.OFFLINE_SERVES": timedelta(hours=48),
    "keys.register._KEPT_AFTER": timedelta(days=7),
    "keys.rotation.PUBLISHED_AHEAD": timedelta(hours=72),  # D8, D23
    "keys.rotation._BETWEEN_RUNS": timedelta(days=1),
    "keys.rotation._MARGIN": timedelta(minutes=2),
    "keys.sealing._CURRENT_SECONDS": timedelta(hours=1),
    "keys.store.FRESH": timedelta(
        seconds=30
    ),  # with the gateway's thirty a killed key is dead within a minute
    "programme.courses._DAY": timedelta(days=1),
    "records.notices.WATCHED": timedelta(days=7),
    "records.reading._HOUR": timedelta(hours=1),
    "reminders.items._KEPT": timedelta(days=2),
    "reminders.looking._BACK": timedelta(days=7),
    "reminders.sending.RESERVE_SECONDS": timedelta(minutes=1),
    "reports.following._RESERVE_SECONDS": timedelta(seconds=30),
    "trail.anchors._LOOKED_BACK": timedelta(days=60),
    "trail.chain._SETTLING": timedelta(minutes=5),
    "visits.handed_in.SKEW": timedelta(seconds=30),
    "visits.items._KEPT": timedelta(days=30),
    "visits.model.LEAVING": timedelta(minutes=30),
    "visits.month.COUNTABLE": timedelta(days=28),
    "visits.store._BURNED": timedelta(days=3),  # longer than an offline scan may wait (D8)
}


def _named(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", ())
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _spans() -> Iterator[tuple[str, timedelta]]:
    for path in sorted(PRODUCT.rglob("*.py")):
        module = ".".join(path.relative_to(PRODUCT).with_suffix("").parts)
        for name in _named(ast.parse(path.read_text("utf-8"))):
            value = getattr(importlib.import_module(module), name, None)
            if "SECONDS" in name or f"{module}.{name}" == "vaxcert.trail.chain._SETTLING":
                value = timedelta(seconds=value) if isinstance(value, int | float) else value
            if isinstance(value, timedelta):
                yield f"{module.removeprefix('vaxcert.')}.{name}", value


def test_every_span_is_as_long_as_promised() -> None:
    assert dict(_spans()) == PROMISED
