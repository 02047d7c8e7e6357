"""`python -m local enroll FILE`: enrol what a desk or a board shows, through the function that an operator calls.

The answer goes to standard output: it is the receipt that the page asks for.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from local.aws import client
from local.functions import BY, invoke
from local.homes import DEFAULT_HOME
from tools.problems import LocalProblem

_LOGICAL_NAME = "EnrollDevice"


def enroll(endpoints: dict[str, Any], event: dict[str, Any]) -> Any:
    """Run `enroll_device` of a running stack; its answer. Who and why, which the page leaves empty, are filled in.

    :raises LocalProblem: the stack has no such function, or it refused
    """
    lambda_client = client(endpoints, "lambda")
    pages = lambda_client.get_paginator("list_functions").paginate()
    names = [found["FunctionName"] for page in pages for found in page["Functions"]]
    function = next((name for name in names if f"-{_LOGICAL_NAME}-" in name), None)
    if function is None:
        raise LocalProblem("The running stack has no function that enrols devices.")
    said = {name: value for name, value in event.items() if name not in BY or value}
    return invoke(lambda_client, function, BY | said)


def main(words: list[str]) -> int:
    """Parse, enrol, print the receipt."""
    parser = argparse.ArgumentParser(
        prog="python -m local enroll", description="Enrol what a desk or a board shows."
    )
    parser.add_argument("file", help="the JSON that the page shows; - reads standard input")
    arguments = parser.parse_args(words)
    try:
        receipt = enroll(_endpoints(), _event(arguments.file))
    except LocalProblem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    print(json.dumps(receipt, ensure_ascii=False, indent=1))
    return 0


def _endpoints() -> dict[str, Any]:
    if not DEFAULT_HOME.endpoints.exists():
        raise LocalProblem("No stack is running. Start one: make run")
    endpoints: dict[str, Any] = json.loads(DEFAULT_HOME.endpoints.read_text(encoding="utf-8"))
    return endpoints


def _event(file: str) -> dict[str, Any]:
    try:
        return dict(json.loads(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise LocalProblem(f"{file} holds no JSON of a device: {error}") from None
