"""The stand-in speaks as the identity platform does and tells nobody whom it signed for."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from local import jws
from local.platform.server import BODY_LIMIT, Site, main, server
from local.platform.signing import ASSERTION_SECONDS, Platform

NOW = 1_790_000_000
ASKED = {
    "id_type": "resident",
    "id_no": "320600199005040019",
    "name": "周示例",
    "phone": "14200000001",
    "channel": "alipay",
    "method": "face",
    "nonce": "a-nonce",
}


@pytest.fixture(name="platform", scope="module")
def _platform() -> Platform:
    return Platform(jws.generate_jwk(), "https://issuer.example", "vaxcert", lambda: NOW)


@pytest.fixture(name="url", scope="module")
def _url(platform: Platform) -> Iterator[str]:
    bound = server(Site.of(platform), 0)
    thread = threading.Thread(target=bound.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{bound.server_port}"
    bound.shutdown()
    bound.server_close()
    thread.join()


def call(url: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_an_assertion_verifies_against_the_published_keys(url: str) -> None:
    status, answer = call(f"{url}/assertions", json.dumps(ASKED).encode())
    assert status == 200
    _, key_set = call(f"{url}/.well-known/jwks.json")

    header = jwt.get_unverified_header(answer["assertion"])
    assert header["typ"] == "JWT"
    [key] = [key for key in key_set["keys"] if key["kid"] == header["kid"]]
    assert "d" not in key
    claims = jwt.decode(
        answer["assertion"],
        jwt.PyJWK(key).key,
        algorithms=["ES256"],
        audience="vaxcert",
        issuer="https://issuer.example",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims == {
        "iss": "https://issuer.example",
        "aud": "vaxcert",
        "nonce": "a-nonce",
        "iat": NOW,
        "exp": NOW + ASSERTION_SECONDS,
        "auth_time": NOW,
        "amr": ["face"],
        **{name: ASKED[name] for name in ("channel", "id_type", "id_no", "name", "phone")},
    }


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, None),
        (b"[]", 400, None),
        (b"[" * 5000, 400, None),
        (b" " * (BODY_LIMIT + 1), 413, None),
        (b"{}", 422, "nonce"),
        (json.dumps({**ASKED, "channel": "wechat"}).encode(), 422, "channel"),
        (json.dumps({**ASKED, "phone": 1}).encode(), 422, "phone"),
        (json.dumps({**ASKED, "birthday": "x"}).encode(), 422, "birthday"),
    ],
)
def test_input_is_checked_and_never_repeated(url: str, body: bytes, status: int, field: str | None) -> None:
    answered, problem = call(f"{url}/assertions", body)

    assert answered == status
    assert problem["detail"]
    if field:
        assert field in problem["errors"]
    assert "wechat" not in json.dumps(problem)


def test_a_number_that_is_none_is_signed_all_the_same(platform: Platform) -> None:
    """Whether it is a real number is the service's to check (R9, D10)."""
    claims = jws.claims_of(platform.assertion({**ASKED, "id_no": "320600199005040010"}))
    assert claims["id_no"] == "320600199005040010"


def test_other_paths_are_not_found(url: str) -> None:
    assert call(f"{url}/320600199005040019")[0] == 404
    assert call(f"{url}/elsewhere", b"{}")[0] == 404


def test_nothing_of_a_person_is_logged(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    call(f"{url}/assertions", json.dumps(ASKED).encode())
    call(f"{url}/320600199005040019")

    logged = capfd.readouterr().err
    assert logged.count("\n") == 2
    assert not any(value in logged for value in ("320600", "周示例", "14200000001", "a-nonce"))


def test_a_start_that_fails_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key").write_text("not a key")
    status = main(["--port", "0", "--key-file", str(tmp_path / "key"), "--issuer", "i", "--audience", "a"])

    assert status == 1
    assert "cannot start" in capsys.readouterr().err
