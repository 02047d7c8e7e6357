"""What the night leaves alone of a certificate until its feed stands as a whole (D5, D13)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.corrections.samples import (
    CHILD,
    MOTHER,
    SIBLING,
    archive_key,
    archive_of,
    fake_night,
    record_of,
    row,
    subject,
)
from vaxcert.claims.model import ACTIVE
from vaxcert.corrections.run.model import PersonRef


@pytest.mark.parametrize("left", [{"op": "merge", "into": "B1"}, {"id_no": SIBLING}])
def test_d5_a_certificate_whose_archive_left_waits_until_it_is_to_follow(left: dict[str, Any]) -> None:
    """A later row of the feed may undo it, or claim the place that it would go to."""
    night = fake_night()
    night.settle([row("A1"), row("B1", id_no=SIBLING)])
    claimed = night.claim(record_of(CHILD), subject(MOTHER))
    night.register.write(archive_of(row("A1", 2, **left)), 2)
    ref = PersonRef(record_of(CHILD), subject(CHILD), archive_key("A1"))
    assert night.keeper.settle(ref) == {}
    assert night.certificates.by_id["c1"] == claimed
    (survivor,) = night.register.archives([archive_key("B1")])
    followed = night.keeper.settle(ref, follow=True, survivor=survivor if "into" in left else None)
    assert followed["certificates_followed"] == 1
    after = night.certificates.by_id["c1"]
    assert (after.record_id, after.standing) == (record_of(SIBLING), ACTIVE)
