"""Keys in the place of numbers and names (R3, invariant 7)."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

import pytest

from vaxcert.identity.blinding import Blinder, Clear, Cover, archive, named, subject
from vaxcert.identity.model import is_clinic_code, is_record_id, record_id_of

PEPPER, SECOND, THIRD = b"p" * 64, b"q" * 64, b"r" * 64
NUMBER = "11010519491231002X"


def key(clear: Clear) -> str:
    (only,) = Blinder(PEPPER).keys(clear)
    return only


def test_r3_the_subject_is_the_agreed_hmac() -> None:
    digest = hmac.new(PEPPER, b"vaxcert/subject\0" + NUMBER.encode(), hashlib.sha256).digest()
    assert key(subject(NUMBER)) == "v1:" + urlsafe_b64encode(digest).decode().rstrip("=")


def test_r3_equal_texts_of_different_kinds_have_different_keys() -> None:
    keys = [key(subject(NUMBER)), key(named(NUMBER)), key(archive("child", NUMBER))]
    assert len({one.partition(":")[2] for one in keys}) == len(keys)
    assert [one[:3] for one in keys] == ["v1:", "n1:", "a1:"]


def test_d10_archives_of_two_systems_with_one_number_are_two() -> None:
    assert key(archive("child", "1")) != key(archive("rabies", "1"))


def test_d7_a_name_is_normalised_before_it_is_blinded() -> None:
    assert named("阿迪力·买买提") == named("阿迪力 买买提") != named("阿迪力")


def test_r3_another_pepper_gives_other_keys() -> None:
    assert Blinder(SECOND).keys(subject(NUMBER)) != Blinder(PEPPER).keys(subject(NUMBER))


@pytest.mark.parametrize("peppers", [(b"p" * 31,), (PEPPER, b"q" * 31)])
def test_r3_a_short_pepper_is_refused(peppers: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Blinder(*peppers)


def test_r3_thirty_two_bytes_are_enough() -> None:
    assert len(Blinder(b"p" * 32, b"q" * 32).keys(subject(NUMBER))) == 2


def test_invariant_7_keys_hold_nothing_of_what_they_stand_for() -> None:
    assert NUMBER not in key(subject(NUMBER))
    assert re.fullmatch(r"v1:[A-Za-z0-9_-]{43}", key(subject(NUMBER)))
    assert NUMBER not in repr(subject(NUMBER))


@pytest.mark.parametrize("clear", [subject(NUMBER), named("沈测试"), archive("child", "1")])
def test_d23_each_further_pepper_makes_its_key_of_the_one_before_and_needs_no_number(clear: Clear) -> None:
    first, second, third = Blinder(PEPPER, SECOND, THIRD).keys(clear)
    assert (first,) == Blinder(PEPPER).keys(clear)
    assert (first, second) == Blinder(PEPPER, SECOND).keys(clear)
    assert [one[:3] for one in (first, second, third)] == [f"{clear.kind}{version}:" for version in (1, 2, 3)]
    assert Cover(SECOND).over(first) == second
    assert Cover(THIRD, 3).over(second) == third
    assert len({first[3:], second[3:], third[3:]}) == 3


@pytest.mark.parametrize("other", ["v2:x", "c1", "V#v1:x", "v11:x", "x1:x", "p.v1:x", "v1", ""])
def test_d23_what_is_no_key_of_the_version_before_stays_as_it_is(other: str) -> None:
    assert not Cover(SECOND).covers(other)
    assert Cover(SECOND).over(other) == other


def test_r3_a_record_id_is_opaque_and_stable() -> None:
    who = key(subject(NUMBER))
    assert record_id_of(who) == record_id_of(who) != record_id_of(who + "x")
    assert re.fullmatch(r"r[a-z2-7]{26}", record_id_of(who))


def test_r3_a_record_id_is_known_by_its_form() -> None:
    record_id = record_id_of(key(subject(NUMBER)))
    assert is_record_id(record_id)
    for other in (
        "",
        record_id[1:],
        record_id + "a",
        record_id.upper(),
        record_id[:-1] + "b",
        record_id + "\n",
    ):
        assert not is_record_id(other)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("3206000001", True),
        ("a", True),
        ("Clinic_1-b", True),
        ("c" * 32, True),
        ("c" * 33, False),
        ("", False),
        ("-1", False),
        ("诊所", False),
        ("a b", False),
    ],
)
def test_a_clinics_code_is_known_by_its_form(text: str, known: bool) -> None:
    assert is_clinic_code(text) is known
