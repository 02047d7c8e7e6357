"""Invoking a function as the console's test button does."""

import json
from typing import Any, Final

from tools.problems import LocalProblem

BY: Final = {"officer": "local-stack", "reason": "The local stack sets itself up"}
"""Who runs an operator's function here, and why: every event of theirs says it."""


def invoke(lambda_client: Any, function: str, event: object) -> Any:
    """Run a function and return its answer.

    :raises LocalProblem: the function failed, with what it said
    """
    answer = lambda_client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    payload = answer["Payload"].read().decode()
    if answer.get("FunctionError"):
        raise LocalProblem(f"{function} failed: {payload}")
    return json.loads(payload)
