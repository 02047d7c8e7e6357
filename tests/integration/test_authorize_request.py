"""`authorize_request` through its events: 401 or a policy, and a log that knows nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.authorize_request.app import create
from tests.fakes.clock import FakeClock
from tests.fakes.sessions import FakeSessions
from tests.fakes.signing import FakeKeys, key_pair
from vaxcert.errors import Unavailable
from vaxcert.identity.authorization import Authorizer
from vaxcert.identity.model import Citizen, Device, Session
from vaxcert.identity.tokens import mint_device, mint_session
from vaxcert.keys import jws

EVENTS = Path(__file__).parents[2] / "events" / "authorize_request"
NOW = FakeClock()()
CITIZEN = Citizen(
    "v1:s", "n1:n", "00ff", NOW - timedelta(minutes=1), NOW + timedelta(minutes=30), "app", "face", NOW
)
DEVICE = Device("dev-1", "3206000001", frozenset({"ticket", "observation"}), 3, NOW + timedelta(minutes=15))
SESSION_TOKEN = mint_session(CITIZEN, key_pair("s1"))
DEVICE_TOKEN = mint_device(DEVICE, "j", key_pair("d1"), NOW)


def event(name: str, authorization: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    if authorization is not None:
        found["headers"]["Authorization"] = authorization
        found["multiValueHeaders"]["Authorization"] = [authorization]
    return found


def ask(
    asked: Mapping[str, Any], sessions: FakeSessions | None = None, clock: FakeClock | None = None
) -> dict[str, Any]:
    return create(Authorizer(FakeKeys(), sessions or FakeSessions()), clock or FakeClock())(dict(asked), None)


def allowed(answer: Mapping[str, Any]) -> set[str]:
    (statement,) = answer["policyDocument"]["Statement"]
    return {resource.split("/", 2)[2] for resource in statement["Resource"]}


def test_a_citizen_gets_the_citizens_routes_and_their_context() -> None:
    answer = ask(event("session", f"Bearer {SESSION_TOKEN}"))
    assert answer["principalId"] == "v1:s"
    assert {"GET/v1/certificates", "DELETE/v1/sessions/current"} <= allowed(answer)
    assert not any("scans" in pattern or "outcomes" in pattern for pattern in allowed(answer))
    assert answer["context"] == {
        "kind": "citizen",
        "subject": "v1:s",
        "name_key": "n1:n",
        "session_id": "00ff",
        "auth_time": "1782871140",
        "iat": "1782871200",
        "exp": "1782873000",
        "channel": "app",
        "method": "face",
    }


def test_a_device_gets_the_devices_routes_and_its_context() -> None:
    answer = ask(event("device", f"Bearer {DEVICE_TOKEN}"))
    assert answer["principalId"] == "dev-1"
    assert "POST/v1/scans" in allowed(answer)
    assert not any("certificates" in pattern for pattern in allowed(answer))
    assert answer["context"] == {
        "kind": "device",
        "device_id": "dev-1",
        "clinic_code": "3206000001",
        "stations": "observation,ticket",
        "version": "3",
        "exp": "1782872100",
    }


@pytest.mark.parametrize("name", ["session", "device", "no_token", "basic_credentials", "two_tokens"])
def test_the_events_as_they_stand_are_nobodys(name: str) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(event(name))


def test_two_good_tokens_are_nobodys() -> None:
    both = event("session", f"Bearer {SESSION_TOKEN}")
    both["multiValueHeaders"]["authorization"] = [f"Bearer {DEVICE_TOKEN}"]
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(both)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        SESSION_TOKEN,
        f"Basic {SESSION_TOKEN}",
        f"Bearer  {SESSION_TOKEN}",
        f"Bearer {SESSION_TOKEN} ",
        f"Bearer {SESSION_TOKEN}=",
        f"Bearer {SESSION_TOKEN},{SESSION_TOKEN}",
        f"Bearer {'x' * 9000}",
        f"Bearer {jws.sign({}, 'session+jwt', key_pair('s1'))}",
    ],
)
def test_anything_but_one_good_bearer_token_is_nobodys(authorization: str) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(event("session", authorization))


def test_the_scheme_is_read_whatever_its_case() -> None:
    assert ask(event("session", f"bearer {SESSION_TOKEN}"))["principalId"] == "v1:s"


def test_a_session_that_is_over_or_signed_out_is_nobodys() -> None:
    clock, sessions = FakeClock(), FakeSessions()
    clock.advance(minutes=30)
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(event("session", f"Bearer {SESSION_TOKEN}"), clock=clock)
    sessions.sign_out("00ff", CITIZEN.expires_at)
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(event("session", f"Bearer {SESSION_TOKEN}"), sessions)


class _BrokenSessions(FakeSessions):
    def signed_out(self, session: Session) -> bool:
        raise Unavailable


def test_a_store_that_does_not_answer_is_no_401_and_lets_nobody_in() -> None:
    with pytest.raises(RuntimeError, match="could not be looked up") as caught:
        ask(event("session", f"Bearer {SESSION_TOKEN}"), _BrokenSessions())
    assert caught.value.__suppress_context__


def test_invariant_7_the_log_is_one_line_without_token_or_caller(capsys: pytest.CaptureFixture[str]) -> None:
    ask(event("session", f"Bearer {SESSION_TOKEN}"))
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(event("session", f"Bearer {SESSION_TOKEN}x"))
    known, refused = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (known["result"], refused["result"]) == ("known", "refused")
    assert set(known) == set(refused) == {"service", "result", "ms", "correlation_id"}


@pytest.mark.parametrize("headers", [None, {}, {"Authorization": []}])
def test_without_a_header_or_the_gateways_context_it_is_nobodys(
    headers: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the gateway sends a request that has none, and as somebody tries it from the console."""
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(event("session") | {"multiValueHeaders": headers, "requestContext": None})
    line = json.loads(capsys.readouterr().out)
    assert (line["result"], line["correlation_id"]) == ("refused", None)
