"""template.yaml, read as data: CloudFormation's short forms as the text in them."""

from __future__ import annotations

from typing import Any

import yaml

from tools.paths import ROOT


class _Loader(yaml.CSafeLoader):
    """Reads CloudFormation's short forms as the text in them (`!GetAtt KeysTable.Arn` → `KeysTable.Arn`), and past the longer ones."""


_Loader.add_multi_constructor(
    "!", lambda _loader, _suffix, node: node.value if isinstance(node, yaml.ScalarNode) else None
)


def template() -> dict[str, Any]:
    """The parameters and resources that are deployed."""
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text("utf-8"), Loader=_Loader)  # noqa: S506
    return loaded
