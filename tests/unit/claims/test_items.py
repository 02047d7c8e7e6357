"""The item form of a certificate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.claims.test_model import certificate
from vaxcert.claims.items import from_item, to_item
from vaxcert.claims.model import REPLACED, Certificate, StatusReason

WHOLE = certificate(
    standing=REPLACED,
    name_key="n1:name",
    name=b"sealed",
    ended_from=StatusReason.GUARDIAN_REMOVED,
)
BARE = certificate(person_key=None)


@pytest.mark.parametrize("one", [WHOLE, BARE], ids=["whole", "bare"])
def test_a_certificate_comes_back_as_it_was(one: Certificate) -> None:
    assert from_item(to_item(one)) == one


def test_what_a_certificate_lacks_is_no_attribute() -> None:
    """DynamoDB takes no value that is none, and conditions ask whether one is there."""
    optional = {"person_key", "status_reason", "name_key", "name", "ended_from"}
    assert to_item(WHOLE).keys() - to_item(BARE).keys() == optional
    assert None not in _values(to_item(BARE))


def _values(item: dict[str, Any]) -> list[Any]:
    return [value for typed in item.values() for value in typed.values()]
