"""The policies of Seal, Wrap and Root key, here and in the other region, judged by the emulator: who administers uses nothing, a role of the stack what it was given (D23)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from local.emulator.server import ACCOUNT, REGION, Emulator
from tests.tables import replica, template

pytestmark = pytest.mark.emulator
_NAMES = {
    "AWS::Partition": "aws",
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": "vaxcert",
    "StackOfTheService": "vaxcert",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com.cn",
}
_EVERYTHING = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}


def _resolved(node: Any) -> Any:
    if isinstance(node, dict):
        if set(node) == {"Sub"}:
            text = str(node["Sub"])
            for name, value in _NAMES.items():
                text = text.replace(f"${{{name}}}", value)
            return text
        return {name: _resolved(value) for name, value in node.items()}
    return [_resolved(one) for one in node] if isinstance(node, list) else node


def _as_role(emulator: Emulator, name: str, *statements: dict[str, Any]) -> Any:
    """A KMS client of somebody who assumed a role of this name with these rights."""
    iam = emulator.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    given = emulator.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="someone")["Credentials"]
    return botocore.session.Session().create_client(
        "kms",
        region_name=REGION,
        endpoint_url=emulator.url,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


@pytest.fixture(params=[template, replica], ids=["template", "replica"])
def key(request: pytest.FixtureRequest, emulator: Emulator) -> str:
    policy = _resolved(request.param()["Resources"]["SealKey"]["Properties"]["KeyPolicy"])
    made = emulator.client("kms").create_key(Policy=json.dumps(policy))
    return str(made["KeyMetadata"]["Arn"])


def _data_key(kms: Any, key: str) -> Any:
    return kms.generate_data_key_without_plaintext(
        KeyId=key, KeySpec="AES_256", EncryptionContext={"purpose": "data"}
    )


def test_d23_a_role_of_the_stack_uses_the_key_as_its_own_policy_gives_it(
    emulator: Emulator, key: str
) -> None:
    given = {
        "Effect": "Allow",
        "Action": "kms:GenerateDataKeyWithoutPlaintext",
        "Resource": key,
        "Condition": {"StringEquals": {"kms:EncryptionContext:purpose": ["data"]}},
    }
    kms = _as_role(emulator, f"vaxcert-RotateKeysRole-{uuid.uuid4().hex[:8]}", given)
    assert _data_key(kms, key)["CiphertextBlob"]
    with pytest.raises(ClientError, match="AccessDenied"):
        kms.disable_key(KeyId=key)


def test_d23_who_administers_the_key_uses_it_for_nothing(emulator: Emulator, key: str) -> None:
    kms = _as_role(emulator, f"administrator-{uuid.uuid4().hex[:8]}", _EVERYTHING)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
    with pytest.raises(ClientError, match="AccessDenied"):
        _data_key(kms, key)
    kms.disable_key(KeyId=key)
