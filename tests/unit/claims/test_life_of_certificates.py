"""Any order of claiming, authorising, revoking, releasing and correcting (invariant 1, D5, D7), on the fakes.

The model is as plain as the rules: who holds the child's certificate, and who may use it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import sampled_from

from tests.counts import examples
from tests.fakes.household import RULES, Household
from tests.fakes.people import (
    FATHER,
    FATHER_NO,
    MOTHER,
    MOTHER_NO,
    an_archive,
    guardian,
    id_no,
    subject,
)
from vaxcert.claims.active import CertificateSuspended
from vaxcert.claims.eligibility import standing_of
from vaxcert.claims.model import ACTIVE, Actor
from vaxcert.claims.service import AlreadyClaimed
from vaxcert.errors import NotFound
from vaxcert.grants.service import AlreadyAuthorized, GrantLimitReached

BOTH = (guardian(FATHER_NO, "father"), guardian(MOTHER_NO, "mother"))
GUARDIANS = {FATHER: BOTH[:1], MOTHER: BOTH[1:]}
AUNTS = [id_no(date(1970, 1, 1), sequence) for sequence in range(100, 104)]
LIMIT = 3
RECORD = an_archive().record_id


class LifeOfCertificates(RuleBasedStateMachine):
    """`holder` and `delegates` are the model; `guardians` is what the last correction says."""

    @initialize()
    def begin(self) -> None:
        self.home = Household(an_archive(), limit=LIMIT)
        self.guardians = {FATHER, MOTHER}
        self.holder: str | None = None
        self.certificate_id = ""
        self.suspended = False
        self.delegates: dict[str, str] = {}
        self.version = 1

    @rule(who=sampled_from([FATHER, MOTHER]))
    def claim(self, who: str) -> None:
        try:
            certificate_id = self.home.claim(RECORD, self.home.citizen(who))
        except AlreadyClaimed:
            assert self.holder == who or (self.holder is not None and not self.suspended)
        except NotFound:
            assert who not in self.guardians
        else:
            assert who in self.guardians
            assert self.holder is None or (self.suspended and self.holder != who)
            self.holder, self.certificate_id, self.suspended = who, certificate_id, False
            self.delegates = {}

    @rule(who=sampled_from([FATHER, MOTHER]))
    def release(self, who: str) -> None:
        if self.holder is None:
            return
        with suppress(NotFound):
            self.home.claims.release(self.home.citizen(who), self.certificate_id, self.home.clock())
            assert who == self.holder
            self.holder, self.suspended, self.delegates = None, False, {}
            return
        assert who != self.holder

    @rule(number=sampled_from(AUNTS))
    def authorize(self, number: str) -> None:
        if self.holder is None:
            return
        try:
            grant_id = self.home.authorize(
                self.certificate_id, number, self.home.citizen(self.holder), name="某测试"
            )
        except AlreadyAuthorized:
            assert number in self.delegates
        except GrantLimitReached:
            assert len(self.delegates) == LIMIT
        except CertificateSuspended:
            assert self.suspended
        else:
            assert number not in self.delegates
            assert not self.suspended
            self.delegates[number] = grant_id

    @rule(number=sampled_from(AUNTS))
    def revoke(self, number: str) -> None:
        if self.holder is None or number not in self.delegates:
            return
        caller = self.home.citizen(self.holder)
        self.home.granting.revoke(caller, self.certificate_id, self.delegates.pop(number), self.home.clock())

    @rule(left=sampled_from([{FATHER}, {MOTHER}, {FATHER, MOTHER}]))
    def correct(self, left: set[str]) -> None:
        self.version += 1
        self.guardians = left
        names: tuple[Any, ...] = tuple(one for who in sorted(left) for one in GUARDIANS[who])
        archive = an_archive(guardians=names, version=self.version)
        self.home.register.store(archive)
        live = self.home.certificates.live([RECORD]).get(RECORD)
        if live is not None:
            due = standing_of(live, [archive], date(2026, 7, 1), RULES)
            if live.standing.can_transition_to(due):
                self.home.certificates.apply(live, live.moved_to(due, self.home.clock()), Actor.NIGHT)
            self.suspended = due != ACTIVE

    @invariant()
    def one_live_certificate_of_one_claimant(self) -> None:
        live = [one for one in self.home.certificates.stored.values() if not one.standing.final]
        assert [one.holder for one in live] == ([] if self.holder is None else [self.holder])
        assert set(self.home.certificates.pointers.values()) == {one.certificate_id for one in live}

    @invariant()
    def only_delegates_of_an_active_certificate_see_it(self) -> None:
        for number in AUNTS:
            found = self.home.listing.overview(self.home.citizen(subject(number)), self.home.clock(), "zh")
            expected = number in self.delegates and self.holder is not None and not self.suspended
            assert bool(found.authorized) is expected

    @invariant()
    def never_more_than_the_limit(self) -> None:
        taken = [
            grant for grant in self.home.grants.slots(self.certificate_id) if grant.occupies(date(2026, 7, 1))
        ]
        assert len(taken) == len({grant.delegate for grant in taken}) <= LIMIT


LifeOfCertificates.TestCase.settings = settings(max_examples=examples(60), stateful_step_count=25)
TestLifeOfCertificates = LifeOfCertificates.TestCase
