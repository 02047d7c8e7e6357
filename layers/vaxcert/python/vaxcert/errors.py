"""The one tree of domain errors.

An error carries a stable slug (`code`), never an HTTP status: what status a kind of error answers with is the business of
`vaxcert.http.problems`. Nothing here may hold a person's data, since codes and pointers reach logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

type JsonValue = str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None

FieldCode = Literal[
    "control_character",
    "in_the_past",
    "invalid",
    "missing_or_malformed",
    "out_of_range",
    "required",
    "too_long",
    "too_short",
    "unknown",
    "unknown_field",
    "wrong_type",
]
"""Why a field cannot be taken; stable. `vaxcert.http.field_words` has the words of each."""

FieldHint = Literal["cursor", "date", "dose", "double", "identity_number", "name", "phone", "slot", "vaccine"]
"""Fields for which a code has words of its own, since they can say what to write."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field of the input that cannot be taken: where it is (RFC 6901 pointer) and why, never its value.

    `words` names what is told of it, where that is more than the code has to say.
    """

    pointer: str
    code: FieldCode
    words: FieldHint | None = None


class VaxcertError(Exception):
    """Root of all errors that a caller may be told about.

    `code` is the slug of the contract; `fields` point into the input; `extra` are further members of the problem
    (RFC 9457 §3.2); `retry_after` is in seconds. `words` names the text that is shown, where one code has several.
    """

    code: str = "internal_error"
    words: str | None = None

    def __init__(
        self,
        code: str | None = None,
        *,
        fields: tuple[FieldError, ...] = (),
        extra: Mapping[str, JsonValue] | None = None,
        retry_after: int | None = None,
        words: str | None = None,
    ) -> None:
        self.code = code or type(self).code
        self.words = words or type(self).words
        self.fields = fields
        self.extra: Mapping[str, JsonValue] = extra or {}
        self.retry_after = retry_after
        super().__init__(self.code)

    def members(self, _language: str) -> Mapping[str, JsonValue]:
        """The further members of the problem; a kind of error whose members hold words says them in `language`."""
        return self.extra


class Malformed(VaxcertError):
    """The request cannot be read at all."""

    code = "malformed_request"


class Unauthorized(VaxcertError):
    """No token, or one that does not hold."""

    code = "unauthorized"


class Forbidden(VaxcertError):
    """Known, but not allowed this."""

    code = "forbidden"


class NotFound(VaxcertError):
    """It does not exist, or the caller may not know that it does: the two are never told apart."""

    code = "not_found"


class NotAllowed(VaxcertError):
    """The route exists, the method does not."""

    code = "method_not_allowed"


class NotAcceptable(VaxcertError):
    """None of the media types that the caller accepts can be made."""

    code = "not_acceptable"


class Conflict(VaxcertError):
    """The state of things does not allow it."""

    code = "conflict"


class TooLarge(VaxcertError):
    """The body is larger than what is ever needed (8 KB)."""

    code = "body_too_large"


class UnsupportedMedia(VaxcertError):
    """The body is of a media type that the route does not take."""

    code = "unsupported_media_type"


class Rejected(VaxcertError):
    """Understood and refused: a field or a rule does not hold."""

    code = "invalid_request"


class TooMany(VaxcertError):
    """Too many requests from this caller."""

    code = "too_many_requests"


class Unavailable(VaxcertError):
    """Something that we stand on does not answer; the same request may be sent again."""

    code = "unavailable"

    def __init__(self, code: str | None = None, *, retry_after: int = 2) -> None:
        super().__init__(code, retry_after=retry_after)
