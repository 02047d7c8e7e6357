"""Fakes of boto3's clients, for stores that are typed to take the real ones."""

from __future__ import annotations

from typing import Any


def stands_in(fake: object) -> Any:
    """The fake as a client: it has the calls that the test makes, and no others."""
    return fake
