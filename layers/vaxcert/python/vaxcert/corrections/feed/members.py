"""JSON members that stand twice (D15).

A parser takes the first or the last of two and says nothing, so that two systems read one row as two different ones
(RFC 8259 section 4). To parse every row a second time would cost a third of the check: here a sum tells nearly always that
nothing stands twice.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic_core import from_json

_TIME = re.compile(rb'"recorded_at"\s*:\s*"([^"\\]*)"')

type _Pairs = list[tuple[str, object]]


class _Repeated(ValueError):
    """A member stands twice."""


def repeats(line: bytes, kept: int) -> bool:
    """Whether a member of any object in `line`, a row that was read already, stands twice. `kept`: how many members of it are known.

    Each member brings one colon, so a line that has no more than these, but for the colons of its time, has no other member.
    Where it has more, as with nulls that the caller does not see, all are counted; where that does not settle it either, as with a
    colon in a name, it is read member by member.
    """
    # The colons that stand in the time and no others are taken off, so that none is left out for a member that stands twice.
    time = _TIME.search(line)
    colons = line.count(b":") - (time[1].count(b":") if time else 0)
    if colons == kept or colons == _members_of(from_json(line)):
        return False
    return any_repeated(line)


def any_repeated(content: bytes) -> bool:
    """The same, of any JSON, without a short cut. Raises ValueError where it is none."""
    try:
        json.loads(content.decode(), object_pairs_hook=_once, parse_int=str)
    except _Repeated:
        return True
    return False


def _once(pairs: _Pairs) -> None:
    """Looks at an object's members; nobody asks for the object."""
    if len(dict(pairs)) != len(pairs):
        raise _Repeated


def _members_of(row: Any) -> int:
    """The members of a row's own objects. What else a value holds is not counted, so that it is read member by member."""
    own = len(row) + len(row["clinic"]) + len(row["person"])
    return own + sum(map(len, row["guardians"])) + sum(map(len, row["doses"]))
