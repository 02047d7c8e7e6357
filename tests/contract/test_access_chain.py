"""The chain beside the access log, on moto and on the emulator: each entry once, in a row, and its breaks told (D11)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from functions.chain_access_log.app import create
from tests.contract.conftest import Database
from vaxcert.aws.console import InvalidEvent
from vaxcert.aws.dynamodb import Item, N, S
from vaxcert.errors import Unavailable
from vaxcert.trail.chain import NothingChained
from vaxcert.trail.chaining import AccessChain, shard_of
from vaxcert.trail.items import entry_to_item
from vaxcert.trail.model import Access, Entry

START = datetime(2026, 7, 1, 2, tzinfo=UTC)
LATER = START + timedelta(days=1)
CERTIFICATE = "caaaaaaaaaaaaa"
EVENTS = Path(__file__).parents[2] / "events" / "chain_access_log"


def an_item(number: int) -> Item:
    entry = Entry(START + timedelta(seconds=number), Access.READ, f"v1:{number}", 0)
    return entry_to_item(CERTIFICATE, entry, f"{number:08x}", timedelta(days=1095))


@pytest.fixture
def chain(database: Database) -> AccessChain:
    return AccessChain(
        database.client, database.tables["AccessChainTable"], database.tables["AccessLogTable"]
    )


def kept(database: Database, items: list[Item]) -> None:
    for item in items:
        database.client.put_item(TableName=database.tables["AccessLogTable"], Item=item)


def test_d11_entries_are_chained_once_and_the_chain_holds(chain: AccessChain, database: Database) -> None:
    items = [an_item(number) for number in range(5)]
    kept(database, items)
    heads = [chain.add(item) for item in [*items[:3], *items[1:3], *items[3:]]]
    assert [head.sequence if head else None for head in heads] == [1, 2, 3, None, None, 4, 5]
    assert chain.verify(CERTIFICATE, LATER) == (5, [])
    assert chain.verify("cnone", LATER) == (0, [])


def test_d11_what_is_removed_or_changed_shows(chain: AccessChain, database: Database) -> None:
    items = [an_item(number) for number in range(4)]
    kept(database, items)
    for item in items:
        chain.add(item)
    log = database.tables["AccessLogTable"]
    database.client.delete_item(TableName=log, Key={"pk": items[1]["pk"], "sk": items[1]["sk"]})
    kept(database, [items[2] | {"actor": S("v1:else")}, an_item(9)])
    _, found = chain.verify(CERTIFICATE, LATER)
    assert [(one.fault.value, one.position) for one in found] == [
        ("entry_removed", items[1]["sk"]["S"]),
        ("entry_changed", items[2]["sk"]["S"]),
        ("entry_not_chained", an_item(9)["sk"]["S"]),
    ]


@contextmanager
def another_writer(database: Database, operation: str, numbers: list[int]) -> Iterator[None]:
    """Before each of these operations, as long as there are numbers, another writer has kept and chained an entry."""
    other = AccessChain(
        database.client, database.tables["AccessChainTable"], database.tables["AccessLogTable"]
    )
    within: list[bool] = []

    def write(**_: Any) -> None:
        if numbers and not within:
            within.append(True)
            item = an_item(numbers.pop())
            kept(database, [item])
            other.add(item)
            within.clear()

    events, name = database.client.meta.events, f"provide-client-params.dynamodb.{operation}"
    events.register(name, write, unique_id="another")
    try:
        yield
    finally:
        events.unregister(name, unique_id="another")


def test_d11_an_entry_is_chained_behind_one_that_came_meanwhile(
    chain: AccessChain, database: Database
) -> None:
    item = an_item(0)
    kept(database, [item])
    with another_writer(database, "TransactWriteItems", [1, 2, 3, 4]):
        head = chain.add(item)
    assert head is not None
    assert head.sequence == 5
    assert chain.verify(CERTIFICATE, LATER) == (5, [])


def test_d11_an_entry_that_others_are_always_before_is_brought_again(
    chain: AccessChain, database: Database
) -> None:
    """Told as a failure: the stream comes with it once more. To answer as if it were chained would lose it."""
    item = an_item(0)
    kept(database, [item])
    with another_writer(database, "TransactWriteItems", [1, 2, 3, 4, 5]), pytest.raises(Unavailable):
        chain.add(item)
    assert chain.add(item) is not None


def test_d11_a_chain_that_grows_while_it_is_read_is_read_again(
    chain: AccessChain, database: Database
) -> None:
    first = an_item(0)
    kept(database, [first])
    chain.add(first)
    with another_writer(database, "Query", [1, 2, 3, 4]):
        assert chain.verify(CERTIFICATE, LATER) == (5, [])
    with another_writer(database, "Query", [5, 6, 7, 8, 9]), pytest.raises(Unavailable):
        chain.verify(CERTIFICATE, LATER)


def test_d11_a_head_that_was_put_back_shows(chain: AccessChain, database: Database) -> None:
    items = [an_item(number) for number in range(2)]
    kept(database, items)
    first = chain.add(items[0])
    chain.add(items[1])
    assert first is not None
    head = {
        "pk": S(f"H#{shard_of(CERTIFICATE):x}"),
        "sk": S(f"C#{CERTIFICATE}"),
        "sequence": N(1),
        "digest": S(first.digest),
    }
    database.client.put_item(TableName=database.tables["AccessChainTable"], Item=head)
    assert [one.fault.value for one in chain.verify(CERTIFICATE, LATER)[1]] == ["head_changed"]


def test_d11_what_never_came_to_the_chain_is_chained_by_hand(
    chain: AccessChain, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    items = [an_item(number) for number in range(4)]
    kept(database, items)
    chain.add(items[0])
    chain.add(items[3])
    event = json.loads((EVENTS / "repair.json").read_text("utf-8"))
    handler = create(chain, lambda: LATER)
    assert handler(event, None) == {"links": 4, "whole": True, "breaks": [], "repaired": 2}
    assert handler(event, None)["repaired"] == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["officer"], first["reason"]) == ("officer-7", event["reason"])
    assert (first["message"], first["result"], first["repaired"], second["repaired"]) == (
        "operator",
        "done",
        2,
        0,
    )


@pytest.mark.parametrize("member", ["officer", "reason", "certificate_id"])
def test_d11_who_verifies_or_repairs_a_chain_says_who_and_why(member: str) -> None:
    """As every event of an operator."""
    handler = create(cast("Any", None), lambda: LATER)
    for name in ("verify.json", "repair.json"):
        event = json.loads((EVENTS / name).read_text("utf-8"))
        with pytest.raises(InvalidEvent, match=member):
            handler({key: value for key, value in event.items() if key != member}, None)
        with pytest.raises(InvalidEvent, match=member):
            handler(event | {member: "-"}, None)


def test_the_function_takes_a_batch_and_answers_for_a_certificate(
    chain: AccessChain, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = create(chain, lambda: LATER)
    batch = json.loads((EVENTS / "stream.json").read_text("utf-8"))
    kept(database, [record["dynamodb"]["NewImage"] for record in batch["Records"]])
    assert handler(batch, None) == {"batchItemFailures": []}
    assert handler(batch, None) == {"batchItemFailures": []}
    verify = json.loads((EVENTS / "verify.json").read_text("utf-8"))
    assert handler(verify, None) == {"links": 2, "whole": True, "breaks": []}
    with pytest.raises(NothingChained, match="copy the id whole"):
        handler(verify | {"certificate_id": "cbbbbbbbbbbbba"}, None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("chained") for line in lines] == [2, 0, None, None]
    # An anchor outside of the tables, and nothing of a certificate or a reader (invariant 7).
    assert all(len(head) == 64 for head in lines[0]["heads"])
    assert CERTIFICATE not in str(lines)


def test_a_batch_goes_on_where_it_failed(
    chain: AccessChain, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = json.loads((EVENTS / "stream.json").read_text("utf-8"))
    add = chain.add

    def failing(item: Item) -> Any:
        if item["sk"]["S"].endswith("2"):
            raise TimeoutError
        return add(item)

    monkeypatch.setattr(chain, "add", failing)
    assert create(chain, lambda: LATER)(batch, None) == {"batchItemFailures": [{"itemIdentifier": "101"}]}
    line = json.loads(capsys.readouterr().out)
    assert (line["chained"], len(line["heads"]), line["failed"]) == (1, 1, "TimeoutError")


@pytest.mark.emulator
def test_two_writers_cannot_fork_a_chain(request: pytest.FixtureRequest) -> None:
    """Races belong on the emulator: moto is not atomic."""
    from tests.tables import create_tables

    client = request.getfixturevalue("emulator").client("dynamodb")
    tables = create_tables(client, "fork")
    chain = AccessChain(client, tables["AccessChainTable"], tables["AccessLogTable"])
    items = [an_item(number) for number in range(12)]
    for item in items:
        client.put_item(TableName=tables["AccessLogTable"], Item=item)
    failed: list[Item] = []

    def work(mine: list[Item]) -> None:
        for item in mine:
            try:
                chain.add(item)
            except Exception:  # noqa: BLE001 - the stream would bring it again
                failed.append(item)

    threads = [threading.Thread(target=work, args=(items[start::3],)) for start in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for item in failed:
        chain.add(item)
    assert chain.verify(CERTIFICATE, LATER) == (12, [])
