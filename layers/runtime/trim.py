"""Takes out of botocore's data what no function asks for: `python3.13 trim.py SITE/botocore/data`, after the wheels are there.

Each start reads these files: the endpoints of 400 services, 1.2 MB, each client its service's model, and each connection the roots
that it trusts. What stays is as botocore wrote it; the documentation in the models goes, and so do the rules that would work out at
each call which address it goes to: without them botocore works it out once, from the endpoints, when a client is made.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

# Operations by service; None leaves its model as it is. An operation that is not here does not exist in a function:
# tests/architecture compares with what the code calls.
KEPT: dict[str, frozenset[str] | None] = {
    "dynamodb": frozenset(
        {
            "BatchExecuteStatement",
            "BatchGetItem",
            "DeleteItem",
            "ExecuteStatement",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "events": frozenset({"PutEvents"}),
    "kms": frozenset({"Decrypt", "Encrypt", "GenerateDataKeyWithoutPlaintext", "GetPublicKey", "Sign"}),
    "s3": None,  # botocore itself asks for a bucket's region and session; nobody waits for the functions that use it
    "secretsmanager": frozenset({"GetSecretValue"}),
    "sts": None,
}
# Whose roots stay, by the names in botocore's bundle: Amazon's own, with Starfield's, which it bought, and DigiCert's, which AWS had
# before and some addresses in China may still have. Who needs another one sets AWS_CA_BUNDLE.
TRUSTED = ("Amazon Root CA", "Starfield", "DigiCert")


def main(data: Path) -> None:
    """Trim the folder, and the bundle beside it, in place."""
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in KEPT:
            shutil.rmtree(folder)
    for service, operations in KEPT.items():
        if operations is not None:
            _trim_models(data / service, operations)
    _trim_endpoints(data / "endpoints.json")
    _trim_roots(data.parent / "cacert.pem")


def _trim_models(service: Path, operations: frozenset[str]) -> None:
    *older, newest = sorted(path for path in service.iterdir() if path.is_dir())
    for folder in older:
        shutil.rmtree(folder)
    packed = newest / "service-2.json.gz"
    model = json.loads(gzip.decompress(packed.read_bytes()))
    missing = operations - model["operations"].keys()
    if missing:
        raise SystemExit(f"{service.name} has no operation {', '.join(sorted(missing))}")
    model["operations"] = {name: model["operations"][name] for name in sorted(operations)}
    reached: set[str] = set()
    _reach(model["operations"], model["shapes"], reached)
    model["shapes"] = {name: shape for name, shape in model["shapes"].items() if name in reached}
    packed.with_suffix("").write_text(_json(_undocumented(model)), "utf-8")
    packed.unlink()
    # With rules botocore looks through each call for an account's or a table's own endpoint. Ours name neither.
    (newest / "endpoint-rule-set-1.json.gz").unlink()


def _reach(part: Any, shapes: dict[str, Any], reached: set[str]) -> None:
    """Collect the names of the shapes that a part of the model leads to."""
    if isinstance(part, dict):
        name = part.get("shape")
        if isinstance(name, str) and name not in reached:
            reached.add(name)
            _reach(shapes[name], shapes, reached)
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _reach(inner, shapes, reached)


def _undocumented(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            name: _undocumented(inner)
            for name, inner in part.items()
            if not (name == "documentation" and isinstance(inner, str))
        }
    return [_undocumented(inner) for inner in part] if isinstance(part, list) else part


def _trim_endpoints(path: Path) -> None:
    endpoints = json.loads(path.read_text("utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: found for name, found in partition["services"].items() if name in KEPT}
    path.write_text(_json(endpoints), "utf-8")


def _trim_roots(path: Path) -> None:
    """Each of 126 roots costs every new connection, which reads them all."""
    roots = re.findall(
        r'^# Label: "([^"\n]+)"$[^-]+(-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----)$',
        path.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    kept = [(label, root) for label, root in roots if label.startswith(TRUSTED)]
    missing = [owner for owner in TRUSTED if not any(label.startswith(owner) for label, _ in kept)]
    if missing:
        raise SystemExit(f"botocore trusts no root of {', '.join(missing)}")
    path.write_text("".join(f"# {label}\n{root}\n" for label, root in kept), "utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
