"""`python -m local remind`: sends the reminders of the day, as the schedule does on AWS, and tells how it ended.

    python -m local remind [--endpoints .local/endpoints.json]

The same day again sends nothing twice. The events go to the emulator's bus, where a rule can pick them up (docs/reminders.md).
"""

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.aws import client
from local.feed.drop import read_endpoints
from local.homes import DEFAULT_HOME
from tools.problems import LocalProblem

LONGEST_SECONDS: Final = 300
_POLL_SECONDS: Final = 0.3


def send(endpoints: Mapping[str, Any]) -> str:
    """Run the state machine once; how it ended. Raises LocalProblem where AWS does not obey, or it takes too long."""
    states = client(endpoints, "stepfunctions")
    try:
        machine = endpoints["reminders_state_machine_arn"]
        arn = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        deadline = time.monotonic() + LONGEST_SECONDS
        while (status := states.describe_execution(executionArn=arn)["status"]) == "RUNNING":
            if time.monotonic() > deadline:
                raise LocalProblem(f"the reminders have been under way for {LONGEST_SECONDS} s: {arn}")
            time.sleep(_POLL_SECONDS)
    except (ClientError, BotoCoreError) as error:
        raise LocalProblem(f"cannot send the reminders: {error}") from error
    return str(status)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m local remind", description=__doc__)
    parser.add_argument("--endpoints", type=Path, default=DEFAULT_HOME.endpoints)
    try:
        status = send(read_endpoints(parser.parse_args(arguments).endpoints))
    except LocalProblem as problem:
        print(f"remind: {problem}", file=sys.stderr)
        return 1
    print(f"今日提醒 reminders of the day: {status}")
    return 0 if status == "SUCCEEDED" else 1
