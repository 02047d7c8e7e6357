"""Keys of documents: 90 days each, published for good, and a killed one stays named (D20)."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counts import examples
from tests.fakes.key_register import FakeRegister, a_root
from tests.unit.keys.test_rotation import START, newest, rotation
from vaxcert.keys.base64url import decode
from vaxcert.keys.model import DOCUMENT_KEYS, KeyRecord
from vaxcert.keys.rotation import plan

DAY = timedelta(days=1)


def run_for(register: FakeRegister, days: int, start: datetime = START) -> None:
    """Every third day, which is as far apart as the keys' 72 hours bear."""
    for day in range(0, days, 3):
        rotation(register).run(start + day * DAY)


def test_d20_a_key_of_documents_signs_for_ninety_days_and_never_retires() -> None:
    register = FakeRegister()
    run_for(register, 400)
    keys = sorted(register.keys("document"), key=lambda key: key.not_before)
    assert len(keys) == 5
    assert {round((b.not_before - a.not_before) / DAY) for a, b in itertools.pairwise(keys)} == {90}
    assert [key.retire_at for key in keys] == [None] * 5
    assert all(key.verifies(START + 10_000 * DAY) for key in keys)
    published = json.loads(register.published[DOCUMENT_KEYS].body)
    assert [key["kid"] for key in published["keys"]] == sorted(key.kid for key in keys)


def test_d20_the_keys_come_with_the_root_key_that_signed_them() -> None:
    """Whoever reads them can tell by its id, the thumbprint, whether it is the one that they know."""
    register = FakeRegister()
    rotation(register).run(START)
    published = json.loads(register.published[DOCUMENT_KEYS].body)
    root = a_root()
    assert published["root"] == root.jwk
    header, payload, _ = published["signed"].split(".")
    assert json.loads(decode(header)) == {"alg": "ES256", "kid": root.jwk["kid"], "typ": "document-keys+jws"}
    signed = json.loads(decode(payload))
    assert (signed["keys"], signed["killed"]) == (published["keys"], published["killed"])


@settings(max_examples=examples(40))
@given(st.lists(st.integers(1, 24), min_size=20, max_size=200))
def test_d20_the_next_key_is_published_72_hours_before_it_signs(hours: list[int]) -> None:
    now = START + 86 * DAY
    keys = [KeyRecord("document", "p0000", {}, b"", START)]
    for pause in hours:
        for new in plan("document", keys, now, None).make:
            assert new.not_before - now >= timedelta(hours=72)
            keys.append(KeyRecord("document", new.kid, {}, b"", new.not_before))
        now += timedelta(hours=pause)
    assert len(keys) == 1 or keys[1].not_before - START > 89 * DAY


def test_d20_a_killed_key_is_replaced_and_named_as_killed() -> None:
    register = FakeRegister()
    run_for(register, 100)
    now = START + 100 * DAY
    dead = newest(register.keys("document"), now)
    rotation(register).run(now, kill=dead.kid)
    after = newest(register.keys("document"), now)
    assert after.kid != dead.kid
    run_for(register, 30, now)
    published = json.loads(register.published[DOCUMENT_KEYS].body)
    assert published["killed"] == [dead.kid]
    assert dead.kid not in {key["kid"] for key in published["keys"]}
    assert newest(register.keys("document"), now + 30 * DAY).not_before > after.not_before


def test_d20_the_only_key_killed_is_replaced_at_once() -> None:
    register = FakeRegister()
    rotation(register).run(START)
    dead = newest(register.keys("document"), START)
    rotation(register).run(START + timedelta(minutes=5), kill=dead.kid)
    assert newest(register.keys("document"), START + timedelta(minutes=5)).kid != dead.kid
