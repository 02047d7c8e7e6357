"""The transaction helper: what is tried again, what is told (invariants 3 and 4)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.clients import stands_in
from vaxcert.aws.dynamodb import (
    BOOL,
    SS,
    B,
    Cancelled,
    L,
    N,
    S,
    batch_get,
    flag,
    get,
    maybe_blob,
    maybe_number,
    maybe_text,
    newest,
    put,
    query_all,
    single,
    texts,
    transact,
)
from vaxcert.errors import Unavailable


def _cancelled(*codes: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "x"},
        "CancellationReasons": [{"Code": code, "Item": {"pk": S("old")}} for code in codes],
    }
    return ClientError(answer, "TransactWriteItems")


class Scripted:
    """A client that answers each call with the next of its script."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.calls: list[dict[str, Any]] = []

    def _next(self, **call: Any) -> Any:
        self.calls.append(call)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    transact_write_items = put_item = get_item = batch_get_item = query = _next


def _transact(client: Any, pauses: list[float] | None = None) -> list[float]:
    pauses = [] if pauses is None else pauses
    transact(
        client, [put("t", {"pk": S("a")}, "attribute_not_exists(pk)")], sleep=pauses.append, rng=lambda: 1.0
    )
    return pauses


def test_a_conflict_with_another_transaction_is_tried_again_with_growing_pauses() -> None:
    """Invariant 3: `TransactionConflict` is retried."""
    pauses = _transact(Scripted(_cancelled("TransactionConflict"), _cancelled("ThrottlingError"), {}))
    assert pauses == [0.02, 0.04]


def test_a_failed_condition_is_told_at_once_with_the_item_as_it_stands() -> None:
    client = Scripted(_cancelled("None", "ConditionalCheckFailed"))
    with pytest.raises(Cancelled) as caught:
        _transact(client)
    assert not caught.value.failed(0)
    assert caught.value.failed(1)
    assert caught.value.reasons[1].item == {"pk": S("old")}
    assert len(client.calls) == 1


def test_a_failed_condition_beside_a_conflict_is_an_answer_not_a_retry() -> None:
    with pytest.raises(Cancelled):
        _transact(Scripted(_cancelled("TransactionConflict", "ConditionalCheckFailed")))


def test_what_stays_busy_is_unavailable_and_says_when_to_come_again() -> None:
    pauses: list[float] = []
    with pytest.raises(Unavailable) as caught:
        _transact(Scripted(*[_cancelled("TransactionConflict")] * 6), pauses)
    assert caught.value.retry_after == 2
    assert pauses == [0.02, 0.04, 0.08, 0.16, 0.32], "nobody waits behind the last try"


def test_any_other_error_goes_through() -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "TransactWriteItems")
    with pytest.raises(ClientError):
        _transact(Scripted(denied))


def test_a_single_write_tells_its_failed_condition_like_a_transaction() -> None:
    answer: Any = {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": {"pk": S("a")}}
    error = ClientError(answer, "PutItem")
    with pytest.raises(Cancelled) as caught:
        single(stands_in(Scripted(error)), put("t", {"pk": S("a")}, "attribute_not_exists(pk)"))
    assert caught.value.reasons[0].item == {"pk": S("a")}


def test_a_single_write_that_meets_a_transaction_is_tried_again() -> None:
    """Invariant 3: an archive, a slot, a device or a session that a transaction checks at that very moment."""
    conflict = ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, "PutItem")
    op, pauses = put("t", {"pk": S("a")}), list[float]()
    found = single(
        stands_in(Scripted(conflict, conflict, {"Attributes": {}})), op, sleep=pauses.append, rng=lambda: 1.0
    )
    assert (found, pauses) == ({"Attributes": {}}, [0.02, 0.04])
    with pytest.raises(Unavailable):
        single(stands_in(Scripted(*[conflict] * 6)), op, sleep=pauses.append, rng=lambda: 1.0)
    assert pauses[2:] == [0.02, 0.04, 0.08, 0.16, 0.32]
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "PutItem")
    with pytest.raises(ClientError):
        single(stands_in(Scripted(denied)), op)


def test_a_query_is_read_to_its_last_page() -> None:
    client: Any = Scripted(
        {"Items": [{"pk": S("1")}], "LastEvaluatedKey": {"pk": S("1")}}, {"Items": [{"pk": S("2")}]}
    )
    assert [item["pk"]["S"] for item in query_all(client, TableName="t")] == ["1", "2"]
    assert client.calls[1]["ExclusiveStartKey"] == {"pk": S("1")}


@pytest.mark.parametrize("before", [None, "5"])
@pytest.mark.parametrize(("stored", "more"), [("", False), ("4", False), ("43", False), ("432", True)])
def test_the_newest_are_a_page_and_whether_there_are_more(
    stored: str, more: bool, before: str | None
) -> None:
    """The one that a page goes on behind is read with it and is none of it."""
    read = ("5" if before else "") + stored
    client = Scripted({"Items": [{"pk": S("p"), "sk": S(name)} for name in read]})
    found, follow = newest(stands_in(client), "t", "p", ("0", "9"), before, 2)
    assert ([item["sk"]["S"] for item in found], follow) == ([*stored[:2]], more)
    (asked,) = client.calls
    assert asked["Limit"] == 2 + 2
    assert (asked["ConsistentRead"], asked["ScanIndexForward"]) == (True, False)
    assert asked["ExpressionAttributeValues"] == {
        ":pk": S("p"),
        ":first": S("0"),
        ":last": S(before or "9"),
    }


def test_what_a_batch_leaves_unprocessed_is_asked_for_again() -> None:
    rest = {"t": {"Keys": [{"pk": S("b")}]}}
    client: Any = Scripted(
        {"Responses": {"t": [{"pk": S("a")}]}, "UnprocessedKeys": rest},
        {"Responses": {"t": [{"pk": S("b")}]}},
    )
    pauses: list[float] = []
    keys = [("t", {"pk": S("a")}), ("t", {"pk": S("b")})]
    found = batch_get(client, keys, sleep=pauses.append, rng=lambda: 1.0)
    assert set(found) == {("t", "a", ""), ("t", "b", "")}
    assert client.calls[0]["RequestItems"]["t"]["ConsistentRead"] is True
    assert client.calls[1]["RequestItems"] == rest
    assert pauses == [0.02], "a busy table is not asked again at once"


def test_what_a_batch_never_gets_is_unavailable_after_six_tries_and_five_growing_pauses() -> None:
    left: Any = {"Responses": {}, "UnprocessedKeys": {"t": {"Keys": [{"pk": S("a")}]}}}
    pauses: list[float] = []
    client = stands_in(Scripted(*[left] * 6))
    with pytest.raises(Unavailable):
        batch_get(client, [("t", {"pk": S("a")})], sleep=pauses.append, rng=lambda: 1.0)
    assert pauses == [0.02, 0.04, 0.08, 0.16, 0.32]


def test_one_item_is_read_as_it_stands_now_unless_told_otherwise() -> None:
    client: Any = Scripted({"Item": {"pk": S("a")}}, {})
    assert get(client, "t", {"pk": S("a")}) == {"pk": S("a")}
    assert get(client, "t", {"pk": S("a")}, consistent=False) is None
    assert [call["ConsistentRead"] for call in client.calls] == [True, False]


def test_an_attribute_is_read_as_it_was_written_or_as_what_a_missing_one_stands_for() -> None:
    item = {
        "set": SS(frozenset({"b", "a"})),
        "list": L([S("b"), S("a")]),
        "text": S("t"),
        "number": N(0),
        "bytes": B(b"x"),
        "yes": BOOL(True),
    }
    assert (texts(item, "set"), texts(item, "list"), texts(item, "none")) == (("a", "b"), ("b", "a"), ())
    assert (maybe_text(item, "text"), maybe_text(item, "none")) == ("t", None)
    assert (maybe_number(item, "number"), maybe_number(item, "none")) == (0, None)
    assert (maybe_blob(item, "bytes"), maybe_blob(item, "none")) == (b"x", None)
    assert (flag(item, "yes"), flag(item, "none")) == (True, False)
