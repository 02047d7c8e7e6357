"""The signatures that the stand-ins make, checked by PyJWT, which they do not use."""

import json

import jwt
import pytest

from local import jws

KEY = jws.generate_jwk()


def test_a_signed_token_is_accepted_by_another_library() -> None:
    token = jws.sign({"typ": "JWT", "kid": KEY["kid"]}, b'{"sub":"dev-1"}', KEY)

    public = jwt.PyJWK(jws.public_half(KEY)).key
    assert jwt.decode(token, public, algorithms=["ES256"]) == {"sub": "dev-1"}
    assert jwt.get_unverified_header(token) == {"typ": "JWT", "kid": KEY["kid"], "alg": "ES256"}


def test_a_detached_signature_covers_the_exact_bytes() -> None:
    token = jws.sign_detached({}, b"exact bytes", KEY)

    head, payload, signature = token.split(".")
    assert payload == ""
    public = jwt.PyJWK(jws.public_half(KEY)).key
    attached = f"{head}.{jws.b64url(b'exact bytes')}.{signature}"
    assert jwt.PyJWS().decode(attached, public, algorithms=["ES256"]) == b"exact bytes"
    assert jws.verify(token, KEY, payload=b"exact bytes") == {"alg": "ES256"}
    with pytest.raises(ValueError, match="does not match"):
        jws.verify(token, KEY, payload=b"exact bytes ")
    with pytest.raises(ValueError, match="detached"):
        jws.verify(token, KEY)


def test_signing_is_deterministic_and_keys_are_not() -> None:
    assert jws.sign({}, b"x", KEY) == jws.sign({}, b"x", KEY)
    other = jws.generate_jwk()
    assert other["kid"] != KEY["kid"]
    assert "d" not in jws.public_half(KEY)
    assert json.loads(jws.compact_json({"名": 1})) == {"名": 1}
