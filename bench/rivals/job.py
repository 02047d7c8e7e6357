"""The job that every rival does: who scans (PyJWT), what was scanned (PyJWT), four calls of DynamoDB, and a verdict.

It is what a plain design would do, and less than the product does: keys come ready from the environment instead of a register that
rotates, a code is burned without a transaction over what else must hold, nothing is opened that was sealed, nobody's access log is
written. So a rival is not slow for its job's sake; its framework makes the difference.
"""

from __future__ import annotations

import os
import time
from typing import Any

import boto3
import jwt
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.serialization import load_pem_public_key

# A client and no resource, and keys parsed once: what costs least.
dynamodb = boto3.client("dynamodb")
_DEVICE_KEY: Any = load_pem_public_key(os.environ["DEVICE_KEY"].encode())
_CODE_KEY: Any = load_pem_public_key(os.environ["CODE_KEY"].encode())
_CERTIFICATES, _DEVICES = os.environ["CERTIFICATES_TABLE"], os.environ["DEVICES_TABLE"]
_CODES, _VISITS = os.environ["CODES_TABLE"], os.environ["VISITS_TABLE"]


class NotAllowed(Exception):
    """The device's token does not hold."""


def device_of(authorization: str) -> dict[str, Any]:
    """The claims of the device's token."""
    try:
        claims: dict[str, Any] = jwt.decode(
            authorization.removeprefix("Bearer "), _DEVICE_KEY, algorithms=["ES256"]
        )
    except jwt.PyJWTError:
        raise NotAllowed from None
    return claims


def enrolled(device_id: str) -> bool:
    """Whether the device stands: one call."""
    found = dynamodb.get_item(TableName=_DEVICES, Key={"pk": {"S": f"D#{device_id}"}}, ConsistentRead=True)
    return "Item" in found


def scan(device: dict[str, Any], code: str, station: str) -> dict[str, Any]:
    """The verdict: refused without a call if the code is not ours, else four calls."""
    try:
        claims = jwt.decode(code, _CODE_KEY, algorithms=["ES256"])
    except jwt.PyJWTError:
        return _verdict("refused", "malformed", "不是电子预防接种证的二维码", station, None)
    if not enrolled(device["sub"]):
        raise NotAllowed
    certificate = dynamodb.get_item(
        TableName=_CERTIFICATES,
        Key={"pk": {"S": f"C#{claims['sub']}"}, "sk": {"S": "C"}},
        ConsistentRead=True,
    ).get("Item")
    if certificate is None:
        return _verdict("refused", "released", "电子预防接种证已注销", station, None)
    try:
        dynamodb.put_item(
            TableName=_CODES,
            Item={
                "pk": {"S": f"rival#{claims['jti']}"},
                "device_id": {"S": device["sub"]},
                "ttl": {"N": str(claims["exp"] + 86400)},
            },
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return _verdict("refused", "already_used", "该二维码已使用", station, None)
    day = time.strftime("%Y-%m-%d")
    number = dynamodb.update_item(
        TableName=_VISITS,
        Key={"pk": {"S": f"rival#{day}"}, "sk": {"S": "counter"}},
        UpdateExpression="SET #number = if_not_exists(#number, :none) + :one",
        ExpressionAttributeNames={"#number": "number"},
        ExpressionAttributeValues={":none": {"N": "0"}, ":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )["Attributes"]["number"]["N"]
    ticket = f"A{int(number):03d}"
    visit = {"visit_id": claims["jti"], "ticket": ticket, "state": "waiting", "station": "registration"}
    return _verdict("accepted", None, f"取号成功：{ticket}", station, visit)


def _verdict(
    result: str, reason: str | None, title: str, station: str, visit: dict[str, str] | None
) -> dict[str, Any]:
    said = {"title": title, "next_step": "请到登记台。" if visit else "请重新亮码。"}
    return {"result": result, "reason": reason, "station": station, **said, "family": said, "visit": visit}
