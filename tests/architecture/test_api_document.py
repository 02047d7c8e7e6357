"""The API document names, sorts and shows every route, so that clients can be made from it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
from openapi_schema_validator import OAS31Validator

from tools import api_document
from tools.api_document import EXAMPLES, TAGS, examples

# As it is committed: to make it anew takes three seconds, which the first test does.
DOCUMENT: Final[dict[str, Any]] = json.loads(api_document.DOCUMENT.read_text("utf-8"))
OPERATIONS: Final[dict[str, dict[str, Any]]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
IDS: Final = [operation["operationId"] for operation in OPERATIONS.values()]


def shapes(operation: dict[str, Any]) -> dict[str, Any]:
    """The schemas of a body and of the answer that an operation succeeds with, where there are such."""
    (answer,) = (said for status, said in operation["responses"].items() if status < "300")
    content = {"request": operation.get("requestBody", {}).get("content"), "answer": answer.get("content")}
    return {part: next(iter(said.values()))["schema"] for part, said in content.items() if said}


def test_what_is_committed_is_what_the_routes_say() -> None:
    assert api_document.text() == api_document.DOCUMENT.read_text("utf-8")


def test_every_route_has_a_name_that_makes_a_good_client() -> None:
    assert len(IDS) == len(set(IDS))
    assert [one for one in IDS if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", one)] == []


def test_every_tag_is_described_and_families_come_first() -> None:
    assert [one["name"] for one in DOCUMENT["tags"]] == list(TAGS)
    used = {tag for operation in OPERATIONS.values() for tag in operation["tags"]}
    assert used == set(TAGS)
    of_families = [told.startswith("家庭") for told in TAGS.values()]
    assert of_families == sorted(of_families, reverse=True)


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_route_has_named_examples_of_its_shapes(label: str) -> None:
    operation = OPERATIONS[label]
    wanted, named = shapes(operation), examples(operation["operationId"])
    assert named, f"write docs/api/examples/{operation['operationId']}.json"
    for name, one in named.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
        assert one["summary"]
        assert set(one) - {"summary"} == set(wanted), name
        for part, schema in wanted.items():
            whole = {**schema, "components": DOCUMENT["components"]}
            faults = [error.message for error in OAS31Validator(whole).iter_errors(one[part])]
            assert faults == [], (name, part)
            told = one[part] if isinstance(one[part], dict) else ()  # a paper is bytes
            assert set(told) <= members(schema), (name, part)


def members(schema: dict[str, Any]) -> set[str]:
    """The members that a shape knows, in whatever of its forms."""
    if "$ref" in schema:
        return members(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    found = set(schema.get("properties", ()))
    return found.union(*(members(one) for one in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))))


def test_no_example_is_left_of_a_route_that_is_gone() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.json")} == set(IDS)


def test_demo_people_are_plainly_fictional() -> None:
    """Identity numbers of region digits that no person's number has."""
    text = "".join(file.read_text("utf-8") for file in EXAMPLES.glob("*.json"))
    numbers = re.findall(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9X](?![0-9A-Za-z])", text)
    assert {number[:6] for number in numbers} <= {"320600", "320200"}


PAGES: Final = {
    "/v1/appointments": 50,
    "/v1/certificates/{certificate_id}/access-log": 50,
    "/v1/certificates/{certificate_id}/appointments": 50,
    "/v1/certificates/{certificate_id}/documents": 50,
    "/v1/certificates/{certificate_id}/grants": 50,
    "/v1/certificates/{certificate_id}/records": 50,
    "/v1/certificates/{certificate_id}/reports": 50,
    "/v1/clinics": 100,
    "/v1/clinics/{clinic_code}/slots": 500,
}
"""The lists that are answered in pages, and the most that a page holds."""


def test_r2_r27_r34_d11_d20_who_asks_for_no_size_gets_the_largest_page() -> None:
    sizes = {
        path: asked["schema"]
        for path, methods in DOCUMENT["paths"].items()
        for operation in methods.values()
        for asked in operation.get("parameters", ())
        if asked["name"] == "limit"
    }
    found = {path: (size["minimum"], size["maximum"], size["default"]) for path, size in sizes.items()}
    assert found == {path: (1, most, most) for path, most in PAGES.items()}
