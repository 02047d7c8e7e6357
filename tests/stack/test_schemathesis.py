"""Every route over HTTP, as the committed API document says it, with right and wrong input made by schemathesis.

No 5xx, and no answer that the document does not tell of: status, media type, shape. `SCHEMATHESIS_EXAMPLES=200` looks harder than
every run can; examples are per route, per kind of input and per set of ids.
"""

from __future__ import annotations

import json
import os
import uuid
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.counts import tell, tries
from tests.stack.conftest import World
from tests.stack.reality import STANDING, Reality
from tools.api_document import DOCUMENT

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import checks

pytestmark = pytest.mark.stack
EXAMPLES = tries("SCHEMATHESIS_EXAMPLES", 2, 15)
LEAST = 4  # calls with real values: see `Filling`
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
    """Who calls, what exists for them, and what was answered: by route, how often each status with each media type."""

    base: str
    reality: Reality
    seen: dict[str, Counter[tuple[int, str]]] = field(default_factory=lambda: defaultdict(Counter))

    def authorization(self, operation: Any) -> dict[str, str]:
        """The header of the caller whom the document names; a session of its own for who signs out."""
        token = {"session": self.reality.token, "device": self.reality.device, None: None}[caller(operation)]
        if operation.label == "DELETE /v1/sessions/current":
            token = self.reality.session(self.reality.father)
        if operation.label == "DELETE /v1/sessions":
            token = self.reality.session(self.reality.world.parent("ordinary_22"))
        return {"Authorization": f"Bearer {token}"} if token else {}

    def known(self, operation: Any) -> dict[str, Any]:
        """The route's ids that exist."""
        return {name: value for name, value in self.reality.ids.items() if name in known_names(operation)}

    def asked(self, operation: Any, answer: Any) -> None:
        """Keep what was answered."""
        media_type = str(answer.headers.get("content-type", [""])[0]).partition(";")[0]
        self.seen[operation.label][answer.status_code, media_type if answer.content else ""] += 1

    def lines(self) -> list[str]:
        """Calls and answers of every route."""
        told = []
        for label, answers in sorted(self.seen.items()):
            statuses: Counter[int] = Counter()
            for (status, _), count in answers.items():
                statuses[status] += count
            shown = ", ".join(f"{status} × {count}" for status, count in sorted(statuses.items()))
            told.append(f"{label}: {statuses.total()} calls: {shown}")
        return told


@dataclass
class Filling:
    """A schemathesis hook: real values take the place of made-up ones, and what is left is as generated.

    Call after call in turn: nothing but what is needed, everything optional as generated, the tag of an earlier answer in
    `If-None-Match`; then the same from a page of one on. Every call asks for the next of the media types of the document.
    """

    reality: Reality
    calls: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    cursor: str | None = None

    def fill(self, case: Any) -> None:
        """Before a call."""
        operation = case.operation
        values = self.reality.values(operation.label, caller(operation))
        names = names_of(operation)
        case.path_parameters = {name: value for name, value in values.path.items() if name in names}
        if values.body is not None:
            case.body = dict(values.body)
        turn, media_type = self.calls % 6, self._media_type(operation)
        headers = dict(case.headers or {}) if turn % 3 == 1 else {}
        if turn % 3 != 1:
            case.query = self._page(turn) if "cursor" in names else {}
        if turn % 3 == 2 and media_type in self.tags:
            headers["If-None-Match"] = self.tags[media_type]
        if "Idempotency-Key" in names:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if values.token:
            headers["Authorization"] = f"Bearer {values.token}"
        case.headers = headers | {"Accept": media_type}

    def answered(self, operation: Any, answer: Any) -> None:
        """Keep what the next calls want of this answer."""
        media_type = self._media_type(operation)
        if answer.status_code == 200 and "etag" in answer.headers:
            self.tags.setdefault(media_type, answer.headers["etag"][0])
        if self.calls % 6 == 3 and answer.status_code == 200 and media_type == "application/json":
            self.cursor = answer.json().get("next_cursor")
        self.calls += 1

    def _media_type(self, operation: Any) -> str:
        offered = [media_type for _, media_type in documented(operation) if media_type]
        return offered[self.calls % len(offered)] if offered else "application/json"

    def _page(self, turn: int) -> dict[str, Any]:
        if turn == 3:
            return {"limit": 1}
        return {"limit": 1, "cursor": self.cursor} if turn == 5 and self.cursor else {}


def known_names(operation: Any) -> set[str]:
    """A route's ids that can be known. What would take the certificate away from the other routes keeps its made-up ones."""
    if operation.label == "DELETE /v1/certificates/{certificate_id}":
        return set()
    return {name for name in STANDING if name in names_of(operation)}


def names_of(operation: Any) -> set[str]:
    """What the document calls its parameters."""
    return {parameter["name"] for parameter in operation.definition.raw.get("parameters", [])}


def caller(operation: Any) -> str | None:
    """The security scheme that the document names."""
    return next((name for each in operation.definition.raw.get("security", ()) for name in each), None)


def documented(operation: Any) -> list[tuple[int, str]]:
    """Every success that the document tells of: status and media type (none for a body that is empty)."""
    return [
        (int(status), media_type)
        for status, response in operation.definition.raw["responses"].items()
        if status.startswith("2")
        for media_type in response.get("content") or [""]
    ]


@pytest.fixture(scope="module")
def visitors(world: World) -> Iterator[Visitors]:
    made = Visitors(world.endpoints["api"], Reality(world))
    yield made
    lines = made.lines()
    calls = sum(answers.total() for answers in made.seen.values())
    tell("\n" + "\n".join([*lines, f"{calls} calls of {len(made.seen)} routes"]) + "\n")
    if report := os.environ.get("SCHEMATHESIS_REPORT"):
        Path(report).write_text("\n".join(lines) + "\n", "utf-8")


def _asked_in_these_ways() -> Iterator[tuple[str, str, str]]:
    for label, operation in OPERATIONS.items():
        for ids in ("made_up", "known") if known_names(operation) else ("made_up",):
            yield label, ids, "positive"
            # Nothing can be wrong about a request without parts, nor about one that is an id of any text and open to anyone.
            parts = [parameter for parameter in operation.iter_parameters() if parameter.location != "path"]
            if parts or operation.body or (caller(operation) and list(operation.iter_parameters())):
                yield label, ids, "negative"


@pytest.mark.parametrize(("label", "ids", "kind"), list(_asked_in_these_ways()))
def test_a_route_answers_as_it_is_documented(visitors: Visitors, label: str, ids: str, kind: str) -> None:
    operation = OPERATIONS[label]
    known = visitors.known(operation)
    authorization = visitors.authorization(operation)
    mode = schemathesis.GenerationMode(kind)

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
        visitors.asked(operation, answer)
        case.validate_response(answer, checks=CHECKS)

    ask()


@pytest.mark.parametrize("label", OPERATIONS)
def test_a_route_succeeds_with_real_values_as_it_is_documented(visitors: Visitors, label: str) -> None:
    """Ids, slots, assertions and codes that no generator can guess come from the running stack; the rest is generated."""
    operation = OPERATIONS[label]
    filling = Filling(visitors.reality)

    @given(case=operation.as_strategy())
    @settings(
        max_examples=max(EXAMPLES, LEAST),
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        answer = case.call(base_url=visitors.base)
        visitors.asked(operation, answer)
        filling.answered(operation, answer)
        case.validate_response(answer, checks=CHECKS)

    def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
        filling.fill(case)

    schemathesis.hook(before_call)
    try:
        # Where a route takes nothing, there is one example of it only.
        while filling.calls < LEAST:
            ask()
    finally:
        schemathesis.hooks.unregister(before_call)


@pytest.mark.parametrize("label", [label for label, operation in OPERATIONS.items() if caller(operation)])
def test_without_a_token_a_route_says_so_as_it_is_documented(visitors: Visitors, label: str) -> None:
    operation = OPERATIONS[label]

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


def test_every_documented_success_of_every_route_was_seen(visitors: Visitors) -> None:
    """Each 2xx with each of its media types, and 304 where it is documented; nothing of this is left to chance."""
    if set(visitors.seen) != set(OPERATIONS):
        pytest.skip("only some of the routes were asked")
    missed = [
        (label, *success)
        for label, operation in OPERATIONS.items()
        for success in [
            *documented(operation),
            *([(304, "")] if "304" in operation.definition.raw["responses"] else []),
        ]
        if success not in visitors.seen[label]
    ]
    assert missed == []
    assert not any(status >= 500 for answers in visitors.seen.values() for status, _ in answers)


def test_every_route_of_the_document_is_asked() -> None:
    paths = json.loads(DOCUMENT.read_text("utf-8"))["paths"]
    assert len(OPERATIONS) == sum(len(operations) for operations in paths.values())
