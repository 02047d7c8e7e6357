"""Secrets, read once per process from Secrets Manager: the pepper that blinds identity numbers, and what shows the platform who we are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_SHORTEST = 32


def pepper(client: SecretsManagerClient, arn: str) -> bytes:
    """The pepper as bytes. Raises ValueError where the secret is too short to protect an 18-digit number."""
    secret = client.get_secret_value(SecretId=arn)["SecretString"].encode()
    if len(secret) < _SHORTEST:
        raise ValueError("the pepper must have at least 32 bytes")
    return secret


def pepper_of(env: Mapping[str, str], secrets: SecretsManagerClient) -> bytes:
    """The pepper of a function that blinds: PEPPER_SECRET_ARN."""
    return pepper(secrets, env["PEPPER_SECRET_ARN"])


def client_secret_of(env: Mapping[str, str], secrets: SecretsManagerClient) -> str:
    """What proves us to the identity platform's token address: PLATFORM_CLIENT_SECRET_ARN."""
    return secrets.get_secret_value(SecretId=env["PLATFORM_CLIENT_SECRET_ARN"])["SecretString"]
