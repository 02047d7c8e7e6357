"""Every route over HTTP, as the committed API document says it, with right and wrong input made by schemathesis (issue 6).

No 5xx, and no answer that the document does not tell of: status, media type, shape. `SCHEMATHESIS_EXAMPLES=200` looks harder than
every run can; examples are per route, per kind of input and per set of ids.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from local.api_client import device_token, enter
from local.api_document import DOCUMENT
from tests.stack.conftest import World

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import checks

pytestmark = pytest.mark.stack
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))
SCHEMA: Any = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text("utf-8")))
OPERATIONS: dict[str, Any] = {
    operation.label: operation for operation in (found.ok() for found in SCHEMA.get_all_operations())
}
checks.load_all_checks()
CHECKS = checks.CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
    ]
)


@dataclass
class Visitors:
    """Who calls, and the ids that exist for them."""

    base: str
    world: World
    tokens: dict[str, str]
    ids: dict[str, str]
    seen: dict[str, set[int]] = field(default_factory=dict)

    def authorization(self, operation: Any) -> dict[str, str]:
        """The header of the caller whom the document names; a session of its own for who signs out."""
        schemes = [name for each in operation.definition.raw.get("security", ()) for name in each]
        if not schemes:
            return {}
        if operation.label == "DELETE /v1/sessions/current":
            return {"Authorization": f"Bearer {fresh(self.world)}"}
        return {"Authorization": f"Bearer {self.tokens[schemes[0]]}"}

    def known(self, operation: Any) -> dict[str, Any]:
        """The route's ids that exist. What would take the certificate away from the other routes keeps its made-up ones."""
        if operation.label == "DELETE /v1/certificates/{certificate_id}":
            return {}
        names = {parameter["name"] for parameter in operation.definition.raw.get("parameters", [])}
        return {name: value for name, value in self.ids.items() if name in names}


def fresh(world: World) -> str:
    """A session that nobody else uses."""
    token: str = enter(world.api, world.endpoints["identity_platform"], world.parent("ordinary_07"))["token"]
    return token


@pytest.fixture(scope="module")
def visitors(world: World) -> Iterator[Visitors]:
    father, case = world.parent("ordinary_07"), world.case("ordinary_07")
    token = fresh(world)
    world.tokens[str(father.id_no)] = token
    claimed = world.claim(father, world.claimable(father, case.archive.person.name)["record_id"])
    device_id, device = next(
        (device_id, device)
        for device_id, device in world.endpoints["devices"].items()
        if device["clinic_code"] == case.archive.clinic.code
    )
    made = Visitors(
        world.endpoints["api"],
        world,
        {
            "session": token,
            "device": device_token(
                world.api, device_id, device["private_jwk"], world.endpoints["device_audience"]
            ),
        },
        {
            "certificate_id": claimed["certificate_id"],
            "record_id": claimed["record_id"],
            "clinic_code": device["clinic_code"],
        },
    )
    yield made
    report = os.environ.get("SCHEMATHESIS_REPORT")
    if report:
        lines = [f"{label}: {sorted(statuses)}" for label, statuses in sorted(made.seen.items())]
        Path(report).write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.parametrize("kind", ["positive", "negative"])
@pytest.mark.parametrize("ids", ["made_up", "known"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_a_route_answers_as_it_is_documented(visitors: Visitors, label: str, ids: str, kind: str) -> None:
    operation = OPERATIONS[label]
    known = visitors.known(operation)
    if ids == "known" and not known:
        pytest.skip("the route has no id that can be known")
    authorization = visitors.authorization(operation)
    mode = schemathesis.GenerationMode(kind)
    if kind == "negative" and not list(operation.iter_parameters()) and not operation.body:
        pytest.skip("nothing can be wrong about a request without parts")

    @given(case=operation.as_strategy(mode, path_parameters=known if ids == "known" else None))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        answer = case.call(base_url=visitors.base, headers=authorization)
        visitors.seen.setdefault(label, set()).add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    ask()


@pytest.mark.parametrize("label", OPERATIONS)
def test_without_a_token_a_route_says_so_as_it_is_documented(visitors: Visitors, label: str) -> None:
    operation = OPERATIONS[label]
    if not operation.definition.raw.get("security"):
        pytest.skip("open to anyone")

    @given(case=operation.as_strategy())
    @settings(
        max_examples=1,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        answer = case.call(base_url=visitors.base)
        assert answer.status_code == 401
        case.validate_response(answer, checks=CHECKS)

    ask()


def test_every_route_of_the_document_is_asked() -> None:
    paths = json.loads(DOCUMENT.read_text("utf-8"))["paths"]
    assert len(OPERATIONS) == sum(len(operations) for operations in paths.values())
