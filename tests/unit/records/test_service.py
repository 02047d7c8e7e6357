"""Looking up records and who looked (R2, R29–R33, R43–R45, D2, D6, D7, D11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.fakes.household import PURPOSES, Household
from tests.fakes.people import FATHER, GRANDMOTHER, MOTHER, MOTHER_NO, NAMES, an_adult, an_archive, dose
from vaxcert.archives.model import Archive, System
from vaxcert.claims.active import CertificateSuspended
from vaxcert.claims.model import Actor, StatusReason, suspended
from vaxcert.claims.paging import UnknownCursor
from vaxcert.errors import NotFound, TooMany
from vaxcert.records.service import RecordsPage
from vaxcert.trail.model import Access, Entry

DAYS = [date(2020, 5, 2), date(2020, 6, 2), date(2021, 1, 15)]
CHILD = an_archive(doses=tuple(dose(day) for day in DAYS))
RABIES = an_archive("r1", system=System.RABIES, doses=(dose(date(2025, 7, 1), code="2801"),))


def claimed(*archives: Archive, rabies_shown: bool = False) -> tuple[Household, str]:
    home = Household(*(archives or (CHILD,)), rabies_shown=rabies_shown)
    return home, home.claim(CHILD.record_id)


def read(
    home: Household,
    certificate_id: str,
    who: str = FATHER,
    *,
    language: str = "zh",
    cursor: str | None = None,
    limit: int = 50,
) -> RecordsPage:
    return home.records.records(
        home.citizen(who), certificate_id, home.clock(), language, cursor=cursor, limit=limit
    )


def test_r2_the_holder_reads_the_newest_dose_first() -> None:
    home, certificate_id = claimed()
    page = read(home, certificate_id)
    assert [dose.date for dose in page.doses] == sorted(DAYS, reverse=True)
    assert (page.person.name, page.person.relation, page.next_cursor) == ("周小样", "father", None)


def test_d2_as_of_is_the_last_feed_applied_and_nothing_before_the_first() -> None:
    home, certificate_id = claimed()
    assert read(home, certificate_id).as_of == date(2026, 6, 30)
    home.feed.day = None
    assert read(home, certificate_id).as_of is None


def test_r38_a_correction_shows_as_soon_as_the_archive_is_there() -> None:
    home, certificate_id = claimed()
    home.register.store(an_archive(doses=(dose(date(2020, 5, 3)),), version=2))
    assert [dose.date for dose in read(home, certificate_id).doses] == [date(2020, 5, 3)]


@pytest.mark.parametrize("shown", [False, True])
def test_r43_r45_rabies_doses_are_shown_by_a_setting_alone(*, shown: bool) -> None:
    home, certificate_id = claimed(CHILD, RABIES, rabies_shown=shown)
    page = read(home, certificate_id)
    assert (page.doses[0].vaccine_code == "2801") is shown
    assert ("rabies" in {notice.code for notice in page.notices}) is not shown


def test_r2_doses_are_shown_with_the_codes_of_the_list() -> None:
    given = [
        dose(date(2020, 5, day), code=code, vaccine_name=name)
        for day, (code, name) in enumerate((("0201 ", "乙肝疫苗"), ("", "卡介苗"), ("9999", "新疫苗")), 2)
    ]
    archive = an_archive(doses=tuple(given))
    home, certificate_id = claimed(archive)
    page = read(home, certificate_id)
    assert [one.vaccine_code for one in page.doses] == ["9999", "BCG", "0201"]
    assert home.register.stored[archive.key] == archive


def test_a_dose_that_two_archives_report_is_shown_once() -> None:
    double = an_archive("2", doses=CHILD.doses[:2])
    home, certificate_id = claimed(CHILD, double)
    assert len(read(home, certificate_id).doses) == 3


def test_r4_r29_r33_r35_notices_say_that_paper_goes_on_in_both_languages() -> None:
    home, certificate_id = claimed()
    chinese = {notice.code: notice for notice in read(home, certificate_id).notices}
    assert set(chinese) == {"paper", "other_provinces", "rabies", "incomplete"}
    assert "纸质" in chinese["paper"].detail
    assert "补录" in chinese["other_provinces"].next_step
    assert "400-101-6588" in chinese["incomplete"].next_step
    english = read(home, certificate_id, language="en").notices
    assert all(notice.title.isascii() for notice in english)


def test_r29_a_child_brings_the_childs_paper_and_an_adult_their_own() -> None:
    def paper(home: Household, certificate_id: str) -> str:
        return next(one for one in read(home, certificate_id).notices if one.code == "paper").next_step

    assert "《江苏省儿童预防接种证》" in paper(*claimed())
    adult = Household(an_adult())
    (own,) = adult.listing.overview(adult.citizen(), adult.clock(), "zh").claimable
    purposes = tuple(each for each in PURPOSES if each != "child_information")
    words = paper(adult, adult.claim(own.record_id, purposes=purposes))
    assert "儿童" not in words
    assert "接种凭证" in words


def test_pages_of_doses_put_together_are_all_doses() -> None:
    many = tuple(dose(date(2020, 5, 2) + timedelta(days=number)) for number in range(120))
    home, certificate_id = claimed(an_archive(doses=many))
    seen: list[date] = []
    cursor: str | None = None
    while True:
        page = read(home, certificate_id, cursor=cursor)
        seen += [dose.date for dose in page.doses]
        cursor = page.next_cursor
        if cursor is None:
            break
        assert "2020" not in cursor
    assert seen == sorted((dose.date for dose in many), reverse=True)


def test_a_cursor_of_another_certificate_or_of_nobody_is_refused_and_leaves_no_trace() -> None:
    home, certificate_id = claimed()
    with pytest.raises(UnknownCursor):
        read(home, certificate_id, cursor="AAAA")
    assert home.log.entries == {}


def test_d7_a_delegate_reads_under_their_own_relation_and_the_grant_is_marked_as_used() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    assert read(home, certificate_id, GRANDMOTHER).person.relation == "maternal_grandmother"
    assert home.grants.slots(certificate_id)[0].last_used_at == home.clock()


@pytest.mark.parametrize(
    "end", ["none", "revoked", "expired", "name", "released", "suspended", "of_age", "unknown"]
)
def test_d5_d6_d7_who_may_not_read_finds_nothing_and_leaves_no_trace(end: str) -> None:
    home, certificate_id = claimed()
    who = MOTHER if end == "none" else GRANDMOTHER
    grant_id = home.authorize(
        certificate_id, name="别的名" if end == "name" else "沈测试", expires_on=date(2026, 7, 1)
    )
    if end == "revoked":
        home.granting.revoke(home.citizen(), certificate_id, grant_id, home.clock())
    elif end == "expired":
        home.clock.advance(days=1)
    elif end == "released":
        home.claims.release(home.citizen(), certificate_id, home.clock())
    elif end == "suspended":
        before = home.certificates.stored[certificate_id]
        after = before.moved_to(suspended(StatusReason.OUT_OF_CARE), home.clock())
        home.certificates.apply(before, after, Actor.NIGHT)
    elif end == "of_age":
        home.clock.now = datetime(2038, 5, 1, tzinfo=UTC)
    with pytest.raises(NotFound):
        read(home, "cnone" if end == "unknown" else certificate_id, who)
    if end in {"released", "suspended", "of_age"}:
        with pytest.raises(CertificateSuspended if end == "suspended" else NotFound):
            read(home, certificate_id)
    assert home.log.entries == {}


def test_a_grant_that_ends_while_it_is_used_shows_nothing() -> None:
    home, certificate_id = claimed()
    grant_id = home.authorize(certificate_id)
    stored = home.register.archives

    def archives(keys: list[str]) -> tuple[Archive, ...]:
        home.granting.revoke(home.citizen(), certificate_id, grant_id, home.clock())
        return stored(keys)

    home.register.archives = archives  # type: ignore[method-assign,assignment]
    with pytest.raises(NotFound):
        read(home, certificate_id, GRANDMOTHER)
    assert home.log.entries == {}


def test_d11_every_read_is_recorded_and_the_claimant_sees_who_newest_first() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    read(home, certificate_id)
    home.clock.advance(minutes=1)
    read(home, certificate_id, GRANDMOTHER)
    scanned = Entry(
        home.clock.advance(minutes=1),
        Access.SCAN,
        "device-1",
        1,
        clinic_code="3206000001",
        station="ticket",
        result="accepted",
    )
    home.log.append(certificate_id, scanned, None)
    found, following = home.records.access_log(
        home.citizen(), certificate_id, home.clock(), cursor=None, limit=50
    )
    assert following is None
    assert [(entry.access.value, entry.who, entry.name, entry.relation) for entry in found] == [
        ("scan", "delegate", "沈**", "maternal_grandmother"),
        ("read", "delegate", "沈**", "maternal_grandmother"),
        ("read", "claimant", None, None),
    ]
    assert (found[0].clinic_code, found[0].station, found[0].device_id, found[0].result) == (
        "3206000001",
        "ticket",
        "device-1",
        "accepted",
    )
    assert found[1].device_id is None


def test_d11_a_scan_is_told_of_who_held_the_slot_at_that_time() -> None:
    home = Household(CHILD, limit=1)
    certificate_id = home.claim(CHILD.record_id)
    first = home.authorize(certificate_id)
    then = home.clock.advance(minutes=1)
    home.granting.revoke(home.citizen(), certificate_id, first, home.clock())
    home.authorize(certificate_id, MOTHER_NO, name="吴示范")
    home.log.append(certificate_id, Entry(then - timedelta(seconds=1), Access.SCAN, "device-1", 1), None)
    home.log.append(certificate_id, Entry(then + timedelta(seconds=1), Access.SCAN, "device-1", 1), None)
    found, _ = home.records.access_log(home.citizen(), certificate_id, home.clock(), cursor=None, limit=50)
    # D7: an ended grant has no name any more; which one it was is told by its id.
    assert [entry.name for entry in found] == ["吴**", None]
    assert (found[1].grant_id, found[1].relation) == (first, "maternal_grandmother")
    # D6: on the 18th birthday the other ends with the certificate.
    home.clock.now = datetime(2038, 4, 30, 16, tzinfo=UTC)
    aged = Entry(home.clock(), Access.SCAN, "device-1", 1)
    home.log.append(certificate_id, aged, None)
    found, _ = home.records.access_log(home.citizen(), certificate_id, home.clock(), cursor=None, limit=50)
    assert [(entry.name, entry.relation) for entry in found] == [(None, "maternal_grandmother")]


@pytest.mark.parametrize("who", [MOTHER, GRANDMOTHER])
def test_d11_only_the_claimant_sees_the_access_log(who: str) -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    with pytest.raises(NotFound):
        home.records.access_log(home.citizen(who), certificate_id, home.clock(), cursor=None, limit=50)
    with pytest.raises(NotFound):
        home.records.access_log(home.citizen(), "cnone", home.clock(), cursor=None, limit=50)


def test_d11_the_log_is_leafed_through() -> None:
    home, certificate_id = claimed()
    for _ in range(5):
        read(home, certificate_id)
        home.clock.advance(seconds=1)
    times: list[datetime] = []
    cursor: str | None = None
    while True:
        found, cursor = home.records.access_log(
            home.citizen(), certificate_id, home.clock(), cursor=cursor, limit=2
        )
        times += [entry.at for entry in found]
        if cursor is None:
            break
    assert times == sorted(times, reverse=True)
    assert len(times) == 5


def test_d11_invariant_5_what_has_had_its_time_is_not_shown_though_it_is_still_there() -> None:
    home, certificate_id = claimed()
    for days in (1, 2, 1):
        read(home, certificate_id)
        home.clock.advance(days=days)
    home.clock.advance(days=1095 - 4)

    def shown(limit: int = 50, cursor: str | None = None) -> tuple[int, str | None]:
        found, following = home.records.access_log(
            home.citizen(), certificate_id, home.clock(), cursor=cursor, limit=limit
        )
        return len(found), following

    assert shown() == (2, None)  # the first was written 1095 days ago to the second
    count, cursor = shown(limit=2)
    assert (count, shown(limit=2, cursor=cursor)) == (2, (0, None))
    home.clock.advance(days=1)
    assert shown(limit=2) == (1, None)


def test_d11_nobody_floods_the_log_and_the_others_go_on_reading() -> None:
    home = Household(an_archive(), reads=3)
    certificate_id = home.claim(an_archive().record_id)
    home.authorize(certificate_id, MOTHER_NO, name=NAMES[MOTHER])
    for _ in range(3):
        home.clock.advance(minutes=5)
        read(home, certificate_id)
    with pytest.raises(TooMany) as refused:
        read(home, certificate_id)
    assert refused.value.retry_after == 50 * 60
    assert len(home.log.entries[certificate_id]) == 3
    read(home, certificate_id, MOTHER)
    home.clock.advance(minutes=51)
    read(home, certificate_id)


def test_d11_who_waits_as_long_as_was_told_reads_and_no_sooner() -> None:
    """Told in whole seconds, never too few of them."""
    home = Household(an_archive(), reads=1)
    certificate_id = home.claim(an_archive().record_id)
    read(home, certificate_id)
    home.clock.advance(seconds=0.5)
    for left in (3600, 1):
        with pytest.raises(TooMany) as refused:
            read(home, certificate_id)
        assert refused.value.retry_after == left
        home.clock.advance(seconds=left - 1)
    home.clock.advance(seconds=1)
    read(home, certificate_id)


def test_d11_a_flood_costs_its_reader_one_bounded_look() -> None:
    home = Household(an_archive(), reads=3)
    certificate_id = home.claim(an_archive().record_id)
    asked: list[int] = []
    recent = home.log.recent

    def counted(certificate_id: str, after: datetime, limit: int) -> Sequence[Entry]:
        asked.append(limit)
        return recent(certificate_id, after, limit)

    home.log.recent = counted  # type: ignore[method-assign]
    for _ in range(2):
        read(home, certificate_id)
    assert asked == [3, 3]
