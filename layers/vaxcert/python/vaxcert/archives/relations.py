"""How one person is related to another (授权关系): D7's twelve words, in Chinese and in English.

Said from the adult's side: the `father` is the child's father. Feeds, requests and answers use the English word; requests may
use the Chinese one.
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
_BY_WORD: Final = {zh: relation for relation, (zh, _) in _WORDS.items()} | {str(r): r for r in Relation}


def relation_of(word: str) -> Relation | None:
    """The relation that a Chinese or English word names, or None."""
    return _BY_WORD.get(unicodedata.normalize("NFKC", word).strip())


def relation_word(relation: str, *, english: bool) -> str:
    """The word that people read for a stored relation; a guardian's where it is not one of the twelve."""
    zh, en = _WORDS[relation_of(relation) or Relation.OTHER_GUARDIAN]
    return en if english else zh
