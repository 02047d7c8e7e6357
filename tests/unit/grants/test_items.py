"""The item form of a grant."""

from __future__ import annotations

import pytest

from tests.unit.grants.test_model import NOW, TODAY, a_grant
from vaxcert.grants.items import from_item, to_item
from vaxcert.grants.model import Grant, GrantStatus

WHOLE = a_grant(expires_on=TODAY, last_used_at=NOW)
LEFT = WHOLE.given_back(NOW)
BARE = a_grant(status=GrantStatus.REVOKED, sealed=None)


@pytest.mark.parametrize("one", [WHOLE, LEFT, BARE], ids=["whole", "left", "bare"])
def test_a_grant_comes_back_as_it_was(one: Grant) -> None:
    assert from_item(to_item(one)) == one


def test_d22_what_a_grant_lacks_is_no_attribute() -> None:
    """Whether something of the delegate is kept is asked by whether it is there."""
    sealed = {"name", "id_no", "phone"}
    assert to_item(WHOLE).keys() - to_item(BARE).keys() == sealed | {"expires_on", "last_used_at"}
    assert to_item(LEFT).keys() - to_item(BARE).keys() == {"expires_on", "last_used_at", "ended_at", "left"}
