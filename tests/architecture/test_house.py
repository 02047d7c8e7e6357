"""The house keeps its rules: rooms, names, and what a function loads when it starts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.architecture import starting

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "layers/vaxcert/python/vaxcert"
FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
# What reads or mints tokens, or takes a public key in.
READ_TOKENS = {"authorize_request", "enroll_device", "guide_visit", "open_session"}
PURE = sorted(path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("model.py"))

type LoadedBy = Callable[[str], frozenset[str]]


@cache
def _loaded() -> dict[str, frozenset[str]]:
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": "/usr/bin:/bin"}
    return starting.loaded({_dotted(module): PACKAGE.parent / module for module in PURE}, environment)


def _dotted(module: Path) -> str:
    return ".".join(module.with_suffix("").parts)


def test_packages_are_empty_at_their_door() -> None:
    doors = [path for path in PACKAGE.rglob("__init__.py") if path.read_text("utf-8").strip()]
    assert doors == []


def test_no_room_is_a_drawer() -> None:
    names = {
        path.stem
        for folder in ("layers", "functions", "local", "tools", "reference", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert names.isdisjoint({"utils", "util", "common", "helpers", "helper", "constants", "misc"})


@pytest.mark.parametrize("module", PURE, ids=str)
def test_rules_load_neither_aws_nor_the_edge(module: Path) -> None:
    assert _loaded()[_dotted(module)].isdisjoint({"boto3", "botocore", "aws_lambda_powertools", "pydantic"})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_starts_without_what_it_does_not_need(function: str, loaded_by: LoadedBy) -> None:
    """Measured: segno, PyJWT and X.509 cost a cold start their import."""
    loaded = loaded_by(function)
    assert "aws_xray_sdk" not in loaded
    assert ("segno" in loaded) == (function == "issue_qr")
    assert ("jwt" in loaded) == (function in READ_TOKENS)
    assert "cryptography.x509.name" not in loaded


def test_what_every_request_waits_for_starts_with_little(loaded_by: LoadedBy) -> None:
    loaded = loaded_by("authorize_request")
    assert loaded.isdisjoint({"aws_lambda_powertools", "pydantic", "cbor2", "base45"})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_functions_with_routes_load_powertools_and_only_those_that_parse_load_pydantic(
    function: str, loaded_by: LoadedBy
) -> None:
    """Together 300 ms of a cold start."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "functions" / function).glob("*.py"))
    loaded = loaded_by(function)
    has_routes = "vaxcert.http.api" in source
    assert ("aws_lambda_powertools" in loaded) == has_routes
    assert ("pydantic" in loaded) == (
        has_routes or "from pydantic" in source or "vaxcert.corrections.steps.frame" in source
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_importing_a_function_reads_no_setting_and_calls_nobody(function: str, loaded_by: LoadedBy) -> None:
    """No environment is given here: a module that read one at import would fail."""
    assert loaded_by(function)
