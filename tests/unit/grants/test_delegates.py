"""Whose grant it is, and what a visit leaves behind (D7)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.contract.test_grants_store import NOW, TODAY, a_grant
from tests.fakes.household import Household
from tests.fakes.people import GRANDMOTHER, an_archive
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.idempotency.turn import Commit

CALLER = Household(an_archive()).citizen(GRANDMOTHER)
OWN = a_grant(delegate=CALLER.subject, name_key=CALLER.name_key)
OTHERS = a_grant("g2", slot=2, delegate="v1:another", name_key=CALLER.name_key)


@dataclass
class Lent:
    """Port `LentGrants`: notes what is written."""

    grants: tuple[Grant, ...] = ()
    seen: list[tuple[str, GrantStatus]] = field(default_factory=list)

    def lent_to(self, delegate: str) -> tuple[Grant, ...]:
        return tuple(grant for grant in self.grants if grant.delegate == delegate)

    def of_delegate(self, certificate_id: str, delegate: str) -> Grant | None:
        return next(iter(self.lent_to(delegate)), None)

    def see(self, grant: Grant, status: GrantStatus) -> Commit:
        self.seen.append((grant.grant_id, status))
        return Commit.DONE


def test_d7_among_many_grants_ones_own_that_holds_today_is_found() -> None:
    service = DelegateService(lent := Lent())
    over = replace(OWN, grant_id="g0", expires_on=TODAY - timedelta(days=1))
    assert service.among((OTHERS, over, OWN), CALLER, NOW) == OWN
    assert service.among((OTHERS, over), CALLER, NOW) is None
    assert service.among((OTHERS, OWN.revoked(NOW)), CALLER, NOW) is None
    assert service.among((), CALLER, NOW) is None
    assert lent.seen == []


def test_d7_a_name_that_fits_writes_nothing_and_one_that_does_not_is_written_and_opens_nothing() -> None:
    service = DelegateService(lent := Lent((OWN,)))
    assert service.holding(CALLER, OWN.certificate_id, NOW) == OWN
    assert service.visit(CALLER, NOW) == ((OWN.certificate_id, OWN.relation),)
    assert lent.seen == []
    other = replace(CALLER, name_key="v1:other-name")
    assert service.holding(other, OWN.certificate_id, NOW) is None
    assert service.visit(other, NOW) == ()
    assert service.among((OWN,), other, NOW) is None
    assert lent.seen == [("g1", GrantStatus.NAME_MISMATCH)] * 3
