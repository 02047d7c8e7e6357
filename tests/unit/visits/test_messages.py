"""Every outcome of a scan tells the nurse and the family what to do, in Chinese and in English (D12, R4, R35)."""

from __future__ import annotations

import re

import pytest

from vaxcert.devices.model import Station
from vaxcert.visits.messages import (
    ACCEPTED,
    OUT_OF_TURN,
    RECORDED,
    REFUSED,
    SCANNER,
    STATIONS,
    STEPS,
    Said,
    Words,
)
from vaxcert.visits.model import Outcome, OutOfTurn, Reason
from vaxcert.visits.words import CALLED, FOLLOWED, TOLD, WARNED, Phase, Warned
from vaxcert.wording import Language, Wording

ALL: list[dict[Language, Words]] = [
    *REFUSED.values(),
    *OUT_OF_TURN.values(),
    *ACCEPTED.values(),
    RECORDED,
    SCANNER,
    *TOLD.values(),
    CALLED,
]
ALONE: list[dict[Language, Said]] = [*FOLLOWED.values(), *WARNED.values()]
CHINESE = re.compile(r"[一-鿿]")


def sayings(words: Words) -> list[Said]:
    return [words.nurse, words.family]


def test_every_reason_and_every_station_has_its_words() -> None:
    assert set(REFUSED) == set(Reason) - {Reason.WRONG_ORDER}
    assert set(OUT_OF_TURN) == set(OutOfTurn)
    assert set(ACCEPTED) == set(STATIONS) == set(STEPS) == set(Station)
    for languages in ALL:
        assert set(languages) == {"zh", "en"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_d12_each_is_whole_and_in_its_language(language: str) -> None:
    for languages in ALL:
        for said in sayings(languages["zh" if language == "zh" else "en"]):
            for text in (said.title, said.next_step):
                assert text.strip() == text != ""
                assert bool(CHINESE.search(text)) is (language == "zh")


def test_d21_every_outcome_phase_and_warning_has_its_words() -> None:
    assert (set(TOLD), set(FOLLOWED), set(WARNED)) == (set(Outcome), set(Phase), set(Warned))
    for languages in ALONE:
        assert set(languages) == {"zh", "en"}
        for language, said in languages.items():
            filled = said.about(language, Wording(), ticket="A007", desk="2号台", clinic="x", batch="B1")
            assert "{" not in filled.title + filled.next_step
            assert bool(CHINESE.search(said.title + said.next_step)) is (language == "zh")
            assert not re.search("家长|儿童|孩子|child|parent|family", said.title + said.next_step)


def test_places_are_filled_and_nothing_else_is() -> None:
    for languages in ALL:
        for language, words in languages.items():
            for said in sayings(words):
                filled = said.about(language, Wording(), ticket="A007", minutes=12)
                assert "{" not in filled.title + filled.next_step
    left = REFUSED[Reason.OBSERVATION_NOT_OVER]["zh"].family.about("zh", Wording(), ticket="A007", minutes=12)
    assert left.title == "还需留观 12 分钟"


def test_r4_no_text_says_that_the_paper_is_replaced() -> None:
    for languages in ALL:
        for words in languages.values():
            for said in sayings(words):
                assert not re.search(r"代替|取代|替代纸质|无需.*纸质|instead of the paper", said.next_step)


def test_the_words_fit_children_and_adults() -> None:
    """An adult who shows their own code is nobody's parent, and a picture is 二维码."""
    for languages in ALL:
        for said in sayings(languages["zh"]):
            assert not re.search("家长|儿童|孩子|观察区", said.title + said.next_step)
            assert not re.search("亮码(?!接种)", said.title + said.next_step)
        for said in sayings(languages["en"]):
            assert not re.search("family|child|parent", said.title + said.next_step)
