"""Which media type to answer with (RFC 9110 §12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The offered type that an `Accept` value likes best; the first where it does not mind; None where it takes none.

    Of equally liked types the one that is named first in `Accept` wins: clients that want a picture put it first.
    """
    ranges = [_range(part) for part in (accept or "")[:512].split(",") if part.strip()]
    if not ranges:
        return offered[0]
    best: tuple[float, int, int] | None = None
    chosen: str | None = None
    for order, media_type in enumerate(offered):
        found = max(
            (_closeness(media_type, name), quality, -place) for place, (name, quality) in enumerate(ranges)
        )
        closeness, quality, place = found
        if closeness == 0 or quality <= 0:
            continue
        rank = (quality, place, -order)
        if best is None or rank > best:
            best, chosen = rank, media_type
    return chosen


def _closeness(media_type: str, name: str) -> int:
    """3 for the type itself, 2 for `image/*`, 1 for `*/*`, 0 for another."""
    if name == media_type:
        return 3
    if name == media_type.split("/", maxsplit=1)[0] + "/*":
        return 2
    return 1 if name == "*/*" else 0


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return name, min(1.0, max(0.0, float(quality)))
    except ValueError:
        return name, 0.0
