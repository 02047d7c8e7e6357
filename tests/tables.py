"""The tables of `template.yaml`, made on moto or on the emulator, so that no test invents a key schema of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from vaxcert.visits.store import ScanTables

ROOT = Path(__file__).resolve().parent.parent


class _Loader(yaml.CSafeLoader):
    """Reads CloudFormation's short forms (`!Ref x`) as `{tag: value}`."""


def _tag(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _tag)


def scan_tables(tables: Mapping[str, str]) -> ScanTables:
    """What a scan touches, of tables by their logical ids."""
    return ScanTables(
        certificates=tables["CertificatesTable"],
        grants=tables["GrantsTable"],
        codes=tables["CodesTable"],
        visits=tables["VisitsTable"],
        devices=tables["DevicesTable"],
        access_log=tables["AccessLogTable"],
        clinics=tables["ClinicsTable"],
    )


def template() -> dict[str, Any]:
    """`template.yaml` as data."""
    return _loaded("template.yaml")


def replica() -> dict[str, Any]:
    """`replica.yaml` as data."""
    return _loaded("replica.yaml")


@cache
def _loaded(name: str) -> dict[str, Any]:
    """Read once: one and the same for all who ask, who leave it as it is."""
    loaded: dict[str, Any] = yaml.load((ROOT / name).read_text("utf-8"), Loader=_Loader)  # noqa: S506
    return loaded


@cache
def table_definitions() -> dict[str, dict[str, Any]]:
    """CreateTable arguments by logical id (`ArchivesTable`, …)."""
    return {
        name: {
            "AttributeDefinitions": resource["Properties"]["AttributeDefinitions"],
            "KeySchema": resource["Properties"]["KeySchema"],
            "BillingMode": "PAY_PER_REQUEST",
        }
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


class Tables(Mapping[str, str]):
    """Names of tables under `prefix` by logical id. A table is made when it is first named: most tests touch two or three of them."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self._made: dict[str, str] = {}

    def __getitem__(self, logical_id: str) -> str:
        if logical_id not in self._made:
            name, definition = f"{self._prefix}-{logical_id}", table_definitions()[logical_id]
            self._client.create_table(TableName=name, **definition)
            self._made[logical_id] = name
        return self._made[logical_id]

    def __iter__(self) -> Iterator[str]:
        return iter(table_definitions())

    def __len__(self) -> int:
        return len(table_definitions())


def create_tables(client: Any, prefix: str) -> dict[str, str]:
    """Create every table under `prefix`; answers the names by logical id."""
    return dict(Tables(client, prefix))
