"""Claiming and releasing (R16–R20, D4–D6, invariants 1, 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.fakes.household import PURPOSES, Household
from tests.fakes.people import (
    FATHER,
    FATHER_NO,
    GRANDMOTHER,
    MOTHER,
    MOTHER_NO,
    PARENTS,
    an_adult,
    an_archive,
    dose,
    guardian,
    id_no,
    subject,
)
from vaxcert.archives.model import Archive, ArchiveStatus
from vaxcert.claims.consent import ConsentOutdated, ConsentRequired
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.model import (
    CAME_OF_AGE,
    RELEASED,
    REPLACED,
    Actor,
    Certificate,
    Kind,
    StatusReason,
    suspended,
)
from vaxcert.claims.service import AlreadyClaimed, NotEligible
from vaxcert.errors import Forbidden, NotFound, Unauthorized, Unavailable
from vaxcert.idempotency.model import KeyReused, Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session

CHILD = an_archive()
RECORD = CHILD.record_id


def test_r18_r20_a_claim_makes_the_persons_live_certificate() -> None:
    home = Household(CHILD)
    certificate = home.certificates.stored[home.claim(RECORD)]
    assert (certificate.holder, certificate.relation, certificate.kind) == (FATHER, "father", Kind.CHILD)
    assert (certificate.archive_keys, certificate.version) == ((CHILD.key,), 1)
    assert home.certificates.pointers == {RECORD: certificate.certificate_id}
    assert is_certificate_id(certificate.certificate_id)


def test_d9_the_agreement_is_recorded_with_version_time_method_and_channel() -> None:
    home = Household(CHILD)
    agreement = home.certificates.stored[home.claim(RECORD)].agreement
    assert (agreement.agreed_at, agreement.channel, agreement.method) == (home.clock(), "app", "face")
    assert agreement.purposes == PURPOSES


def test_r17_r18_the_detail_shows_the_person_masked_and_the_consent() -> None:
    home = Household(CHILD)
    person, offer = home.claims.detail(home.citizen(), RECORD, home.clock(), "zh")
    assert (person.name, person.relation) == ("周小样", "father")
    assert person.id_no is not None
    assert "*" in person.id_no
    assert tuple(str(purpose) for purpose in offer.purposes) == PURPOSES


@pytest.mark.parametrize("who", [GRANDMOTHER, subject(id_no(date(1980, 1, 1)))])
def test_a_person_not_linked_to_the_caller_is_not_found(who: str) -> None:
    home = Household(CHILD)
    caller = home.citizen(who)
    with pytest.raises(NotFound):
        home.claims.detail(caller, RECORD, home.clock(), "zh")
    with pytest.raises(NotFound):
        home.claim(RECORD, caller)
    with pytest.raises(NotFound):
        home.claim("rnobody", home.citizen())


@pytest.mark.parametrize("record_id", ["rnobody", RECORD.upper(), f"{RECORD}\n", f" {RECORD}", "r" * 64])
def test_what_has_not_the_form_of_a_record_id_is_not_found_and_the_register_is_not_asked(
    record_id: str,
) -> None:
    home = Household(CHILD)
    with pytest.raises(NotFound):
        home.claim(record_id)
    assert home.register.queries == 0
    home.claim(RECORD)
    assert home.register.queries > 0


def test_r20_the_other_guardian_is_told_the_claimants_relation_only() -> None:
    home = Household(CHILD)
    home.claim(RECORD)
    with pytest.raises(AlreadyClaimed) as refused:
        home.claim(RECORD, home.citizen(MOTHER))
    assert refused.value.extra == {"relation": "father"}


def test_r20_claiming_again_names_ones_own_certificate() -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    with pytest.raises(AlreadyClaimed) as refused:
        home.claim(RECORD)
    assert refused.value.extra == {"certificate_id": certificate_id}


def test_r36_a_refusal_carries_its_reason_and_what_to_do() -> None:
    home = Household(an_archive(city="320500"))
    with pytest.raises(NotEligible) as refused:
        home.claim(RECORD)
    assert refused.value.extra["reason"] == "city_not_pilot"
    assert home.certificates.stored == {}


def test_consent_is_asked_for_before_anything_is_written() -> None:
    home = Household(CHILD)
    with pytest.raises(ConsentRequired):
        home.claim(RECORD, purposes=())
    with pytest.raises(ConsentOutdated):
        home.claim(RECORD, version="2000-01-01")
    assert home.certificates.stored == {}


def test_invariant_4_the_same_request_gets_the_same_answer_even_when_the_verification_is_stale() -> None:
    home = Household(CHILD)
    caller = home.citizen()
    first = home.claim(RECORD, caller, key="once-and-again")
    home.clock.advance(hours=1)
    assert home.claim(RECORD, caller, key="once-and-again") == first
    with pytest.raises(KeyReused):
        home.claim(RECORD, caller, key="once-and-again", purposes=())


@pytest.mark.parametrize(("seconds", "stale"), [(900, False), (901, True)])
def test_r15_claim_and_release_want_a_verification_of_the_last_15_minutes(
    seconds: int, *, stale: bool
) -> None:
    home = Household(CHILD)
    caller = home.citizen()
    certificate_id = home.claim(RECORD, home.citizen(), key="first-claim")
    home.clock.advance(seconds=seconds)
    if stale:
        with pytest.raises(Forbidden, match="verification_stale"):
            home.claims.release(caller, certificate_id, home.clock())
        with pytest.raises(Forbidden, match="verification_stale"):
            home.claim(RECORD, caller)
    else:
        home.claims.release(caller, certificate_id, home.clock())
        home.claim(RECORD, caller)


def test_who_signed_out_neither_claims_nor_releases() -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD, home.citizen(session="s-2"))
    home.sessions.sign_out("s-1", home.clock())
    with pytest.raises(Unauthorized):
        home.claims.release(home.citizen(), certificate_id, home.clock())
    home.claims.release(home.citizen(session="s-2"), certificate_id, home.clock())
    with pytest.raises(Unauthorized):
        home.claim(RECORD)


def test_d5_released_by_its_claimant_another_guardian_claims_it_under_a_new_id() -> None:
    home = Household(CHILD)
    first = home.claim(RECORD)
    home.claims.release(home.citizen(), first, home.clock())
    second = home.claim(RECORD, home.citizen(MOTHER))
    assert second != first
    assert home.certificates.stored[first].standing == RELEASED
    assert home.certificates.held_by(FATHER) == ()
    assert home.certificates.pointers == {RECORD: second}


def test_invariant_4_a_release_can_be_repeated() -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    for _ in range(2):
        home.claims.release(home.citizen(), certificate_id, home.clock())
    assert len(home.certificates.lines) == 2


@pytest.mark.parametrize("who", [MOTHER, GRANDMOTHER])
def test_only_the_claimant_releases(who: str) -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    with pytest.raises(NotFound):
        home.claims.release(home.citizen(who), certificate_id, home.clock())
    with pytest.raises(NotFound):
        home.claims.release(home.citizen(), "cnone", home.clock())


def _suspended(home: Household, certificate_id: str, reason: StatusReason) -> None:
    before = home.certificates.stored[certificate_id]
    after = before.moved_to(suspended(reason), home.clock())
    assert home.certificates.apply(before, after, Actor.NIGHT) is Commit.DONE


def test_d5_a_suspended_certificate_makes_way_for_another_guardian() -> None:
    home = Household(CHILD)
    first = home.claim(RECORD)
    home.register.store(an_archive(guardians=(guardian(MOTHER_NO, "mother"),), version=2))
    _suspended(home, first, StatusReason.GUARDIAN_REMOVED)
    second = home.claim(RECORD, home.citizen(MOTHER))
    assert home.certificates.stored[first].standing == REPLACED
    assert home.certificates.held_by(FATHER) == ()
    assert home.certificates.pointers == {RECORD: second}
    assert [actor for _, actor in home.certificates.lines][-2:] == [Actor.SUCCESSOR, Actor.HOLDER]
    with pytest.raises(NotFound):
        home.claims.release(home.citizen(), first, home.clock())


def test_d5_who_was_removed_does_not_claim_again() -> None:
    home = Household(CHILD)
    first = home.claim(RECORD)
    home.register.store(an_archive(guardians=(guardian(MOTHER_NO, "mother"),), version=2))
    _suspended(home, first, StatusReason.GUARDIAN_REMOVED)
    with pytest.raises(NotFound):
        home.claim(RECORD)


def test_d6_grown_up_a_person_claims_their_own_and_the_guardians_closes() -> None:
    born = date(2017, 1, 1)
    archive = an_archive(born=born, doses=(dose(date(2024, 10, 20)),))
    home = Household(archive)
    first = home.claim(archive.record_id)
    grown = subject(id_no(born))
    home.clock.now = datetime(2034, 12, 31, 15, 59, 59, tzinfo=UTC)  # a second before midnight in Shanghai
    with pytest.raises(NotEligible):
        home.claim(archive.record_id, home.citizen(grown))
    home.clock.advance(seconds=1)
    own = home.claim(archive.record_id, home.citizen(grown), purposes=PURPOSES[:2])
    assert home.certificates.stored[own].kind is Kind.ADULT
    assert home.certificates.stored[first].standing == CAME_OF_AGE
    assert home.certificates.pointers == {archive.record_id: own}
    assert [one.certificate_id for one in home.certificates.held_by(FATHER)] == [first]


def test_r7_an_adult_claims_their_own_beside_their_childs() -> None:
    own = an_adult()
    home = Household(CHILD, own)
    assert home.claim(own.record_id, purposes=PURPOSES[:2]) != home.claim(RECORD)
    assert len(home.certificates.held_by(FATHER)) == 2


def _nothing() -> None:
    """What happens unless a test says so."""


class _Racing(Household):
    """Something happens between a claim's decision and its write."""

    def __init__(self, *archives: Archive) -> None:
        super().__init__(*archives)
        self.meanwhile: Callable[[], object] = _nothing
        stored = self.certificates.claim

        def claim(
            certificate: Certificate,
            *,
            instead_of: tuple[Certificate, Certificate] | None,
            decided_by: Sequence[Archive],
            session: Session,
            remembered: Remembered,
        ) -> Commit:
            happens, self.meanwhile = self.meanwhile, _nothing
            happens()
            return stored(
                certificate,
                instead_of=instead_of,
                decided_by=decided_by,
                session=session,
                remembered=remembered,
            )

        self.certificates.claim = claim  # type: ignore[method-assign]


def test_invariant_1_of_two_guardians_at_once_one_claims() -> None:
    home = _Racing(CHILD)
    home.meanwhile = lambda: home.claim(RECORD, home.citizen(MOTHER))
    with pytest.raises(AlreadyClaimed):
        home.claim(RECORD)
    assert [certificate.holder for certificate in home.certificates.stored.values()] == [MOTHER]


def test_a_correction_between_decision_and_write_is_seen() -> None:
    home = _Racing(CHILD)
    removed = an_archive(guardians=PARENTS[1:], version=2)
    home.meanwhile = lambda: home.register.store(removed)
    with pytest.raises(NotFound):
        home.claim(RECORD)
    assert home.certificates.stored == {}


def test_a_correction_that_changes_nothing_for_the_caller_does_not_stop_the_claim() -> None:
    home = _Racing(CHILD)
    home.meanwhile = lambda: home.register.store(replace(CHILD, version=2))
    assert home.claim(RECORD) in home.certificates.stored


def test_invariant_4_after_a_lost_answer_the_retry_finds_what_was_written() -> None:
    """botocore sends a committed transaction again: it comes back as cancelled."""
    home = _Racing(CHILD)
    caller = home.citizen()
    certificate_ids: list[str] = []
    home.meanwhile = lambda: certificate_ids.append(home.claim(RECORD, caller, key="lost-answer"))
    assert home.claim(RECORD, caller, key="lost-answer") == certificate_ids[0]
    assert list(home.certificates.stored) == certificate_ids


def test_d5_what_was_live_and_ends_before_the_write_makes_way() -> None:
    """The pointer stood on a suspended certificate when it was read, and on none when it was written."""
    home = _Racing(CHILD)
    first = home.claim(RECORD)
    _suspended(home, first, StatusReason.OUT_OF_CARE)
    home.meanwhile = lambda: home.claims.release(home.citizen(), first, home.clock())
    second = home.claim(RECORD, home.citizen(MOTHER))
    assert home.certificates.stored[first].standing == RELEASED
    assert home.certificates.pointers == {RECORD: second}


def test_invariant_4_a_replay_after_signing_out_answers_and_a_new_request_does_not() -> None:
    home = Household(CHILD)
    caller = home.citizen()
    first = home.claim(RECORD, caller, key="once-and-again")
    home.sessions.sign_out("s-1", home.clock())
    assert home.claim(RECORD, caller, key="once-and-again") == first
    home.claims.release(home.citizen(session="s-2"), first, home.clock())
    assert home.claim(RECORD, caller, key="once-and-again") == first, "what was answered, not what is"
    with pytest.raises(Unauthorized):
        home.claim(RECORD, caller, key="another-key")


def test_invariant_4_another_callers_key_is_another_key() -> None:
    home = Household(CHILD)
    home.claim(RECORD, key="one-and-the-same")
    with pytest.raises(AlreadyClaimed):
        home.claim(RECORD, home.citizen(MOTHER), key="one-and-the-same")


def test_an_archive_that_never_stands_still_is_told_as_busy() -> None:
    home = _Racing(CHILD)

    def again() -> None:
        standing = home.register.stored[CHILD.key]
        home.register.store(replace(standing, version=standing.version + 1))
        home.meanwhile = again

    home.meanwhile = again
    with pytest.raises(Unavailable):
        home.claim(RECORD)


def test_a_void_archive_links_nobody() -> None:
    home = Household(an_archive(status=ArchiveStatus.VOID))
    with pytest.raises(NotFound):
        home.claim(RECORD)


def test_times_are_whole_seconds_as_they_are_stored() -> None:
    home = Household(CHILD)
    home.clock.advance(microseconds=123_456)
    certificate = home.certificates.stored[home.claim(RECORD)]
    assert certificate.claimed_at.microsecond == 0
    assert home.clock() - certificate.claimed_at < timedelta(seconds=1)


def test_an_adults_own_number_is_theirs_alone() -> None:
    home = Household(an_adult(FATHER_NO))
    record_id = next(iter(home.register.stored.values())).record_id
    with pytest.raises(NotFound):
        home.claim(record_id, home.citizen(MOTHER))
