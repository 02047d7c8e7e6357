"""What is read of a delegate, and how long (R25, D7, D22)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.contract.test_grants_store import CERTIFICATE, NOW, TODAY, a_grant
from tests.fakes.people import GRANDMOTHER_NO, SEALER
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.grants.personal import DelegateData
from vaxcert.identity.model import mask_id_no

PERSONAL = DelegateData(SEALER)
TOMORROW = TODAY + timedelta(days=1)
SEALED = PERSONAL.sealed(
    CERTIFICATE.certificate_id, "g1", name="沈测试", id_no=GRANDMOTHER_NO, phone="13800000000"
)


def read(grant: Grant) -> tuple[str | None, ...]:
    """Name, number and phone today, the name from both who asks for it alone and who asks for all."""
    view = PERSONAL.view(grant, TODAY)
    assert PERSONAL.name(grant, TODAY) == view.name
    return view.name, view.id_no, view.phone


@pytest.mark.parametrize("status", [GrantStatus.ACTIVE, GrantStatus.NAME_MISMATCH])
@pytest.mark.parametrize("last", [None, TODAY, TOMORROW])
def test_r25_of_a_grant_that_stands_the_name_is_read_whole_and_the_rest_masked(
    status: GrantStatus, last: date | None
) -> None:
    found = read(a_grant(sealed=SEALED, status=status, expires_on=last))
    assert found == ("沈测试", mask_id_no(GRANDMOTHER_NO), "138****0000")


@pytest.mark.parametrize(
    "ended",
    [
        a_grant(sealed=SEALED, expires_on=TODAY - timedelta(days=1)),
        a_grant(sealed=SEALED, status=GrantStatus.NAME_MISMATCH, expires_on=TODAY - timedelta(days=1)),
        a_grant(sealed=SEALED, status=GrantStatus.REVOKED),
        a_grant(sealed=SEALED).revoked(NOW),
    ],
    ids=["by its date", "by its date, mismatched", "as read with its certificate", "revoked"],
)
def test_d7_d22_of_one_that_has_ended_nothing_is_read_though_it_is_still_sealed_there(ended: Grant) -> None:
    assert read(ended) == (None, None, None)
