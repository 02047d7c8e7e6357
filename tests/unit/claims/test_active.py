"""D16: a suspended certificate tells its own claimant why and what to do; to everybody else it is as if there were none."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest

from tests.fakes.household import BOARD, Household
from tests.fakes.people import FATHER, MOTHER, PARENTS, an_archive
from vaxcert.aws.clock import SHANGHAI
from vaxcert.claims.active import CertificateSuspended, require_active, require_kept, require_named
from vaxcert.claims.model import (
    CAME_OF_AGE,
    DECEASED,
    REASONS,
    RELEASED,
    Actor,
    Certificate,
    Standing,
    Status,
    StatusReason,
    suspended,
)
from vaxcert.errors import NotFound
from vaxcert.http.problems import problem_body, status_of
from vaxcert.wording import Wording

TODAY = date(2026, 7, 1)
SUSPENSIONS = sorted(reason for reason in REASONS[Status.SUSPENDED] if reason is not None)


def _held(standing: Standing | None = None, born: date = date(2020, 5, 1)) -> Certificate:
    home = Household(an_archive(born=born))
    (person,) = home.listing.overview(home.citizen(), home.clock(), "zh").claimable
    certificate_id = home.claim(person.record_id)
    before = home.certificates.stored[certificate_id]
    if standing is None:
        return before
    home.certificates.apply(before, before.moved_to(standing, home.clock()), Actor.NIGHT)
    return home.certificates.stored[certificate_id]


def test_an_active_one_is_given_back_whoever_asks() -> None:
    certificate = _held()
    assert require_active(certificate, FATHER, TODAY, 18, BOARD) is certificate
    assert require_active(certificate, MOTHER, TODAY, 18, BOARD) is certificate


@pytest.mark.parametrize("reason", SUSPENSIONS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_d16_its_claimant_is_told_the_reason_and_the_next_step(reason: StatusReason, language: str) -> None:
    certificate = _held(suspended(reason))
    with pytest.raises(CertificateSuspended) as told:
        require_active(certificate, FATHER, TODAY, 18, BOARD)
    assert status_of(told.value) == 409
    problem = json.loads(problem_body(told.value, "en" if language == "en" else "zh", "r-1", Wording()))
    assert (problem["code"], problem["status_reason"]) == ("certificate_suspended", reason)
    notice = BOARD.suspension(reason, language)
    assert problem["notice"] == {
        "code": f"suspended_{reason}",
        "title": notice.title,
        "detail": notice.detail,
        "next_step": notice.next_step,
    }


@pytest.mark.parametrize("reason", SUSPENSIONS)
def test_d16_everybody_else_finds_nothing(reason: StatusReason) -> None:
    with pytest.raises(NotFound):
        require_active(_held(suspended(reason)), MOTHER, TODAY, 18, BOARD)


def test_d16_a_right_that_the_archives_took_away_is_gone_before_the_night_has_written_it() -> None:
    """Its claimant reads why; a delegate finds nothing, as if it were suspended already."""
    certificate = _held()
    others = an_archive(guardians=PARENTS[1:])
    for archives in ((), (an_archive(),), (others, an_archive("2"))):
        for subject in (FATHER, MOTHER):
            require_named(certificate, archives, subject, BOARD)
    with pytest.raises(CertificateSuspended) as told:
        require_named(certificate, (others,), FATHER, BOARD)
    assert told.value.extra == {"status_reason": "guardian_removed"}
    with pytest.raises(NotFound):
        require_named(certificate, (others,), MOTHER, BOARD)


@pytest.mark.parametrize("standing", [RELEASED, CAME_OF_AGE, DECEASED])
def test_d16_one_that_has_ended_is_as_if_there_were_none_for_its_claimant_too(standing: Standing) -> None:
    for certificate in (_held(standing), None):
        with pytest.raises(NotFound) as told:
            require_active(certificate, FATHER, TODAY, 18, BOARD)
        assert problem_body(told.value, "zh", "r-1", Wording()) == problem_body(
            NotFound(), "zh", "r-2", Wording()
        )


@pytest.mark.parametrize(
    ("standing", "kept"),
    [(None, True), (suspended(StatusReason.OUT_OF_CARE), True), (CAME_OF_AGE, True), (RELEASED, False)],
)
def test_d5_what_is_not_released_is_on_its_holders_list_and_on_nobody_elses(
    standing: Standing | None, *, kept: bool
) -> None:
    certificate = _held(standing)
    if kept:
        assert require_kept(certificate, FATHER) is certificate
    for stranger in (MOTHER,) if kept else (MOTHER, FATHER):
        with pytest.raises(NotFound):
            require_kept(certificate, stranger)


def test_d6_one_that_is_suspended_on_the_18th_birthday_has_ended() -> None:
    certificate = _held(suspended(StatusReason.OUT_OF_CARE), born=date(2020, 5, 1))
    with pytest.raises(CertificateSuspended):
        require_active(certificate, FATHER, date(2038, 4, 30), 18, BOARD)
    with pytest.raises(NotFound):
        require_active(certificate, FATHER, date(2038, 5, 1), 18, BOARD)


def test_d16_the_certificate_itself_answers_its_status_and_reason() -> None:
    home = Household(an_archive())
    (person,) = home.listing.overview(home.citizen(), home.clock(), "zh").claimable
    certificate_id = home.claim(person.record_id)
    before = home.certificates.stored[certificate_id]
    after = before.moved_to(suspended(StatusReason.IDENTITY_CONFLICT), datetime(2026, 7, 2, tzinfo=SHANGHAI))
    home.certificates.apply(before, after, Actor.NIGHT)
    view = home.listing.get(home.citizen(), certificate_id, home.clock())
    assert (view.status, view.status_reason) == (Status.SUSPENDED, StatusReason.IDENTITY_CONFLICT)
