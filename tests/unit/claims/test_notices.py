"""What people read when something cannot be claimed or used (R35, R36, D1, D5, D12)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.household import HOTLINE, RULES
from vaxcert.claims.eligibility import Refusal
from vaxcert.claims.model import REASONS, Status, StatusReason
from vaxcert.claims.notices import Notice, NoticeBoard

BOARD = NoticeBoard(RULES, HOTLINE)
SUSPENSIONS = [reason for reason in REASONS[Status.SUSPENDED] if reason is not None]


def every(language: str) -> list[Notice]:
    """Every notice that there is."""
    return [
        BOARD.nobody_linked(language),
        *(BOARD.refusal(reason, language, claimant="mother") for reason in Refusal),
        *(BOARD.suspension(reason, language, record_id="r1", name="周小样") for reason in SUSPENSIONS),
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_r36_every_reason_has_its_words_in_both_languages(language: str) -> None:
    notices = every(language)
    assert len({notice.code for notice in notices}) == len(notices) == 1 + len(Refusal) + len(SUSPENSIONS)
    for notice in notices:
        words = notice.title + notice.detail + notice.next_step
        assert all((notice.title, notice.detail, notice.next_step))
        assert "{" not in words
        assert "None" not in words  # where no clinic is known, none is spoken of
        assert any("一" <= character <= "鿿" for character in words) is (language == "zh")


def test_d1_the_words_name_the_settings_dates_and_cities() -> None:
    detail = BOARD.nobody_linked("zh").detail
    assert "2017年1月1日" in detail
    assert "2020年12月1日" in detail
    assert "南通市或无锡市" in detail
    other = NoticeBoard(replace(RULES, pilot_cities=frozenset({"320500"}), adult_age=20), HOTLINE)
    assert "Suzhou" in other.nobody_linked("en").detail
    assert "20" in other.refusal(Refusal.GUARDIAN_MUST_CLAIM, "en").detail


@pytest.mark.parametrize("language", ["zh", "en"])
def test_r35_the_hotline_is_in_every_next_step_and_once(language: str) -> None:
    assert [notice.next_step.count(HOTLINE) for notice in every(language)] == [1] * len(every(language))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_r36_the_clinic_to_contact_is_named_where_it_can_help(language: str) -> None:
    clinic = "示范{门诊}"  # the feed's text, whatever is in it
    named = {
        reason
        for reason in Refusal
        if clinic in BOARD.refusal(reason, language, claimant="mother", clinic=clinic).next_step
    }
    # Where another clinic, another person or nobody can help, naming this one would send a family the wrong way.
    assert set(Refusal) - named == {
        Refusal.NOT_REGISTERED,
        Refusal.WITH_OBSTETRICS,
        Refusal.CITY_NOT_PILOT,
        Refusal.GUARDIAN_MUST_CLAIM,
        Refusal.ADULT_CLAIMS_OWN,
        Refusal.CLAIMED_BY_OTHER,
    }
    for reason in SUSPENSIONS:
        notice = BOARD.suspension(reason, language, record_id="r1", name=None, clinic=clinic)
        assert clinic in notice.next_step


def test_r20_another_claimant_is_told_by_relation_only() -> None:
    notice = BOARD.refusal(Refusal.CLAIMED_BY_OTHER, "zh", claimant="mother")
    assert "母亲" in notice.detail
    assert (notice.name, notice.record_id) == (None, None)


def test_d5_a_suspension_says_that_it_is_lifted_by_itself() -> None:
    for reason in SUSPENSIONS:
        assert "次日" in BOARD.suspension(reason, "zh", record_id="r1", name=None).next_step
    assert BOARD.suspension(StatusReason.OUT_OF_CARE, "zh", record_id="r1", name="周小样") == Notice(
        "suspended_out_of_care",
        "电子预防接种证已暂停使用",
        "档案已迁出，或已不在南通市或无锡市的接种单位在册管理。",
        "居住在南通市或无锡市的，请到居住地预防接种门诊办理建档或迁入，次日自动恢复，无需重新申领；居住在其他地方的，请使用纸质预防接种证。客服电话：400-101-6588。",
        "r1",
        "周小样",
    )


@pytest.mark.parametrize("reason", [Refusal.NOT_REGISTERED, Refusal.CITY_NOT_PILOT, Refusal.OUT_OF_CARE])
def test_r39_r29_only_who_lives_in_a_pilot_city_is_sent_to_its_clinic(reason: Refusal) -> None:
    assert "居住在南通市或无锡市的" in BOARD.refusal(reason, "zh").next_step
    assert "使用纸质预防接种证" in BOARD.refusal(reason, "zh").next_step
    assert "If you live in Nantong or Wuxi" in BOARD.refusal(reason, "en").next_step
    assert "use the paper certificate" in BOARD.refusal(reason, "en").next_step.replace("using", "use")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_d16_families_of_the_deceased_never_read_the_word(language: str) -> None:
    notice = BOARD.refusal(Refusal.DECEASED, language, clinic="示范门诊")
    assert notice.code == "archive_status_changed"
    words = f"{notice.code}{notice.title}{notice.detail}{notice.next_step}".lower()
    assert not any(word in words for word in ("死", "亡", "故", "逝", "deceas", "dead", "death", "died"))
    assert "示范门诊" in notice.next_step


@pytest.mark.parametrize("language", ["zh", "en"])
def test_d13_of_a_conflict_a_family_reads_about_its_own_archive_only(language: str) -> None:
    for reason in (Refusal.IDENTITY_CONFLICT, Refusal.NUMBER_CONTRADICTS_BIRTH):
        notice = BOARD.refusal(reason, language, clinic="示范门诊")
        assert notice.code == reason
        assert "示范门诊" in notice.next_step
        assert ("出生医学证明" if language == "zh" else "birth certificate") in notice.next_step
