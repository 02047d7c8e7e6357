"""What is left of botocore's care in the clients that functions share: attempts, time-outs, the same request each time (invariant 4)."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from vaxcert.aws.clients import client, made

_URL = "https://dynamodb.cn-north-1.amazonaws.com.cn"
_DONE = b"{}"


def _answer(status: int = 200, body: bytes = _DONE, crc: int | None = None) -> AWSResponse:
    headers: Any = {"x-amz-crc32": str(zlib.crc32(body) if crc is None else crc)}
    answer: Any = AWSResponse(_URL, status, headers, None)
    answer._content = body
    return cast("AWSResponse", answer)


def _error(code: str, status: int = 400) -> AWSResponse:
    return _answer(status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}).encode())


class Wire:
    """Takes the place of the network: answers in turn, an error is raised, and keeps what was sent."""

    def __init__(self, *answers: AWSResponse | Exception) -> None:
        self._answers = [*answers]
        self.sent: list[Any] = []

    def __call__(self, request: object, **_: object) -> AWSResponse:
        self.sent.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Any, Wire]]]:
    """A client as functions have it, over a wire."""
    for name, value in {
        "AWS_DEFAULT_REGION": "cn-north-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    made.cache_clear()

    def over(*answers: AWSResponse | Exception, service: Any = "dynamodb") -> tuple[Any, Wire]:
        wire, made = Wire(*answers), cast("Any", client(service))
        made.meta.events.register(f"before-send.{service}", wire)
        return made, wire

    yield over
    made.cache_clear()


def _transact(dynamodb: Any) -> None:
    put = {"TableName": "codes", "Item": {"pk": {"S": "a"}}}
    dynamodb.transact_write_items(TransactItems=[{"Put": put}])


@pytest.mark.parametrize(
    "first",
    [
        ReadTimeoutError(endpoint_url=_URL),
        ConnectionClosedError(endpoint_url=_URL),
        EndpointConnectionError(endpoint_url=_URL, error="refused"),
        _error("ThrottlingException"),
        _error("ProvisionedThroughputExceededException"),
        _error("InternalServerError", 500),
        _answer(503, b""),
        _answer(crc=1),
    ],
    ids=["lost", "closed", "unreached", "throttled", "exceeded", "failed", "unavailable", "harmed"],
)
def test_invariant_4_what_failed_in_passing_is_asked_again_with_the_same_token(
    over: Callable[..., tuple[Any, Wire]], first: AWSResponse | Exception
) -> None:
    """So that a transaction whose answer was lost is not carried out twice."""
    dynamodb, wire = over(first, _answer())
    _transact(dynamodb)
    one, other = (json.loads(request.body) for request in wire.sent)
    assert one == other
    assert one["ClientRequestToken"]


def test_there_are_three_attempts(over: Callable[..., tuple[Any, Wire]]) -> None:
    dynamodb, wire = over(*[_error("InternalServerError", 500)] * 3)
    with pytest.raises(ClientError):
        _transact(dynamodb)
    assert len(wire.sent) == 3


def test_a_condition_that_does_not_hold_is_an_answer(over: Callable[..., tuple[Any, Wire]]) -> None:
    dynamodb, wire = over(_error("ConditionalCheckFailedException"))
    with pytest.raises(ClientError):
        dynamodb.put_item(TableName="codes", Item={"pk": {"S": "a"}}, ConditionExpression="x")
    assert len(wire.sent) == 1


def test_a_call_is_signed_and_carries_what_aws_acts_on(over: Callable[..., tuple[Any, Wire]]) -> None:
    dynamodb, wire = over(_answer())
    _transact(dynamodb)
    (sent,) = wire.sent
    assert {name.lower() for name in sent.headers} == {
        "x-amz-target",
        "content-type",
        "user-agent",
        "x-amz-date",
        "authorization",
        "content-length",
    }
    assert sent.url == f"{_URL}/"


def test_nobody_waits_longer_than_was_said(over: Callable[..., tuple[Any, Wire]]) -> None:
    config = over()[0].meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 5.0)
    assert config.tcp_keepalive, "a line that went while the function slept is noticed"


def test_another_services_body_is_its_own(over: Callable[..., tuple[Any, Wire]]) -> None:
    s3, wire = over(_answer(body=b""), service="s3")
    s3.put_object(Bucket="feeds", Key="one", Body=b"content")
    assert b"content" in wire.sent[0].body.read()


def _steps(call: Callable[[], object]) -> int:
    """How many functions a call calls."""
    steps, before = 0, sys.getprofile()

    def step(_frame: object, event: str, _of: object) -> None:
        nonlocal steps
        steps += event in {"call", "c_call"}

    sys.setprofile(step)
    try:
        call()
    finally:
        sys.setprofile(before)
    return steps


def test_what_a_body_holds_costs_no_step_of_its_own(over: Callable[..., tuple[Any, Wire]]) -> None:
    """A write of 25 archives and a read of 100 items stay as cheap as botocore lets any call be."""

    def item(number: int) -> dict[str, Any]:
        return {"pk": {"S": f"{number}"}, "links": {"L": [{"M": {"to": {"S": "a"}}}]}}

    def asked(written: int, read: int) -> int:
        items = [item(number) for number in range(written)]
        dynamodb, wire = over(_answer(body=json.dumps({"Items": [item(n) for n in range(read)]}).encode()))
        statement = {"Statement": "s", "Parameters": [{"L": [{"M": one} for one in items]}]}
        steps = _steps(lambda: dynamodb.execute_statement(**statement))
        made.cache_clear()
        assert len(wire.sent) == 1
        return steps

    asked(1, 1)  # what botocore keeps of a first call
    one = asked(1, 1)
    assert asked(25, 1) - one < 24
    assert asked(1, 100) - one < 99
