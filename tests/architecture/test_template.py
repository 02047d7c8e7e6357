"""`template.yaml` keeps what is promised of tables, bucket, logs, functions and settings."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest

from tests.architecture.deployment import (
    FUNCTIONS,
    RESOURCES,
    TABLES,
    TEMPLATE,
    folder_of,
    of_type,
    routes,
    statements,
    variables,
)
from tests.tables import ROOT
from tools.api_document import load
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.corrections.steps.brake import Brake
from vaxcert.grants.model import SLOTS
from vaxcert.identity.tokens import LONGEST

EXPIRING: Final = {
    "HandlesTable",
    "AccessLogTable",
    "DocumentsTable",
    "RemindersTable",
    "AppointmentsTable",
    "CertificatesTable",
    "GrantsTable",
    "ReportsTable",
    "CodesTable",
    "VisitsTable",
    "SessionsTable",
    "FeedRunsTable",
    "KeysTable",
    "IdempotencyTable",
}
_COMMON: Final = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])


def test_every_table_of_the_design_is_there() -> None:
    assert set(TABLES) == {
        "ArchivesTable",
        "HandlesTable",
        "KinshipTable",
        "CertificatesTable",
        "GrantsTable",
        "CodesTable",
        "VisitsTable",
        "DevicesTable",
        "SessionsTable",
        "KeysTable",
        "IdempotencyTable",
        "AccessLogTable",
        "AccessChainTable",
        "ReportsTable",
        "DocumentsTable",
        "FeedRunsTable",
        "ClinicsTable",
        "AppointmentsTable",
        "RemindersTable",
    }


@pytest.mark.parametrize("table", TABLES)
def test_a_table_can_be_restored_and_not_be_lost(table: str) -> None:
    properties = TABLES[table]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": {"GetAtt": "TableKey.Arn"},
    }
    assert properties["DeletionProtectionEnabled"] == {"If": ["Protected", True, False]}
    assert "GlobalSecondaryIndexes" not in properties
    expiry = {"AttributeName": "ttl", "Enabled": True} if table in EXPIRING else None
    assert properties.get("TimeToLiveSpecification") == expiry


def test_what_cannot_be_made_again_outlives_the_stack() -> None:
    kinds = ("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret", "AWS::S3::Bucket")
    for name in (name for kind in kinds for name in of_type(kind)):
        assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain", name


def test_every_log_group_forgets_and_is_encrypted() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    assert set(groups) == {f"{name}Logs" for name in [*FUNCTIONS, "Api", "NightlySync", "Reminders"]}
    for name, group in groups.items():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
        assert group["KmsKeyId"] == {"GetAtt": "TableKey.Arn"}, name


@pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
def test_a_bucket_is_closed_and_speaks_tls_only(name: str) -> None:
    bucket = RESOURCES[name]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == len(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    )
    # A batch that a stream gave up is written once.
    assert ("VersioningConfiguration" in bucket) is (name != "GivenUpBucket")
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (tls,) = [one for one in map(_if, statements(f"{name}Policy")) if one["Sid"] == "TlsOnly"]
    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert tls["Resource"] == [{"GetAtt": f"{name}.Arn"}, {"Sub": f"${{{name}.Arn}}/*"}]


def test_the_root_key_signs_and_the_others_turn() -> None:
    keys = of_type("AWS::KMS::Key")
    signing = {"RootKey", "TrailKey"}
    for name in signing:
        assert (keys[name]["KeySpec"], keys[name]["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert {name for name, key in keys.items() if key.get("EnableKeyRotation")} == set(keys) - signing


def test_every_function_is_deployed_and_every_deployed_one_exists() -> None:
    there = {path.parent.name for path in ROOT.glob("functions/*/app.py")}
    assert TEMPLATE["Globals"]["Function"]["CodeUri"] == "functions/"
    for name, function in FUNCTIONS.items():
        assert function["Handler"] == f"{folder_of(name)}.app.handler"
        assert "CodeUri" not in function
    # The local stack and the runbook find functions by this rule.
    assert {folder_of(name) for name in FUNCTIONS} == there


_SETTINGS_OF: Final[dict[str, Any]] = {
    "ClaimRules.of(": ClaimRules.of,
    "Brake.of(": Brake.of,
}


def _wiring(module: Any) -> str:
    """The source of a function's `app.py`, and of the rooms' `…_of` functions that it is wired by, down to the last."""
    sources, found, ahead = [inspect.getsource(module)], set(), [module]
    for at in ahead:
        where = at if inspect.ismodule(at) else inspect.getmodule(at)
        for name in re.findall(r"\b([a-z_]+_of)\(", inspect.getsource(at)):
            made = getattr(where, name, None)
            if inspect.isfunction(made) and made not in found:
                found.add(made)
                ahead.append(made)
                sources.append(inspect.getsource(made))
    whole = "".join(sources)
    return whole + "".join(inspect.getsource(reads) for call, reads in _SETTINGS_OF.items() if call in whole)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_the_variables_that_it_reads_and_no_others(function: str) -> None:
    source = _wiring(load(folder_of(function)))
    read = set(re.findall(r'env(?:iron)?\["([A-Z_]+)"\]', source))
    read |= {name.upper() for name in re.findall(r"(?:settings|from_env\(os\.environ\))\.([a-z_]+)", source)}
    assert set(variables(function)) == read - _COMMON


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_wired_by_its_rooms(function: str) -> None:
    """A room alone knows which variables its parts are made from: `…_of(env, client, …)`."""
    source = (ROOT / "functions" / folder_of(function) / "app.py").read_text("utf-8")
    assert not re.search(r"env(?:iron)?(?:\[|\.get)", source)


def test_every_setting_is_a_parameter() -> None:
    given = {name: value for function in FUNCTIONS for name, value in variables(function).items()}
    given |= TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    for setting in (field.name for field in fields(Settings)):
        parameter = "".join(word.capitalize() for word in setting.split("_"))
        assert given[setting.upper()] == {"Ref": parameter}
        assert parameter in TEMPLATE["Parameters"]


def test_settings_have_the_same_defaults_here_and_there() -> None:
    defaults = {
        field.name.upper(): str(parameter["Default"])
        for field in fields(Settings)
        if "Default"
        in (parameter := TEMPLATE["Parameters"]["".join(w.capitalize() for w in field.name.split("_"))])
        and field.name != "service_stage"
    }
    assert Settings.from_env(defaults) == Settings()


def test_every_parameter_says_what_it_is_and_what_it_takes() -> None:
    bounds = {"AllowedPattern", "AllowedValues", "MinValue"}
    for name, parameter in TEMPLATE["Parameters"].items():
        assert parameter["Description"], name
        assert bounds & set(parameter), name
        if "Default" in parameter and "AllowedPattern" in parameter:
            assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"]), name


@pytest.mark.parametrize(
    ("parameter", "most"),
    [
        ("SessionSeconds", LONGEST.total_seconds()),
        ("DeviceTokenSeconds", LONGEST.total_seconds()),
        ("GrantLimit", SLOTS),
    ],
)
def test_d1_what_may_be_set_is_no_more_than_the_product_takes(parameter: str, most: float) -> None:
    """A session set to last longer than any token is believed would let nobody in."""
    assert TEMPLATE["Parameters"][parameter]["MaxValue"] <= most


def test_a_new_layer_or_release_reaches_the_alias() -> None:
    """docs/adr/0001-layers-and-aliases.md."""
    assert TEMPLATE["Globals"]["LayerVersion"] == {"PublishLambdaVersion": True}
    assert TEMPLATE["Globals"]["Function"]["AutoPublishAlias"] == "live"
    for function in FUNCTIONS.values():
        assert function["AutoPublishAliasAllProperties"] is True
        assert function["AutoPublishCodeSha256"] == {"Ref": "Release"}


def test_what_is_named_is_used_and_a_name_stands_for_one_thing() -> None:
    """docs/adr/0012-template.md."""
    text = re.sub(r"(?m)^ *#.*$", "", (ROOT / "template.yaml").read_text("utf-8"))
    named = re.findall(r"(?<![\w\"'])&([a-z_]+)", text)
    used = re.findall(r"(?<![\w\"'/])\*([a-z_]+)", text)
    assert len(named) == len(set(named))
    assert set(named) == set(used)


def test_api_functions_answer_within_ten_seconds() -> None:
    default = TEMPLATE["Globals"]["Function"]["Timeout"]
    slow = {name for name in FUNCTIONS if routes(name) and FUNCTIONS[name].get("Timeout", default) > 10}
    assert slow == set()


def test_no_partition_is_taken_for_granted() -> None:
    text = (ROOT / "template.yaml").read_text("utf-8")
    assert "arn:aws:" not in text
    assert "arn:aws-cn:" not in text


def test_every_environment_names_parameters_that_exist() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
    for stage in ("dev", "staging", "prod"):
        assert config[stage]["global"]["parameters"]["region"] == "cn-north-1"
        overrides = dict(
            pair.split("=", 1) for pair in config[stage]["deploy"]["parameters"]["parameter_overrides"]
        )
        assert set(overrides) <= set(TEMPLATE["Parameters"])
        assert overrides["ServiceStage"] == stage
    assert config["prod"]["deploy"]["parameters"]["confirm_changeset"] is True


def _if(value: Any) -> Any:
    """What stands where the condition holds."""
    return value["If"][1] if isinstance(value, dict) and "If" in value else value


def test_d23_keys_that_sealed_or_signed_something_outlive_a_region() -> None:
    """It cannot be changed once a key is made, so that it is "yes" unless somebody says no."""
    keys = of_type("AWS::KMS::Key")
    for name in ("SealKey", "WrapKey", "RootKey", "TrailKey"):
        assert keys[name]["MultiRegion"] == {"If": ["MultiRegion", True, {"Ref": "AWS::NoValue"}]}
    assert TEMPLATE["Parameters"]["MultiRegionKeys"]["Default"] == "yes"
    replicas = _if(TEMPLATE["Resources"]["Pepper"]["Properties"]["ReplicaRegions"])
    assert [replica["Region"] for replica in replicas] == [{"Ref": "ReplicaRegion"}]


def test_d23_every_table_that_no_time_ends_is_copied_to_the_other_region() -> None:
    chosen = TEMPLATE["Resources"]["BackupSelection"]["Properties"]["BackupSelection"]["Resources"]
    ends_by_itself = {"CodesTable", "VisitsTable", "SessionsTable", "IdempotencyTable"}
    assert {one["GetAtt"].removesuffix(".Arn") for one in chosen} == set(TABLES) - ends_by_itself


def test_the_province_alone_drops_feeds_and_uses_the_key_through_s3_only() -> None:
    told = {one["Sid"]: one for one in map(_if, statements("FeedBucketPolicy"))}
    province = {"Ref": "ProvincePrincipalArn"}
    allowed, denied = told["TheProvinceDropsFeeds"], told["NobodyElseDoes"]
    assert allowed["Principal"] == {"AWS": province}
    assert set(allowed["Action"]) == {"s3:PutObject", "s3:AbortMultipartUpload"}
    assert denied["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": province}}
    pattern = allowed["Resource"]["Sub"].removeprefix("${FeedBucket.Arn}/")
    assert denied["Resource"] == allowed["Resource"]
    assert fnmatchcase("2026-07-01/manifest.json", pattern)
    # What we write beside the feeds is none of the province's.
    for key in ("quarantine/2026-07-01/x", "held-apart/2026-07-01/x", "reports/2026-07-01/0730.csv"):
        assert not fnmatchcase(key, pattern)
    policy = TEMPLATE["Resources"]["TableKey"]["Properties"]["KeyPolicy"]["Statement"]
    (use,) = [one for one in map(_if, policy) if one["Principal"] == {"AWS": province}]
    assert set(use["Condition"]["StringEquals"]) == {"kms:ViaService"}
    assert all("s3." in service["Sub"] for service in use["Condition"]["StringEquals"]["kms:ViaService"])


def test_d11_nobody_can_shorten_the_time_of_an_anchor() -> None:
    bucket = TEMPLATE["Resources"]["TrailBucket"]["Properties"]
    assert _if(bucket["ObjectLockEnabled"]) is True
    rule = _if(bucket["ObjectLockConfiguration"])["Rule"]["DefaultRetention"]
    assert rule == {
        "Mode": {"If": ["Protected", "COMPLIANCE", "GOVERNANCE"]},
        "Days": {"Ref": "AccessLogDays"},
    }
