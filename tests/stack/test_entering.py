"""Entering from the platform, over HTTP: both channels, the pilot's words, and nobody by another door (R3, R5, R11–R15, D9)."""

from __future__ import annotations

import http.client
import re
import uuid
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from local.api_client import Answer, Api, ApiProblem, enter
from local.demo.town import Person
from tests.stack.conftest import World

pytestmark = pytest.mark.stack


def _session(world: World, person: Person, **how: str) -> dict[str, Any]:
    return enter(world.api, world.endpoints["identity_platform"], person, **how)


def _item(world: World, certificate_id: str) -> dict[str, Any]:
    """The certificate as it is stored."""
    item: dict[str, Any] = world.stack.emulator.client("dynamodb").get_item(
        TableName=world.physical("CertificatesTable"),
        Key={"pk": {"S": f"C#{certificate_id}"}, "sk": {"S": "C"}},
    )["Item"]
    return item


@pytest.mark.parametrize("channel", ["app", "alipay"])
def test_r11_r12_d9_the_channel_and_the_method_are_recorded_on_the_certificate(
    world: World, channel: str
) -> None:
    """R5, R17: and what was agreed to on the screen says that this is a pilot."""
    father, child = world.parent("ordinary_04"), world.case("ordinary_04").archive.person
    session = _session(world, father, channel=channel)
    assert (session["channel"], session["method"]) == (channel, "face")
    assert father.name not in session["name"]
    token = session["token"]
    offered = world.api.get("/v1/certificates", token)["claimable"]
    record_id = next(each["record_id"] for each in offered if each["name"] == child.name)
    path = f"/v1/certificates/claimable/{record_id}"
    consent = world.api.get(path, token)["consent"]
    assert "试点" in consent["text"]
    assert "pilot" in Api(world.endpoints["api"], "en").get(path, token)["consent"]["text"]
    purposes = [purpose["id"] for purpose in consent["purposes"]]
    claimed = world.api.post(
        "/v1/certificates",
        {"record_id": record_id, "consent": {"version": consent["version"], "purposes": purposes}},
        token,
        once=True,
    )
    item = _item(world, claimed["certificate_id"])
    assert (item["channel"]["S"], item["method"]["S"]) == (channel, "face")
    assert item["consent_version"]["S"] == consent["version"]
    assert [each["S"] for each in item["consent_purposes"]["L"]] == purposes
    world.api.call("DELETE", f"/v1/certificates/{claimed['certificate_id']}", token=token)


def test_d9_the_other_method_is_refused_unless_the_setting_allows_it(world: World) -> None:
    with pytest.raises(ApiProblem) as refused:
        _session(world, world.parent("ordinary_04"), method="strong")
    assert (refused.value.status, refused.value.code) == (422, "assertion_invalid")


def test_r13_r14_nobody_comes_in_but_through_the_platform(world: World) -> None:
    """No token, a token of nobody, and the platform's word on a challenge that is not ours."""
    assert world.raw("GET", "/v1/certificates").status == 401
    assert world.raw("GET", "/v1/certificates", Authorization="Bearer nobody").status == 401
    father = world.parent("ordinary_04")
    asked = {
        "id_type": father.id_type,
        "id_no": father.id_no,
        "name": father.name,
        "phone": father.phone,
        "channel": "app",
        "method": "face",
        "nonce": "of-our-own-making",
    }
    assertion = Api(world.endpoints["identity_platform"]).post("/assertions", asked)["assertion"]
    with pytest.raises(ApiProblem) as refused:
        world.api.post("/v1/sessions", {"assertion": assertion})
    assert refused.value.code == "assertion_invalid"


def test_r15_each_entry_is_verified_anew(world: World) -> None:
    """The same word of the platform opens no second session."""
    father = world.parent("ordinary_04")
    nonce = world.api.post("/v1/challenges", {"purpose": "enter"})["nonce"]
    asked = {
        "id_type": father.id_type,
        "id_no": father.id_no,
        "name": father.name,
        "phone": father.phone,
        "channel": "alipay",
        "method": "face",
        "nonce": nonce,
    }
    assertion = Api(world.endpoints["identity_platform"]).post("/assertions", asked)["assertion"]
    assert world.api.post("/v1/sessions", {"assertion": assertion})["channel"] == "alipay"
    with pytest.raises(ApiProblem) as refused:
        world.api.post("/v1/sessions", {"assertion": assertion})
    assert refused.value.code == "assertion_replayed"


def test_who_signed_out_claims_nothing_with_the_token_that_they_left(world: World) -> None:
    father, child = world.parent("ordinary_04"), world.case("ordinary_04").archive.person
    token = _session(world, father)["token"]
    record_id = world.claimable(father, child.name)["record_id"]
    detail = world.api.get(f"/v1/certificates/claimable/{record_id}", token)
    world.api.call("DELETE", "/v1/sessions/current", token=token)
    body = {
        "record_id": record_id,
        "consent": {
            "version": detail["consent"]["version"],
            "purposes": [purpose["id"] for purpose in detail["consent"]["purposes"]],
        },
    }
    with pytest.raises(ApiProblem) as refused:
        world.api.call(
            "POST",
            "/v1/certificates",
            token=token,
            body=body,
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
    assert refused.value.status == 401
    assert child.name in {each["name"] for each in world.lists(father)["claimable"]}


def test_r25_everything_wrong_with_a_form_comes_back_in_one_answer(world: World) -> None:
    token = world.token(world.parent("ordinary_04"))
    body = {"id_no": "1" * 18, "name": "·", "relation": "neighbour", "phone": "1", "expires_on": "2020-01-01"}
    with pytest.raises(ApiProblem) as refused:
        world.api.post("/v1/certificates/cnobodyaaaaaaa/grants", body, token, once=True)
    assert refused.value.status == 422
    assert {each["pointer"] for each in refused.value.body["errors"]} == {f"/{name}" for name in body}


def _pressed(page: str, words: str, address: str, **filled: str) -> Answer:
    """The answer to the form of a page of the stand-in's that has this button; no redirect is followed."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if f">{words}</button>" in one)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    action = re.search(r'action="([^"]+)"', form)
    assert action is not None
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.request(
        "POST",
        action[1],
        urlencode({**hidden, **filled}),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    answer = connection.getresponse()
    found = Answer(answer.status, dict(answer.headers), answer.read())
    connection.close()
    return found


def test_r13_r14_r15_a_page_enters_through_the_platforms_own(world: World) -> None:
    """Search, log in, be verified, come back with a code: it opens one session of that person, for the page that has the nonce."""
    platform, back = world.endpoints["identity_platform"], f"{world.endpoints['api']}/app/"
    nonce = world.api.post("/v1/challenges", {"purpose": "enter"})["nonce"]
    arrived = Api(platform).call("GET", "/entry?" + urlencode({"nonce": nonce, "return": back}))
    page = _pressed(
        arrived.data.decode(), "搜索", platform, q="电子预防接种证", channel="alipay"
    ).data.decode()
    page = _pressed(page, "电子预防接种证", platform).data.decode()
    page = _pressed(page, "登录", platform, person="ordinary_04.father", agreed="yes").data.decode()
    returned = _pressed(page, "人脸验证通过", platform)
    assert returned.status == 303
    address = returned.headers["Location"]
    assert address.startswith(f"{back}?")
    query = parse_qs(urlsplit(address).query)
    assert query["nonce"] == [nonce]
    code = {"entry_code": query["entry_code"][0]}
    other = world.api.post("/v1/challenges", {"purpose": "enter"})["nonce"]
    session = world.api.post("/v1/sessions", {**code, "nonce": nonce})
    assert (session["channel"], session["method"]) == ("alipay", "face")
    father = world.parent("ordinary_04")
    assert session["name"] == _session(world, father)["name"]
    for again in (nonce, other):
        with pytest.raises(ApiProblem) as refused:
            world.api.post("/v1/sessions", {**code, "nonce": again})
        assert (refused.value.status, refused.value.code) == (422, "assertion_invalid")


def test_d22_signing_out_everywhere_ends_the_sessions_of_both_phones(world: World) -> None:
    mother = world.parent("ordinary_29", 1)
    phone, tablet = (_session(world, mother)["token"] for _ in range(2))
    assert world.api.get("/v1/certificates", tablet)["claimable"]
    record_id = world.api.get("/v1/certificates", tablet)["claimable"][0]["record_id"]
    world.api.call("DELETE", "/v1/sessions", token=phone)
    body = {"record_id": record_id, "consent": {"version": "none", "purposes": []}}
    with pytest.raises(ApiProblem) as refused:
        world.api.post("/v1/certificates", body, tablet, once=True)
    assert refused.value.status in {401, 409}
