"""What was given at the vaccination desk, as it is reported (D21). Doses of the records come from the feed only (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

MOST_DOSES: Final = 5
"""How many vaccines one visit may have."""


@dataclass(frozen=True, slots=True)
class Given:
    """One vaccine that was given: its code of the one list, what stands on its box, and where it went.

    `expires_on` is the last day that the box may be used, where the scanner read it (GS1, application identifier 17).
    """

    vaccine_code: str
    batch: str
    trace_code: str
    site: str
    expires_on: date | None = None


def doubled(doses: tuple[Given, ...]) -> tuple[int, ...]:
    """The places of those of one report that give the same vaccine at the same site again."""
    sites = [(one.vaccine_code, one.site) for one in doses]
    return tuple(place for place, site in enumerate(sites) if site in sites[:place])


def added(before: tuple[Given, ...], more: tuple[Given, ...]) -> tuple[Given, ...] | None:
    """All that was given in one visit; None for more than it may have, or the same vaccine at the same site again: a double report."""
    known = {(one.vaccine_code, one.site) for one in before}
    if len(before) + len(more) > MOST_DOSES or any((one.vaccine_code, one.site) in known for one in more):
        return None
    return before + more
