"""What is answered about codes and their keys."""

from __future__ import annotations

from vaxcert.http.shapes import Shape


class CodeAnswer(Shape):
    """A code and its picture. `refresh_after` is in seconds: then the next one should be asked for."""

    code: str
    expires_at: str
    refresh_after: int
    svg: str


class JwkSet(Shape):
    """The code keys (RFC 7517 §5); `signed` is the same set as a JWS of the root key."""

    keys: list[dict[str, str]]
    signed: str


class Health(Shape):
    """That the function answers."""

    status: str
