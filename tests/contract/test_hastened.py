"""moto, hastened, still takes a transaction whole or not at all (tests/hastened.py)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import Database


def test_a_transaction_that_is_refused_leaves_what_stood(database: Database) -> None:
    """Puts, updates in place and deletes that came before the refusal are taken back, in a table with a sort key and one without."""
    client = database.client
    sorted_, plain = database.tables["CertificatesTable"], database.tables["ArchivesTable"]
    first, second = ({"pk": {"S": "a"}, "sk": {"S": one}} for one in ("1", "2"))
    client.put_item(TableName=sorted_, Item=first | {"told": {"M": {"by": {"S": "nobody"}}}})
    client.put_item(TableName=sorted_, Item=second)
    client.put_item(TableName=plain, Item={"pk": {"S": "a"}, "version": {"N": "1"}})
    before = _everything(client, sorted_, plain)

    def update(table: str, key: Any, **more: Any) -> dict[str, Any]:
        asked = {"TableName": table, "Key": key, "UpdateExpression": "SET version = :v"}
        return {"Update": asked | {"ExpressionAttributeValues": {":v": {"N": "2"}}} | more}

    operations = [
        update(sorted_, first),
        {"Delete": {"TableName": sorted_, "Key": second}},
        {"Put": {"TableName": sorted_, "Item": {"pk": {"S": "b"}, "sk": {"S": "1"}}}},
        update(plain, {"pk": {"S": "a"}}),
    ]
    refused = update(plain, {"pk": {"S": "b"}}, ConditionExpression="attribute_exists(pk)")
    with pytest.raises(ClientError) as raised:
        client.transact_write_items(TransactItems=[*operations, refused])
    reasons = raised.value.response["CancellationReasons"]
    assert [one["Code"] for one in reasons] == ["None"] * 4 + ["ConditionalCheckFailed"]
    assert _everything(client, sorted_, plain) == before
    client.transact_write_items(TransactItems=operations)
    assert len(_everything(client, sorted_, plain)) == 3
    assert _everything(client, sorted_, plain) != before


def _everything(client: Any, *tables: str) -> list[Any]:
    found = [item for table in tables for item in client.scan(TableName=table, ConsistentRead=True)["Items"]]
    return sorted(found, key=repr)
