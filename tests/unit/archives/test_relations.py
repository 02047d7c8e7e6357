"""D7's relations, in both languages."""

from __future__ import annotations

import pytest

from vaxcert.archives.relations import Relation, relation_of, relation_word

CHINESE = [
    "父亲",
    "母亲",
    "祖父",
    "祖母",
    "外祖父",
    "外祖母",
    "兄弟姐妹",
    "伯叔姑",
    "舅姨",
    "其他监护人",
    "其他亲属",
    "受托照护人",
]


def test_d7_the_twelve_words_are_those_of_the_decision_in_its_order() -> None:
    assert [relation_word(relation, english=False) for relation in Relation] == CHINESE


@pytest.mark.parametrize("relation", list(Relation))
def test_d7_both_words_name_the_same_relation(relation: Relation) -> None:
    assert relation_of(str(relation)) is relation
    assert relation_of(relation_word(relation, english=False)) is relation


@pytest.mark.parametrize("word", ["", "mum", "Father", "父", "self", "父亲母亲"])
def test_d7_other_words_name_none(word: str) -> None:
    assert relation_of(word) is None


def test_d12_a_word_that_is_none_of_the_twelve_reads_as_a_guardian() -> None:
    assert relation_word("stepfather", english=False) == "其他监护人"
    assert relation_word("father", english=True) == "father"
