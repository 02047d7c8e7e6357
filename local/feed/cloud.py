"""The running stack's AWS as `endpoints.json` describes it: the feed bucket and the nightly state machine.

What `make feed` and the story do instead of waiting for 00:30.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.aws import client
from local.feed.pace import Pace
from local.feed.writer import MANIFEST
from tools.problems import LocalProblem

LONGEST_SECONDS = 900
_POLL_SECONDS = 0.4

type Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Night:
    """How a run ended: SUCCEEDED with what each feed's closing reported, or FAILED with a reason.

    `rest` says why the run found nothing more to do: `up_to_date`, `not_yet`, `busy` or `held`.
    """

    status: str
    applied: tuple[Mapping[str, Any], ...] = ()
    rest: str = ""
    error: str = ""
    cause: str = ""

    @property
    def succeeded(self) -> bool:
        return self.status == "SUCCEEDED"


class Cloud:
    """Every method raises LocalProblem, in words for the person at the terminal, when AWS does not obey."""

    def __init__(
        self, endpoints: Mapping[str, Any], connect: Callable[[Mapping[str, Any], str], Any] = client
    ) -> None:
        self.bucket: str = endpoints["feed_bucket"]
        self.state_machine: str = endpoints["nightly_state_machine_arn"]
        self._s3, self._states, self._dynamodb = (
            connect(endpoints, service) for service in ("s3", "stepfunctions", "dynamodb")
        )

    def drop(self, business_date: str, files: Mapping[str, bytes]) -> None:
        """Uploads a feed, its manifest last: a night that starts meanwhile never sees half of it."""
        for name in sorted(files, key=lambda name: name == MANIFEST):
            with _told(f"cannot upload {name}"):
                self._s3.put_object(Bucket=self.bucket, Key=f"{business_date}/{name}", Body=files[name])

    def manifests(self) -> Iterator[bytes]:
        """Every manifest in the bucket, by business date."""
        with _told("cannot list the feed bucket"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        for key in sorted(key for key in keys if key.endswith(f"/{MANIFEST}")):
            with _told("cannot read a manifest"):
                data: bytes = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            yield data

    def applied_sequence(self) -> int:
        """The sequence number of the last feed applied, 0 before the first."""
        item = self._run_record("AS_OF")
        return int(item["sequence"]["N"]) if item else 0

    def run_night(self, tell: Told, tell_pace: Told | None = None) -> Night:
        """Starts the state machine and follows it to its end.

        `tell` hears of each step as it is entered, `tell_pace` of a long one every few seconds: rows done, rate and time left.
        """
        self._take_lease_from_the_dead()
        with _told("cannot start the nightly state machine"):
            arn = self._states.start_execution(stateMachineArn=self.state_machine, input="{}")["executionArn"]
        steps, pace = _Steps(tell), Pace(self._rows, tell_pace or (lambda _line: None))
        deadline = time.monotonic() + LONGEST_SECONDS
        while True:
            with _told("cannot follow the nightly state machine"):
                described = self._states.describe_execution(executionArn=arn)
                steps.hear(self._history(arn))
            pace.at(steps.current)
            if described["status"] != "RUNNING":
                break
            if time.monotonic() > deadline:
                raise LocalProblem(f"the night has run for {LONGEST_SECONDS} s and is not over: {arn}")
            time.sleep(_POLL_SECONDS)
        return Night(
            described["status"],
            tuple(steps.applied),
            str(_object(described.get("output")).get("reason", "")),
            described.get("error") or "",
            _reason(described.get("cause") or ""),
        )

    def _rows(self, step: str) -> tuple[int, int] | None:
        """Rows that the open feed's parts have come to in a step, and its rows, as the steps keep them in the run record."""
        sequence = self.applied_sequence() + 1
        run = self._run_record(f"S#{sequence:09d}")
        if run is None or "rows" not in run:
            return None
        # A dry run keeps its own beside the feed's (D14).
        ledger = f"#{run['manifest_sha256']['S'][:16]}" if step == "WeighParts" else ""
        with _told("cannot read how far the night is"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._runs_table(),
                KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
                ExpressionAttributeValues={
                    ":pk": {"S": f"PART#{sequence:09d}{ledger}"},
                    ":kind": {"S": "APPLY#"},
                },
            )
            done = sum(int(item["lines"]["N"]) for page in pages for item in page["Items"])
        return done, int(run["rows"]["N"])

    def _take_lease_from_the_dead(self) -> None:
        """A stack that is stopped amid a night leaves its run's lease behind, good for twenty minutes more.

        On AWS the hourly schedule waits for its end; here somebody sits at the terminal.
        """
        lease = self._run_record("LOCK")
        if lease is None or self._runs(lease["owner"]["S"]):
            return
        with _told("cannot release the lease of a run that has ended"):
            self._dynamodb.delete_item(
                TableName=self._runs_table(),
                Key={"pk": lease["pk"], "sk": lease["sk"]},
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": lease["owner"]},
            )

    def _runs(self, execution: str) -> bool:
        try:
            return bool(self._states.describe_execution(executionArn=execution)["status"] == "RUNNING")
        except ClientError:
            return False  # nobody remembers it

    def _run_record(self, name: str) -> dict[str, Any] | None:
        with _told("cannot read how far the nights have come"):
            key = {"pk": {"S": "FEED"}, "sk": {"S": name}}
            asked = self._dynamodb.get_item(TableName=self._runs_table(), Key=key, ConsistentRead=True)
        item: dict[str, Any] | None = asked.get("Item")
        return item

    def _runs_table(self) -> str:
        pages = self._dynamodb.get_paginator("list_tables").paginate()
        names = [name for page in pages for name in page["TableNames"] if "FeedRunsTable" in name]
        if len(names) != 1:
            raise LocalProblem(f"one table of feed runs is expected, {len(names)} found")
        return str(names[0])

    def _history(self, arn: str) -> list[dict[str, Any]]:
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]


class _Steps:
    """Reads an execution's history as it grows."""

    def __init__(self, tell: Told) -> None:
        self._tell = tell
        self._heard = 0
        self.current = ""
        self.applied: list[Mapping[str, Any]] = []

    def hear(self, events: list[dict[str, Any]]) -> None:
        for event in events[self._heard :]:
            if entered := event.get("stateEnteredEventDetails"):
                self.current = entered["name"]
                self._tell(self.current)
            if left := event.get("stateExitedEventDetails"):
                self._keep(left.get("output") or "")
        self._heard = len(events)

    def _keep(self, output: str) -> None:
        for each in _object(output).values():
            if isinstance(each, dict) and each.get("status") == "applied" and each not in self.applied:
                self.applied.append(each)


def _reason(cause: str) -> str:
    """A failed function's own message, where the cause is Lambda's JSON about it."""
    return str(_object(cause).get("errorMessage") or cause)


def _object(text: str | None) -> dict[str, Any]:
    """The JSON object in a text; an empty one where there is none."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class _told:  # noqa: N801 - reads as a word at the place of use
    """Turns what the SDK raises into a message for the person at the terminal."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (ClientError, BotoCoreError)):
            raise LocalProblem(f"{self._what}: {error}") from error
