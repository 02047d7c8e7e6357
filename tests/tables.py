"""The tables of `template.yaml`, made on moto or on the emulator, so that no test invents a key schema of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from vaxcert.visits.store import ScanTables

ROOT = Path(__file__).resolve().parent.parent


class _Loader(yaml.SafeLoader):
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


def _loaded(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / name).read_text("utf-8"), Loader=_Loader)  # noqa: S506
    return loaded


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


def create_tables(client: Any, prefix: str) -> dict[str, str]:
    """Create every table under `prefix`; answers the names by logical id."""
    names = {}
    for logical_id, definition in table_definitions().items():
        names[logical_id] = f"{prefix}-{logical_id}"
        client.create_table(TableName=names[logical_id], **definition)
    return names
