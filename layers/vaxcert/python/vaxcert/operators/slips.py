"""Slips in an operator's event that only the reading of it shows, in words for the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vaxcert.aws.console import InvalidEvent
from vaxcert.identity.model import InvalidIdentityNumber


@contextmanager
def id_no_read() -> Iterator[None]:
    """Where the event's `id_no` is read. Raises `InvalidEvent`, which tells what to compare and never the number (invariant 7)."""
    try:
        yield
    except InvalidIdentityNumber:
        raise InvalidEvent(
            "wrong: id_no is no identity number; compare its 18 characters with the card, one by one"
        ) from None
