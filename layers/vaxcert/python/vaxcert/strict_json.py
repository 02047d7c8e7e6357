"""JSON from outside, read in one way (RFC 8259): a body, a token's header, a token's claims.

Python's parser gives up on some texts by other errors than its own (4,301 digits, deep nesting), and takes others that no
store, no hash and no second parser takes: NaN, infinities, half a surrogate pair, a member that stands twice.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

DEEPEST: Final = 32
"""Objects and arrays within each other; nothing that we read has more than five."""


class InvalidJson(ValueError):
    """The text is no JSON that everybody reads alike. Says nothing more: it came from outside (invariant 7)."""


def parse(text: str) -> Any:
    """The value of a JSON text. Raises InvalidJson, and nothing else, whatever the text is."""
    try:
        found = json.loads(text, object_pairs_hook=_members)
    except (ValueError, RecursionError):
        raise InvalidJson from None
    _check(found)
    return found


def is_text(text: str) -> bool:
    """Whether a text can be written in UTF-8: half a surrogate pair cannot, and no store takes it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidJson
    return members


def _check(found: object) -> None:
    level = [found]
    for _ in range(DEEPEST + 1):
        inner: list[object] = []
        for value in level:
            if isinstance(value, str):
                if not is_text(value):
                    raise InvalidJson
            elif isinstance(value, float):
                if not math.isfinite(value):
                    raise InvalidJson
            elif isinstance(value, dict):
                inner += value.keys()
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        if not inner:
            return
        level = inner
    raise InvalidJson
