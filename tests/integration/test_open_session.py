"""`open_session` through its events: what the client sends and what it gets back."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.open_session.app import create
from tests.fakes import platform
from tests.fakes.clock import FakeClock
from tests.fakes.events import faults
from tests.fakes.handles import PlainHandles, fixed
from tests.fakes.sessions import FakeSessions
from tests.fakes.signing import FakeKeys
from vaxcert.aws.clock import from_rfc3339
from vaxcert.errors import Unavailable
from vaxcert.identity.assertions import AssertionVerifier
from vaxcert.identity.challenges import Challenges
from vaxcert.identity.jwks import PlatformKeys
from vaxcert.identity.service import SessionService
from vaxcert.identity.tokens import read_session
from vaxcert.keys import jws

EVENTS = Path(__file__).parents[2] / "events" / "open_session"
PEPPER = b"p" * 64
SECRETS = ("320600199001010015", "张三", "13800000000")


class Desk:
    """The handler over fakes, with a platform behind a key set."""

    def __init__(self, key_set: bytes = platform.jwks(p1=platform.ec_key())) -> None:
        self.clock = FakeClock()
        self.sessions = FakeSessions()
        self.keys = FakeKeys()
        self.key_set = key_set
        self.exchange = platform.FakeExchange()
        service = SessionService(
            challenges=Challenges(fixed(PEPPER), 300, os.urandom),
            assertions=AssertionVerifier(
                PlatformKeys(self._fetch), platform.ISSUER, platform.AUDIENCE, frozenset({"face", "strong"})
            ),
            exchange=self.exchange,
            people=PlainHandles(PEPPER),
            keys=self.keys,
            sessions=self.sessions,
            session_seconds=1800,
            random_bytes=os.urandom,
        )
        self.handler = create(service, self.clock)

    def _fetch(self) -> bytes:
        if not self.key_set:
            raise TimeoutError
        return self.key_set

    def send(self, name: str, body: dict[str, Any] | str | None = None) -> tuple[int, Any, dict[str, Any]]:
        event = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        answer = self.handler(event, None)
        text = answer["body"]
        return answer["statusCode"], json.loads(text) if text else None, answer["multiValueHeaders"]

    def assertion(self, **changed: Any) -> str:
        _, challenge, _ = self.send("make_challenge")
        return platform.sign(platform.claims(self.clock(), **{"nonce": challenge["nonce"], **changed}))


def test_a_challenge_is_given_for_five_minutes() -> None:
    desk = Desk()
    status, body, headers = desk.send("make_challenge")
    assert status == 201
    assert set(body) == {"nonce", "expires_at"}
    assert body["expires_at"].endswith("+08:00")
    assert from_rfc3339(body["expires_at"]) == desk.clock() + timedelta(minutes=5)
    assert headers["Cache-Control"] == ["no-store"]


def test_r3_a_session_is_opened_with_a_masked_name() -> None:
    desk = Desk()
    status, body, _ = desk.send("open_session", {"assertion": desk.assertion()})
    assert status == 201
    assert set(body) == {"token", "expires_at", "name", "method", "channel"}
    assert (body["name"], body["method"], body["channel"]) == ("张*", "face", "app")
    assert from_rfc3339(body["expires_at"]) == desk.clock() + timedelta(minutes=30)
    citizen = read_session(jws.read(body["token"]), desk.keys.public("session"), desk.clock())
    assert citizen.subject == PlainHandles(PEPPER).subject("320600199001010015")


def test_r13_a_session_is_opened_with_a_pages_code() -> None:
    desk = Desk()
    nonce = desk.send("make_challenge")[1]["nonce"]
    desk.exchange.codes["c"] = platform.sign(platform.claims(desk.clock(), nonce=nonce))
    status, body, _ = desk.send("open_session_by_code", {"entry_code": "c", "nonce": nonce})
    assert (status, body["name"]) == (201, "张*")
    for error, expected in (
        (Unavailable(retry_after=5), (503, "unavailable")),
        (None, (422, "assertion_invalid")),
    ):
        if error is not None:
            desk.exchange.codes["c"] = error
        status, body, headers = desk.send("open_session_by_code", {"entry_code": "c", "nonce": nonce})
        assert (status, body["code"]) == expected
        assert headers.get("Retry-After") == (["5"] if error else None)


def test_the_problems_of_the_contract() -> None:
    desk = Desk()
    good = desk.assertion()
    late = desk.assertion()
    bad_number = desk.assertion(id_no="320600199001010016")
    assert desk.send("open_session", {"assertion": good})[0] == 201
    for text, code in (
        (good, "assertion_replayed"),
        (desk.assertion(aud="other"), "assertion_invalid"),
        (desk.assertion(nonce="made-up"), "assertion_invalid"),
        (bad_number, "identity_number_invalid"),
    ):
        status, body, headers = desk.send("open_session", {"assertion": text})
        assert (status, body["code"], body["status"]) == (422, code, 422)
        assert headers["Content-Type"] == ["application/problem+json; charset=utf-8"]
        assert not any(secret in json.dumps(body, ensure_ascii=False) for secret in SECRETS)
    desk.clock.advance(minutes=6)
    assert desk.send("open_session", {"assertion": late})[1]["code"] == "assertion_expired"


def test_the_events_hold_assertions_that_are_none() -> None:
    for name, language in (("open_session", "zh"), ("open_session_in_english", "en")):
        status, body, headers = Desk().send(name)
        assert (status, body["code"]) == (422, "assertion_invalid")
        assert headers["Content-Language"] == [language]


@pytest.mark.parametrize(
    ("body", "status", "errors"),
    [
        ({}, 422, [{"pointer": "/assertion", "code": "required"}]),
        ({"assertion": ""}, 422, [{"pointer": "/assertion", "code": "too_short"}]),
        ({"assertion": "x" * 4097}, 422, [{"pointer": "/assertion", "code": "too_long"}]),
        ({"assertion": 7}, 422, [{"pointer": "/assertion", "code": "wrong_type"}]),
        ({"assertion": ["a.b.c"]}, 422, [{"pointer": "/assertion", "code": "wrong_type"}]),
        ({"assertion": None}, 422, [{"pointer": "/assertion", "code": "wrong_type"}]),
        ({"entry_code": "c"}, 422, [{"pointer": "/nonce", "code": "required"}]),
        ({"nonce": "n"}, 422, [{"pointer": "/entry_code", "code": "required"}]),
        (
            {"entry_code": "", "nonce": 1},
            422,
            [
                {"pointer": "/entry_code", "code": "too_short"},
                {"pointer": "/nonce", "code": "wrong_type"},
            ],
        ),
        (
            {"entry_code": "c", "nonce": "n", "assertion": "a"},
            422,
            [{"pointer": "/assertion", "code": "unknown_field"}],
        ),
        ("[1]", 422, [{"pointer": "", "code": "wrong_type"}]),
        ('"entry_code"', 422, [{"pointer": "", "code": "wrong_type"}]),
        ("null", 422, [{"pointer": "", "code": "required"}]),
        ("{", 400, []),
        ("x" * 9000, 413, []),
    ],
)
def test_a_body_of_another_form_is_a_problem(
    body: dict[str, Any] | str, status: int, errors: list[dict[str, str]]
) -> None:
    found, problem, _ = Desk().send("open_session", body)
    assert found == status
    assert faults(problem) == errors


def test_unknown_fields_and_purposes_are_named_and_not_repeated() -> None:
    status, body, _ = Desk().send("open_session_unknown_field")
    assert (status, faults(body)) == (422, [{"pointer": "/id_no", "code": "unknown_field"}])
    status, body, _ = Desk().send("make_challenge_unknown_purpose")
    assert (status, body["errors"][0]["pointer"]) == (422, "/purpose")
    assert "claim" not in json.dumps(body["errors"])


def test_a_platform_that_cannot_be_reached_is_503_with_retry_after() -> None:
    desk = Desk(key_set=b"")
    status, body, headers = desk.send("open_session", {"assertion": desk.assertion()})
    assert (status, body["code"], headers["Retry-After"]) == (503, "unavailable", ["30"])


def test_without_signing_keys_it_is_503_and_the_assertion_is_still_good() -> None:
    desk = Desk()
    text = desk.assertion()
    desk.keys.kids["session"] = []
    assert desk.send("open_session", {"assertion": text})[0] == 503
    desk.keys.kids["session"] = ["s1"]
    assert desk.send("open_session", {"assertion": text})[0] == 201


def test_signing_out_answers_204_and_leaves_a_mark() -> None:
    desk = Desk()
    for _ in range(2):
        status, body, _ = desk.send("close_session")
        assert (status, body) == (204, None)
    assert list(desk.sessions.ended) == ["00112233445566778899aabbccddeeff"]


def test_d22_signing_out_everywhere_answers_204_and_leaves_one_mark() -> None:
    desk = Desk()
    for _ in range(2):
        status, body, _ = desk.send("close_all_sessions")
        assert (status, body) == (204, None)
    assert len(desk.sessions.opened_by) == 1
    assert desk.sessions.ended == {}


def test_signing_out_with_a_session_that_is_over_is_401() -> None:
    desk = Desk()
    desk.clock.advance(minutes=30)
    status, body, _ = desk.send("close_session")
    assert (status, body["code"]) == (401, "unauthorized")
    assert desk.sessions.ended == {}


def test_invariant_7_the_log_holds_nothing_of_the_person(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    text = desk.assertion()
    token = desk.send("open_session", {"assertion": text})[1]["token"]
    desk.send("open_session", {"assertion": desk.assertion(id_no="320600199001010016")})
    desk.send("open_session", {"assertion": desk.assertion(channel="320600199001010015")})
    written = capsys.readouterr().out
    assert written.count("POST /v1/sessions") == 3
    assert not any(secret in written for secret in (*SECRETS, "32060019900101001", text, token))
