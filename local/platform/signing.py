"""Signs whatever identity it is asked to, as the identity platform would (R3, R11–R15, D9).

It checks the form of what it is given and deliberately not whether a number is a real one, so that the product's own check can be tried.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from local import jws

ASSERTION_SECONDS = 120
NONCE = re.compile(r"\S{1,2048}")
_ALLOWED: Mapping[str, re.Pattern[str]] = {
    "id_type": re.compile(r"resident|residence_permit|permanent_resident"),
    "id_no": re.compile(r".{1,64}"),
    "name": re.compile(r".{1,64}"),
    "phone": re.compile(r"\+?\d{5,15}"),
    "channel": re.compile(r"app|alipay"),
    "method": re.compile(r"[a-z_]{1,16}"),
    "nonce": NONCE,
}


class InvalidRequest(Exception):
    """Names each faulty field and what it should be; never repeats a value."""

    def __init__(self, status: HTTPStatus, detail: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, dict(errors or {})


@dataclass(frozen=True, slots=True)
class Platform:
    """Signs assertions as `issuer` for `audience`; `now` is in seconds since the epoch."""

    key: jws.Jwk
    issuer: str
    audience: str
    now: Callable[[], float] = time.time

    def jwks(self) -> dict[str, Any]:
        return {"keys": [{**jws.public_half(self.key), "use": "sig", "alg": "ES256"}]}

    def assertion(self, asked: Mapping[str, Any]) -> str:
        _check(asked)
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "auth_time": now,
            "amr": [asked["method"]],
            **{name: asked[name] for name in ("channel", "id_type", "id_no", "name", "phone")},
        }
        header = {"alg": "ES256", "typ": "JWT", "kid": self.key["kid"]}
        return jws.sign(header, jws.compact_json(claims), self.key)


def _check(asked: Mapping[str, Any]) -> None:
    errors = {name: "unknown" for name in asked if name not in _ALLOWED}
    for name, pattern in _ALLOWED.items():
        if name not in asked:
            errors[name] = "required"
        elif not isinstance(asked[name], str) or not pattern.fullmatch(asked[name]):
            errors[name] = f"must be a string of the form {pattern.pattern}"
    if errors:
        raise InvalidRequest(HTTPStatus.UNPROCESSABLE_ENTITY, "some fields are missing or malformed", errors)
