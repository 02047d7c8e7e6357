"""Starting, logging and counting: one handler per process, one JSON line each, and an error by kind and place (invariant 7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from vaxcert.aws.runtime import StartFailed, kind_of, log, metric, start, told_of

type Handler = Callable[[Any, Any], Any]


def _build(made: list[str]) -> Callable[[], Handler]:
    @cache
    def build() -> Handler:
        made.append("made")
        return lambda event, _context: event

    return build


def test_elsewhere_a_handler_is_made_once_and_when_it_is_called() -> None:
    made: list[str] = []
    handler = start(_build(made))
    assert made == []
    assert [handler(number, None) for number in range(3)] == [0, 1, 2]
    assert made == ["made"]


def test_inside_lambda_it_is_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    made: list[str] = []
    handler = start(_build(made))
    assert made == ["made"]
    assert handler("x", None) == "x"
    assert made == ["made"]


def test_what_cannot_be_made_is_told_by_name_only_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    failures = [ValueError("pepper 330100-secret"), KeyError("330100-secret")]

    @cache
    def build() -> Handler:
        if failures:
            raise failures.pop(0)
        return lambda event, _context: event

    handler = start(build)
    for kind in ("ValueError", "KeyError"):
        with pytest.raises(StartFailed, match=f"^{kind}$") as failed:
            handler("x", None)
        assert failed.value.__suppress_context__
        line = json.loads(capsys.readouterr().out)
        assert (line["level"], line["message"], line["error"]) == ("ERROR", "start_failed", kind)
        assert "secret" not in json.dumps(line)
        assert any(place.endswith(" build") for place in line["where"])
    assert handler("x", None) == "x"


def test_a_line_is_one_json_object_in_the_order_it_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    log("demo", status=200, text="字\n")
    assert capsys.readouterr().out == '{"service": "demo", "status": 200, "text": "字\\n"}\n'


def test_figures_are_metrics_by_stage(capsys: pytest.CaptureFixture[str]) -> None:
    metric("demo", "prod", {"b": 2, "a": 0}, 1772382600.5)
    line = json.loads(capsys.readouterr().out)
    (directive,) = line.pop("_aws")["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "vaxcert",
        "Dimensions": [["stage"]],
        "Metrics": [{"Name": "a", "Unit": "Count"}, {"Name": "b", "Unit": "Count"}],
    }
    assert line == {"service": "demo", "stage": "prod", "b": 2, "a": 0}


def test_an_error_is_told_by_kind_and_place_and_never_by_its_text() -> None:
    def reads() -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "secret"}}, "GetItem")

    with pytest.raises(ClientError) as raised:
        reads()
    told = told_of(raised.value)
    assert told["error"] == kind_of(raised.value) == "ClientError.ThrottlingException"
    assert str(told["where"]).endswith(" reads']")
    assert "secret" not in json.dumps(told)
