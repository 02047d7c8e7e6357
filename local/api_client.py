"""The HTTP contract from outside: what an app, a scanner or a test says to the API, over plain HTTP.

Standard library only, and nothing of the product: if it speaks to the API, so can anybody.
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import UserDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local import jws
from local.demo.town import Person
from tools.problems import LocalProblem

_TIMEOUT_SECONDS = 60
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# a proxy of the developer's environment is not for their own machine
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Headers(UserDict[str, str]):
    """Headers by their names in whatever case, as HTTP has it."""

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(name.lower(), value)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; `json` is its body read as JSON."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class ApiProblem(LocalProblem):
    """The API answered with a problem (RFC 9457). `code` is its slug."""

    def __init__(self, method: str, path: str, answer: Answer) -> None:
        self.status = answer.status
        try:
            self.body: dict[str, Any] = answer.json
            self.code = str(self.body.get("code", ""))
            said = " ".join(str(self.body[name]) for name in ("title", "detail") if self.body.get(name))
            errors = "; ".join(
                f"{each.get('pointer')}: {each.get('code')}" for each in self.body.get("errors", [])
            )
        except (ValueError, AttributeError, TypeError):
            self.body, self.code, errors = {}, "", ""
            said = answer.data.decode(errors="replace")[:500]
        super().__init__(f"{method} {path} → {answer.status} {self.code}: {said} {errors}".rstrip())


@dataclass(frozen=True, slots=True)
class Api:
    """One API, in one language; every method raises ApiProblem for an answer of 400 and above."""

    base: str
    language: str = "zh-CN"

    def get(self, path: str, token: str | None = None) -> Any:
        return self.call("GET", path, token=token).json

    def post(self, path: str, body: object, token: str | None = None, *, once: bool = False) -> Any:
        """`once` sends an Idempotency-Key, for the routes that want one."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if once else {}
        return self.call("POST", path, token=token, body=body, headers=headers).json

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {"Accept": "application/json", "Accept-Language": self.language, **(headers or {})}
        data = None
        if form is not None:
            data = urllib.parse.urlencode(form).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            data = jws.compact_json(body)
            sent["Content-Type"] = "application/json"
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        answer = exchange(method, self.base.rstrip("/") + path, data, sent)
        if answer.status >= 400:
            raise ApiProblem(method, path, answer)
        return answer


def exchange(method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Answer:
    """One HTTP exchange, whatever its status. Raises LocalProblem when nobody answers."""
    request = urllib.request.Request(url, data=data, headers=dict(headers), method=method)
    try:
        with _opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
            return Answer(response.status, Headers(response.headers.items()), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, Headers(error.headers.items()), error.read())
    except OSError as error:
        raise LocalProblem(
            f"{method} {url}: nobody answers ({error}). Is the stack running? make run"
        ) from error


def fresh_assertion(
    api: Api, platform: str, person: Person, *, channel: str = "app", method: str = "face"
) -> str:
    """Challenge → verification by the identity platform's stand-in (R13–R15)."""
    nonce = api.post("/v1/challenges", {"purpose": "enter"})["nonce"]
    asked = {
        "id_type": person.id_type,
        "id_no": person.id_no,
        "name": person.name,
        "phone": person.phone,
        "channel": channel,
        "method": method,
        "nonce": nonce,
    }
    assertion: str = Api(platform).post("/assertions", asked)["assertion"]
    return assertion


def enter(
    api: Api, platform: str, person: Person, *, channel: str = "app", method: str = "face"
) -> dict[str, Any]:
    """Challenge → verification → session."""
    assertion = fresh_assertion(api, platform, person, channel=channel, method=method)
    session: dict[str, Any] = api.post("/v1/sessions", {"assertion": assertion})
    return session


def device_form(
    device_id: str, private_jwk: Mapping[str, str], audience: str, ahead: int = 0
) -> dict[str, str]:
    """What a device sends for an access token: its signed assertion (RFC 7523), good for 50 seconds and once; its clock is `ahead`."""
    now = int(time.time()) + ahead
    claims = {
        "iss": device_id,
        "sub": device_id,
        "aud": audience,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "exp": now + 50,
    }
    header = {"alg": "ES256", "typ": "JWT"} | ({"kid": private_jwk["kid"]} if "kid" in private_jwk else {})
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": _ASSERTION_TYPE,
        "client_assertion": jws.sign(header, jws.compact_json(claims), private_jwk),
    }


def device_token(
    api: Api, device_id: str, private_jwk: Mapping[str, str], audience: str, ahead: int = 0
) -> str:
    """A device's access token for its signed assertion."""
    form = device_form(device_id, private_jwk, audience, ahead)
    token: str = api.call("POST", "/v1/devices/token", form=form).json["access_token"]
    return token
