"""Secrets, read once per process from Secrets Manager: the pepper that blinds identity numbers, and what shows the platform who we are."""

from __future__ import annotations

from typing import Any

_SHORTEST = 32


def pepper(client: Any, arn: str) -> bytes:
    """The pepper as bytes. Raises ValueError where the secret is too short to protect an 18-digit number."""
    secret = secret_text(client, arn).encode()
    if len(secret) < _SHORTEST:
        raise ValueError("the pepper must have at least 32 bytes")
    return secret


def secret_text(client: Any, arn: str) -> str:
    """A secret as text."""
    return str(client.get_secret_value(SecretId=arn)["SecretString"])
