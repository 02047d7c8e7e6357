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
    for english in (True, False):
        assert relation_of(relation_word(relation, english=english)) is relation


@pytest.mark.parametrize(
    ("words", "relation"),
    [
        ("爸爸 继父 养父 父 father Father ｆａｔｈｅｒ", Relation.FATHER),
        ("妈妈 继母 养母 母", Relation.MOTHER),
        ("爷爷 祖父", Relation.PATERNAL_GRANDFATHER),
        ("奶奶 祖母", Relation.PATERNAL_GRANDMOTHER),
        ("外公 姥爷 外祖父", Relation.MATERNAL_GRANDFATHER),
        ("外婆 姥姥 外祖母", Relation.MATERNAL_GRANDMOTHER),
        ("哥哥 姐姐 弟弟 妹妹", Relation.SIBLING),
        ("伯父 叔叔 姑姑", Relation.PATERNAL_UNCLE_AUNT),
        ("舅舅 姨妈", Relation.MATERNAL_UNCLE_AUNT),
        ("监护人 其他监护人 法定监护人 guardian", Relation.OTHER_GUARDIAN),
    ],
)
def test_d15_everyday_words_mean_what_they_mean(words: str, relation: Relation) -> None:
    assert {relation_of(f" {word}　") for word in words.split()} == {relation}


@pytest.mark.parametrize("word", ["", "mum", "self", "本人", "父亲母亲", "父母", "其他", "爹爹", "阿姨"])
def test_d7_other_words_name_none(word: str) -> None:
    assert relation_of(word) is None


def test_d12_a_word_that_is_none_of_the_twelve_reads_as_a_guardian() -> None:
    assert relation_word("stepfather", english=False) == "其他监护人"
    assert relation_word("father", english=True) == "father"
