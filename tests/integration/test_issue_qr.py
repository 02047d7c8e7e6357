"""`issue_qr` through its events (R2, D8)."""

from __future__ import annotations

import base64
import io
import json
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from functions.issue_qr.app import create, describe
from tests.fakes.events import event, send
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from tests.fakes.waiting_room import WaitingRoom
from vaxcert.aws.clock import from_rfc3339
from vaxcert.codes.model import Code
from vaxcert.codes.token import read
from vaxcert.keys.keyset import JWKS
from vaxcert.keys.model import Published
from vaxcert.keys.rotate import Rotation

HOUR = timedelta(hours=1)


class FakePublished:
    """What a rotation published."""

    def __init__(self, register: FakeRegister) -> None:
        self._register = register

    def find(self, name: str) -> Published | None:
        return self._register.published.get(name)


class Desk:
    """The handler over a room with a claimed certificate."""

    def __init__(self) -> None:
        self.room = WaitingRoom()
        self.register = FakeRegister()
        self.handler = create(self.room.issuing, FakePublished(self.register), self.room.clock)

    def rotate(self) -> None:
        lifetimes = {"code": HOUR, "session": HOUR, "device": HOUR}
        Rotation(self.register, a_root(), lifetimes, 60, DATA_KEY_AGE).run(self.room.clock())  # type: ignore[arg-type]

    def event(self, name: str) -> dict[str, Any]:
        return event("issue_qr", name, path={"certificate_id": self.room.certificate_id})


def test_d8_a_code_as_json() -> None:
    desk = Desk()
    status, body, headers = send(desk.handler, desk.event("show_code"))
    assert status == 200
    assert set(body) == {"code", "expires_at", "refresh_after", "svg"}
    assert from_rfc3339(body["expires_at"]) == desk.room.clock() + timedelta(seconds=60)
    assert body["refresh_after"] == 30
    assert body["svg"].startswith("<svg ")
    assert headers["Content-Type"] == ["application/json; charset=utf-8"]
    assert headers["Cache-Control"] == ["no-store"]
    code = read(body["code"], lambda: desk.room.keys.public("code"), timedelta(seconds=60))
    assert isinstance(code, Code)
    assert code.certificate_id == desk.room.certificate_id


def test_d8_the_code_and_its_picture_name_nobody() -> None:
    desk = Desk()
    _, body, _ = send(desk.handler, desk.event("show_code"))
    told = json.dumps(body, ensure_ascii=False)
    for secret in ("周小样", "2020-05-01", "20200501", "320600", "D20210301"):
        assert secret not in told


def test_a_code_as_png_is_a_base64_body_that_scanners_read() -> None:
    desk = Desk()
    answer = desk.handler(desk.event("show_code_png"), None)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    headers = answer["multiValueHeaders"]
    assert headers["Content-Type"] == ["image/png"]
    assert from_rfc3339(headers["Expires-At"][0]) == desk.room.clock() + timedelta(seconds=60)
    assert headers["Refresh-After"] == ["30"]
    picture = Image.open(io.BytesIO(base64.b64decode(answer["body"])))
    (found,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert isinstance(read(found.text, lambda: desk.room.keys.public("code"), timedelta(seconds=60)), Code)


def test_a_code_as_svg() -> None:
    desk = Desk()
    answer = desk.handler(desk.event("show_code_svg"), None)
    assert answer["statusCode"] == 200
    assert answer["multiValueHeaders"]["Content-Type"] == ["image/svg+xml"]
    assert answer["body"].startswith("<svg ")
    assert not answer["isBase64Encoded"]


def test_no_other_format_is_made() -> None:
    desk = Desk()
    status, body, _ = send(desk.handler, desk.event("show_code_webp"))
    assert (status, body["code"]) == (406, "not_acceptable")


def test_d7_a_delegate_shows_a_code_and_a_stranger_gets_what_nobody_gets() -> None:
    desk = Desk()
    strange = desk.handler(desk.event("show_code_by_delegate"), None)
    missing = desk.handler(event("issue_qr", "show_code"), None)
    assert strange["statusCode"] == missing["statusCode"] == 404
    assert strange["body"] == missing["body"]
    desk.room.grandmother()
    assert send(desk.handler, desk.event("show_code_by_delegate"))[0] == 200


def test_an_ended_session_shows_nothing() -> None:
    desk = Desk()
    sent = desk.event("show_code")
    desk.room.home.sessions.sign_out(sent["requestContext"]["authorizer"]["session_id"], desk.room.clock())
    assert send(desk.handler, sent)[0] == 401
    fresh = Desk()
    fresh.room.clock.advance(hours=1)
    assert send(fresh.handler, fresh.event("show_code"))[0] == 401


@pytest.mark.parametrize("found", ["", "x", "..%2Fhealthz", "c" + "A" * 13])
def test_what_is_no_id_is_not_found(found: str) -> None:
    desk = Desk()
    sent = event("issue_qr", "show_code", path={"certificate_id": found or "-"})
    assert send(desk.handler, sent)[0] == 404


def test_the_key_set_is_public_and_has_a_validator() -> None:
    desk = Desk()
    status, body, _ = send(desk.handler, event("issue_qr", "key_set"))
    assert (status, body["code"]) == (503, "keys_missing")
    desk.rotate()
    status, body, headers = send(desk.handler, event("issue_qr", "key_set"))
    assert status == 200
    assert set(body) == {"keys", "signed"}
    assert headers["Cache-Control"] == ["public, max-age=30"]
    assert headers["ETag"] == [desk.register.published[JWKS].etag]
    again = event("issue_qr", "key_set")
    # Compared weakly, one of several, or any (RFC 9110 §13.1.2): what compresses on the way makes a tag weak.
    for known in (headers["ETag"][0], f"W/{headers['ETag'][0]}", f'"other", {headers["ETag"][0]}', "*"):
        again["headers"]["If-None-Match"] = known
        answer = desk.handler(again, None)
        assert (answer["statusCode"], answer["body"] or "") == (304, "")
    again["headers"]["If-None-Match"] = '"other"'
    assert desk.handler(again, None)["statusCode"] == 200


def test_a_sign_of_life() -> None:
    status, body, headers = send(Desk().handler, event("issue_qr", "health"))
    assert (status, body) == (200, {"status": "ok"})
    assert headers["Cache-Control"] == ["no-store"]


def test_the_routes_describe_themselves() -> None:
    paths = json.loads(describe().get_openapi_json_schema())["paths"]
    assert {"/healthz", "/.well-known/jwks.json"} <= set(paths)
    content = paths["/v1/certificates/{certificate_id}/codes"]["post"]["responses"]["200"]["content"]
    assert set(content) == {"application/json", "image/svg+xml", "image/png"}
