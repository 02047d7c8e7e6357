"""`template.yaml` keeps what the design promises: rights by action and table, tables protected, routes guarded, settings given."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

import pytest
import yaml

from local.api_document import load
from tests.tables import ROOT, template
from vaxcert.aws.settings import Settings
from vaxcert.http.messages import message
from vaxcert.http.problems import STATUS
from vaxcert.identity.routes import ROUTES, CallerClass

type Node = Mapping[str, Any]

TEMPLATE: Final = template()
RESOURCES: Final[Mapping[str, Any]] = TEMPLATE["Resources"]
STATE_MACHINE: Final = ROOT / "statemachines" / "nightly_sync.asl.yaml"
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
# Who answers which route (design, HTTP contract).
OWNERS: Final = {
    "OpenSession": {"POST /v1/challenges", "POST /v1/sessions", "DELETE /v1/sessions/current"},
    "ClaimCertificate": {
        "GET /v1/certificates",
        "POST /v1/certificates",
        "GET /v1/certificates/claimable/{record_id}",
        "GET /v1/certificates/{certificate_id}",
        "DELETE /v1/certificates/{certificate_id}",
    },
    "AuthorizeGuardian": {
        "GET /v1/certificates/{certificate_id}/grants",
        "POST /v1/certificates/{certificate_id}/grants",
        "DELETE /v1/certificates/{certificate_id}/grants/{grant_id}",
    },
    "ViewRecords": {
        "GET /v1/certificates/{certificate_id}/records",
        "GET /v1/certificates/{certificate_id}/access-log",
    },
    "IssueQr": {
        "POST /v1/certificates/{certificate_id}/codes",
        "GET /.well-known/jwks.json",
        "GET /healthz",
    },
    "VerifyScan": {"POST /v1/scans"},
    "GuideVisit": {
        "POST /v1/visits/{visit_id}/outcomes",
        "GET /v1/clinics/{clinic_code}/queue",
        "GET /v1/offline-pack",
        "POST /v1/devices/token",
    },
}
# Only these may blind a number (design, Identity).
PEPPERED: Final = {"OpenSession", "AuthorizeGuardian", "ApplyCorrections"}
EXPIRING: Final = {"CodesTable", "VisitsTable", "SessionsTable", "KeysTable", "IdempotencyTable"}
_COMMON: Final = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])


def of_type(kind: str) -> dict[str, Node]:
    """Properties by logical id."""
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == kind}


FUNCTIONS: Final = of_type("AWS::Serverless::Function")
TABLES: Final = of_type("AWS::DynamoDB::Table")


def folder_of(function: str) -> str:
    """`OpenSession` → `open_session`."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", function).lower()


def listed(value: object) -> list[Any]:
    """A policy's one-or-many as a list."""
    return value if isinstance(value, list) else [value]


def statements(name: str) -> list[Node]:
    """The statements of a role or a policy."""
    properties = RESOURCES[name]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    return [statement for document in documents for statement in document["Statement"]]


def identity_statements() -> Iterator[tuple[str, Node]]:
    """Every statement that gives somebody a right."""
    for kind in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name in of_type(kind):
            for statement in statements(name):
                yield name, statement


def variables(function: str) -> dict[str, Any]:
    """The environment that only this function has."""
    return dict(FUNCTIONS[function].get("Environment", {}).get("Variables", {}))


def routes(function: str) -> dict[str, Node]:
    """API events as `METHOD /path`."""
    events = (event["Properties"] for event in FUNCTIONS[function].get("Events", {}).values())
    return {f"{event['Method'].upper()} {event['Path']}": event for event in events}


# ---- rights


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
        for statement in statements(f"{function}Role")
        if any(action.startswith("dynamodb:") for action in listed(statement["Action"]))
        for resource in listed(statement["Resource"])
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
    assert writers == {"ApplyCorrectionsRole"}


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


# ---- what is kept


def test_every_table_of_the_design_is_there() -> None:
    assert set(TABLES) == {
        "ArchivesTable",
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
        "FeedRunsTable",
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
    assert set(groups) == {f"{name}Logs" for name in [*FUNCTIONS, "Api", "NightlySync"]}
    for name, group in groups.items():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
        assert group["KmsKeyId"] == {"GetAtt": "TableKey.Arn"}, name


def test_the_bucket_is_closed_and_speaks_tls_only() -> None:
    bucket = RESOURCES["FeedBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == len(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    )
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (tls,) = statements("FeedBucketPolicy")
    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert tls["Resource"] == [{"GetAtt": "FeedBucket.Arn"}, {"Sub": "${FeedBucket.Arn}/*"}]


def test_the_root_key_signs_and_the_others_turn() -> None:
    keys = of_type("AWS::KMS::Key")
    assert (keys["RootKey"]["KeySpec"], keys["RootKey"]["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert {name for name, key in keys.items() if key.get("EnableKeyRotation")} == set(keys) - {"RootKey"}


# ---- functions, settings, layers


def test_every_function_is_deployed_and_every_deployed_one_exists() -> None:
    there = {path.parent.name for path in ROOT.glob("functions/*/app.py")}
    assert {function["CodeUri"] for function in FUNCTIONS.values()} == {
        f"functions/{name}/" for name in there
    }
    # The local stack and the runbook find functions by this rule.
    assert {folder_of(name) for name in FUNCTIONS} == there


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_the_variables_that_it_reads_and_no_others(function: str) -> None:
    source = (ROOT / "functions" / folder_of(function) / "app.py").read_text("utf-8")
    read = set(re.findall(r'env(?:iron)?\["([A-Z_]+)"\]', source))
    read |= {name.upper() for name in re.findall(r"(?:settings|from_env\(os\.environ\))\.([a-z_]+)", source)}
    assert set(variables(function)) == read - _COMMON


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


def test_a_new_layer_or_release_reaches_the_alias() -> None:
    """docs/adr/0001-layers-and-aliases.md."""
    assert TEMPLATE["Globals"]["LayerVersion"] == {"PublishLambdaVersion": True}
    assert TEMPLATE["Globals"]["Function"]["AutoPublishAlias"] == "live"
    for function in FUNCTIONS.values():
        assert function["AutoPublishAliasAllProperties"] is True
        assert function["AutoPublishCodeSha256"] == {"Ref": "Release"}


def test_api_functions_answer_within_ten_seconds() -> None:
    default = TEMPLATE["Globals"]["Function"]["Timeout"]
    slow = {name for name in OWNERS if FUNCTIONS[name].get("Timeout", default) > 10}
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


# ---- the API


@pytest.mark.parametrize("function", OWNERS)
def test_a_function_answers_the_routes_of_the_contract(function: str) -> None:
    assert set(routes(function)) == OWNERS[function]


def test_other_functions_answer_no_route() -> None:
    assert [name for name in FUNCTIONS if name not in OWNERS and routes(name)] == []


@pytest.mark.parametrize("function", OWNERS)
def test_a_function_serves_what_is_routed_to_it(function: str) -> None:
    paths = json.loads(load(folder_of(function)).describe().get_openapi_json_schema())["paths"]
    assert {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods} == OWNERS[
        function
    ]


def test_a_route_is_open_to_anyone_only_where_the_contract_says_so() -> None:
    open_here = {
        route
        for function in OWNERS
        for route, event in routes(function).items()
        if event.get("Auth") == {"Authorizer": "NONE"}
    }
    assert open_here == {
        f"{route.method} {route.path}" for route in ROUTES if route.caller is CallerClass.ANYONE
    }
    assert {f"{route.method} {route.path}" for route in ROUTES} == set().union(*OWNERS.values())


def test_every_other_route_asks_the_authorizer() -> None:
    auth = RESOURCES["Api"]["Properties"]["Auth"]
    assert auth["DefaultAuthorizer"] == "Caller"
    assert auth["Authorizers"]["Caller"] == {
        "FunctionArn": {"Ref": "AuthorizeRequest.Alias"},
        "FunctionPayloadType": "REQUEST",
        "Identity": {"Headers": ["Authorization"], "ReauthorizeEvery": 60},
    }
    own = [
        route
        for function in OWNERS
        for route, event in routes(function).items()
        if event.get("Auth", {}).get("Authorizer", "NONE") != "NONE" or event["RestApiId"] != {"Ref": "Api"}
    ]
    assert own == []


def test_parameters_of_one_place_have_one_name() -> None:
    """API Gateway refuses `/v1/certificates/{id}` beside `/v1/certificates/{certificate_id}/grants`."""
    names: dict[str, str] = {}
    for path in {route.split(" ", 1)[1] for function in OWNERS for route in routes(function)}:
        parts = path.split("/")
        for place, part in enumerate(parts):
            if part.startswith("{"):
                prefix = "/".join(parts[:place])
                assert names.setdefault(prefix, part) == part


def test_the_access_log_knows_nothing_of_the_caller() -> None:
    """Invariant 7: the route's template, never its values, and neither address nor header."""
    settings = RESOURCES["Api"]["Properties"]["AccessLogSetting"]
    logged = set(re.findall(r"\$context\.([A-Za-z.]+)", settings["Format"]))
    assert logged == {
        "requestId",
        "requestTimeEpoch",
        "httpMethod",
        "resourcePath",
        "status",
        "responseLatency",
        "integration.latency",
        "authorizer.latency",
        "responseLength",
        "error.responseType",
    }
    json.loads(settings["Format"])
    methods = RESOURCES["Api"]["Properties"]["MethodSettings"]
    assert {(method["DataTraceEnabled"], method["LoggingLevel"]) for method in methods} == {(False, "OFF")}


@pytest.mark.parametrize(("kind", "answer"), RESOURCES["Api"]["Properties"]["GatewayResponses"].items())
def test_what_the_gateway_answers_is_a_problem_like_every_other(kind: str, answer: Node) -> None:
    problem = json.loads(answer["ResponseTemplates"]["application/json"])
    code, status = problem["code"], problem["status"]
    title, detail = message(code, "zh")
    title_en, detail_en = message(code, "en")
    assert problem == {
        "type": f"urn:vaxcert:problem:{code}",
        "title": title,
        "title_en": title_en,
        "status": status,
        "code": code,
        "detail": detail,
        "detail_en": detail_en,
        **({} if status == 404 else {"instance": "urn:vaxcert:request:$context.requestId"}),
    }
    assert status == answer["StatusCode"]
    assert code in {error.code for error, known in STATUS.items() if known == status}
    headers = answer["ResponseParameters"]["Headers"]
    assert headers["Content-Type"] == "'application/problem+json; charset=utf-8'"
    assert ("Retry-After" in headers) == (status in {429, 503}), kind


def test_the_gateway_has_an_answer_of_ours_for_everything() -> None:
    answers = RESOURCES["Api"]["Properties"]["GatewayResponses"]
    statuses = {kind: answer["StatusCode"] for kind, answer in answers.items()}
    assert statuses["MISSING_AUTHENTICATION_TOKEN"] == 404
    assert (statuses["UNAUTHORIZED"], statuses["ACCESS_DENIED"]) == (401, 401)
    assert (statuses["THROTTLED"], statuses["QUOTA_EXCEEDED"]) == (429, 429)
    assert statuses["REQUEST_TOO_LARGE"] == 413
    assert statuses["UNSUPPORTED_MEDIA_TYPE"] == 415
    assert statuses["AUTHORIZER_FAILURE"] == 503
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(statuses)


# ---- the night


def _states(machine: Node) -> Iterator[tuple[str, Node, Node]]:
    for name, state in machine["States"].items():
        yield name, state, machine
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def _following(state: Node) -> Iterator[str]:
    for branch in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        yield from (branch[word] for word in ("Next", "Default") if word in branch)


class _Strict(yaml.SafeLoader):
    """Refuses a name that stands twice: YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key) for key, _ in node.value]
        assert len(names) == len(set(names)), names
        return super().construct_mapping(node, deep)


MACHINE: Final = yaml.load(STATE_MACHINE.read_text("utf-8"), Loader=_Strict)  # noqa: S506 - a safe loader


def test_every_state_is_reached_and_leads_somewhere() -> None:
    for machine in (MACHINE, *(s["ItemProcessor"] for _, s, _ in _states(MACHINE) if "ItemProcessor" in s)):
        reached = {machine["StartAt"]}.union(*map(_following, machine["States"].values()))
        assert reached == set(machine["States"])
    ends = {"Succeed", "Fail"}
    for name, state, _ in _states(MACHINE):
        assert state["Type"] in ends or state.get("End") or list(_following(state)), name


def test_every_task_is_bounded_and_does_not_repeat_a_final_no() -> None:
    for name, state, _ in _states(MACHINE):
        if state["Type"] != "Task":
            continue
        assert state["TimeoutSeconds"] > 0, name
        *final, other = state["Retry"]
        assert other["ErrorEquals"] == ["States.ALL"], name
        assert other["JitterStrategy"] == "FULL", name
        if name != "Abandon":
            assert final == [{"ErrorEquals": ["FeedRefused", "LeaseLost", "NotAccepted"], "MaxAttempts": 0}]


def test_every_failure_ends_the_run_with_its_reason() -> None:
    for name, state in MACHINE["States"].items():
        if state["Type"] in {"Task", "Map"}:
            assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
    assert MACHINE["States"]["Failed"]["CausePath"] == "$.failure.Cause"
    assert MACHINE["States"]["Refused"]["CausePath"] == "$.reason.errorMessage"


def test_parts_are_worked_on_as_children_and_leave_nothing_in_the_state() -> None:
    for name in ("CheckParts", "ApplyParts"):
        state = MACHINE["States"][name]
        assert state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
        assert state["ResultPath"] is None
        last = [s for _, s, _ in _states(state["ItemProcessor"]) if s.get("End")]
        assert [s["OutputPath"] for s in last] == [None]


def test_the_machine_is_given_everything_that_it_names() -> None:
    named = set(re.findall(r"\$\{(\w+)\}", STATE_MACHINE.read_text("utf-8")))
    nightly = RESOURCES["NightlySync"]["Properties"]
    assert set(nightly["DefinitionSubstitutions"]) == named
    callable_ = next(s for s in statements("NightlySyncRole") if s["Action"] == "lambda:InvokeFunction")
    assert {arn["Ref"] for arn in callable_["Resource"]} == {
        value["Ref"] for value in nightly["DefinitionSubstitutions"].values() if ".Alias" in value["Ref"]
    }


def test_the_night_logs_no_payload() -> None:
    """Invariant 7."""
    logging = RESOURCES["NightlySync"]["Properties"]["Logging"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False)


def test_schedules_run_by_the_clock_of_shanghai_and_lose_nothing() -> None:
    schedules = of_type("AWS::Scheduler::Schedule")
    assert schedules["NightlySchedule"]["ScheduleExpression"] == "cron(30 0-8 * * ? *)"
    for name, schedule in schedules.items():
        assert schedule["ScheduleExpressionTimezone"] == "Asia/Shanghai", name
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}, name
        assert schedule["Target"]["DeadLetterConfig"] == {"Arn": {"GetAtt": "DeadLetters.Arn"}}, name
