"""Entity tags (RFC 9110 §8.8.3, §13.1.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.http.conditional import etag_of, unchanged

TAG = etag_of("body", "application/json", "zh")


def test_a_tag_depends_on_body_and_variants() -> None:
    others = {etag_of("body", "application/json", "en"), etag_of("body2", "application/json", "zh")}
    assert TAG not in others
    assert len(others) == 2
    assert etag_of("b", "a", "c") != etag_of("c\0b", "a")[:-1]


@pytest.mark.parametrize("value", [TAG, TAG.removeprefix("W/"), f'"x", {TAG}', "*", " * ", f"{TAG},"])
def test_what_the_client_has_is_known(value: str) -> None:
    assert unchanged(value, TAG)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "x",
        '"*"',
        TAG[:-2] + '0"',
        TAG.upper(),
        TAG.strip('W/"'),
        f"{TAG}" * 40,
        "W/",
        ",,,",
        "\x00",
    ],
)
def test_a_tampered_tag_is_another(value: str | None) -> None:
    assert not unchanged(value, TAG)


@given(st.text())
def test_whatever_stands_there_is_answered(value: str) -> None:
    assert unchanged(value, TAG) in {True, False}
