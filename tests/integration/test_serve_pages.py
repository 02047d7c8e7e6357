"""`serve_pages` through its events: files to anyone, by a strict policy, and nothing that is not a file of the build."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from functions.serve_pages.app import build, create, page_settings
from functions.serve_pages.pages import PAGES, Site, policy
from tests.fakes.events import event
from vaxcert.aws.settings import Settings

_PAGE = '<!doctype html><meta name="settings" content="{{settings}}"><script type="module" src="../assets/family-00000000.js"></script>'
_WASM = b"\0asm\1\0\0\0\xff"

type Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    for page in ("family", "desk", "check"):
        (tmp_path / page).mkdir()
        (tmp_path / page / "index.html").write_text(_PAGE, "utf-8")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "family-00000000.js").write_text("export {};", "utf-8")
    (tmp_path / "assets" / "reader-00000000.wasm").write_bytes(_WASM)
    (tmp_path / "assets" / "faq.zh-00000000.json").write_text('{"tips":"提示"}', "utf-8")
    (tmp_path / "check" / "sw.js").write_text("self;", "utf-8")
    (tmp_path / "secret.txt").write_text("not a page", "utf-8")
    told = page_settings(
        Settings(
            hotline='1"<2', platform_entry_url="https://platform.example.cn/entry", root_thumbprint="r" * 43
        )
    )
    handle = create(Site(tmp_path, told, '1"<2'))

    def asked(name: str, path: str | None = None, *, by_hand: bool = False, **headers: str) -> dict[str, Any]:
        given = event("serve_pages", name, path={"proxy": path} if path is not None else None)
        given["headers"] |= headers
        if by_hand:
            given |= {"requestContext": None, "headers": None}
        return handle(given, None)

    return asked


def test_a_page_is_asked_for_each_time_and_says_what_it_may_load(ask: Ask) -> None:
    page = ask("family_page")
    assert (page["statusCode"], page["isBase64Encoded"]) == (200, False)
    assert page["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert page["headers"]["Cache-Control"] == "no-cache"
    assert page["headers"]["Content-Security-Policy"] == policy("app")
    assert policy("app").startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert page["headers"]["X-Content-Type-Options"] == "nosniff"
    assert page["headers"]["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in page["headers"]["Permissions-Policy"]


def test_only_the_page_that_reads_codes_may_use_the_camera_and_wasm() -> None:
    """Engines ask for `wasm-unsafe-eval` where WebAssembly is compiled; elsewhere nothing of the kind is allowed."""
    assert {page for page in PAGES if "wasm-unsafe-eval" in policy(page)} == {"desk", "check"}
    assert all(
        "'unsafe-inline'" not in policy(page) and "'unsafe-eval'" not in policy(page) for page in PAGES
    )


def test_d20_the_check_page_has_a_worker_that_is_asked_for_each_time(ask: Ask) -> None:
    """Without a hash in its name; it may fetch from here and load nothing, and no other page may have one."""
    worker = ask("check_worker")
    assert (worker["statusCode"], worker["body"]) == (200, "self;")
    assert worker["headers"]["Content-Type"] == "text/javascript; charset=utf-8"
    assert worker["headers"]["Cache-Control"] == "no-cache"
    assert worker["headers"]["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"
    assert {page for page in PAGES if "worker-src 'self'" in policy(page)} == {"check"}
    unknown = ask("unknown_page", "sw.js")
    assert (unknown["statusCode"], unknown["isBase64Encoded"]) == (404, False)


def test_d18_a_page_is_told_of_this_deployment(ask: Ask) -> None:
    written = re.search(r'content="([^"]*)"', ask("family_page")["body"])
    assert written
    told = json.loads(unescape(written[1]))
    assert told["hotline"] == '1"<2'
    assert told["cities"] == {"zh": "南通市或无锡市", "en": "Nantong or Wuxi"}
    assert told["platform_entry_url"] == "https://platform.example.cn/entry"
    assert told["root_thumbprint"] == "r" * 43
    assert {"child_born_from", "adult_dose_from", "adult_age", "grant_limit", "verification_seconds"} <= set(
        told
    )


def test_what_is_known_already_is_not_sent_again(ask: Ask) -> None:
    tag = ask("family_page")["headers"]["ETag"]
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = ask("family_page", None, **{"If-None-Match": known})
        assert (again["statusCode"], again["body"]) == (304, "")
        assert again["headers"]["ETag"] == tag
    assert ask("family_page", None, **{"If-None-Match": '"other"'})["statusCode"] == 200


def test_without_its_slash_a_page_is_redirected_by_a_relative_address(ask: Ask) -> None:
    """Only the browser knows what stands before it: a stage, or a domain of its own."""
    answer = ask("family_page_without_slash")
    assert (answer["statusCode"], answer["headers"]["Location"]) == (302, "app/")
    assert answer["isBase64Encoded"] is False


def test_invariant_7_pages_that_are_sent_are_counted_and_a_line_tells_the_route_alone(
    ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not what a page loads, what is known already, what is redirected or is not there; nor an address, which may hold the platform's code."""
    asked = {
        "family_page": {},
        "family_page_known": {"If-None-Match": "*"},
        "family_page_without_slash": {},
        "script": {},
        "unknown_page": {},
    }
    for name, headers in asked.items():
        ask(name.removesuffix("_known"), None, **headers)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("pages") for line in lines] == [1, None, None, None, None]
    assert [line["status"] for line in lines] == [200, 304, 302, 200, 404]
    page = event("serve_pages", "family_page")
    assert lines[0]["_aws"]["Timestamp"] == page["requestContext"]["requestTimeEpoch"]
    for line in lines:
        assert line["correlation_id"] == page["requestContext"]["requestId"]
        assert set(line) - {"_aws", "stage", "pages"} == {
            "service", "level", "message", "route", "status", "ms", "correlation_id",
        }  # fmt: skip
    assert lines[-1]["route"] == "GET /app/{proxy+}"


def test_a_page_that_is_asked_for_by_hand_without_the_gateways_context_is_sent_and_not_counted(
    ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask("family_page", by_hand=True)["statusCode"] == 200
    line = json.loads(capsys.readouterr().out)
    assert (line["correlation_id"], "pages" in line) == (None, False)


def test_what_has_a_hash_in_its_name_is_kept(ask: Ask) -> None:
    script = ask("script")
    assert script["headers"]["Content-Type"] == "text/javascript; charset=utf-8"
    assert script["headers"]["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script["body"] == "export {};"


def test_texts_are_read_as_chinese(ask: Ask) -> None:
    texts = ask("script", "faq.zh-00000000.json")
    assert texts["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert (texts["isBase64Encoded"], texts["body"]) == (False, '{"tips":"提示"}')


def test_wasm_goes_out_as_it_is(ask: Ask) -> None:
    wasm = ask("script", "reader-00000000.wasm")
    assert wasm["headers"]["Content-Type"] == "application/wasm"
    assert wasm["isBase64Encoded"]
    assert base64.b64decode(wasm["body"]) == _WASM


@pytest.mark.parametrize(
    "path",
    ["nothing/here", "../secret.txt", "..%2fsecret.txt", "index.html/", "", "\0", "a" * 5000],
)
def test_everything_else_is_a_page_that_says_where_to_go(ask: Ask, path: str) -> None:
    answer = ask("unknown_page", path)
    if path == "":
        assert answer["statusCode"] == 200  # `/app/`, by a gateway that hands the slash to the greedy route
        return
    assert answer["statusCode"] == 404
    assert "页面不存在" in answer["body"]
    assert "tel:1&quot;&lt;2" in answer["body"]
    assert "not a page" not in answer["body"]
    assert answer["headers"]["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_log_tells_the_route_and_no_address(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    """Invariant 7: behind the address may stand the platform's one-time code."""
    ask("unknown_page", "entry-code-0123")
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["route"] == "GET /app/{proxy+}"
    assert "entry-code-0123" not in line


def test_the_deployed_handler_serves_the_pages_of_its_layer_with_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D18: what it says is taken from the deployment."""
    layer = tmp_path / "vaxcert_pages"
    (layer / "family").mkdir(parents=True)
    (layer / "assets").mkdir()
    (layer / "__init__.py").write_text("", "utf-8")
    (layer / "family" / "index.html").write_text(_PAGE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("HOTLINE", "0512-12345")
    monkeypatch.delitem(sys.modules, "vaxcert_pages", raising=False)
    build.cache_clear()
    handle = build()
    build.cache_clear()
    page = handle(event("serve_pages", "family_page"), None)
    assert (page["statusCode"], "0512-12345" in page["body"]) == (200, True)
    assert "0512-12345" in handle(event("serve_pages", "unknown_page"), None)["body"]


def test_a_line_tells_how_many_milliseconds_it_took(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "assets").mkdir()
    handle = create(Site(tmp_path, {}, "1"), clock=iter([10.0, 12.0005]).__next__)
    handle(event("serve_pages", "unknown_page"), None)
    assert json.loads(capsys.readouterr().out)["ms"] == 2000.5
