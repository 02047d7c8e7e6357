"""A device's proof for a token of fifteen minutes (RFC 7523)."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.devices import (
    AUDIENCE,
    CLINIC,
    FakeBurnedAssertions,
    FakeEnrolments,
    an_enrolment,
    assertion,
    private_key,
)
from tests.fakes.signing import FakeKeys
from vaxcert.devices.service import (
    ASSERTION_TYPE,
    GRANT_TYPE,
    LONGEST,
    SKEW,
    InvalidClient,
    InvalidTokenRequest,
    IssuedToken,
    TokenExchange,
)
from vaxcert.errors import Unavailable
from vaxcert.identity.tokens import read_device
from vaxcert.keys import jws

ES256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Desk:
    """The exchange over fakes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.keys = FakeKeys()
        self.enrolments = FakeEnrolments(an_enrolment())
        self.burned = FakeBurnedAssertions()
        self.exchange = TokenExchange(
            enrolments=self.enrolments,
            burned=self.burned,
            keys=self.keys,
            audience=AUDIENCE,
            token_seconds=900,
            random_bytes=os.urandom,
        )

    def ask(self, text: str | None = None, **form: str) -> IssuedToken:
        given = {
            "grant_type": GRANT_TYPE,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion(self.clock()) if text is None else text,
        }
        return self.exchange.exchange(given | form, self.clock())


def test_a_device_gets_a_token_of_fifteen_minutes() -> None:
    desk = Desk()
    issued = desk.ask()
    assert issued.expires_in == 900
    device = read_device(jws.read(issued.access_token), desk.keys.public("device"), desk.clock())
    assert (device.device_id, device.clinic_code, device.version) == ("reg-1", CLINIC, 1)
    assert device.stations == {"ticket", "registration", "vaccination", "observation"}
    assert device.expires_at == desk.clock() + timedelta(minutes=15)
    header = jwt.get_unverified_header(issued.access_token)
    assert (header["typ"], header["alg"]) == ("device+jwt", "ES256")


def test_an_assertion_works_once() -> None:
    desk = Desk()
    text = assertion(desk.clock())
    desk.ask(text)
    with pytest.raises(InvalidClient):
        desk.ask(text)
    desk.ask(assertion(desk.clock(), jti="assertion-0002"))


def test_invariant_5_a_mark_outlasts_the_assertion_that_it_stops() -> None:
    """Also on a clock that is a little behind: what is burned stays so until nobody takes it any more."""
    desk = Desk()
    desk.ask(assertion(desk.clock()))
    ((_, until),) = desk.burned.burned.values()
    assert until > desk.clock() + LONGEST + SKEW


def test_the_twin_signature_does_not_make_an_assertion_work_twice() -> None:
    """The `jti` is burned, never the text."""
    desk = Desk()
    text = assertion(desk.clock())
    signed, _, signature = text.rpartition(".")
    raw = jws.decode(signature)
    twin = raw[:32] + (ES256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    desk.ask(f"{signed}.{jws.encode(twin)}")
    with pytest.raises(InvalidClient):
        desk.ask(text)


NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
BEGIN = int(NOW.timestamp())


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://other.example.cn"},
        {"aud": [AUDIENCE]},
        {"aud": None},
        {"iss": "reg-2"},
        {"iss": None},
        {"sub": "reg-2"},
        {"jti": None},
        {"jti": ""},
        {"jti": "short"},
        {"jti": "x" * 129},
        {"jti": "with a space"},
        {"jti": 12345678},
        {"exp": None},
        {"exp": BEGIN},
        {"exp": BEGIN - 1},
        {"exp": BEGIN + 91},
        {"exp": 253370764800},
        {"iat": BEGIN + 31},
        {"nbf": BEGIN + 31},
        {"iat": BEGIN - 1, "exp": BEGIN + 60},
        {"typ": "device+jwt"},
        {"typ": "at+jwt"},
        {"device_id": "reg-9"},
    ],
    ids=str,
)
def test_every_claim_is_checked(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidClient) as caught:
        Desk().ask(assertion(NOW, **changed))
    assert (caught.value.code, dict(caught.value.extra)) == (
        "device_assertion_invalid",
        {"error": "invalid_client"},
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": BEGIN + 1},
        {"exp": BEGIN + 90},
        {"iat": BEGIN, "exp": BEGIN + 60},
        {"nbf": BEGIN - 5},
        {"iat": BEGIN + 20},
    ],
    ids=str,
)
def test_a_clinics_clock_may_differ_a_little(changed: dict[str, Any]) -> None:
    assert Desk().ask(assertion(NOW, **changed)).expires_in == 900


def forged(key: Any, algorithm: str, **headers: str) -> str:
    claims = {"iss": "reg-1", "sub": "reg-1", "aud": AUDIENCE, "jti": "assertion-0001", "exp": BEGIN + 60}
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        "..",
        assertion(NOW) + "=",
        assertion(NOW).rsplit(".", 1)[0] + ".",
        forged(None, "none"),
        forged("a secret that is long enough for HS256", "HS256"),
        forged(private_key("reg-2"), "ES256"),
        forged(private_key("reg-1"), "ES256", jku="https://example.cn/keys"),
        forged(private_key("reg-1"), "ES256", crit="exp"),
    ],
    ids=["empty", "letters", "dots", "padded", "unsigned", "none", "HS256", "another key", "jku", "crit"],
)
def test_a_forged_assertion_is_refused(text: str) -> None:
    with pytest.raises((InvalidClient, InvalidTokenRequest)):
        Desk().ask(text)


def test_a_disabled_device_looks_like_one_that_never_was() -> None:
    desk = Desk()
    desk.enrolments.stored["reg-1"] = replace(desk.enrolments.stored["reg-1"], enabled=False)
    with pytest.raises(InvalidClient):
        desk.ask()


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"client_assertion_type": "urn:other"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
    ],
)
def test_the_form_is_the_grants(form: dict[str, str], error: str) -> None:
    with pytest.raises(InvalidTokenRequest) as caught:
        Desk().ask(**form)
    assert caught.value.extra["error"] == error


def test_a_client_id_may_be_given_and_must_be_the_devices() -> None:
    assert Desk().ask(client_id="reg-1")
    with pytest.raises(InvalidClient):
        Desk().ask(client_id="reg-2")


def test_an_assertion_is_not_used_up_by_our_own_fault() -> None:
    desk = Desk()
    kids, desk.keys.kids = desk.keys.kids, {}
    text = assertion(desk.clock())
    with pytest.raises(Unavailable):
        desk.ask(text)
    desk.keys.kids = kids
    assert desk.ask(text)


def test_without_an_audience_nothing_starts() -> None:
    with pytest.raises(ValueError, match="device_audience"):
        TokenExchange(
            enrolments=FakeEnrolments(),
            burned=FakeBurnedAssertions(),
            keys=FakeKeys(),
            audience="",
            token_seconds=900,
            random_bytes=os.urandom,
        )


class NoStore:
    """Enrolments and marks that nobody may ask."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


@pytest.mark.parametrize(
    "payload",
    [
        b'{"sub":"\\ud800"}',
        b'{"sub":"\\u0000"}',
        b'{"sub":""}',
        b'{"sub":" "}',
        b'{"sub":"reg-1\\n"}',
        b'{"sub":"-reg"}',
        b'{"sub":"D#reg-1"}',
        '{"sub":"设备"}'.encode(),
        b'{"sub":"' + b"a" * 65 + b'"}',
        b'{"sub":"' + b"a" * 2500 + b'"}',
        b'{"sub":7}',
        b'{"sub":null}',
        b'{"sub":["reg-1"]}',
        b'{"sub":"reg-1","sub":"reg-1"}',
        b'{"sub":"reg-1","exp":' + b"9" * 2000 + b"e" + b"9" * 9 + b"}",
        b'{"sub":"reg-1","exp":NaN}',
        b'{"sub":"reg-1","jti":"\\ud800"}',
        b"[" * 2000,
    ],
)
def test_what_nobody_has_signed_yet_picks_no_key_unless_it_has_the_form_of_an_id(payload: bytes) -> None:
    desk = Desk()
    nothing: Any = NoStore()
    desk.exchange = TokenExchange(
        enrolments=nothing,
        burned=nothing,
        keys=desk.keys,
        audience=AUDIENCE,
        token_seconds=900,
        random_bytes=os.urandom,
    )
    header = jws.encode(b'{"alg":"ES256","typ":"JWT"}')
    with pytest.raises(InvalidClient):
        desk.ask(f"{header}.{jws.encode(payload)}.{jws.encode(b'0' * 64)}")
