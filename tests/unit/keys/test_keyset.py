"""What is published: only public halves, signed by the root key, small enough for a clinic's line."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes import platform
from tests.fakes.key_register import FakeRegister, a_root
from tests.unit.keys.test_rotation import START, newest, rotation
from vaxcert.keys.base64url import decode
from vaxcert.keys.keyset import JWKS, JWKS_TYP, OFFLINE, OFFLINE_TYP, ROOT, offline_pack, root
from vaxcert.keys.model import KeyRecord
from vaxcert.keys.store import public_key


def after(days: int = 5, kill: int = 0) -> FakeRegister:
    register = FakeRegister()
    for day in range(days):
        now = START + timedelta(days=day)
        rotation(register).run(now, newest(register.keys("code"), now).kid if 0 < day <= kill else None)
    return register


def root_key() -> jwt.PyJWK:
    return jwt.PyJWK(dict(a_root().jwk))


def test_the_key_set_holds_public_halves_of_codes_alone() -> None:
    register = after()
    published = json.loads(register.published[JWKS].body)
    assert set(published) == {"keys", "signed"}
    kids = {key["kid"] for key in published["keys"]}
    assert kids == {key.kid for key in register.keys("code") if key.verifies(START + timedelta(days=4))}
    for key in published["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
        assert public_key(key)


def test_the_signed_key_set_is_the_root_keys() -> None:
    published = json.loads(after().published[JWKS].body)
    claims = jwt.decode(published["signed"], root_key(), algorithms=["ES256"], options={"verify_iat": False})
    assert claims["keys"] == published["keys"]
    header = jwt.get_unverified_header(published["signed"])
    assert header == {"alg": "ES256", "kid": a_root().jwk["kid"], "typ": JWKS_TYP}


def test_the_offline_pack_tells_keys_killed_ones_and_its_age() -> None:
    register = after(days=8, kill=3)
    now = START + timedelta(days=7)
    pack = json.loads(register.published[OFFLINE].body)
    token = f"{pack['protected']}.{pack['payload']}.{pack['signature']}"
    claims = jwt.decode(token, root_key(), algorithms=["ES256"])
    assert jwt.get_unverified_header(token)["typ"] == OFFLINE_TYP
    assert claims["issued_at"] == "2026-07-09T01:30:00+08:00"
    assert claims["stale_at"] == "2026-07-11T01:30:00+08:00"
    assert claims["valid_until"] == "2026-07-12T01:30:00+08:00"
    assert claims["code_ttl_seconds"] == 60
    assert {key["kid"] for key in claims["keys"]} == {
        key.kid for key in register.keys("code") if key.verifies(now)
    }
    assert set(claims["killed"]) == {key.kid for key in register.keys("code") if key.killed}
    assert len(claims["killed"]) == 3


def test_of_many_killed_keys_the_offline_pack_names_the_sixty_four_newest() -> None:
    """More would not fit, and nobody holds a code of the others."""
    killed = [
        KeyRecord("code", f"c{n:04}", {}, b"", START + timedelta(days=n), killed=True) for n in range(70)
    ]
    pack = json.loads(offline_pack(killed, a_root(), 60, START).body)
    claims = json.loads(decode(pack["payload"]))
    assert claims["killed"] == [f"c{n:04}" for n in range(69, 5, -1)]


@pytest.mark.parametrize("kill", [0, 60])
def test_the_offline_pack_stays_within_4_kb(kill: int) -> None:
    register = after(days=kill + 6, kill=kill)
    assert len(register.published[OFFLINE].body.encode()) <= 4096


def test_a_changed_pack_does_not_verify() -> None:
    pack = json.loads(after().published[OFFLINE].body)
    payload = json.loads(base64.urlsafe_b64decode(pack["payload"] + "=="))
    payload["killed"] = []
    payload["valid_until"] = "2099-01-01T00:00:00+08:00"
    forged = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{pack['protected']}.{forged}.{pack['signature']}", root_key(), algorithms=["ES256"])


def test_the_validator_changes_with_the_content() -> None:
    register = FakeRegister()
    rotation(register).run(START)
    first = register.published[OFFLINE].etag
    rotation(register).run(START + timedelta(hours=1))
    assert register.published[OFFLINE].etag != first


def test_the_root_key_is_published_for_enrolment() -> None:
    published = json.loads(after().published[ROOT].body)
    assert published == a_root().jwk
    assert "d" not in published


@pytest.mark.parametrize("kind", ["secp384r1", "secp256k1", "rsa"])
def test_only_a_p256_key_is_a_root_key(kind: str) -> None:
    curves = {"secp384r1": ec.SECP384R1(), "secp256k1": ec.SECP256K1()}
    private = ec.derive_private_key(4711, curves[kind]) if kind in curves else platform.rsa_key()
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(TypeError, match="P-256"):
        root(der, bytes)


def test_an_older_document_never_replaces_a_newer() -> None:
    register = after(days=3)
    newer = register.published[OFFLINE]
    rotation(register).run(START)
    assert register.published[OFFLINE] == newer
