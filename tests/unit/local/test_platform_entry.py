"""The stand-in's page: a way in that ends with a one-time code, and an address that tells nothing of anybody (R11–R15, D9)."""

import http.client
import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from local import jws
from local.demo.feeds import Demo
from local.platform import people
from local.platform.entry import CODE_SECONDS, JOURNEY_SECONDS, Client, Entries, TokenRefused
from local.platform.people import Somebody
from local.platform.server import Site, server
from local.platform.signing import InvalidRequest, Platform

BACK = "http://127.0.0.1:4580/restapis/x/live/app/?lang=zh#/home"
FATHER = Somebody(
    "story_child.father", "周示例", "周小样的父亲", "resident", "320600199005040019", "14200000001"
)
SECRETS = (FATHER.name, FATHER.id_no, FATHER.phone, "%E5%91%A8")


class World:
    """A platform with a clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 1_790_000_000.0
        self.platform = Platform(jws.generate_jwk(), "issuer", "vaxcert", lambda: self.time)
        client = Client("vaxcert", "s:cret", frozenset({"http://127.0.0.1:4580", "http://localhost:4580"}))
        self.entries = Entries(self.platform, client)

    def code(self) -> str:
        key = self.entries.begin("nonce", BACK, "app")
        self.entries.go_on(key, channel="alipay", person=FATHER)
        address = self.entries.verified(key, "strong")
        return parse_qs(urlsplit(address).query)["entry_code"][0]


def test_the_code_is_exchanged_once_for_the_word_that_was_given() -> None:
    world = World()
    code = world.code()
    claims = jws.claims_of(world.entries.exchange("vaxcert", "s:cret", code))
    assert (claims["nonce"], claims["amr"], claims["channel"]) == ("nonce", ["strong"], "alipay")
    assert (claims["id_no"], claims["name"]) == (FATHER.id_no, FATHER.name)
    with pytest.raises(TokenRefused, match="invalid_grant"):
        world.entries.exchange("vaxcert", "s:cret", code)


def test_who_is_not_the_client_gets_nothing_and_uses_nothing_up() -> None:
    world = World()
    code = world.code()
    for client_id, secret in (("other", "s:cret"), ("vaxcert", "guess"), ("", "")):
        with pytest.raises(TokenRefused, match="invalid_client"):
            world.entries.exchange(client_id, secret, code)
    assert world.entries.exchange("vaxcert", "s:cret", code)


def test_codes_and_journeys_end() -> None:
    world = World()
    code, key = world.code(), world.entries.begin("nonce", BACK, "app")
    world.time += CODE_SECONDS
    with pytest.raises(TokenRefused, match="expired_token"):
        world.entries.exchange("vaxcert", "s:cret", code)
    world.time += JOURNEY_SECONDS
    with pytest.raises(InvalidRequest):
        world.entries.journey(key)
    assert world.entries.begin("nonce", BACK, "app") != key


@pytest.mark.parametrize(
    "back",
    [
        "",
        "/app/",
        "https://127.0.0.1:4580/",
        "http://127.0.0.1:4581/",
        "http://127.0.0.1:4580.example.cn/",
        "http://127.0.0.1:4580@example.cn/",
        "http://x@127.0.0.1:4580/",
        "http://example.cn\\@127.0.0.1:4580/",
        "http://127.0.0.1:4580\r\nX: y",
        "http://[::1",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_on_the_list(back: str) -> None:
    with pytest.raises(InvalidRequest):
        World().entries.begin("nonce", back, "app")


def test_the_way_back_keeps_query_and_fragment_and_says_why() -> None:
    entries = World().entries
    cancelled = entries.gave_up(entries.begin("n&1", BACK, "app"), "cancelled")
    assert cancelled == BACK.replace("lang=zh", "lang=zh&entry_error=cancelled&nonce=n%261")


def test_the_cast_is_the_demo_s_adults_and_comes_back_as_saved(tmp_path: Path) -> None:
    cast = people.cast_of(Demo(date(2026, 11, 23)))
    assert {"story_child.father", "story_child.mother", "story_grandmother"} <= {one.key for one in cast}
    assert len({one.key for one in cast}) == len({one.id_no for one in cast}) == len(cast)
    people.save(cast, tmp_path / "people.json")
    assert people.load(tmp_path / "people.json") == cast
    assert people.load(tmp_path / "none.json") == ()


class Browser:
    """Posts the forms of the page that it is on, by the words of their buttons, and keeps every address."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.addresses: list[str] = []
        self.page = ""
        self.headers: dict[str, str] = {}
        self.status = 0

    def open(self, address: str) -> None:
        self._send("GET", address, None)

    def press(self, words: str, **filled: str) -> str | None:
        """The address that a redirect names, else None."""
        form = next(
            one for one in re.findall(r"<form.*?</form>", self.page, re.DOTALL) if f">{words}</button>" in one
        )
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        action = re.search(r'action="([^"]+)"', form)
        assert action
        return self._send("POST", action[1], urlencode({**hidden, **filled}))

    def _send(self, method: str, address: str, body: str | None) -> str | None:
        self.addresses.append(address)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        connection.request(method, address, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        self.status, self.headers, self.page = answer.status, dict(answer.headers), answer.read().decode()
        connection.close()
        if (location := self.headers.get("Location")) is not None:
            self.addresses.append(location)
        return location


@pytest.fixture(name="port", scope="module")
def _port() -> Iterator[int]:
    world = World()
    bound = server(Site(world.platform, world.entries, lambda: (FATHER,)), 0)
    thread = threading.Thread(target=bound.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield bound.server_port
    bound.shutdown()
    bound.server_close()
    thread.join()


@pytest.fixture(name="browser")
def _browser(port: int) -> Browser:
    browser = Browser(port)
    browser.open("/entry?" + urlencode({"nonce": "the-nonce", "return": BACK}))
    return browser


def test_r14_r15_search_choose_verify_and_return(
    browser: Browser, port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    browser.press("搜索", q="疫苗护照", channel="app")
    assert "没有找到相关服务" in browser.page
    browser.press("搜索", q=" 预防接种证", channel="alipay")
    browser.press("电子预防接种证")
    assert "周小样的父亲" in browser.page
    browser.press("登录", person=FATHER.key)
    assert "勾选同意选项" in browser.page
    browser.press("登录", person=FATHER.key, agreed="yes")
    browser.press("模拟人脸验证未通过")
    assert "人脸验证未通过。请重试，或改用其他验证方式" in browser.page
    address = browser.press("人脸验证通过")
    assert address is not None
    assert browser.status == 303
    query = parse_qs(urlsplit(address).query)
    assert set(query) == {"lang", "entry_code", "nonce"}
    assert query["nonce"] == ["the-nonce"]
    assert not any(secret in "".join(browser.addresses) for secret in SECRETS)
    assert not any(secret in capfd.readouterr().err for secret in (*SECRETS, "the-nonce"))

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    basic = b64encode(b"vaxcert:s%3Acret").decode()
    connection.request(
        "POST",
        "/token",
        json.dumps({"entry_code": query["entry_code"][0]}),
        {"Authorization": f"Basic {basic}"},
    )
    answer = connection.getresponse()
    assert answer.status == 200
    assert jws.claims_of(json.load(answer)["assertion"])["channel"] == "alipay"
    for header, status, error in (
        (f"Basic {basic}", 400, "invalid_grant"),
        ("Basic x", 401, "invalid_client"),
    ):
        connection.request("POST", "/token", '{"entry_code": "x"}', {"Authorization": header})
        answer = connection.getresponse()
        assert (answer.status, json.load(answer)) == (status, {"error": error})
    connection.close()


@pytest.mark.parametrize(("fail", "why"), [(False, "cancelled"), (True, "failed")])
def test_who_gives_up_returns_without_a_code(browser: Browser, fail: bool, why: str) -> None:
    browser.press("搜索", q="电子预防接种证")
    browser.press("电子预防接种证")
    browser.press("登录", person=FATHER.key, agreed="yes")
    if fail:
        browser.press("模拟短信验证码错误")
    address = browser.press("取消并返回") or ""
    query = parse_qs(urlsplit(address).query)
    assert (query.get("entry_error"), query.get("nonce"), "entry_code" in query) == (
        [why],
        ["the-nonce"],
        False,
    )


def test_pages_run_no_script_and_let_nobody_frame_or_keep_them(browser: Browser) -> None:
    policy = browser.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "form-action 'self' http://127.0.0.1:4580 http://localhost:4580;" in policy
    assert browser.headers["Cache-Control"] == "no-store"
    assert browser.headers["Referrer-Policy"] == "no-referrer"
    assert "<script" not in browser.page
    assert "style=" not in browser.page


def test_a_way_in_that_is_none_is_told_as_a_page(browser: Browser) -> None:
    browser.open("/entry?" + urlencode({"nonce": "", "return": "https://example.cn/<b>"}))
    assert browser.status == 400
    assert "请从电子预防接种证页面重新进入" in browser.page
    assert "<b>" not in browser.page
