"""The language of an answer: Chinese unless the client asks for English (D12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaxcert.wording import Language


def language_of(accept_language: str | None) -> Language:
    """The better of Chinese and English in an `Accept-Language` value (RFC 9110 §12.5.4); Chinese where it is a draw."""
    best: Language = "zh"
    weights = {"zh": 0.0, "en": 0.0}
    for part in (accept_language or "")[:256].split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        if primary in weights:
            weights[primary] = max(weights[primary], _quality(parameters))
    if weights["en"] > weights["zh"]:
        best = "en"
    return best


def language(event: Mapping[str, Any]) -> Language:
    """The language that a REST proxy event asks for."""
    return language_of(header(event, "accept-language"))


def header(event: Mapping[str, Any], name: str) -> str | None:
    """A request header of a REST proxy event by its lower-case name, or None."""
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
