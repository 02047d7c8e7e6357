"""What a request is counted as, and what its line tells (invariant 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.tables import template
from vaxcert.http import seen

EVENT: dict[str, Any] = {
    "httpMethod": "POST",
    "resource": "/v1/certificates",
    "path": "/v1/certificates/secret",
    "requestContext": {"requestId": "r-1", "requestTimeEpoch": 1782871200123},
}


def told(capsys: pytest.CaptureFixture[str], status: int = 201, **event: Any) -> dict[str, Any]:
    seen.end("f", "prod", EVENT | event, status, 1.5)
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    return line


def test_what_was_done_is_counted_by_stage_in_the_requests_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen.begin()
    line = told(capsys)
    (metric,) = line["_aws"]["CloudWatchMetrics"]
    assert line["_aws"]["Timestamp"] == 1782871200123
    assert (metric["Namespace"], metric["Dimensions"]) == ("vaxcert", [["stage"]])
    assert [one["Name"] for one in metric["Metrics"]] == ["claims"]
    assert (line["claims"], line["stage"], line["correlation_id"]) == (1, "prod", "r-1")
    assert (line["route"], line["status"]) == ("POST /v1/certificates", 201)


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429])
def test_what_was_refused_is_told_by_its_code_and_counted_as_nothing(
    status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seen.begin()
    seen.note(code="already_claimed")
    line = told(capsys, status)
    assert "_aws" not in line
    assert line["code"] == "already_claimed"


def test_what_failed_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    seen.begin()
    assert told(capsys, 503)["requests_failed"] == 1
    seen.begin()
    seen.failed("ClientError.DisabledException")
    assert told(capsys, 503)["keys_refused"] == 1
    seen.begin()
    seen.failed("ClientError.ThrottlingException")
    assert "keys_refused" not in told(capsys, 503)


def test_r28_a_scan_is_counted_as_accepted_or_as_refused_with_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    scan = {"resource": "/v1/scans"}
    seen.begin()
    seen.scanned("accepted", None, "ticket")
    line = told(capsys, 200, **scan)
    assert (line["scans_accepted"], line["result"], line["station"]) == (1, "accepted", "ticket")
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stage"]]
    seen.begin()
    seen.scanned("recorded", "already_used", "ticket")
    line = told(capsys, 200, **scan)
    assert (line["scans_handed_in"], line["reason"]) == (1, "already_used")
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stage"]]
    seen.begin()
    seen.scanned("refused", "code_expired", "ticket")
    line = told(capsys, 200, **scan)
    assert (line["scans_refused"], line["reason"]) == (1, "code_expired")
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stage"], ["stage", "reason"]]


def test_one_request_tells_nothing_of_the_one_before(capsys: pytest.CaptureFixture[str]) -> None:
    seen.begin()
    seen.scanned("refused", "code_expired", "ticket")
    seen.note(code="x")
    seen.begin()
    line = told(capsys)
    assert not {"scans_refused", "reason", "code", "result"} & set(line)


def test_invariant_7_no_path_stands_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    seen.begin()
    assert "secret" not in json.dumps(told(capsys))


def test_every_counted_route_exists_and_every_name_is_one_thing() -> None:
    routes = {
        f"{event['Properties']['Method'].upper()} {event['Properties']['Path']}"
        for resource in template()["Resources"].values()
        for event in (resource.get("Properties") or {}).get("Events", {}).values()
        if event["Type"] == "Api"
    }
    assert set(seen.COUNTED) <= routes
    assert len(set(seen.COUNTED.values())) == len(seen.COUNTED)
