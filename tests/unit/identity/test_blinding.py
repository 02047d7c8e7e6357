"""Keys in the place of numbers and names (R3, invariant 7)."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

import pytest

from vaxcert.identity.blinding import Blinder
from vaxcert.identity.model import record_id_of

PEPPER = b"p" * 64
NUMBER = "11010519491231002X"


def test_r3_the_subject_is_the_agreed_hmac() -> None:
    digest = hmac.new(PEPPER, b"vaxcert/subject\0" + NUMBER.encode(), hashlib.sha256).digest()
    assert Blinder(PEPPER).subject(NUMBER) == "v1:" + urlsafe_b64encode(digest).decode().rstrip("=")


def test_r3_equal_texts_of_different_kinds_have_different_keys() -> None:
    blinder = Blinder(PEPPER)
    keys = [blinder.subject(NUMBER), blinder.name(NUMBER), blinder.archive("child", NUMBER)]
    assert len({key.partition(":")[2] for key in keys}) == len(keys)
    assert [key[:3] for key in keys] == ["v1:", "n1:", "a1:"]


def test_d10_archives_of_two_systems_with_one_number_are_two() -> None:
    blinder = Blinder(PEPPER)
    assert blinder.archive("child", "1") != blinder.archive("rabies", "1")


def test_d7_a_name_is_normalised_before_it_is_blinded() -> None:
    blinder = Blinder(PEPPER)
    assert blinder.name("阿迪力·买买提") == blinder.name("阿迪力 买买提") != blinder.name("阿迪力")


def test_r3_another_pepper_gives_other_keys() -> None:
    assert Blinder(b"q" * 64).subject(NUMBER) != Blinder(PEPPER).subject(NUMBER)


def test_r3_a_short_pepper_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Blinder(b"p" * 31)


def test_invariant_7_keys_hold_nothing_of_what_they_stand_for() -> None:
    blinder = Blinder(PEPPER)
    assert NUMBER not in blinder.subject(NUMBER)
    assert re.fullmatch(r"v1:[A-Za-z0-9_-]{43}", blinder.subject(NUMBER))


def test_r3_a_record_id_is_opaque_and_stable() -> None:
    key = Blinder(PEPPER).subject(NUMBER)
    assert record_id_of(key) == record_id_of(key) != record_id_of(key + "x")
    assert re.fullmatch(r"r[a-z2-7]{26}", record_id_of(key))
