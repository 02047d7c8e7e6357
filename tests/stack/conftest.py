"""One whole stack for all stack tests: the built template on an emulator of its own, IAM enforced, the first feed applied."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from local.api_client import Answer, Api, device_token, enter, exchange
from local.demo.feeds import Demo, today_in_shanghai
from local.demo.town import Case, Person
from local.feed.cloud import Cloud
from local.feed.form import Row
from local.feed.writer import Feed, FeedWriter, digest_of
from local.stack import LocalStack
from tests.stack import beginning
from tests.stack.beginning import begun_stack

OBSERVATION_SECONDS = 2
PARAMETERS = {"ObservationSeconds": str(OBSERVATION_SECONDS)}
VERIFIED_SECONDS = 600
"""Of the 900 for which a verification is fresh."""


@dataclass
class World:
    """The running stack with the demo's people in it."""

    stack: LocalStack
    demo: Demo
    tokens: dict[str, str] = field(default_factory=dict)
    opened: dict[str, float] = field(default_factory=dict)

    @property
    def endpoints(self) -> dict[str, Any]:
        return self.stack.endpoints

    @property
    def api(self) -> Api:
        return Api(self.endpoints["api"])

    @property
    def cloud(self) -> Cloud:
        return Cloud(self.endpoints)

    def physical(self, logical_id: str) -> str:
        """What the deployed stack calls a resource of the template."""
        found = self.stack.emulator.client("cloudformation").describe_stack_resource(
            StackName="vaxcert", LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def case(self, key: str) -> Case:
        return self.demo.case(key)

    def parent(self, key: str, index: int = 0) -> Person:
        """A guardian of the child of a case: father first."""
        return self.case(key).archive.guardians[index].person

    def token(self, person: Person) -> str:
        """A session of this person, opened once, and again before the verification is too old to claim with: a busy machine takes its time."""
        assert person.id_no is not None
        old = time.monotonic() - self.opened.get(person.id_no, math.inf) > VERIFIED_SECONDS
        if old or person.id_no not in self.tokens:
            session = enter(self.api, self.endpoints["identity_platform"], person)
            self.tokens[person.id_no], self.opened[person.id_no] = session["token"], time.monotonic()
        return self.tokens[person.id_no]

    def lists(self, person: Person) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get("/v1/certificates", self.token(person))
        return found

    def claimable(self, person: Person, name: str) -> dict[str, Any]:
        return next(each for each in self.lists(person)["claimable"] if each["name"] == name)

    def claim(self, person: Person, record_id: str) -> dict[str, Any]:
        """Look at the consent, agree to all of it, claim."""
        detail = self.api.get(f"/v1/certificates/claimable/{record_id}", self.token(person))
        purposes = [purpose["id"] for purpose in detail["consent"]["purposes"]]
        body = {
            "record_id": record_id,
            "consent": {"version": detail["consent"]["version"], "purposes": purposes},
        }
        claimed: dict[str, Any] = self.api.post("/v1/certificates", body, self.token(person), once=True)
        return claimed

    def device(self, clinic_code: str, station: str) -> str:
        """A token of the device of this station."""
        device_id, device = next(
            (device_id, device)
            for device_id, device in self.endpoints["devices"].items()
            if device["clinic_code"] == clinic_code and station in device["stations"]
        )
        return device_token(self.api, device_id, device["private_jwk"], self.endpoints["device_audience"])

    def code(self, person: Person, certificate_id: str) -> str:
        answer = self.api.call("POST", f"/v1/certificates/{certificate_id}/codes", token=self.token(person))
        return str(answer.json["code"])

    def scan(self, device: str, station: str, code: str, key: str | None = None) -> dict[str, Any]:
        answer = self.api.call(
            "POST",
            "/v1/scans",
            token=device,
            body={"code": code, "station": station},
            headers={"Idempotency-Key": key or str(uuid.uuid4())},
        )
        verdict: dict[str, Any] = answer.json
        return verdict

    def feed(self, sequence: int) -> Feed:
        writer = FeedWriter(self.endpoints["feed_signing_key"])
        return next(feed for feed in self.demo.feeds(writer) if feed.sequence == sequence)

    def night(self, sequence: int) -> None:
        """Drop a demo feed and run the real state machine."""
        feed = self.feed(sequence)
        self.cloud.drop(feed.business_date.isoformat(), feed.files)
        ended = self.cloud.run_night(lambda _step: None)
        assert ended.succeeded, (ended.error, ended.cause)
        assert self.cloud.applied_sequence() == sequence

    def row(self, key: str) -> Row:
        """What the demo's first feed says of a case's archive."""
        number = self.case(key).archive.archive_no
        return next(row for row in self.demo.rows(1) if row["archive_no"] == number)

    def tell(self, rows: Sequence[Row]) -> str:
        """Drop the province's next feed, of the day after the last one, and run the real state machine; its business date."""
        day, sequence = self.drop(rows)
        ended = self.cloud.run_night(lambda _step: None)
        assert ended.succeeded, (ended.error, ended.cause)
        assert self.cloud.applied_sequence() == sequence
        return day

    def drop(self, rows: Sequence[Row]) -> tuple[str, int]:
        """Drop the province's next feed, of the day after the last one; its business date and sequence."""
        manifest = list(self.cloud.manifests())[-1]
        last = json.loads(manifest)
        day = date.fromisoformat(last["business_date"]) + timedelta(days=1)
        writer, sequence = FeedWriter(self.endpoints["feed_signing_key"]), last["sequence"] + 1
        feed = writer.write(None, day, sequence, digest_of(manifest), rows)
        self.cloud.drop(day.isoformat(), feed.files)
        return day.isoformat(), sequence

    def raw(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """A request as it is, whatever its status."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return exchange(method, self.endpoints["api"] + path, body, sent)


def eventually[T](look: Callable[[], T], seconds: float = 30.0) -> T:
    """What `look` answers once it is something: a stream comes in its own time."""
    end = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.2)
    return found


@contextmanager
def made_world(*, snapshots: bool = False) -> Iterator[World]:
    """A stack with the demo's first feed applied by the nightly state machine; with `snapshots` one that can be killed."""
    with begun_stack(PARAMETERS, _first_night, snapshots=snapshots) as stack:
        yield World(stack, Demo(today_in_shanghai()))


def begin() -> None:
    """Make what all these stacks are copies of, unless it is there: `make test` does it before its lanes."""
    beginning.made(PARAMETERS, _first_night)


def _first_night(stack: LocalStack) -> None:
    World(stack, Demo(today_in_shanghai())).night(1)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """The one stack of these tests."""
    with made_world() as made:
        yield made
