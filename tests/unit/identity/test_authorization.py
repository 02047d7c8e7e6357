"""From a bearer token to a caller and a policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from tests.fakes.clock import FakeClock
from tests.fakes.sessions import FakeSessions
from tests.fakes.signing import FakeKeys, key_pair
from vaxcert.errors import Unauthorized
from vaxcert.http.caller import citizen, device
from vaxcert.identity.authorization import Authorizer, policy
from vaxcert.identity.model import Citizen, Device
from vaxcert.identity.routes import ROUTES, CallerClass
from vaxcert.identity.tokens import mint_device, mint_session
from vaxcert.keys import jws

NOW = FakeClock()()
CITIZEN = Citizen(
    "v1:s", "n1:n", "00ff", NOW - timedelta(minutes=1), NOW + timedelta(minutes=30), "app", "face", NOW
)
DEVICE = Device("dev-1", "3206000001", frozenset({"ticket", "observation"}), 3, NOW + timedelta(minutes=15))
BOARD = Device("board-1", "3206000001", frozenset(), 1, NOW + timedelta(minutes=15))
ARN = "arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3d4e5/live/GET/v1/certificates/x/records"
STAGE = "arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3d4e5/live"


class CountedKeys(FakeKeys):
    """Keys that remember for what they were asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def public(self, purpose: str) -> Mapping[str, EllipticCurvePublicKey]:
        self.asked.append(purpose)
        return super().public(purpose)


def test_each_class_is_known_by_its_token() -> None:
    authorizer = Authorizer(FakeKeys(), FakeSessions())
    assert authorizer.caller(mint_session(CITIZEN, key_pair("s1")), NOW) == CITIZEN
    assert authorizer.caller(mint_device(DEVICE, "j", key_pair("d1"), NOW), NOW) == DEVICE


def test_a_session_that_was_signed_out_is_nobodys() -> None:
    sessions = FakeSessions()
    sessions.sign_out(CITIZEN.session_id, CITIZEN.expires_at)
    with pytest.raises(Unauthorized):
        Authorizer(FakeKeys(), sessions).caller(mint_session(CITIZEN, key_pair("s1")), NOW)


def test_d22_a_session_that_was_signed_out_with_others_is_nobodys() -> None:
    sessions = FakeSessions()
    sessions.sign_out_everywhere(CITIZEN.subject, NOW, CITIZEN.expires_at)
    with pytest.raises(Unauthorized):
        Authorizer(FakeKeys(), sessions).caller(mint_session(CITIZEN, key_pair("s1")), NOW)
    later = replace(CITIZEN, issued_at=NOW + timedelta(seconds=1))
    assert Authorizer(FakeKeys(), sessions).caller(mint_session(later, key_pair("s1")), NOW) == later


def test_an_answer_of_the_authorizer_that_says_no_age_is_as_old_as_can_be() -> None:
    context = {name: value for name, value in policy(CITIZEN, ARN)["context"].items() if name != "iat"}
    found = citizen({"requestContext": {"authorizer": context}}, NOW)
    sessions = FakeSessions()
    sessions.sign_out_everywhere(CITIZEN.subject, NOW - timedelta(days=1), NOW)
    assert sessions.signed_out(found.session)


def test_a_killed_key_takes_its_tokens_along() -> None:
    keys = FakeKeys(session=["s1", "s2"], device=["d1"])
    token = mint_session(CITIZEN, key_pair("s1"))
    assert Authorizer(keys, FakeSessions()).caller(token, NOW)
    keys.kids["session"] = ["s2"]
    with pytest.raises(Unauthorized):
        Authorizer(keys, FakeSessions()).caller(token, NOW)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 5000, jws.sign({}, "JWT", key_pair("s1"))])
def test_what_is_not_ours_by_form_costs_no_look_at_keys(token: str) -> None:
    keys = CountedKeys()
    with pytest.raises(Unauthorized):
        Authorizer(keys, FakeSessions()).caller(token, NOW)
    assert keys.asked == []


def test_keys_are_only_those_of_the_class() -> None:
    keys = CountedKeys()
    Authorizer(keys, FakeSessions()).caller(mint_device(DEVICE, "j", key_pair("d1"), NOW), NOW)
    assert keys.asked == ["device"]


@pytest.mark.parametrize(
    ("caller", "kinds"),
    [
        (CITIZEN, {CallerClass.CITIZEN}),
        (DEVICE, {CallerClass.DEVICE, CallerClass.BOARD}),
        (BOARD, {CallerClass.BOARD}),
    ],
)
def test_the_policy_allows_exactly_the_routes_of_the_class(
    caller: Citizen | Device, kinds: set[CallerClass]
) -> None:
    document = policy(caller, ARN)["policyDocument"]
    (statement,) = document["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    assert statement["Resource"] == [f"{STAGE}/{route.pattern}" for route in ROUTES if route.caller in kinds]
    assert not any(
        resource.endswith(("/*", "/*/*")) and "/v1/" not in resource for resource in statement["Resource"]
    )


def test_d21_a_board_may_read_the_queue_and_nothing_else() -> None:
    (statement,) = policy(BOARD, ARN)["policyDocument"]["Statement"]
    assert statement["Resource"] == [f"{STAGE}/GET/v1/clinics/*/queue"]


def test_the_policy_is_the_same_whichever_route_was_asked_for() -> None:
    assert policy(CITIZEN, ARN) == policy(CITIZEN, f"{STAGE}/POST/v1/scans")


def test_the_policy_fits_what_api_gateway_takes() -> None:
    assert len(str(policy(CITIZEN, ARN)["policyDocument"])) < 8192


def test_the_context_comes_back_as_the_same_caller() -> None:
    for caller, read in ((CITIZEN, citizen), (DEVICE, device)):
        answer = policy(caller, ARN)
        assert all(isinstance(value, str) for value in answer["context"].values())
        assert read({"requestContext": {"authorizer": answer["context"]}}, NOW) == caller


def test_the_handler_refuses_what_the_cache_still_allows_after_the_end() -> None:
    event = {"requestContext": {"authorizer": policy(CITIZEN, ARN)["context"]}}
    with pytest.raises(Unauthorized):
        citizen(event, CITIZEN.expires_at)
    with pytest.raises(Unauthorized):
        device(event, NOW)


def test_d22_after_a_restore_no_token_of_before_is_anybodys() -> None:
    """Which sessions were ended may have been lost with a table; it costs no read to refuse them all."""
    for moment, known in ((NOW, True), (NOW + timedelta(seconds=1), False)):
        authorizer = Authorizer(FakeKeys(), FakeSessions(), moment)
        for token in (mint_session(CITIZEN, key_pair("s1")), mint_device(DEVICE, "j", key_pair("d1"), NOW)):
            if known:
                assert authorizer.caller(token, NOW)
            else:
                with pytest.raises(Unauthorized):
                    authorizer.caller(token, NOW)
