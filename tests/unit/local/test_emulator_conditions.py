"""The condition keys that the emulator does not know are read from the request as AWS reads them."""

from typing import Any

import pytest

from local.emulator.mends import condition_keys, role_arn, statements

TABLE = "arn:aws:dynamodb:cn-north-1:000000000000:table/Sessions"
OTHER = "arn:aws:dynamodb:cn-north-1:000000000000:table/Other"


def keys(action: str, arn: str, body: dict[str, Any]) -> dict[str, str | list[str]]:
    return condition_keys(action, arn, body, lambda _table: "pk")


def test_kms_tells_context_and_algorithm() -> None:
    body = {"EncryptionContext": {"purpose": "code", "kid": "k1"}, "SigningAlgorithm": "ECDSA_SHA_256"}
    assert keys("kms:Decrypt", "arn:key", body) == {
        "kms:EncryptionContextKeys": ["purpose", "kid"],
        "kms:EncryptionContext:purpose": "code",
        "kms:EncryptionContext:kid": "k1",
        "kms:SigningAlgorithm": "ECDSA_SHA_256",
    }


def test_kms_without_context_tells_nothing() -> None:
    assert keys("kms:Decrypt", "arn:key", {"CiphertextBlob": "…"}) == {}


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("dynamodb:GetItem", {"TableName": "Sessions", "Key": {"pk": {"S": "N#1"}}}),
        ("dynamodb:PutItem", {"TableName": TABLE, "Item": {"pk": {"S": "N#1"}, "a": {"S": "x"}}}),
        (
            "dynamodb:Query",
            {
                "TableName": "Sessions",
                "KeyConditionExpression": "#k = :p AND begins_with(sk, :s)",
                "ExpressionAttributeNames": {"#k": "pk"},
                "ExpressionAttributeValues": {":p": {"S": "N#1"}, ":s": {"S": "x"}},
            },
        ),
        (
            "dynamodb:BatchGetItem",
            {"RequestItems": {"Sessions": {"Keys": [{"pk": {"S": "N#1"}}]}, "Other": {}}},
        ),
        (
            "dynamodb:BatchWriteItem",
            {"RequestItems": {"Sessions": [{"PutRequest": {"Item": {"pk": {"S": "N#1"}}}}]}},
        ),
    ],
)
def test_a_table_tells_its_leading_keys(action: str, body: dict[str, Any]) -> None:
    assert keys(action, TABLE, body) == {"dynamodb:LeadingKeys": ["N#1"]}


def test_each_item_of_a_transaction_is_judged_by_its_own_action_and_table() -> None:
    body = {
        "TransactItems": [
            {"Put": {"TableName": "Sessions", "Item": {"pk": {"S": "N#1"}}}},
            {"ConditionCheck": {"TableName": "Sessions", "Key": {"pk": {"S": "S#2"}}}},
            {"Put": {"TableName": "Other", "Item": {"pk": {"S": "X"}}}},
        ]
    }
    assert keys("dynamodb:PutItem", TABLE, body) == {"dynamodb:LeadingKeys": ["N#1"]}
    assert keys("dynamodb:ConditionCheckItem", TABLE, body) == {"dynamodb:LeadingKeys": ["S#2"]}
    assert keys("dynamodb:PutItem", OTHER, body) == {"dynamodb:LeadingKeys": ["X"]}


def test_each_statement_of_a_batch_is_judged_by_its_own_action_and_table() -> None:
    told = {
        'UPDATE "Archives" SET "a"=? WHERE "pk"=?': ("dynamodb:PartiQLUpdate", "Archives"),
        'SELECT * FROM "Other" WHERE "pk" IN [?]': ("dynamodb:PartiQLSelect", "Other"),
        'DELETE FROM "Archives" WHERE "pk"=?': ("dynamodb:PartiQL", "-"),
    }
    assert statements({"Statements": [{"Statement": one} for one in told]}) == list(told.values())
    assert [statements({"Statement": one})[0] for one in told] == list(told.values())


def test_other_services_tell_nothing() -> None:
    assert keys("s3:GetObject", "arn:aws:s3:::bucket/key", {}) == {}


def test_the_principal_of_a_session_is_its_role() -> None:
    session = "arn:aws:sts::000000000000:assumed-role/vaxcert-RotateKeysRole-1/vaxcert-RotateKeys-2"
    assert role_arn(session) == "arn:aws:iam::000000000000:role/vaxcert-RotateKeysRole-1"
    for other in ("arn:aws:iam::000000000000:user/officer-7", "arn:aws:iam::000000000000:root"):
        assert role_arn(other) == other
