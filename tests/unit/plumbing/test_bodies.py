"""Bodies of DynamoDB's requests are what botocore would write, to the byte, its own additions among them (invariant 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.aws.bodies import write_bodies

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


def _asking(*, quick: bool) -> tuple[Any, list[tuple[str, bytes]]]:
    """A client, and where it asked what; it is answered nothing."""
    client: Any = get_session().create_client(
        "dynamodb",
        region_name="cn-north-1",
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
        config=Config(parameter_validation=False),
    )
    if quick:
        write_bodies(client)
    sent: list[tuple[str, bytes]] = []

    def answer(request: Any, **_: Any) -> Any:
        sent.append((request.url, request.body))
        return AWSResponse(request.url, 200, {}, _Nothing())

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
