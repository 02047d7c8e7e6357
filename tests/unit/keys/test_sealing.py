"""Sealing: a value opens only where it was sealed (invariant 7)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.sealing import FixedDataKey, fake_sealer
from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import B, N, S
from vaxcert.errors import Unavailable
from vaxcert.keys.sealing import DataKeys, NotSealedHere, Sealer


@given(st.text())
def test_what_was_sealed_opens_again(plain: str) -> None:
    sealer = fake_sealer()
    sealed = sealer.seal(plain, table="archives", key="a1:x", attribute="name")
    assert sealer.open(sealed, table="archives", key="a1:x", attribute="name") == plain


def test_a_key_is_asked_for_once_however_much_is_sealed_and_opened() -> None:
    class Counted(FixedDataKey):
        asked = 0

        def by_id(self, kid: str) -> bytes:
            self.asked += 1
            return super().by_id(kid)

    keys = Counted()
    sealer = Sealer(keys)
    for name in ("甲", "乙"):
        sealed = sealer.seal(name, table="t", key="k", attribute="a")
        assert sealer.open(sealed, table="t", key="k", attribute="a") == name
    assert keys.asked == 1


def test_two_sealings_of_one_text_differ() -> None:
    sealer = fake_sealer()
    first, second = (sealer.seal("示例", table="t", key="k", attribute="a") for _ in range(2))
    assert first != second


@pytest.mark.parametrize("place", [("grants", "k", "a"), ("t", "other", "a"), ("t", "k", "phone")])
def test_a_blob_moved_to_another_place_does_not_open(place: tuple[str, str, str]) -> None:
    sealer = fake_sealer()
    sealed = sealer.seal("示例", table="t", key="k", attribute="a")
    with pytest.raises(NotSealedHere):
        sealer.open(sealed, table=place[0], key=place[1], attribute=place[2])


def test_what_was_sealed_before_opens_in_the_agreed_form() -> None:
    """Version, key id, nonce, then ciphertext and tag, bound to its place: what lies in the tables is not written anew."""
    nonce = bytes(range(12))
    cipher = AESGCM(bytes(range(32)))
    blob = b"\x01testkey0" + nonce + cipher.encrypt(nonce, "示例".encode(), b"t\0k\0a")
    assert fake_sealer().open(blob, table="t", key="k", attribute="a") == "示例"
    sealed = Sealer(FixedDataKey(), lambda count: bytes(range(count))).seal(
        "示例", table="t", key="k", attribute="a"
    )
    assert sealed == blob


def test_a_blob_of_another_version_does_not_open() -> None:
    sealed = fake_sealer().seal("示例", table="t", key="k", attribute="a")
    with pytest.raises(NotSealedHere):
        fake_sealer().open(b"\x02" + sealed[1:], table="t", key="k", attribute="a")


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_blob_with_any_byte_changed_does_not_open(position: int, change: int) -> None:
    sealer = fake_sealer()
    sealed = bytearray(sealer.seal("示例", table="t", key="k", attribute="a"))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(NotSealedHere):
        sealer.open(bytes(sealed), table="t", key="k", attribute="a")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01" + bytes(20), b"\x02" + bytes(60)])
def test_what_was_never_sealed_does_not_open_and_no_key_is_asked_for(blob: bytes) -> None:
    class Unasked(FixedDataKey):
        def by_id(self, kid: str) -> bytes:
            raise AssertionError(kid)

    with pytest.raises(NotSealedHere):
        Sealer(Unasked()).open(blob, table="t", key="k", attribute="a")


class _Kms:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def decrypt(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        return {"Plaintext": bytes(call["CiphertextBlob"])}


class _Keys:
    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = list(items)
        self.queries = self.reads = 0

    def query(self, **_: Any) -> dict[str, Any]:
        self.queries += 1
        return {"Items": self.items}

    def get_item(self, **call: Any) -> dict[str, Any]:
        self.reads += 1
        found = [item for item in self.items if item["sk"] == call["Key"]["sk"]]
        return {"Item": found[0]} if found else {}


def _key(kid: str, not_before: int) -> dict[str, Any]:
    return {"pk": S("data"), "sk": S(kid), "not_before": N(not_before), "wrapped": B(kid.encode() * 4)}


def test_new_values_take_the_newest_valid_key_and_each_key_is_unwrapped_once() -> None:
    clock, kms = FakeClock(), _Kms()
    now = epoch(clock())
    table = _Keys(_key("00000001", now - 10), _key("00000002", now - 5), _key("00000003", now + 60))
    keys = DataKeys(stands_in(table), "keys", stands_in(kms), "seal", clock)
    assert keys.current() == "00000002"
    assert keys.current() == "00000002"
    for kid in ("00000001", "00000002", "00000001"):
        assert keys.by_id(kid) == kid.encode() * 4
    assert [call["EncryptionContext"]["kid"] for call in kms.calls] == ["00000002", "00000001"]
    assert (table.queries, table.reads) == (1, 1)
    clock.advance(hours=2)
    assert keys.current() == "00000003"


def test_d23_a_key_seals_from_its_second_on_and_is_asked_for_anew_after_an_hour() -> None:
    clock = FakeClock()
    now = epoch(clock())
    table, kms = _Keys(_key("00000001", now), _key("00000002", now + 3602)), _Kms()
    keys = DataKeys(stands_in(table), "keys", stands_in(kms), "seal", clock)
    assert keys.current() == "00000001"
    clock.advance(seconds=3600)
    assert (keys.current(), table.queries) == ("00000001", 1)
    clock.advance(seconds=1)
    assert (keys.current(), table.queries) == ("00000001", 2)
    assert len(kms.calls) == 1, "a key that is known is not unwrapped again"
    clock.advance(seconds=3601)
    assert (keys.current(), table.queries) == ("00000002", 3)


def test_without_any_key_the_service_is_not_ready() -> None:
    with pytest.raises(Unavailable, match="keys_missing"):
        DataKeys(stands_in(_Keys()), "keys", stands_in(_Kms()), "seal", FakeClock()).current()


def test_d23_what_was_sealed_under_a_key_that_is_not_there_does_not_open() -> None:
    sealed = fake_sealer().seal("示例", table="t", key="k", attribute="a")
    keys = DataKeys(stands_in(_Keys(_key("00000001", 0))), "keys", stands_in(_Kms()), "seal", FakeClock())
    with pytest.raises(NotSealedHere):
        Sealer(keys).open(sealed, table="t", key="k", attribute="a")
