"""The root key: a P-256 pair inside KMS that signs key sets and offline packs and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class RootKey:
    """Signs by KMS. No request path holds this right: what is handed out was signed by `rotate_keys` beforehand."""

    def __init__(self, kms: KMSClient, key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    def public_der(self) -> bytes:
        """The public half as SubjectPublicKeyInfo."""
        return bytes(self._kms.get_public_key(KeyId=self._key_id)["PublicKey"])

    def sign(self, message: bytes) -> bytes:
        """An ECDSA signature over SHA-256 of the message, in DER."""
        answer = self._kms.sign(
            KeyId=self._key_id,
            Message=hashlib.sha256(message).digest(),
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        return bytes(answer["Signature"])


def root_key_of(env: Mapping[str, str], kms: KMSClient) -> RootKey:
    """The root key of a deployment: ROOT_KEY_ID."""
    return RootKey(kms, env["ROOT_KEY_ID"])
