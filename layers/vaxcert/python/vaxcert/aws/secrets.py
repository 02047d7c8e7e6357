"""Secrets, read once per process from Secrets Manager: the pepper that blinds identity numbers, and what shows the platform who we are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_SHORTEST = 32
_VERSIONS = 2


def peppers(client: SecretsManagerClient, arn: str) -> tuple[bytes, ...]:
    """The pepper as bytes, and behind it the second one that covers it, if there is one (D23).

    The secret is one line, or two; a generated one has no line break. Raises ValueError where one is too short to
    protect an 18-digit number, or there are more.
    """
    found = tuple(
        part.encode() for part in client.get_secret_value(SecretId=arn)["SecretString"].splitlines()
    )
    if len(found) > _VERSIONS or any(len(one) < _SHORTEST for one in found):
        raise ValueError("the pepper must have at least 32 bytes, and two versions at most")
    return found


def peppers_of(env: Mapping[str, str], secrets: SecretsManagerClient) -> tuple[bytes, ...]:
    """The peppers of a function that blinds: PEPPER_SECRET_ARN."""
    return peppers(secrets, env["PEPPER_SECRET_ARN"])


def client_secret_of(env: Mapping[str, str], secrets: SecretsManagerClient) -> str:
    """What proves us to the identity platform's token address: PLATFORM_CLIENT_SECRET_ARN."""
    return secrets.get_secret_value(SecretId=env["PLATFORM_CLIENT_SECRET_ARN"])["SecretString"]
