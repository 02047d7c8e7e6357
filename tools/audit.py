"""Asks checkov about template.yaml and replica.yaml, and fails at what nobody has argued for (`make audit`).

checkov reads no YAML merge keys, so that it is given the templates as JSON. What stands in `ARGUED` is left as it is, for the reason
beside it; an argument that nothing needs any more fails as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import yaml

from tools.paths import ROOT

_CHECKOV: Final = ROOT / ".local/venvs/checkov/bin/checkov"
_TEMPLATES: Final = ("template.yaml", "replica.yaml")
_SHORT: Final = {"Ref": "Ref", "Condition": "Condition"}

ARGUED: Final = {
    "CKV_AWS_18": "CloudTrail's data events tell who read an object; server access logs come late and are not complete",
    "CKV_AWS_21": "GivenUpBucket: a batch is written once under a name of its own and goes after 14 days",
    "CKV_AWS_27": "DeadLetters is encrypted by SQS itself (SqsManagedSseEnabled), which the check does not know; messages name objects only",
    "CKV_AWS_33": "TableKey: `*` stands beside kms:CallerAccount and kms:ViaService; tables and buckets are used by many roles, each by its own policy",
    "CKV_AWS_73": "tracing is the parameter Tracing's: X-Ray is not taken for granted in China",
    "CKV_AWS_115": "a limit for each would share out the account's by guess; ScanConcurrency reserves for the queue, rates limit the anonymous",
    "CKV_AWS_116": "requests are answered, not queued; schedules and streams have DeadLetters and GivenUpBucket as their destinations on failure",
    "CKV_AWS_117": "functions talk to AWS and to the platform only; a VPC adds cold starts and a NAT and keeps nothing out that IAM lets in",
    "CKV_AWS_120": "answers are of one person; a cache at the edge would be a copy of personal data",
    "CKV_AWS_173": "variables hold names and settings, no secret: those lie in Secrets Manager; Lambda encrypts them by its own key",
}


class _Loader(yaml.SafeLoader):
    """Reads the short forms as the long ones."""


def _long(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {_SHORT.get(suffix, f"Fn::{suffix}"): value}


_Loader.add_multi_constructor("!", _long)


def unargued(results: Any) -> tuple[list[str], set[str]]:
    """What failed without an argument, as `check resource`; and the arguments that nothing needs."""
    reports = results if isinstance(results, list) else [results]
    failed = [one for report in reports for one in report.get("results", {}).get("failed_checks", ())]
    bare = sorted(f"{one['check_id']} {one['resource']}" for one in failed if one["check_id"] not in ARGUED)
    return bare, set(ARGUED) - {one["check_id"] for one in failed}


def main() -> int:
    """Ask, and tell."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name in _TEMPLATES:
            file = Path(folder, name).with_suffix(".json")
            loaded = yaml.load((ROOT / name).read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
            file.write_text(json.dumps(loaded, default=str), "utf-8")
            files.append(file.name)
        asked = [str(_CHECKOV), "-f", *files, "--framework", "cloudformation", "--compact", "--quiet"]
        asked += ["--skip-download", "--skip-results-upload", "-o", "json"]
        told = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
    bare, idle = unargued(json.loads(told.stdout))
    for line in bare:
        print(f"nobody has argued for: {line}")
    for check in sorted(idle):
        print(f"nothing needs the argument for: {check}")
    return 1 if bare or idle else 0


if __name__ == "__main__":
    sys.exit(main())
