"""S3, Step Functions and DynamoDB as far as `local.feed.cloud` speaks to them."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError

from local.feed.cloud import Cloud

ENDPOINTS = {"feed_bucket": "feeds", "nightly_state_machine_arn": "arn:night"}


def event(state: str, output: Mapping[str, Any] | None = None) -> dict[str, Any]:
    if output is None:
        return {"stateEnteredEventDetails": {"name": state}}
    return {"stateExitedEventDetails": {"name": state, "output": json.dumps(output)}}


class FakeAws:
    """S3, Step Functions and DynamoDB as far as `Cloud` speaks to them. `script` is one history for each poll."""

    def __init__(self, script: list[list[dict[str, Any]]] | None = None, **end: str) -> None:
        self.objects: dict[str, bytes] = {}
        self._script = script or [[]]
        self._end = {"status": "SUCCEEDED", "output": '{"reason": "up_to_date"}', **end}
        self._polls = 0
        self.as_of: dict[str, Any] | None = None
        self.lease: dict[str, Any] | None = None
        self.run: dict[str, Any] | None = None  # the open feed's record
        self.parts: dict[str, list[int]] = {}  # lines taken of each part, by partition key
        self.alive: set[str] = set()  # other executions that run

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 - as AWS spells it
        assert Bucket == "feeds"
        self.objects[Key] = Body

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as AWS spells it
        assert Bucket == "feeds"
        return {"Body": BytesIO(self.objects[Key])}

    def get_item(self, *, Key: dict[str, Any], **_asked: object) -> dict[str, Any]:  # noqa: N803 - as AWS spells it
        item = {"AS_OF": self.as_of, "LOCK": self.lease}.get(Key["sk"]["S"], self.run)
        return {"Item": item} if item else {}

    def delete_item(self, **asked: Any) -> None:
        assert self.lease
        assert asked["ExpressionAttributeValues"] == {":owner": self.lease["owner"]}
        self.lease = None

    def applies_next(self) -> None:
        """A night that goes well: the next sequence number becomes the last one applied."""
        number = int(self.as_of["sequence"]["N"]) if self.as_of else 0
        if number < sum(key.endswith("/manifest.json") for key in self.objects):
            self.as_of = {"sequence": {"N": str(number + 1)}}

    def start_execution(self, *, stateMachineArn: str, **_asked: object) -> dict[str, Any]:  # noqa: N803 - as AWS spells it
        if stateMachineArn != "arn:night":
            raise ClientError({"Error": {"Code": "StateMachineDoesNotExist"}}, "StartExecution")
        self.applies_next()
        return {"executionArn": "arn:run"}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803 - as AWS spells it
        if executionArn != "arn:run":
            return {"status": "RUNNING" if executionArn in self.alive else "FAILED"}
        self._polls += 1
        return self._end if self._polls >= len(self._script) else {"status": "RUNNING"}

    def get_paginator(self, name: str) -> Any:
        taken = self.parts
        pages = {
            "list_objects_v2": {"Contents": [{"Key": key} for key in self.objects]},
            "list_tables": {"TableNames": ["stack-FeedRunsTable-1", "stack-GrantsTable-1"]},
            "get_execution_history": {"events": self._script[min(self._polls, len(self._script)) - 1]},
        }

        class Paginator:
            def paginate(self, **asked: Any) -> list[Any]:
                if name == "query":
                    lines = taken.get(asked["ExpressionAttributeValues"][":pk"]["S"], [])
                    return [{"Items": [{"lines": {"N": str(count)}}]} for count in lines]
                return [pages[name]]

        return Paginator()

    def cloud(self, **endpoints: str) -> Cloud:
        return Cloud({**ENDPOINTS, **endpoints}, lambda _endpoints, _service: self)
