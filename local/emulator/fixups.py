"""What the emulator's CloudFormation drops from the template, put in through the emulator's own API afterwards.

Nothing here is made up: every value is read from the template that CloudFormation processed, so that what the template
does not say does not happen locally either. AWS needs none of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local.emulator.deploy import Deployed
from local.emulator.intrinsics import resolve
from local.emulator.server import Emulator

_HEADER = "method.response.header."


def apply(emulator: Emulator, deployed: Deployed) -> None:
    """Mend gateway responses and CORS preflight of the API, and the tables' expiry and backups."""
    _mend_apis(emulator.client("apigateway"), deployed)
    _mend_tables(emulator.client("dynamodb"), deployed)


def _mend_apis(gateway: Any, deployed: Deployed) -> None:
    stages = _resources(deployed, "AWS::ApiGateway::Stage")
    stage_names = {_referred(properties["RestApiId"]): name for _, name, properties in stages}
    for logical_id, api_id, properties in _resources(deployed, "AWS::ApiGateway::RestApi"):
        body = resolve_answers(properties.get("Body") or {}, deployed.names)
        for kind, response in body["x-amazon-apigateway-gateway-responses"].items():
            gateway.put_gateway_response(
                restApiId=api_id,
                responseType=kind,
                statusCode=str(response["statusCode"]) if "statusCode" in response else None,
                responseParameters=response.get("responseParameters") or {},
                responseTemplates=response.get("responseTemplates") or {},
            )
        _mend_preflight(gateway, api_id, body["paths"])
        # Gateway responses take effect with a deployment.
        gateway.create_deployment(restApiId=api_id, stageName=stage_names[logical_id])


def resolve_answers(body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The parts of an API's body that say what the gateway answers by itself, intrinsic functions filled in."""
    kind = "x-amazon-apigateway-gateway-responses"
    paths = {
        path: {"options": each["options"]}
        for path, each in (body.get("paths") or {}).items()
        if "options" in each
    }
    answers: dict[str, Any] = resolve({kind: body.get(kind) or {}, "paths": paths}, names)
    return answers


def _mend_preflight(gateway: Any, api_id: str, paths: Mapping[str, Any]) -> None:
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api_id)
    ids = {item["path"]: item["id"] for page in pages for item in page["items"]}
    for path, operations in paths.items():
        integration = operations["options"]["x-amazon-apigateway-integration"]
        method = {"restApiId": api_id, "resourceId": ids[path], "httpMethod": "OPTIONS"}
        for response in integration["responses"].values():
            headers = response.get("responseParameters") or {}
            status = {**method, "statusCode": str(response["statusCode"])}
            gateway.put_method_response(**status, responseParameters=dict.fromkeys(headers, False))
            gateway.put_integration_response(
                **status,
                responseParameters=headers,
                responseTemplates=response.get("responseTemplates") or {},
            )


def _mend_tables(dynamodb: Any, deployed: Deployed) -> None:
    for _, table, properties in _resources(deployed, "AWS::DynamoDB::Table"):
        expiry = properties.get("TimeToLiveSpecification")
        if expiry and _differs(dynamodb, table, expiry):
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=expiry)
        backups = properties.get("PointInTimeRecoverySpecification")
        if backups:
            dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=backups)


def _differs(dynamodb: Any, table: str, expiry: Mapping[str, Any]) -> bool:
    # Enabling what is enabled is an error, on AWS as here.
    now = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
    return bool(now == "ENABLED") != bool(expiry["Enabled"])


def _resources(deployed: Deployed, kind: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Logical id, physical id and properties of every resource of a kind; a condition may have left one out."""
    for logical_id, resource in deployed.processed["Resources"].items():
        if resource["Type"] == kind and logical_id in deployed.resources:
            yield logical_id, deployed.resources[logical_id], resource.get("Properties") or {}


def _referred(value: Any) -> str:
    return str(value["Ref"]) if isinstance(value, dict) else str(value)
