"""A start has a ceiling: how many modules a function loads until it is imported, and what two of them execute.

Measured on the layer's packages and the functions as the build changes them. A function that goes over one has got heavier: find out
by what (`python -X importtime`, `make bench BENCH=cold_start`) before a ceiling is raised.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.conftest import start_environment
from tests.counts import PROVE
from tools.paths import ROOT

FUNCTIONS: Final = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
WITH_ROUTES: Final = 620
WITHOUT_ROUTES: Final = 500
# What Powertools, boto3 and botocore would import, and nothing of ours uses. Powertools' kinds of events are its own.
UNUSED: Final = frozenset(
    {
        "asyncio",
        "aws_lambda_powertools.event_handler.appsync",
        "aws_lambda_powertools.event_handler.bedrock_agent",
        "aws_lambda_powertools.logging",
        "aws_lambda_powertools.metrics",
        "boto3.docs.service",
        "botocore.docs.service",
        "cryptography.x509.base",
        "importlib.metadata",
        "multiprocessing.managers",
    }
)
# Millions of instructions until the module is there, a quarter above what was measured.
INSTRUCTIONS: Final = {"authorize_request": 890, "verify_scan": 1370}
EVERYBODYS: Final = "authorize_request"
"""Every request waits for it."""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_loads_no_more_than_it_may(
    function: str, loaded_by: Callable[[str], frozenset[str]]
) -> None:
    loaded = loaded_by(function)
    has_routes = "aws_lambda_powertools" in loaded
    assert loaded & UNUSED == set()
    assert len(loaded) <= (WITH_ROUTES if has_routes else WITHOUT_ROUTES)


@pytest.mark.parametrize("function", INSTRUCTIONS if PROVE else [EVERYBODYS])
def test_a_start_executes_no_more_than_it_may(
    function: str,
    functions_built: Path,
    runtime_site: Path,
    loaded_by: Callable[[str], frozenset[str]],
) -> None:
    """Counted, not timed: a busy machine changes nothing. It takes thirty times as long as the start: the heavier one is left to prove."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        pytest.skip("valgrind counts the instructions; it is not here")
    loaded_by(function)  # compiles
    done = subprocess.run(
        [
            valgrind,
            "--tool=cachegrind",
            "--cache-sim=no",
            "--cachegrind-out-file=/dev/null",
            sys.executable,
            "-c",
            f"import {function}.app",
        ],
        env=start_environment(functions_built, runtime_site),
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    assert found is not None
    counted = int(found[1].replace(",", "")) / 1e6
    assert counted <= INSTRUCTIONS[function]
