"""Which notices stand beside a list of doses (R4, R5, R29, R43)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.fakes.people import dose
from vaxcert.archives.model import Dose
from vaxcert.claims.model import Kind
from vaxcert.records.notices import AFTER, record_notices

ALWAYS = ["paper", "other_provinces", "incomplete"]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("rabies_shown", "given", "codes"),
    [
        (False, None, ["paper", "other_provinces", "rabies", "incomplete"]),
        (True, None, ALWAYS),
        (False, dose(date(2026, 7, 1)), [AFTER, "paper", "other_provinces", "rabies", "incomplete"]),
        (True, dose(date(2026, 7, 1)), [AFTER, *ALWAYS]),
    ],
)
def test_r43_what_is_missing_is_told_until_it_is_shown_and_all_else_as_ever(
    kind: Kind, rabies_shown: bool, given: Dose | None, codes: list[str]
) -> None:
    for language in ("zh", "en"):
        found = record_notices(language, kind, rabies_shown=rabies_shown, hotline="400", given=given)
        assert [notice.code for notice in found] == codes


def test_r29_a_child_brings_the_provinces_certificate_and_an_adult_what_the_clinic_gave_out() -> None:
    told = {
        (kind, language): next(
            notice.next_step
            for notice in record_notices(language, kind, rabies_shown=True, hotline="400")
            if notice.code == "paper"
        )
        for kind in Kind
        for language in ("zh", "en")
    }
    assert "《江苏省儿童预防接种证》" in told[Kind.CHILD, "zh"]
    assert "预防接种证或接种凭证" in told[Kind.ADULT, "zh"]
    assert "the paper certificate to every" in told[Kind.CHILD, "en"]
    assert "the paper certificate or record to every" in told[Kind.ADULT, "en"]
