"""Choosing a media type (RFC 9110 §12.5.1)."""

from __future__ import annotations

import pytest

from vaxcert.http.accept import preferred

OFFERED = ("application/json", "image/svg+xml", "image/png")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("image/png", "image/png"),
        ("IMAGE/PNG", "image/png"),
        ("image/svg+xml", "image/svg+xml"),
        ("image/png, application/json", "image/png"),
        ("image/png,image/*;q=0.8,*/*;q=0.5", "image/png"),
        ("application/json;q=0.5, image/svg+xml", "image/svg+xml"),
        ("image/*", "image/svg+xml"),
        ("image/png;q=0, */*", "application/json"),
        ("*/*, image/png;q=0", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("text/html", None),
        ("image/webp", None),
        ("*/*;q=0", None),
        ("image/png;q=high", None),
        ("application/problem+json", None),
        ("," * 5000, "application/json"),
        ("," * 503 + "image/png", "image/png"),
        ("," * 504 + "image/png", None),  # nor is anything read behind 512 letters
        ("image/*, image/svg+xml;q=0.1", "image/png"),  # the type itself counts, then its kind, then any
        ("application/json;q=0.3, image/*;q=0.2, */*;q=0.5", "application/json"),
    ],
)
def test_the_best_of_what_is_offered(accept: str | None, chosen: str | None) -> None:
    assert preferred(accept, OFFERED) == chosen
