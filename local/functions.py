"""Invoking a function as the console's test button does."""

import json
from typing import Any

from tools.problems import LocalProblem


def invoke(lambda_client: Any, function: str, event: object) -> Any:
    """Run a function and return its answer.

    :raises LocalProblem: the function failed, with what it said
    """
    answer = lambda_client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    payload = answer["Payload"].read().decode()
    if answer.get("FunctionError"):
        raise LocalProblem(f"{function} failed: {payload}")
    return json.loads(payload)
