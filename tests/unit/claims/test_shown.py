"""What a certificate shows of its person, and what it shows no more (D16, D22)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.fakes.household import BOARD, RULES, Household
from tests.fakes.people import FATHER, GRANDMOTHER, MOTHER_NO, SEALER, an_archive, guardian
from tests.fakes.register import FakeRegister
from vaxcert.archives.model import Archive
from vaxcert.claims.listing import ListingService
from vaxcert.claims.model import Actor, StatusReason, suspended
from vaxcert.claims.views import Views
from vaxcert.errors import NotFound

CHILD = an_archive()
RECORD = CHILD.record_id


def test_d16_the_birth_date_is_the_archives_while_it_names_the_holder_and_the_kept_one_after() -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    kept = date(2020, 4, 30)
    home.certificates.stored[certificate_id] = replace(
        home.certificates.stored[certificate_id], birth_date=kept
    )

    def read() -> tuple[date, str]:
        view = home.listing.get(home.citizen(), certificate_id, home.clock())
        return view.birth_date, view.relation

    assert read() == (CHILD.birth_date, "father")
    home.register.store(an_archive(guardians=(guardian(MOTHER_NO, "mother"),), version=2))
    assert read() == (kept, "father")


def test_d16_of_one_that_is_suspended_only_an_archive_that_names_the_holder_is_shown() -> None:
    """While it is active, the archive that speaks for the person."""
    newest = an_archive(
        "2",
        name="周 小样",
        guardians=(guardian(MOTHER_NO, "mother"),),
        recorded_at=CHILD.recorded_at + timedelta(days=1),
    )
    home = Household(CHILD, newest)
    certificate_id = home.claim(RECORD)
    before = home.certificates.stored[certificate_id]
    assert home.listing.get(home.citizen(), certificate_id, home.clock()).name == "周 小样"
    home.certificates.apply(
        before, before.moved_to(suspended(StatusReason.OUT_OF_CARE), home.clock()), Actor.NIGHT
    )
    assert home.listing.get(home.citizen(), certificate_id, home.clock()).name == "周小样"


def test_r9_one_that_followed_its_person_to_an_archive_without_a_number_shows_none() -> None:
    bare = an_archive("2", number=None)
    home = Household(CHILD, bare)
    certificate_id = home.claim(RECORD)
    home.certificates.stored[certificate_id] = replace(
        home.certificates.stored[certificate_id],
        record_id=bare.record_id,
        person_key=None,
        archive_keys=(bare.key,),
        standing=suspended(StatusReason.NOT_ELIGIBLE),
    )
    view = home.listing.get(home.citizen(), certificate_id, home.clock())
    assert (view.name, view.id_no) == ("周小样", None)


class Corrected(FakeRegister):
    """A correction arrives between the links and the archives that they lead to."""

    def __init__(self, before: Archive, after: Archive) -> None:
        super().__init__(before)
        self._after = after

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        self.store(self._after)
        return super().archives(keys)


def test_d16_who_is_taken_out_of_the_archive_while_they_look_learns_nothing_of_it() -> None:
    home = Household()
    after = an_archive(name="吴新名", guardians=(guardian(MOTHER_NO, "mother"),), version=2)
    listing = ListingService(
        register=Corrected(CHILD, after),
        certificates=home.certificates,
        delegations=home.delegates,
        views=Views(SEALER, RULES),
        notices=BOARD,
        rules=RULES,
    )
    (notice,) = listing.overview(home.citizen(), home.clock(), "zh").notices
    assert (notice.code, notice.name) == ("guardian_not_registered", None)
    assert after.clinic.name not in repr(notice)


def test_d22_a_delegate_is_shown_no_certificate_that_is_kept_no_more() -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    home.authorize(certificate_id)
    del home.certificates.stored[certificate_id]
    for who in (FATHER, GRANDMOTHER):
        with pytest.raises(NotFound):
            home.listing.get(home.citizen(who), certificate_id, home.clock())
    assert home.listing.overview(home.citizen(GRANDMOTHER), home.clock(), "zh").authorized == ()
