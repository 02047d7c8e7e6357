"""Who may do what with a certificate: one table for every service (R21, D5, D6, D7, D16)."""

from __future__ import annotations

from datetime import datetime
from itertools import product

import pytest

from tests.fakes.household import BOARD, Household
from tests.fakes.people import FATHER, GRANDMOTHER, MOTHER, an_archive
from vaxcert.aws.clock import SHANGHAI
from vaxcert.claims.active import CertificateSuspended
from vaxcert.claims.model import (
    DECEASED,
    RELEASED,
    Actor,
    Standing,
    StatusReason,
    suspended,
)
from vaxcert.errors import NotFound
from vaxcert.grants.access import RULES, Act, Needed, Right, Rights
from vaxcert.grants.model import GrantStatus

SUSPENDED = suspended(StatusReason.GUARDIAN_REMOVED)
OF_AGE = datetime(2038, 5, 1, 12, tzinfo=SHANGHAI)


class Family:
    """The father claimed; the grandmother is authorised; the mother is neither."""

    def __init__(self, standing: Standing | None = None) -> None:
        self.home = Household(an_archive())
        self.certificate_id = self.home.claim(an_archive().record_id)
        self.home.authorize(self.certificate_id)
        if standing is not None:
            before = self.home.certificates.stored[self.certificate_id]
            self.home.certificates.apply(before, before.moved_to(standing, self.home.clock()), Actor.NIGHT)

    def to(self, act: Act, who: str, *, name: str | None = None, read: bool = False) -> Right:
        certificate = self.home.certificates.get(self.certificate_id)
        slots = self.home.grants.slots(self.certificate_id) if read else None
        caller = self.home.citizen(who, name=name)
        return self.home.rights.to(act, caller, self.certificate_id, certificate, self.home.clock(), slots)

    def noted(self) -> GrantStatus:
        """What the claimant reads of the grandmother's grant."""
        (grant,) = self.home.grants.slots(self.certificate_id)
        return grant.status


def test_every_act_has_its_rule() -> None:
    assert RULES.keys() == set(Act)


@pytest.mark.parametrize("act", Act)
def test_the_holder_of_an_active_certificate_may_do_everything(act: Act) -> None:
    right = Family().to(act, FATHER)
    assert (right.certificate.holder, right.grant) == (FATHER, None)


@pytest.mark.parametrize("act", Act)
def test_d7_a_delegate_views_records_and_reports_shows_the_code_and_books_and_nothing_else(act: Act) -> None:
    family = Family()
    if RULES[act].delegates:
        right = family.to(act, GRANDMOTHER)
        assert right.grant is not None
        assert right.grant.delegate == GRANDMOTHER
    else:
        with pytest.raises(NotFound):
            family.to(act, GRANDMOTHER)
    assert {one for one in Act if RULES[one].delegates} == {
        Act.READ_RECORDS,
        Act.SHOW_CODE,
        Act.FOLLOW_VISIT,
        Act.BOOK,
        Act.SEE_APPOINTMENTS,
        Act.CANCEL,
        Act.SEE_REPORTS,
        Act.BE_REMINDED,
    }


@pytest.mark.parametrize("act", Act)
def test_everybody_else_may_nothing_whatever_stands(act: Act) -> None:
    for standing in (None, SUSPENDED, RELEASED, DECEASED):
        with pytest.raises(NotFound):
            Family(standing).to(act, MOTHER)


@pytest.mark.parametrize("act", Act)
def test_d5_d16_what_a_suspended_one_allows_its_holder(act: Act) -> None:
    """The reason, where it has to be active; what was arranged can still be seen and undone. A delegate learns nothing."""
    family = Family(SUSPENDED)
    if RULES[act].needed is Needed.ACTIVE:
        with pytest.raises(CertificateSuspended):
            family.to(act, FATHER)
    else:
        assert family.to(act, FATHER).grant is None
    with pytest.raises(NotFound):
        family.to(act, GRANDMOTHER)


@pytest.mark.parametrize(("act", "ended"), list(product(Act, ("closed", "of_age", "released"))))
def test_d5_d6_what_an_ended_one_allows_its_holder(act: Act, ended: str) -> None:
    """What is on the list can be looked back on; a released one is nobody's any more."""
    family = Family({"closed": DECEASED, "released": RELEASED}.get(ended))
    if ended == "of_age":
        family.home.clock.now = OF_AGE
    if RULES[act].needed is Needed.KEPT and ended != "released":
        assert family.to(act, FATHER).grant is None
    else:
        with pytest.raises(NotFound):
            family.to(act, FATHER)


@pytest.mark.parametrize(
    ("act", "read"), list(product([act for act in Act if RULES[act].delegates], [False, True]))
)
def test_d7_a_name_that_differs_is_refused_and_written_and_one_that_matches_again_is_taken_back(
    act: Act, read: bool
) -> None:
    """The same for every act, whether the grants were read beside the certificate or not."""
    family = Family()
    with pytest.raises(NotFound):
        family.to(act, GRANDMOTHER, name="别名", read=read)
    assert family.noted() is GrantStatus.NAME_MISMATCH
    assert family.to(act, GRANDMOTHER, read=read).grant is not None
    assert family.noted() is GrantStatus.ACTIVE


@pytest.mark.parametrize("act", Act)
def test_what_does_not_exist_is_told_as_what_is_not_ones_own(act: Act) -> None:
    home = Household()
    with pytest.raises(NotFound):
        home.rights.to(act, home.citizen(), "c" + "a" * 13, None, home.clock())


@pytest.mark.parametrize("act", Act)
def test_where_only_holders_are_served_nobody_else_is_looked_up(act: Act) -> None:
    family = Family()
    rights = Rights(delegates=None, adult_age=18, notices=BOARD)
    certificate = family.home.certificates.get(family.certificate_id)
    with pytest.raises(NotFound):
        rights.to(
            act, family.home.citizen(GRANDMOTHER), family.certificate_id, certificate, family.home.clock()
        )
