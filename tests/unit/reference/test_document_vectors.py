"""reference/document_vectors.json: what readers of papers test themselves by, and our page itself (D20)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from reference.document import SHANGHAI, Foreign, read
from tests.unit.reference.make_document_vectors import vectors

KEPT: dict[str, Any] = json.loads(Path("reference/document_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("given", [KEPT, vectors()], ids=["kept", "made now"])
def test_d20_the_reference_finds_what_the_vectors_say(given: dict[str, Any]) -> None:
    keys = given["published"]
    for case in given["cases"]:
        found = read(case["text"], keys["keys"], keys["killed"])
        if isinstance(found, Foreign):
            assert (found, None) == (case["finding"], case["told"]), case["what"]
            continue
        told = asdict(found) | {"issued_at": found.issued_at.astimezone(SHANGHAI).isoformat()}
        assert case["finding"] == "genuine", case["what"]
        assert json.loads(json.dumps(told, default=str)) == case["told"], case["what"]


def test_d20_no_vector_was_left_out() -> None:
    assert [case["what"] for case in KEPT["cases"]] == [case["what"] for case in vectors()["cases"]]
