"""The platform's word: every claim by example, and by everything next to it that must not pass (R3, R11-R15, D9)."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest

from tests.fakes import platform
from tests.fakes.clock import FakeClock
from tests.fakes.people import id_no
from vaxcert.errors import Unavailable
from vaxcert.identity.assertions import AssertionExpired, AssertionInvalid, AssertionVerifier
from vaxcert.identity.jwks import PlatformKeys
from vaxcert.identity.model import IdType, InvalidIdentityNumber

NOW = FakeClock()()
SECONDS = int(NOW.timestamp())
VERIFIER = AssertionVerifier(
    platform.FixedKeys(), platform.ISSUER, platform.AUDIENCE, frozenset({"face", "strong"})
)


def assertion(**changed: Any) -> str:
    return platform.sign(platform.claims(NOW, **changed))


@pytest.mark.parametrize("channel", ["app", "alipay"])
@pytest.mark.parametrize("method", ["face", "strong"])
@pytest.mark.parametrize(("kid", "key"), [("p1", platform.ec_key()), ("p2", platform.rsa_key())])
def test_r11_r12_both_channels_methods_and_algorithms_are_taken(
    channel: str, method: str, kid: str, key: Any
) -> None:
    text = platform.sign(platform.claims(NOW, channel=channel, amr=[method]), kid=kid, key=key)
    found = VERIFIER.verify(text, NOW)
    assert (found.nonce, found.id_no.text, found.name) == ("n", "320600199001010015", "张三")
    assert (found.channel, found.method) == (channel, method)
    assert found.auth_time == NOW.astimezone(UTC)
    assert found.id_no.id_type is IdType.RESIDENT


def test_r3_the_platform_promises_no_more_of_its_signatures_than_rfc_7518() -> None:
    """Half of what an ordinary signer signs has the high s."""
    for text in (assertion(), platform.twin(assertion())):
        assert VERIFIER.verify(text, NOW).nonce == "n"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": platform.ISSUER + "/"},
        {"iss": None},
        {"iss": [platform.ISSUER]},
        {"aud": "other"},
        {"aud": None},
        {"aud": [platform.AUDIENCE]},  # RFC 7519 allows it, we do not
        {"aud": [platform.AUDIENCE, "other"]},
        {"nonce": None},
        {"nonce": 1},
        {"iat": None},
        {"iat": True},
        {"iat": str(SECONDS)},
        {"iat": SECONDS + 0.5},
        {"iat": SECONDS + 31, "exp": SECONDS + 90},
        {"exp": None},
        {"exp": True},
        {"exp": float(SECONDS + 60)},
        {"exp": SECONDS + 601},
        {"exp": 253402300799},  # the year 9999
        {"exp": SECONDS},  # no lifetime at all
        {"exp": SECONDS - 60},
        {"exp": -1},
        {"exp": 10**30},
        {"auth_time": None},
        {"auth_time": True},
        {"auth_time": SECONDS + 31},
        {"amr": None},
        {"amr": "face"},
        {"amr": []},
        {"amr": ["face", "strong"]},
        {"amr": ["pwd"]},
        {"amr": [["face"]]},
        {"channel": "web"},
        {"channel": None},
        {"channel": ["app"]},
        {"id_type": "passport"},
        {"id_type": None},
        {"id_no": None},
        {"id_no": 320600199001010015},
        {"id_no": "1" * 65},
        {"name": None},
        {"name": ""},
        {"name": " · "},
        {"name": "张" * 65},
        {"name": ["张三"]},
    ],
)
def test_d9_a_claim_that_is_not_as_agreed_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(AssertionInvalid):
        VERIFIER.verify(assertion(**changed), NOW)


@pytest.mark.parametrize("typ", ["jwt", "at+jwt", "session+jwt", "device+jwt", ""])
def test_another_typ_is_refused(typ: str) -> None:
    with pytest.raises(AssertionInvalid):
        VERIFIER.verify(platform.sign(platform.claims(NOW), typ=typ), NOW)


def test_d9_a_method_that_the_setting_does_not_allow_is_refused() -> None:
    only_face = AssertionVerifier(
        platform.FixedKeys(), platform.ISSUER, platform.AUDIENCE, frozenset({"face"})
    )
    assert only_face.verify(assertion(), NOW).method == "face"
    with pytest.raises(AssertionInvalid):
        only_face.verify(assertion(amr=["strong"]), NOW)


@pytest.mark.parametrize(
    ("later", "taken"),
    [(0, True), (149, True), (150, False), (151, False)],  # two minutes of life and 30 seconds of skew
)
def test_an_assertion_ends(later: int, taken: bool) -> None:
    text, then = assertion(), NOW + timedelta(seconds=later)
    if taken:
        assert VERIFIER.verify(text, then)
    else:
        with pytest.raises(AssertionExpired):
            VERIFIER.verify(text, then)


@pytest.mark.parametrize(("ago", "taken"), [(0, True), (300, True), (330, True), (331, False), (3600, False)])
def test_r15_the_verification_is_at_most_five_minutes_old(ago: int, taken: bool) -> None:
    text = assertion(auth_time=SECONDS - ago)
    if taken:
        assert VERIFIER.verify(text, NOW)
    else:
        with pytest.raises(AssertionExpired):
            VERIFIER.verify(text, NOW)


@pytest.mark.parametrize("seconds", [1, 600])
def test_the_shortest_and_the_longest_life_are_taken(seconds: int) -> None:
    assert VERIFIER.verify(assertion(exp=SECONDS + seconds), NOW)


@pytest.mark.parametrize("iat", [SECONDS, SECONDS + 30])
def test_r15_a_platform_clock_that_is_a_little_ahead_is_taken(iat: int) -> None:
    """Thirty seconds between its clock and ours, and between the two clocks that it may have itself."""
    assert VERIFIER.verify(assertion(iat=iat, exp=iat + 60, auth_time=SECONDS + 30), NOW)


def test_what_is_wrong_is_called_wrong_even_when_it_is_old() -> None:
    with pytest.raises(AssertionInvalid):
        VERIFIER.verify(assertion(aud="other"), NOW + timedelta(days=1))
    with pytest.raises(AssertionInvalid):
        VERIFIER.verify(platform.sign(platform.claims(NOW), key=platform.ec_key(9)), NOW + timedelta(days=1))


@pytest.mark.parametrize(
    "changed",
    [
        {"id_no": "320600199001010016"},
        {"id_no": "320600199002300016"},
        {"id_no": ""},
        {"id_no": "32060019900101001x"},
        {"id_type": "permanent_resident"},
        {"id_type": "residence_permit"},
    ],
)
def test_d10_a_number_that_does_not_hold_is_told_apart(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidIdentityNumber):
        VERIFIER.verify(assertion(**changed), NOW)


def test_d2_d10_a_birth_date_is_past_by_the_day_in_shanghai() -> None:
    """Born on the day that has begun in Shanghai and not yet in Greenwich: no date to come."""
    evening = NOW.astimezone(UTC).replace(hour=16, minute=30)  # half past midnight in Shanghai
    tomorrow = id_no((evening + timedelta(days=1)).date())
    claims = platform.claims(evening, id_no=tomorrow)
    assert VERIFIER.verify(platform.sign(claims), evening).id_no.text == tomorrow
    before = evening - timedelta(minutes=31)
    with pytest.raises(InvalidIdentityNumber):
        VERIFIER.verify(platform.sign(platform.claims(before, id_no=tomorrow)), before)


def test_invariant_7_what_is_not_needed_is_not_read_and_nothing_is_repeated() -> None:
    found = VERIFIER.verify(assertion(phone="+8613812345678", picture="data:"), NOW)
    for secret in ("张三", "320600", "138", repr(found.id_no)):
        assert secret not in repr(found)
    with pytest.raises(AssertionInvalid) as caught:
        VERIFIER.verify(assertion(channel="320600199001010015"), NOW)
    assert str(caught.value) == "assertion_invalid"
    assert caught.value.__suppress_context__
    assert "320600" not in str(caught.value.__context__)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        "." * 3000,
        assertion() + "==",
        platform.sign(platform.claims(NOW), kid="unknown"),
        platform.sign(platform.claims(NOW), key=platform.ec_key(9)),
        platform.sign(platform.claims(NOW), key=platform.rsa_key()),  # RS256 under the id of the EC key
        platform.sign(platform.claims(NOW), kid="p2"),
        platform.sign(
            platform.claims(NOW), jwk=platform.jwk("p1", platform.ec_key(9)), key=platform.ec_key(9)
        ),
        platform.sign(platform.claims(NOW), jku="https://evil.example/jwks.json", key=platform.ec_key(9)),
        platform.sign(b'{"iss":"a","iss":"b"}'),
        platform.sign(platform.claims(NOW, name="张" * 64, filler="x" * 4096)),
    ],
)
def test_hostile_tokens_are_refused(text: str) -> None:
    with pytest.raises(AssertionInvalid):
        VERIFIER.verify(text, NOW)


def test_a_signature_of_an_ordinary_library_is_taken_whichever_s_it_chose() -> None:
    """RFC 7518 promises no low s; the challenge that both spellings carry is burned once (ADR 6)."""
    low, high = assertion(), platform.twin(assertion())
    assert VERIFIER.verify(low, NOW).nonce == VERIFIER.verify(high, NOW).nonce


def test_a_platform_without_keys_is_unavailable_and_not_the_citizens_fault() -> None:
    def unreachable() -> bytes:
        raise TimeoutError

    verifier = AssertionVerifier(
        PlatformKeys(unreachable), platform.ISSUER, platform.AUDIENCE, frozenset({"face"})
    )
    with pytest.raises(Unavailable):
        verifier.verify(assertion(), NOW)


@pytest.mark.parametrize(("issuer", "audience"), [("", "a"), ("i", "")])
def test_an_unset_issuer_or_audience_is_seen_at_the_start(issuer: str, audience: str) -> None:
    with pytest.raises(ValueError, match="must be set"):
        AssertionVerifier(platform.FixedKeys(), issuer, audience, frozenset({"face"}))
