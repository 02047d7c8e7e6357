"""The nightly feed as values: what a manifest promises (R38, D2).

A refusal always concerns a whole feed and carries a slug; a row that is bad is no error but a count and a line in quarantine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vaxcert.errors import VaxcertError


class FeedRefused(VaxcertError):
    """The feed is not taken and nothing of it is applied; `code` is the reason. Waiting or replacing it helps, retrying does not."""

    code = "feed_refused"


@dataclass(frozen=True, slots=True)
class Part:
    """One part as the manifest lists it; `index` counts from 1, `name` stands beside the manifest."""

    index: int
    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest whose form and signature hold. `sha256` is of its exact bytes: what the next feed's chain continues from."""

    feed_id: str
    business_date: date
    sequence: int
    previous: str | None
    parts: tuple[Part, ...]
    rows: int
    sha256: str
