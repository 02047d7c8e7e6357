"""Names: when two are one (D7), and how much of one a screen shows."""

from __future__ import annotations

import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.identity.model import mask_name, normalise_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阿迪力·买买提", "阿迪力买买提"),
        ("阿迪力·买买提", "阿迪力•买买提"),
        ("阿迪力·买买提", "阿迪力・买买提"),
        ("阿迪力·买买提", "阿迪力･买买提"),  # half-width katakana dot
        ("阿迪力·买买提", "阿迪力‧买买提"),
        ("阿迪力·买买提", "阿迪力．买买提"),  # full-width full stop, the usual keyboard's
        ("阿迪力·买买提", "阿迪力 · 买买提"),
        ("欧阳 娜娜", "欧阳娜娜"),
        ("欧阳　娜娜", "欧阳娜娜"),  # ideographic space
        ("张\u200b三", "张三"),  # zero-width space
        ("张三\ufeff", "张三"),
        *(
            (f"葛{mark}", "葛") for mark in "\ufe00\ufe0f\U000e0100\U000e01ef"
        ),  # the glyph chosen, not the name
        ("John SMITH", "john smith"),
        ("Ｊｏｈｎ", "John"),
        ("José", "Jose\u0301"),
        ("STRASSE", "straße"),
        ("\uf9e1", "\u674e"),  # a compatibility ideograph of 李
    ],
)
def test_d7_spellings_of_one_name_are_one(one: str, other: str) -> None:
    assert normalise_name(one) == normalise_name(other) != ""


def test_d7_a_name_of_ideographs_alone_is_what_it_is_beside_a_dot() -> None:
    """It goes a shorter way."""
    every = "".join(map(chr, range(0x4E00, 0xA000)))
    assert normalise_name(every) == normalise_name(f"·{every}") == every


@pytest.mark.parametrize(("one", "other"), [("张三", "张叁"), ("李四", "李"), ("José", "Jose"), ("陈", "陳")])
def test_d7_different_names_stay_different(one: str, other: str) -> None:
    assert normalise_name(one) != normalise_name(other)


@pytest.mark.parametrize("name", ["", " ", "·", " · ", "\u200b", "．"])
def test_d7_a_name_of_nothing_is_nothing(name: str) -> None:
    assert normalise_name(name) == ""


@given(st.text(max_size=40))
def test_d7_property_normalising_twice_changes_nothing(name: str) -> None:
    once = normalise_name(name)
    assert normalise_name(once) == once
    assert unicodedata.is_normalized("NFKC", once)


@given(
    st.text(alphabet="张三欧阳ab", max_size=8),
    st.lists(st.sampled_from(" ·・•‧　\u200d"), max_size=6),
    st.randoms(),
)
def test_d7_property_spaces_and_dots_never_matter(name: str, marks: list[str], random: Random) -> None:
    spread = name
    for mark in marks:
        place = random.randint(0, len(spread))
        spread = spread[:place] + mark + spread[place:]
    assert normalise_name(spread) == normalise_name(name)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张小三", "张**"),
        ("欧阳娜娜", "欧**"),
        ("阿迪力·买买提", "阿**"),
        ("John Smith", "J**"),
        ("张", "*"),
        ("", "*"),
        ("\u200b张三", "张*"),
    ],
)
def test_a_masked_name_shows_its_first_character_and_no_length(name: str, masked: str) -> None:
    assert mask_name(name) == masked
