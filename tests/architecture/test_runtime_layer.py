"""What the layer ships of botocore's data is what functions call: the build takes the rest away (layers/runtime/trim.py).

And what its packages import late is what they had (layers/runtime/late.py).
"""

from __future__ import annotations

import ast
import json
import re
import runpy
import ssl
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.session import Session

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(botocore.__file__).parent / "data"
KEPT: dict[str, frozenset[str] | None] = runpy.run_path(str(ROOT / "layers/runtime/trim.py"))["KEPT"]
LATE: dict[str, tuple[str, ...]] = runpy.run_path(str(ROOT / "layers/runtime/late.py"))["LATE"]
TRIMMED = [service for service, operations in KEPT.items() if operations is not None]
# What a module has, told so that two processes can be compared; modules in it may be there or not yet.
_TOLD = """
import importlib, json, sys, types
told = {}
for module, names in json.load(sys.stdin).items():
    imported = importlib.import_module(module)
    for name in names or [name for name in vars(imported) if not name.startswith("_")]:
        value = getattr(imported, name)
        if not isinstance(value, types.ModuleType):
            told[f"{module}:{name}"] = f"{type(value).__name__} {getattr(value, '__module__', '')} {getattr(value, '__qualname__', value)}"
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def trimmed(runtime_site: Path) -> Path:
    """botocore's data as the layer has it."""
    return runtime_site / "botocore/data"


@cache
def client(service: str, region: str, data: Path | None = None) -> Any:
    session = Session()
    if data is not None:
        session.register_component("data_loader", Loader([str(data)], include_default_search_paths=False))
    return session.create_client(service, region, aws_access_key_id="nobody", aws_secret_access_key="nothing")


@cache
def calls() -> dict[str, set[str]]:
    """Names that the code calls, passes on or spells out, as botocore's methods are: with keywords in capitals or `**`."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder in ("layers/vaxcert", "functions"):
        for path in (ROOT / folder).rglob("*.py"):
            for name in _names(ast.parse(path.read_text("utf-8"))):
                found[name].add(path.name)
    return found


def _names(tree: ast.AST) -> Iterator[str]:
    others = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            ours = not any(keyword.arg is None or keyword.arg[0].isupper() for keyword in node.keywords)
            if ours:
                others.add(node.func)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "_" in node.value:
            yield node.value
        if isinstance(node, ast.Attribute) and node not in others:
            yield node.attr


@pytest.mark.parametrize("service", TRIMMED)
def test_an_operation_that_the_code_calls_is_there(service: str) -> None:
    called = calls()
    methods = {
        name: xform_name(name) for name in client(service, "cn-north-1").meta.service_model.operation_names
    }
    assert sorted(KEPT[service] or ()) == sorted(name for name, method in methods.items() if method in called)


@pytest.mark.parametrize("region", ["cn-north-1", "cn-northwest-1"])
@pytest.mark.parametrize("service", KEPT)
def test_a_client_is_what_it_was_without_the_trimming(service: str, region: str, trimmed: Path) -> None:
    small, whole = client(service, region, trimmed), client(service, region)
    assert small.meta.endpoint_url == whole.meta.endpoint_url
    assert _signed_for(small) == _signed_for(whole)
    assert small.meta.service_model.api_version == whole.meta.service_model.api_version
    kept = KEPT[service] or whole.meta.service_model.operation_names
    assert set(small.meta.service_model.operation_names) == set(kept)
    for name in kept:
        one, other = (each.meta.service_model.operation_model(name) for each in (small, whole))
        assert _shape(one.input_shape) == _shape(other.input_shape)
        assert _shape(one.output_shape) == _shape(other.output_shape)
        assert [shape.name for shape in one.error_shapes] == [shape.name for shape in other.error_shapes]


@pytest.mark.parametrize("service", TRIMMED)
@pytest.mark.parametrize(
    "setting", [("AWS_ENDPOINT_URL", "http://localhost:8000"), ("AWS_USE_FIPS_ENDPOINT", "true")]
)
def test_an_address_that_is_set_holds_as_it_did(
    service: str, setting: tuple[str, str], trimmed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is worked out once, without rules: the local stack's is one that is set."""
    monkeypatch.setenv(*setting)
    small, whole = client(service, "us-east-1", trimmed), client(service, "us-east-1")
    assert small.meta.endpoint_url == whole.meta.endpoint_url
    assert _signed_for(small) == _signed_for(whole)
    assert whole.meta.endpoint_url != f"https://{service}.us-east-1.amazonaws.com"


@pytest.mark.parametrize("region", ["cn-north-1", "us-east-1"])
def test_a_table_that_is_named_has_the_endpoint_that_it_had(region: str, trimmed: Path) -> None:
    asked = {
        "BatchGetItem": {"RequestItems": {"visits": {"Keys": [{"pk": {"S": "a"}}]}}},
        "TransactWriteItems": {
            "TransactItems": [{"Delete": {"TableName": "codes", "Key": {"pk": {"S": "a"}}}}]
        },
    }

    def endpoints(made: Any) -> list[str]:
        operations = made.meta.service_model.operation_model
        return [
            made._resolve_endpoint_ruleset(operations(name), given, {})[0] for name, given in asked.items()
        ]

    small, whole = client("dynamodb", region, trimmed), client("dynamodb", region)
    assert endpoints(small) == endpoints(whole) == [whole.meta.endpoint_url] * len(asked)


def test_what_no_function_uses_is_gone(trimmed: Path) -> None:
    assert {path.name for path in trimmed.iterdir() if path.is_dir()} == set(KEPT)
    assert (trimmed / "endpoints.json").stat().st_size < (DATA / "endpoints.json").stat().st_size / 10
    assert sum(path.stat().st_size for path in (trimmed / "dynamodb").rglob("service-2*")) < 40_000


def test_the_layer_trusts_the_roots_of_aws_and_few_others(runtime_site: Path) -> None:
    """Each connection reads them all. Amazon Trust Services names five that a store of one's own should have."""
    bundle = runtime_site / "botocore/cacert.pem"
    labels = re.findall("^# (.+)$", bundle.read_text("utf-8"), re.MULTILINE)
    assert {f"Amazon Root CA {number}" for number in range(1, 5)} < set(labels)
    assert "Starfield Services Root Certificate Authority - G2" in labels
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle)
    assert len(context.get_ca_certs()) == len(labels) < 20


def _told(site: Path | None, asked: dict[str, list[str]]) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", _TOLD],
        input=json.dumps(asked),
        env={} if site is None else {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, str] = json.loads(done.stdout.replace(str(site or DATA.parents[1]), ""))
    return told


def test_what_is_imported_late_is_what_it_was(runtime_site: Path) -> None:
    """Name by name: whoever asks gets the same, and nobody who imports the module pays for it."""
    whole = _told(None, {module: [] for module in LATE})
    names: dict[str, list[str]] = defaultdict(list)
    for place in whole:
        module, _, name = place.partition(":")
        names[module].append(name)
    assert _told(runtime_site, names) == whole


def test_a_function_that_writes_documentation_still_does(runtime_site: Path) -> None:
    """The moved imports are those of the statements that use the names: a client's method still has its text."""
    asked = (
        "import boto3; from botocore.config import Config;"
        "made = boto3.client('dynamodb', 'cn-north-1', aws_access_key_id='a', aws_secret_access_key='b');"
        "print(len(str(made.get_item.__doc__)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env={"PYTHONPATH": str(runtime_site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 1000


def _signed_for(made: Any) -> tuple[str, str, str]:
    """Service, region and kind of signature."""
    signer = made._request_signer
    return signer.signing_name, signer.region_name, signer.signature_version


def _shape(shape: Any, above: tuple[str, ...] = ()) -> Any:
    """A shape down to its leaves; one that holds itself (an attribute's value) once."""
    if shape is None or shape.name in above:
        return shape and shape.name
    inner = (*above, shape.name)
    if shape.type_name == "structure":
        return {
            name: (_shape(member, inner), dict(member.serialization))
            for name, member in shape.members.items()
        }
    if shape.type_name == "list":
        return [_shape(shape.member, inner)]
    if shape.type_name == "map":
        return (_shape(shape.key, inner), _shape(shape.value, inner))
    return (shape.type_name, dict(shape.metadata))
