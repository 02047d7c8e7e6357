"""The edge: one door, its own TLS, limits for whoever is anonymous, releases that are taken back, keys that administrators cannot use."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from tests.architecture.deployment import FUNCTIONS, RESOURCES, TEMPLATE, listed, of_type, routes
from tests.tables import replica

API: Final = of_type("AWS::Serverless::Api")["Api"]
LIMITED: Final = {
    (one["HttpMethod"], one["ResourcePath"].replace("~1", "/")): one["ThrottlingRateLimit"]["Ref"]
    for one in API["MethodSettings"]
}
OPEN: Final = [
    (event["Method"].upper(), event["Path"])
    for name in FUNCTIONS
    for event in routes(name).values()
    if event.get("Auth") == {"Authorizer": "NONE"}
]
KEYS: Final = of_type("AWS::KMS::Key")
ELSEWHERE: Final = {
    name: one["Properties"]
    for name, one in replica()["Resources"].items()
    if one["Type"] in {"AWS::KMS::Key", "AWS::KMS::ReplicaKey"}
}
SEPARATED: Final = [
    *(pytest.param(KEYS[name], id=name) for name in ("SealKey", "WrapKey", "RootKey", "TrailKey")),
    *(pytest.param(one, id=f"{name}-elsewhere") for name, one in ELSEWHERE.items()),
]


@pytest.mark.parametrize("route", OPEN, ids=" ".join)
def test_every_route_that_is_open_to_anyone_has_a_limit_of_its_own(route: tuple[str, str]) -> None:
    assert LIMITED[route] in {"AnonymousRate", "PagesRate"}


def test_there_is_no_second_door_beside_the_domain() -> None:
    assert API["DisableExecuteApiEndpoint"] == {"If": ["HasDomain", True, False]}
    domain = of_type("AWS::ApiGateway::DomainName")["ApiDomain"]
    assert domain["SecurityPolicy"] == "TLS_1_2"
    assert RESOURCES["ApiDomain"]["Condition"] == RESOURCES["ApiDomainMapping"]["Condition"] == "HasDomain"


def test_a_release_of_what_answers_requests_is_tried_on_a_tenth_and_taken_back_by_alarms() -> None:
    careful = {name for name, one in FUNCTIONS.items() if "DeploymentPreference" in one}
    assert careful == {name for name in FUNCTIONS if routes(name)} | {"AuthorizeRequest"}
    for name in careful:
        preference = FUNCTIONS[name]["DeploymentPreference"]
        assert preference["Enabled"] == {"Ref": "CanaryDeployments"}
        condition, alarms, none = preference["Alarms"]["If"]
        assert (condition, none) == ("HasAlarmTopic", [{"Ref": "AWS::NoValue"}])
        assert {one["Ref"] for one in alarms} <= set(of_type("AWS::CloudWatch::Alarm"))


def test_what_a_queue_waits_for_can_stand_ready_in_clinic_hours() -> None:
    targets = of_type("AWS::ApplicationAutoScaling::ScalableTarget")
    assert {one["ResourceId"]["Sub"] for one in targets.values()} == {
        f"function:${{{name}}}:live" for name in ("AuthorizeRequest", "IssueQr", "VerifyScan", "GuideVisit")
    }
    for name, one in targets.items():
        assert RESOURCES[name]["Condition"] == "StandsReady"
        assert {action["Timezone"] for action in one["ScheduledActions"]} == {"Asia/Shanghai"}


@pytest.mark.parametrize("key", SEPARATED)
def test_d23_who_administers_a_key_can_use_it_for_nothing(key: Any) -> None:
    using = {
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:Sign",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
    }
    for statement in key["KeyPolicy"]["Statement"]:
        actions = set(listed(statement["Action"]))
        assert not any("*" in action for action in actions)
        if using & actions:
            # A use is a role of this stack's, or goes through the service that the secret lies in.
            (condition,) = statement["Condition"].values()
            assert set(condition) <= {"aws:PrincipalArn", "kms:ViaService"}
        elif actions == {"kms:CreateGrant"}:
            assert statement["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        else:
            assert "Condition" not in statement
            assert "kms:PutKeyPolicy" in actions  # nobody is locked out


@pytest.mark.parametrize("name", ["SealKey", "WrapKey", "RootKey", "TrailKey"])
def test_d23_a_key_has_the_same_policy_in_the_other_region(name: str) -> None:
    """There the stack's roles are those of the service, and the key is a replica of the one here."""
    here = json.dumps(KEYS[name]["KeyPolicy"]).replace("${AWS::StackName}", "${StackOfTheService}")
    assert ELSEWHERE[name]["KeyPolicy"] == json.loads(here)
    assert ELSEWHERE[name]["PrimaryKeyArn"] == {"Ref": f"{name}Arn"}


def test_d23_what_keeps_the_copies_opens_nothing_that_is_sealed() -> None:
    vault = replica()["Resources"]["BackupVault"]["Properties"]
    assert vault["EncryptionKeyArn"] == {"GetAtt": "VaultKey.Arn"}


def test_logs_are_kept_for_a_year_and_outlive_their_stack() -> None:
    assert TEMPLATE["Parameters"]["LogRetentionDays"]["Default"] == 365
    for name in of_type("AWS::Logs::LogGroup"):
        assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain", name
