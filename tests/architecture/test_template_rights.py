"""Every function holds the rights that its work needs: by action, by table, by key, and no wildcard."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest

from tests.architecture.deployment import (
    FUNCTIONS,
    TABLES,
    folder_of,
    identity_statements,
    listed,
    of_type,
    statements,
    variables,
)
from tests.architecture.reach import called, used
from tests.fakes.signing import key_pair
from tools.api_document import load
from vaxcert.documents.store import ARCHIVE, CERTIFICATE
from vaxcert.keys.store import public_jwk

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
# Functions that open what is sealed and seal nothing: they look one data key up by its id, never the newest.
OPENING: Final = {"ViewRecords", "ExportReports", "TellMyData", "ExplainPerson"}
# What stands in the feed bucket, and who reads and writes it.
FEED_KEY: Final = "2024-08-10/part-0001.ndjson.gz"
REPORT_KEYS: Final = {
    "quarantine/2024-08-10/000000001-0123456789ab.ndjson": "CheckPart",
    "held-apart/2024-08-10/000000001-0123456789ab.ndjson": "CloseFeed",
    "reports/2024-08-10/0730.csv": "ExportReports",
    "figures/2024-08/20240901-065000.csv": "CountVisits",
}
# Only these may blind a number.
PEPPERED: Final = {"OpenSession", "AuthorizeGuardian", "ApplyCorrections", "ExplainPerson", "ErasePerson"}


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
    # API Gateway takes no role with less than its own managed policy; what AWS Backup asks for, AWS alone keeps in step.
    assert managed == {"ApiGatewayAccountRole", "BackupRole"}


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


def _may(role: str, action: str, key: str) -> bool:
    """Whether a role may do this to an object of the feed bucket."""
    patterns = [
        resource["Sub"].removeprefix("${FeedBucket.Arn}/")
        for statement in statements(role)
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]
    return any(fnmatchcase(key, pattern) for pattern in patterns)


def test_a_step_reads_the_feed_and_none_of_the_reports_beside_it() -> None:
    """R34: an operators' report tells of a citizen; the feed's functions have no business with it."""
    for function in FUNCTIONS:
        current, pinned = (
            _may(f"{function}Role", action, FEED_KEY) for action in ("s3:GetObject", "s3:GetObjectVersion")
        )
        # What arrives is read as it stands, and pinned; later steps read what was pinned and nothing else.
        assert current is (function == "OpenFeed"), function
        assert pinned is (function in {"CheckPart", "ApplyCorrections"}), function
        for key, writer in REPORT_KEYS.items():
            assert not _may(f"{function}Role", "s3:GetObject", key), function
            assert not _may(f"{function}Role", "s3:GetObjectVersion", key), function
            assert _may(f"{function}Role", "s3:PutObject", key) is (function == writer), function
        assert not _may(f"{function}Role", "s3:PutObject", FEED_KEY), function


def _on_keys(function: str) -> dict[str, set[str]]:
    """The actions on the keys table that a function may do, by leading key."""
    given: dict[str, set[str]] = {}
    for statement in statements(f"{function}Role"):
        if statement["Resource"] == {"GetAtt": "KeysTable.Arn"}:
            for key in statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]:
                given.setdefault(key, set()).update(listed(statement["Action"]))
    return given


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS) - {"RotateKeys"}))
def test_a_kind_of_key_is_read_in_the_one_way_that_it_is_used(function: str) -> None:
    query, get = "dynamodb:Query", "dynamodb:GetItem"
    data = {get} if function in OPENING else {get, query}
    ways = {
        "session": {query},
        "device": {query},
        "code": {query},
        "document": {query},
        "published": {get},
        "data": data,
    }
    given = _on_keys(function)
    assert given == {key: ways[key] for key in given}
    assert ("data" in given) is ("SEAL_KEY_ID" in variables(function))


def test_every_function_may_trace_where_tracing_is_on() -> None:
    roles = [role["Ref"] for role in of_type("AWS::IAM::Policy")["TracingPolicy"]["Roles"]]
    assert sorted(roles) == sorted(
        [*(f"{function}Role" for function in FUNCTIONS), "NightlySyncRole", "RemindersRole"]
    )


def test_only_corrections_write_archives_and_kinship() -> None:
    """R37: a citizen's function cannot change what the province says."""
    writers = {
        name
        for name, statement in identity_statements()
        for action in listed(statement["Action"])
        if action.startswith(("dynamodb:Put", "dynamodb:Update", "dynamodb:Delete", "dynamodb:PartiQL"))
        and statement["Resource"] in ({"GetAtt": "ArchivesTable.Arn"}, {"GetAtt": "KinshipTable.Arn"})
    }
    assert writers == {"ApplyCorrectionsRole", "RejudgeArchivesRole"}


def test_statements_are_for_the_night_alone() -> None:
    """PartiQL reads and writes by text: each right to it names one kind of statement, one table and one function, and none may scan."""
    given = {
        (name, action): (statement["Resource"], statement.get("Condition"))
        for name, statement in identity_statements()
        for action in listed(statement["Action"])
        if "PartiQL" in action or action.startswith("dynamodb:Exec")
    }
    no_scan = {"BoolIfExists": {"dynamodb:FullTableScan": "false"}}
    assert given == {
        ("ApplyCorrectionsRole", "dynamodb:PartiQLUpdate"): ({"GetAtt": "ArchivesTable.Arn"}, None),
        ("ApplyCorrectionsRole", "dynamodb:PartiQLSelect"): ({"GetAtt": "KinshipTable.Arn"}, no_scan),
    }


def test_d11_the_access_log_is_append_only_and_its_chain_too() -> None:
    """Nobody holds a right to change or remove an entry; that a put replaces nothing is its condition (records, appointments, visits)."""
    given: dict[str, set[str]] = {}
    for name, statement in identity_statements():
        for resource in listed(statement["Resource"]):
            for table in ("AccessLogTable", "AccessChainTable"):
                if resource == {"GetAtt": f"{table}.Arn"}:
                    given.setdefault(f"{name} {table}", set()).update(listed(statement["Action"]))
    reading = {"dynamodb:GetItem", "dynamodb:Query"}
    assert {who: actions - reading for who, actions in given.items() if actions - reading} == {
        "ViewRecordsRole AccessLogTable": {"dynamodb:PutItem"},
        "BookAppointmentRole AccessLogTable": {"dynamodb:PutItem"},
        "VerifyScanRole AccessLogTable": {"dynamodb:PutItem"},
        "IssueDocumentRole AccessLogTable": {"dynamodb:PutItem"},
        "ExplainPersonRole AccessLogTable": {"dynamodb:PutItem"},
        "ChainAccessLogRole AccessChainTable": {"dynamodb:PutItem"},
    }


def test_r34_what_tells_of_reports_can_open_none() -> None:
    """The event is made without the right to unseal anything (invariant 7)."""
    actions = {action for s in statements("AnnounceReportsRole") for action in listed(s["Action"])}
    assert not any(action.startswith(("kms:", "dynamodb:GetItem", "dynamodb:Query")) for action in actions)


def test_five_functions_hold_the_pepper() -> None:
    readers = {
        name
        for name, statement in identity_statements()
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
    }
    assert readers == {f"{function}Role" for function in PEPPERED}
    assert {name for name in FUNCTIONS if "PEPPER_SECRET_ARN" in variables(name)} == PEPPERED


def test_only_the_rotation_uses_the_root_key_and_makes_keys() -> None:
    making = {"kms:Sign", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:GetPublicKey"}
    holders = {
        (name, s["Resource"]["GetAtt"])
        for name, s in identity_statements()
        if making & set(listed(s["Action"]))
    }
    assert holders == {
        ("RotateKeysRole", "WrapKey.Arn"),
        ("RotateKeysRole", "SealKey.Arn"),
        ("RotateKeysRole", "RootKey.Arn"),
        # Its own key, which signs the access log's anchors and nothing else (D11).
        ("AuditAccessLogRole", "TrailKey.Arn"),
    }


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


# What a function calls for a right to something else than a table.
CALLS: Final = {
    "kms:Decrypt": {"decrypt", "get_secret_value"},
    "kms:Encrypt": {"encrypt"},
    "kms:GenerateDataKeyWithoutPlaintext": {"generate_data_key_without_plaintext"},
    "kms:GetPublicKey": {"get_public_key"},
    "kms:Sign": {"sign"},
    "secretsmanager:GetSecretValue": {"get_secret_value"},
    "s3:GetObject": {"get_object", "head_object"},
    "s3:GetObjectVersion": {"get_object"},
    "s3:ListBucket": {"list_objects_v2"},
    "s3:PutObject": {"put_object"},
    "events:PutEvents": {"put_events"},
}
# AWS itself takes these with the function's role: logs, streams, what failed.
TAKEN: Final = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "sqs:SendMessage",
}


class _Asked:
    """A client that keeps what is called of it while a function is built."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        self.names.add(name)
        return lambda **_: {"SecretString": "p" * 32}


def _handler(function: str, monkeypatch: pytest.MonkeyPatch) -> tuple[object, set[str]]:
    """A function as it is wired on Lambda, and what it calls of its clients meanwhile. A table's variable has its logical name."""
    environment = {
        name: value["Ref"] for name, value in variables(function).items() if value.get("Ref") in TABLES
    }
    others = {name: "x" for name in variables(function) if name.endswith(("_ARN", "_ID", "_BUCKET"))}
    trusted = {
        "PLATFORM_JWKS_URL": "https://platform.invalid/jwks.json",
        "PLATFORM_TOKEN_URL": "https://platform.invalid/token",
        "PLATFORM_ISSUER": "platform",
        "PLATFORM_AUDIENCE": "vaxcert",
        "DEVICE_AUDIENCE": "devices",
        "FEED_PUBLIC_JWK": json.dumps(public_jwk(key_pair("feed").private.public_key(), "feed")),
    }
    monkeypatch.setattr(os, "environ", others | trusted | environment)
    app: Any = load(folder_of(function))
    asked = _Asked()
    monkeypatch.setattr(app, "client", lambda *_, **__: asked)
    return app.build.__wrapped__(), asked.names


@pytest.mark.parametrize("function", FUNCTIONS)
def test_granted_minus_used_is_empty(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right that no code asks for is one too many: by action and table, followed from the handler (`reach`)."""
    granted, elsewhere = set[tuple[str, str]](), set[str]()
    for statement in statements(f"{function}Role"):
        if "GivenUpBucket.Arn" in str(statement["Resource"]):  # Lambda itself, when a stream gives up
            continue
        for action in set(listed(statement["Action"])) - TAKEN:
            if action.startswith("dynamodb:"):
                tables = [
                    resource["GetAtt"].removesuffix(".Arn") for resource in listed(statement["Resource"])
                ]
                granted |= {(action.removeprefix("dynamodb:"), table) for table in tables}
            else:
                elsewhere.add(action)
    if not granted | elsewhere:  # it asks nothing of AWS
        return
    handler, names = _handler(function, monkeypatch)
    assert granted - used(handler, frozenset(TABLES)) == set()
    names |= called(handler)
    assert {action for action in elsewhere if not CALLS[action] & names} == set()


def test_d20_who_checks_documents_for_anyone_can_read_nothing_about_a_person() -> None:
    """Of certificates and archives no more than the store asks for, and nothing is unsealed."""
    told = {}
    for statement in statements("CheckDocumentRole"):
        assert not any(action.startswith("kms:") for action in listed(statement["Action"]))
        condition = statement.get("Condition", {})
        if "dynamodb:Select" in condition.get("StringEqualsIfExists", {}):
            assert condition["StringEqualsIfExists"] == {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}
            told[statement["Resource"]["GetAtt"]] = condition["ForAllValues:StringEquals"][
                "dynamodb:Attributes"
            ]
    assert told == {"CertificatesTable.Arn": list(CERTIFICATE), "ArchivesTable.Arn": list(ARCHIVE)}
