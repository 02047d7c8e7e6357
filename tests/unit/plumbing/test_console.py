"""An operator's event: who and why are always said and kept, whatever comes of it; nothing personal is (invariant 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from vaxcert.aws.console import Accountable, Event, InvalidEvent, accountable, impersonal

BY = {"officer": "officer-7", "reason": "The clinic asks for it by telephone"}


class Asked(Accountable):
    """One member more."""

    what: str


def handled(act: Any) -> Any:
    return accountable("f", Asked.model_validate, act, FakeClock())


def fails(error: Exception) -> Any:
    def act(_asked: Asked) -> tuple[Event, Event]:
        raise error

    return act


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    return line


def test_one_line_says_who_when_why_and_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    handler = handled(lambda asked: ({"answer": asked.what}, {"found": 1}))
    assert handler(BY | {"what": "secret"}, None) == {"answer": "secret"}
    line = told(capsys)
    assert (line["message"], line["result"], line["found"]) == ("operator", "done", 1)
    assert (line["officer"], line["reason"]) == (BY["officer"], BY["reason"])
    assert line["at"].endswith("+08:00")
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("secret"),
        ClientError({"Error": {"Code": "ThrottlingException", "Message": "secret"}}, "GetItem"),
    ],
)
def test_what_fails_leaves_its_line_too_and_none_of_its_words(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(type(error)):
        handled(fails(error))(BY | {"what": "x"}, None)
    line = told(capsys)
    assert (line["result"], line["officer"]) == ("failed", "officer-7")
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"officer": None}, "officer"),
        ({"officer": "李娜"}, "officer"),
        ({"officer": "13800000000"}, "officer"),
        ({"reason": "short"}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": "asked for\u202eby the clinic"}, "reason"),
        ({"reason": "about 320600199001010010, she says"}, "reason"),
        ({"reason": "call +86 138 0000 0000 back please"}, "reason"),
        ({"reason": "number ３２０６００１９９００１０１００１０ of hers"}, "reason"),
        ({"what": 7}, "what"),
        ({"more": 1}, "more"),
    ],
)
def test_a_slip_names_its_member_and_does_nothing(
    changed: dict[str, Any], place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hint = r"\. officer is your staff account.*" if place in {"officer", "reason"} else ""
    with pytest.raises(InvalidEvent, match=f"^wrong or missing: {place}{hint}$"):
        handled(fails(AssertionError("done all the same")))(BY | {"what": "x"} | changed, None)
    assert capsys.readouterr().out == ""


@given(
    before=st.text(max_size=20),
    digits=st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True),
    gap=st.sampled_from(["", " ", "-"]),
    after=st.text(max_size=20),
)
def test_no_identity_number_passes_however_it_is_grouped(
    before: str, digits: str, gap: str, after: str
) -> None:
    grouped = gap.join((digits[:6], digits[6:14], digits[14:]))
    with pytest.raises(ValueError, match="number of a person"):
        impersonal(before + grouped + after)


@pytest.mark.parametrize(
    "reason", ["Ticket 20260302-7 of the province", "2026-07-01 10:00 to 11:30, clinic 3206000001"]
)
def test_days_tickets_and_clinics_pass(reason: str) -> None:
    assert impersonal(reason) == reason
