"""An unhandled error goes by the name of its class, as on Lambda: the nightly state machine decides by it."""

from __future__ import annotations

import traceback

import pytest

from local.emulator.workers import raised


class Refused(Exception):
    """An error with a module in front of its name."""


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (Refused("chain_broken"), "Refused"),
        (Refused(), "Refused"),
        (Refused("first line\nValueError: second line"), "Refused"),
        (KeyError("rows"), "KeyError"),
    ],
    ids=repr,
)
def test_an_error_is_named_by_its_class(error: Exception, name: str) -> None:
    try:
        raise error
    except type(error):
        log = '{"message": "a line of the function\'s own"}\n' + traceback.format_exc()
    assert raised(log) == name


def test_what_ends_without_a_traceback_has_no_name() -> None:
    assert raised("") is None
    assert raised("Task timed out after 10.00 seconds") is None
