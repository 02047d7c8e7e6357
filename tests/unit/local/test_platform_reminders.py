"""The stand-in's page for reminders: agreed to, declined and taken back under an id that names nobody (docs/reminders.md)."""

import http.client
import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from local import jws
from local.platform.entry import Client, Entries
from local.platform.reminders import Subscriptions
from local.platform.server import Site, server
from local.platform.signing import InvalidRequest, Platform

ORIGIN = "http://127.0.0.1:4580"
BACK = f"{ORIGIN}/restapis/x/live/app/"
ID = "m" + "0a" * 16
FIELDS = {"reminder_id": ID, "action": "subscribe", "return": BACK}


@pytest.fixture(name="ask")
def _ask() -> Iterator[Any]:
    platform = Platform(jws.generate_jwk(), "issuer", "vaxcert")
    entries = Entries(platform, Client("vaxcert", "s", frozenset({ORIGIN})))
    bound = server(Site(platform, entries, reminders=Subscriptions(frozenset({ORIGIN}))), 0)
    thread = threading.Thread(target=bound.serve_forever, args=(0.02,), daemon=True)
    thread.start()

    def asked(method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", bound.server_port, timeout=5)
        connection.request(method, path, body)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers.get("Location", ""), text

    yield asked
    bound.shutdown()
    bound.server_close()
    thread.join()


def _sent(ask: Any) -> bool:
    subscribed: bool = json.loads(ask("GET", f"/reminders/{ID}")[2])["subscribed"]
    return subscribed


def test_messages_are_sent_from_agreeing_to_unsubscribing(ask: Any) -> None:
    status, _, page = ask("GET", "/reminders?" + urlencode(FIELDS))
    assert status == 200
    assert not _sent(ask), "asked for and not agreed to yet"
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert hidden == FIELDS | {"agreed": "yes"}
    assert ask("POST", "/reminders", urlencode(FIELDS))[:2] == (303, f"{BACK}?reminder=declined")
    assert not _sent(ask)
    assert ask("POST", "/reminders", urlencode(hidden))[:2] == (303, f"{BACK}?reminder=subscribed")
    assert _sent(ask)
    off = urlencode(FIELDS | {"action": "unsubscribe"})
    assert ask("GET", f"/reminders?{off}")[:2] == (303, f"{BACK}?reminder=unsubscribed")
    assert not _sent(ask)


@pytest.mark.parametrize(
    "changed",
    [
        {"reminder_id": ""},
        {"reminder_id": "320600199005040019"},
        {"action": "other"},
        {"return": "https://example.cn/"},
    ],
)
def test_nothing_but_an_id_and_an_address_of_ours_is_taken(changed: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        Subscriptions(frozenset({ORIGIN})).asked(FIELDS | changed)


def test_what_is_no_way_in_is_told_as_a_page(ask: Any) -> None:
    status, _, page = ask("GET", "/reminders?" + urlencode(FIELDS | {"return": "https://example.cn/<b>"}))
    assert (status, "<b>" in page) == (400, False)
    assert "请从电子预防接种证页面重新进入" in page
