"""`template.yaml` as the architecture tests look at it: resources by type, rights by role, routes by function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.tables import template

type Node = Mapping[str, Any]

TEMPLATE: Final = template()
RESOURCES: Final[Mapping[str, Any]] = TEMPLATE["Resources"]


def of_type(kind: str) -> dict[str, Node]:
    """Properties by logical id."""
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == kind}


FUNCTIONS: Final = of_type("AWS::Serverless::Function")
TABLES: Final = of_type("AWS::DynamoDB::Table")


def folder_of(function: str) -> str:
    """`OpenSession` → `open_session`."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", function).lower()


def listed(value: object) -> list[Any]:
    """A policy's one-or-many as a list."""
    return value if isinstance(value, list) else [value]


def statements(name: str) -> list[Node]:
    """The statements of a role or a policy."""
    properties = RESOURCES[name]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    return [statement for document in documents for statement in document["Statement"]]


def identity_statements() -> Iterator[tuple[str, Node]]:
    """Every statement that gives somebody a right."""
    for kind in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name in of_type(kind):
            for statement in statements(name):
                yield name, statement


def variables(function: str) -> dict[str, Any]:
    """The environment that only this function has."""
    return dict(FUNCTIONS[function].get("Environment", {}).get("Variables", {}))


def routes(function: str) -> dict[str, Node]:
    """API events as `METHOD /path`."""
    every = FUNCTIONS[function].get("Events", {}).values()
    events = (event["Properties"] for event in every if event["Type"] == "Api")
    return {f"{event['Method'].upper()} {event['Path']}": event for event in events}
