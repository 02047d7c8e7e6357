"""The dashboard's picture is the template's, with the figures that functions logged."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from contextlib import redirect_stdout
from io import StringIO

from local.dashboard import BUCKET_MS, dashboard_body, draw, figures
from vaxcert.aws.runtime import counted, log

AT = 1_782_871_200.0


def lines() -> list[str]:
    told = StringIO()
    with redirect_stdout(told):
        counted("claim_certificate", "local", {"claims": 1}, AT)
        counted("claim_certificate", "local", {"claims": 1}, AT + 1)
        counted("verify_scan", "local", {"scans_refused": 1}, AT + 60, by={"reason": "code_expired"})
        log("verify_scan", message="request", status=200)
    return [*told.getvalue().splitlines(), "START RequestId: 1", "[1, 2]"]


def test_figures_are_what_cloudwatch_reads_of_the_lines() -> None:
    first, second = int(AT * 1000) // BUCKET_MS, int((AT + 60) * 1000) // BUCKET_MS
    assert figures(lines()) == {
        "claims": {first: 2.0},
        "scans_refused": {second: 1.0},
        "scans_refused code_expired": {second: 1.0},
    }


def test_every_widget_of_the_template_is_drawn_and_what_only_aws_knows_is_said() -> None:
    body = dashboard_body()
    drawn = draw(body, figures(lines()))
    ET.fromstring(drawn)  # noqa: S314 - our own
    for widget in body["widgets"]:
        title = widget["properties"].get("title") or widget["properties"]["markdown"].splitlines()[0].lstrip(
            "# "
        )
        assert title.replace("&", "&amp;") in drawn
    assert "claims 2<" in drawn
    assert "scans_refused code_expired 1<" in drawn
    assert "measured by AWS itself" in drawn
    assert json.dumps(body)
