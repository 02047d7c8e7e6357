"""Positions in a list, opaque and bound to the list that they were given out for.

A position holds no personal data and no right: whoever sends it has been let in by other means, and one of another list, or
one that no longer exists, is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from vaxcert.errors import FieldError, Malformed

_MARK: Final = 12


class UnknownCursor(Malformed):
    """The cursor was not given out for this list, or its place in it is gone."""

    def __init__(self) -> None:
        super().__init__(fields=(FieldError("/query/cursor", "unknown", "cursor"),), words="cursor_unknown")


def page[T](
    items: Sequence[T], key: Callable[[T], str], *, scope: str, cursor: str | None, limit: int
) -> tuple[Sequence[T], str | None]:
    """At most `limit` items, one or more, after the one that `cursor` stands for, and the next page's cursor or None.

    `scope` names the list, `key` an item within it. Raises `UnknownCursor`.
    """
    start = 0
    if cursor is not None:
        start = next((place for place, item in enumerate(items, 1) if _mark(scope, key(item)) == cursor), 0)
        if start == 0:
            raise UnknownCursor
    shown = items[start : start + limit]
    more = start + limit < len(items)
    return shown, _mark(scope, key(shown[-1])) if more else None


def cursor_at(scope: str, position: str) -> str:
    """The cursor of a position that the store itself can seek (a sort key without personal data)."""
    return f"{_mark(scope, position)}.{base64.urlsafe_b64encode(position.encode()).decode().rstrip('=')}"


def position_of(scope: str, cursor: str) -> str:
    """The position of a cursor of `cursor_at`. Raises `UnknownCursor`."""
    mark, _, packed = cursor.partition(".")
    try:
        position = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise UnknownCursor from None
    if mark != _mark(scope, position):
        raise UnknownCursor
    return position


def _mark(scope: str, key: str) -> str:
    digest = hashlib.sha256(f"vaxcert/cursor\0{scope}\0{key}".encode()).digest()[:_MARK]
    return base64.urlsafe_b64encode(digest).decode()
