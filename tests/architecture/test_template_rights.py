"""Every function holds the rights that its work needs: by action, by table, by key, and no wildcard."""

from __future__ import annotations

from typing import Final

import pytest

from tests.architecture.deployment import (
    FUNCTIONS,
    TABLES,
    identity_statements,
    listed,
    of_type,
    statements,
    variables,
)

# What AWS takes no narrower resource for.
FORCED: Final = {
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}
# Only these may blind a number.
PEPPERED: Final = {"OpenSession", "AuthorizeGuardian", "ApplyCorrections"}


def test_no_right_has_a_wildcard_action() -> None:
    given = [(name, action) for name, s in identity_statements() for action in listed(s["Action"])]
    assert [(name, action) for name, action in given if "*" in action] == []


def test_everything_is_allowed_by_name_and_nothing_by_exception() -> None:
    for name, statement in identity_statements():
        assert statement["Effect"] == "Allow", name
        assert {"NotAction", "NotResource", "NotPrincipal"}.isdisjoint(statement), name


def test_only_what_aws_forces_is_given_on_every_resource() -> None:
    for name, statement in identity_statements():
        if "*" in listed(statement["Resource"]):
            assert set(listed(statement["Action"])) <= FORCED, name


def test_no_role_takes_a_policy_that_others_write() -> None:
    managed = {name for name, role in of_type("AWS::IAM::Role").items() if "ManagedPolicyArns" in role}
    # API Gateway takes no role with less than its own managed policy.
    assert managed == {"ApiGatewayAccountRole"}


def test_every_function_has_a_role_of_its_own() -> None:
    assert {name: function["Role"] for name, function in FUNCTIONS.items()} == {
        name: {"GetAtt": f"{name}Role.Arn"} for name in FUNCTIONS
    }
    # SAM would add AWSLambdaBasicExecutionRole, which writes to every log group there is.
    assert [name for name, function in FUNCTIONS.items() if "Policies" in function] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_reaches_the_tables_that_its_function_is_told_of(function: str) -> None:
    told = {value["Ref"] for value in variables(function).values() if value.get("Ref") in TABLES}
    reached = {
        resource["GetAtt"].removesuffix(".Arn")
        # A stream is read by the function's event source, which has the table's name from the template.
        for statement in statements(f"{function}Role")
        if any(action.startswith("dynamodb:") for action in listed(statement["Action"]))
        for resource in listed(statement["Resource"])
        if not resource["GetAtt"].endswith(".StreamArn")
    }
    assert reached == told


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_to_its_own_log_group(function: str) -> None:
    own = [s for s in statements(f"{function}Role") if "logs:PutLogEvents" in listed(s["Action"])]
    assert [s["Resource"] for s in own] == [{"GetAtt": f"{function}Logs.Arn"}]
    assert FUNCTIONS[function]["LoggingConfig"] == {"LogGroup": {"Ref": f"{function}Logs"}}


def test_only_corrections_write_archives_and_kinship() -> None:
    """R37: a citizen's function cannot change what the province says."""
    writers = {
        name
        for name, statement in identity_statements()
        for action in listed(statement["Action"])
        if action in {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
        and statement["Resource"] in ({"GetAtt": "ArchivesTable.Arn"}, {"GetAtt": "KinshipTable.Arn"})
    }
    assert writers == {"ApplyCorrectionsRole", "RejudgeArchivesRole"}


def test_d11_the_access_log_is_append_only_and_its_chain_too() -> None:
    """Nobody holds a right to change or remove an entry; that a put replaces nothing is its condition (records, visits)."""
    given: dict[str, set[str]] = {}
    for name, statement in identity_statements():
        for resource in listed(statement["Resource"]):
            for table in ("AccessLogTable", "AccessChainTable"):
                if resource == {"GetAtt": f"{table}.Arn"}:
                    given.setdefault(f"{name} {table}", set()).update(listed(statement["Action"]))
    reading = {"dynamodb:GetItem", "dynamodb:Query"}
    assert {who: actions - reading for who, actions in given.items() if actions - reading} == {
        "ViewRecordsRole AccessLogTable": {"dynamodb:PutItem"},
        "VerifyScanRole AccessLogTable": {"dynamodb:PutItem"},
        "ChainAccessLogRole AccessChainTable": {"dynamodb:PutItem"},
    }


def test_r34_what_tells_of_reports_can_open_none() -> None:
    """The event is made without the right to unseal anything (invariant 7)."""
    actions = {action for s in statements("AnnounceReportsRole") for action in listed(s["Action"])}
    assert not any(action.startswith(("kms:", "dynamodb:GetItem", "dynamodb:Query")) for action in actions)


def test_three_functions_hold_the_pepper() -> None:
    readers = {
        name
        for name, statement in identity_statements()
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
    }
    assert readers == {f"{function}Role" for function in PEPPERED}
    assert {name for name in FUNCTIONS if "PEPPER_SECRET_ARN" in variables(name)} == PEPPERED


def test_only_the_rotation_uses_the_root_key_and_makes_keys() -> None:
    making = {"kms:Sign", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:GetPublicKey"}
    holders = {name for name, s in identity_statements() if making & set(listed(s["Action"]))}
    assert holders == {"RotateKeysRole"}


def test_a_key_is_used_for_one_purpose() -> None:
    """A wrapped key copied to another purpose must not unwrap: every use names its encryption context or its service."""
    for name, statement in identity_statements():
        actions = set(listed(statement["Action"]))
        if not any(action.startswith("kms:") for action in actions) or actions == {"kms:GetPublicKey"}:
            continue
        (condition,) = statement["Condition"].values()
        assert set(condition) <= {
            "kms:EncryptionContext:purpose",
            "kms:ViaService",
            "kms:SigningAlgorithm",
        }, name


@pytest.mark.parametrize("table", ["KeysTable", "SessionsTable"])
def test_a_shared_table_is_given_by_its_leading_keys(table: str) -> None:
    for name, statement in identity_statements():
        if statement["Resource"] == {"GetAtt": f"{table}.Arn"} and name != "RotateKeysRole":
            ((operator, condition),) = statement["Condition"].items()
            assert operator.startswith("ForAllValues:")
            assert condition["dynamodb:LeadingKeys"]
            # With Scan the condition would hold for want of keys.
            assert "dynamodb:Scan" not in statement["Action"]
