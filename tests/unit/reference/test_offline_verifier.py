"""What a device says while its line is down: genuine but unconfirmed, stale past 48 hours, never accepted (issue: Offline; ADR 0008)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference import offline_verifier
from reference.offline_verifier import Finding, OfflineVerifier, Pack, UntrustedPack, open_pack, to_hand_in
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from tests.fakes.signing import key_pair
from tests.unit.keys.test_rotation import LIFETIMES, START, newest
from vaxcert.codes.model import Code
from vaxcert.codes.token import write
from vaxcert.keys.keyset import OFFLINE
from vaxcert.keys.rotate import Rotation

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def register() -> FakeRegister:
    made = FakeRegister()
    for day in range(6):
        Rotation(made, a_root(), LIFETIMES, 60, DATA_KEY_AGE).run(START + day * DAY)
    return made


NOW = START + 5 * DAY


def pack_of(register: FakeRegister) -> Pack:
    return open_pack(register.published[OFFLINE].body, a_root().jwk)


def shown(kid: str, at: Any = NOW, nonce: bytes = b"c" * 5) -> str:
    return write(Code("c" + "a" * 13, 0, 0, nonce, at.replace(microsecond=0), at + MINUTE), key_pair(kid))


def test_a_genuine_code_is_genuine_and_no_more(register: FakeRegister) -> None:
    text = shown(newest(register.keys("code"), NOW).kid)
    verifier = OfflineVerifier(pack_of(register))
    assert verifier.look(text, NOW) == "genuine but unconfirmed"
    assert verifier.look(text.lower() + "\r\n", NOW) is Finding.SEEN_BEFORE
    assert "accepted" not in {str(finding) for finding in Finding}


def test_r28_a_scanners_settings_are_seen_through_or_named_as_online(register: FakeRegister) -> None:
    text = shown(newest(register.keys("code"), NOW).kid)
    typed = "]Q3" + text.replace(":", "：") + "\x1d\r\n"
    assert OfflineVerifier(pack_of(register)).look(typed, NOW) is Finding.GENUINE
    assert to_hand_in(typed, "ticket", NOW)["code"] == text
    assert OfflineVerifier(pack_of(register)).look(text.replace(":", ";", 1), NOW) is Finding.SCANNER


@pytest.mark.parametrize(
    ("age", "finding"),
    [
        (timedelta(), Finding.GENUINE),
        (timedelta(hours=48), Finding.GENUINE),
        (timedelta(hours=48, seconds=1), Finding.STALE),
        (timedelta(days=30), Finding.STALE),
        (timedelta(minutes=-1), Finding.STALE),
    ],
)
def test_past_48_hours_everything_is_stale(register: FakeRegister, age: timedelta, finding: Finding) -> None:
    """Also junk: a stale pack knows nothing. Keys were published 72 hours ahead, so until then every code is known."""
    later, verifier = NOW + age, OfflineVerifier(pack_of(register))
    assert verifier.look(shown(newest(register.keys("code"), later).kid, later), later) is finding
    assert (verifier.look("junk", later) is Finding.STALE) is (finding is Finding.STALE)


@pytest.mark.parametrize(
    ("seconds", "finding"),
    [(-31, "expired"), (-30, "genuine but unconfirmed"), (89, "genuine but unconfirmed"), (90, "expired")],
)
def test_d8_time_with_the_leeway_of_a_devices_clock(
    register: FakeRegister, seconds: int, finding: str
) -> None:
    at = NOW + timedelta(minutes=5)
    text = shown(newest(register.keys("code"), at).kid, at)
    assert OfflineVerifier(pack_of(register)).look(text, at + timedelta(seconds=seconds)) == finding


def test_what_is_no_code_of_ours(register: FakeRegister) -> None:
    verifier = OfflineVerifier(pack_of(register))
    assert verifier.look("https://example.cn", NOW) is Finding.MALFORMED
    assert verifier.look(shown("c0000"), NOW) is Finding.UNKNOWN_KEY
    good = shown(newest(register.keys("code"), NOW).kid)
    assert verifier.look(good[:-4] + "0000", NOW) in {Finding.BAD_SIGNATURE, Finding.MALFORMED}


def test_a_killed_key_is_in_no_pack_from_then_on(register: FakeRegister) -> None:
    kid = newest(register.keys("code"), NOW).kid
    text, before = shown(kid), pack_of(register)
    Rotation(register, a_root(), LIFETIMES, 60, DATA_KEY_AGE).run(NOW, kill=kid)
    pack = pack_of(register)
    assert kid in pack.killed
    assert OfflineVerifier(pack).look(text, NOW) is Finding.UNKNOWN_KEY
    assert OfflineVerifier(before).look(text, NOW) is Finding.GENUINE, (
        "what the old pack cannot know: hence unconfirmed"
    )
    assert len(register.published[OFFLINE].body) <= 4096


def test_a_pack_that_the_root_key_did_not_sign_is_nobodys(register: FakeRegister) -> None:
    body: dict[str, Any] = json.loads(register.published[OFFLINE].body)
    other = key_pair("other-root").private
    hostile = [
        {**body, "payload": body["payload"][:-4]},
        {**body, "signature": body["signature"][:-4] + "AAAA"},
        {"payload": body["payload"]},
        [],
    ]
    for one in hostile:
        with pytest.raises(UntrustedPack):
            open_pack(json.dumps(one), a_root().jwk)
    with pytest.raises(UntrustedPack):
        open_pack(register.published[OFFLINE].body, {**a_root().jwk, "kid": "another"})
    from vaxcert.keys.store import public_jwk

    with pytest.raises(UntrustedPack):
        open_pack(
            register.published[OFFLINE].body,
            {**public_jwk(other.public_key(), ""), "kid": a_root().jwk["kid"]},
        )
    signed = json.loads(register.published["jwks"].body)["signed"].split(".")
    with pytest.raises(UntrustedPack):
        open_pack(
            json.dumps(dict(zip(("protected", "payload", "signature"), signed, strict=True))), a_root().jwk
        )


def test_the_command_tells_what_to_hand_in(
    register: FakeRegister,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pack = tmp_path / "pack.json"
    root = tmp_path / "root.json"
    pack.write_text(register.published[OFFLINE].body, "utf-8")
    root.write_text(json.dumps(a_root().jwk), "utf-8")
    monkeypatch.setattr("sys.argv", ["offline_verifier", str(pack), str(root), "junk"])
    assert offline_verifier.main() == 1
    assert json.loads(capsys.readouterr().out)["finding"] == "stale", "the pack of another summer"
    assert to_hand_in(" vc1:x\r\n", "ticket", NOW) == {
        "code": "VC1:X",
        "station": "ticket",
        "scanned_at": "2026-07-07T01:30:00+08:00",
    }
    assert replace(pack_of(register), keys={}).keys == {}
