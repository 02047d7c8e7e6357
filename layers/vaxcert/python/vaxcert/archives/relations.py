"""How one person is related to another (授权关系): D7's twelve words, in Chinese and in English.

Said from the adult's side: the `father` is the child's father. Answers use the English word; feeds and requests may use the
Chinese one, or the one that people say every day.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

SELF: Final = "self"
"""The relation of a person to their own certificate."""


class Relation(StrEnum):
    """D7's relations, in its order."""

    FATHER = "father"
    MOTHER = "mother"
    PATERNAL_GRANDFATHER = "paternal_grandfather"
    PATERNAL_GRANDMOTHER = "paternal_grandmother"
    MATERNAL_GRANDFATHER = "maternal_grandfather"
    MATERNAL_GRANDMOTHER = "maternal_grandmother"
    SIBLING = "sibling"
    PATERNAL_UNCLE_AUNT = "paternal_uncle_aunt"
    MATERNAL_UNCLE_AUNT = "maternal_uncle_aunt"
    OTHER_GUARDIAN = "other_guardian"
    OTHER_RELATIVE = "other_relative"
    ENTRUSTED_CARER = "entrusted_carer"


ANY: Final = (SELF, *Relation)
"""What a relation to the person of a certificate can be."""

_WORDS: Final[dict[Relation, tuple[str, str]]] = {
    Relation.FATHER: ("父亲", "father"),
    Relation.MOTHER: ("母亲", "mother"),
    Relation.PATERNAL_GRANDFATHER: ("祖父", "paternal grandfather"),
    Relation.PATERNAL_GRANDMOTHER: ("祖母", "paternal grandmother"),
    Relation.MATERNAL_GRANDFATHER: ("外祖父", "maternal grandfather"),
    Relation.MATERNAL_GRANDMOTHER: ("外祖母", "maternal grandmother"),
    Relation.SIBLING: ("兄弟姐妹", "sibling"),
    Relation.PATERNAL_UNCLE_AUNT: ("伯叔姑", "paternal uncle or aunt"),
    Relation.MATERNAL_UNCLE_AUNT: ("舅姨", "maternal uncle or aunt"),
    Relation.OTHER_GUARDIAN: ("其他监护人", "guardian"),
    Relation.OTHER_RELATIVE: ("其他亲属", "relative"),
    Relation.ENTRUSTED_CARER: ("受托照护人", "entrusted carer"),
}
# What people and clinics write besides. Adoptive parents, and step-parents who bring a child up, are its parents (Civil Code, articles
# 1072, 1111 and 1127). Words that mean different people in different places (爹爹, 公公, 阿姨), or several at once (父母), are not here.
_EVERYDAY: Final[dict[Relation, str]] = {
    Relation.FATHER: "父 爸爸 爸 生父 养父 继父",
    Relation.MOTHER: "母 妈妈 妈 生母 养母 继母",
    Relation.PATERNAL_GRANDFATHER: "爷爷",
    Relation.PATERNAL_GRANDMOTHER: "奶奶",
    Relation.MATERNAL_GRANDFATHER: "外公 姥爷",
    Relation.MATERNAL_GRANDMOTHER: "外婆 姥姥",
    Relation.SIBLING: "哥哥 姐姐 弟弟 妹妹 兄弟 姐妹 兄妹 姐弟 哥 姐 弟 妹",
    Relation.PATERNAL_UNCLE_AUNT: "伯父 伯伯 大伯 叔父 叔叔 姑母 姑姑 姑妈 伯 叔 姑",
    Relation.MATERNAL_UNCLE_AUNT: "舅父 舅舅 姨母 姨妈 舅 姨",
    Relation.OTHER_GUARDIAN: "监护人 法定监护人",
    Relation.OTHER_RELATIVE: "亲属 亲戚",
    Relation.ENTRUSTED_CARER: "被委托人 受托人",
}
_BY_WORD: Final = (
    {word: relation for relation, words in _EVERYDAY.items() for word in words.split()}
    | {word: relation for relation, words in _WORDS.items() for word in words}
    | {str(relation): relation for relation in Relation}
)


def relation_of(word: str) -> Relation | None:
    """The relation that a Chinese or English word names, everyday words too (D15), or None."""
    return _BY_WORD.get(unicodedata.normalize("NFKC", word).strip().casefold())


def relation_word(relation: str, *, english: bool) -> str:
    """The word that people read for a stored relation; a guardian's where it is not one of the twelve."""
    zh, en = _WORDS[relation_of(relation) or Relation.OTHER_GUARDIAN]
    return en if english else zh
