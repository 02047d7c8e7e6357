"""Bodies of DynamoDB's requests are to the byte what botocore would write, and answers are read as it reads them (invariant 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.config import Config
from botocore.parsers import ResponseParserFactory
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.aws.bodies import Answers, body_of, write_bodies

type Call = tuple[str, dict[str, Any]]

_TEXTS, _BYTES = st.text(max_size=8), st.binary(max_size=40)
_NAMES = st.text(min_size=1, max_size=4)


def _of(kind: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return values.map(lambda value: {kind: value})


_VALUES = st.recursive(
    st.one_of(
        _of("S", _TEXTS),
        _of("N", st.integers().map(str)),
        _of("B", _BYTES),
        _of("BOOL", st.booleans()),
        _of("SS", st.lists(_TEXTS, max_size=3)),
        _of("BS", st.lists(_BYTES, max_size=3)),
    ),
    lambda inner: st.one_of(
        _of("L", st.lists(inner, max_size=3)), _of("M", st.dictionaries(_NAMES, inner, max_size=3))
    ),
    max_leaves=6,
)
_ITEMS = st.dictionaries(_NAMES, _VALUES, max_size=4)
_KEYS = st.fixed_dictionaries({"pk": _of("S", _TEXTS)})
_STATEMENTS = st.fixed_dictionaries(
    {"Statement": _TEXTS, "Parameters": st.lists(_VALUES, max_size=5)},
    optional={"ReturnValuesOnConditionCheckFailure": st.just("ALL_OLD")},
)
_PUTS = st.fixed_dictionaries({"Put": st.fixed_dictionaries({"TableName": st.just("t"), "Item": _ITEMS})})
_ASKED = st.fixed_dictionaries({"Keys": st.lists(_KEYS, max_size=4), "ConsistentRead": st.booleans()})
_OPERATIONS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "batch_execute_statement": {"Statements": st.lists(_STATEMENTS, max_size=4)},
    "batch_get_item": {"RequestItems": st.dictionaries(st.just("t"), _ASKED)},
    "transact_write_items": {"TransactItems": st.lists(_PUTS, max_size=4), "ClientRequestToken": _TEXTS},
    "put_item": {"TableName": st.just("t"), "Item": _ITEMS, "ExpressionAttributeValues": _ITEMS},
    "query": {"TableName": st.just("t"), "Limit": st.integers(1, 9), "ScanIndexForward": st.booleans()},
}
_CALLS: st.SearchStrategy[Call] = st.one_of(
    *(st.tuples(st.just(name), st.fixed_dictionaries(given)) for name, given in _OPERATIONS.items())
)


class _Nothing:
    def stream(self) -> Any:
        """An empty answer."""
        yield b"{}"


def _asking(*, quick: bool, region: str = "cn-north-1") -> tuple[Any, list[tuple[str, bytes]]]:
    """A client, and where it asked what; it is answered nothing."""
    client: Any = get_session().create_client(
        "dynamodb",
        region_name=region,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
        config=Config(parameter_validation=False),
    )
    if quick:
        write_bodies(client)
    sent: list[tuple[str, bytes]] = []

    def answer(request: Any, **_: Any) -> Any:
        sent.append((request.url, request.body))
        return AWSResponse(request.url, 200, HTTPHeaders(), _Nothing())

    client.meta.events.register("before-send", answer)
    return client, sent


_PLAIN, _QUICK = _asking(quick=False), _asking(quick=True)


@given(_CALLS)
def test_a_body_is_to_the_byte_what_botocore_writes(call: Call) -> None:
    operation, parameters = call
    for client, sent in (_PLAIN, _QUICK):
        sent.clear()
        getattr(client, operation)(**parameters)
    assert _QUICK[1] == _PLAIN[1]


def test_a_table_that_is_named_with_its_account_is_asked_where_botocore_would_ask() -> None:
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/t"
    places = set()
    for quick in (False, True):
        client, sent = _asking(quick=quick, region="us-east-1")
        client.get_item(TableName=arn, Key={"pk": {"S": "a"}})
        places.add(sent[0][0])
    assert places == {"https://111122223333.ddb.us-east-1.amazonaws.com/"}


def test_a_transaction_keeps_the_token_that_botocore_gives_it_invariant_4() -> None:
    """By it DynamoDB knows a transaction that is sent again because its answer was lost."""
    client, sent = _asking(quick=True)
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": {"pk": {"S": "a"}}}}])
    assert len(json.loads(sent[0][1])["ClientRequestToken"]) == 36


def test_a_value_that_no_request_can_hold_is_refused_before_anything_is_sent() -> None:
    client, sent = _asking(quick=True)
    with pytest.raises(TypeError):
        client.put_item(TableName="t", Item={"pk": {"S": object()}})
    assert not sent


def test_what_the_caller_gave_stays_as_it_is_so_that_it_can_be_given_again_invariant_4() -> None:
    client, sent = _asking(quick=True)
    statements = [{"Statement": "s", "Parameters": [{"B": b"\0"}]}]
    for _ in range(2):
        client.batch_execute_statement(Statements=statements)
    assert sent[0] == sent[1]
    assert statements == [{"Statement": "s", "Parameters": [{"B": b"\0"}]}]


_ANSWERS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "BatchExecuteStatement": st.fixed_dictionaries(
        {
            "Responses": st.lists(
                st.fixed_dictionaries(
                    {"TableName": _TEXTS},
                    optional={"Error": st.fixed_dictionaries({"Code": _TEXTS}, optional={"Item": _ITEMS})},
                ),
                max_size=3,
            )
        }
    ),
    "BatchGetItem": st.fixed_dictionaries(
        {
            "Responses": st.dictionaries(_NAMES, st.lists(_ITEMS, max_size=3), max_size=2),
            "UnprocessedKeys": st.dictionaries(_NAMES, _ASKED, max_size=1),
        }
    ),
    "ExecuteStatement": st.fixed_dictionaries(
        {"Items": st.lists(_ITEMS, max_size=3)}, optional={"NextToken": st.none() | _TEXTS}
    ),
    "GetItem": st.fixed_dictionaries({}, optional={"Item": _ITEMS}),
    "Query": st.fixed_dictionaries(
        {"Items": st.lists(_ITEMS, max_size=3), "Count": st.integers(0, 9)},
        optional={"LastEvaluatedKey": st.none() | _ITEMS},
    ),
    "PutItem": st.fixed_dictionaries({}, optional={"Attributes": _ITEMS}),
}
_MODEL = get_session().get_service_model("dynamodb")


@given(st.one_of(*(st.tuples(st.just(name), answer) for name, answer in _ANSWERS.items())), st.booleans())
def test_an_answer_is_read_as_botocore_reads_it(answer: Call, refused: bool) -> None:
    """What it holds, bytes as bytes, and what is told beside it; a refusal too, with the item that came with it."""
    operation, told = answer
    refusal = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "Item": {}}
    response = {
        "status_code": 400 if refused else 200,
        "headers": {"x-amzn-RequestId": "one", "X-Other": "two"},
        "body": body_of(refusal if refused else told),
    }
    shape: Any = _MODEL.operation_model(operation).output_shape
    usual, ours = (factory.create_parser("json") for factory in (ResponseParserFactory(), Answers()))
    assert ours.parse(response, shape) == usual.parse(response, shape)


def test_an_answer_without_a_body_is_read_as_botocore_reads_it() -> None:
    shape: Any = _MODEL.operation_model("GetItem").output_shape
    response = {"status_code": 200, "headers": {"x-amzn-RequestId": "one"}, "body": b""}
    usual, ours = (factory.create_parser("json") for factory in (ResponseParserFactory(), Answers()))
    assert ours.parse(response, shape) == usual.parse(response, shape)


def test_the_bytes_of_another_service_are_read_by_its_own_model() -> None:
    shape: Any = get_session().get_service_model("kms").operation_model("Decrypt").output_shape
    response = {"status_code": 200, "headers": {}, "body": b'{"Plaintext": "AA=="}'}
    assert Answers().create_parser("json").parse(response, shape)["Plaintext"] == b"\0"
