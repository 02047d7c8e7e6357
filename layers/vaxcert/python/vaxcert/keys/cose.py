"""COSE_Sign1 (RFC 9052): the one envelope of shown codes and of documents. Tag 18, `alg` and `kid` protected, nothing unprotected.

The key's suite signs and verifies, whatever a header says (`vaxcert.keys.suites`).
"""

from __future__ import annotations

from typing import Final

import cbor2

SIGN1: Final = 18
_ALG: Final = 1
_KID: Final = 4


def protected_header(alg: int, kid: bytes) -> bytes:
    """The protected header, encoded deterministically (RFC 8949 §4.2): its labels stand in their order."""
    return cbor2.dumps({_ALG: alg, _KID: kid})


def sign1(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """The tagged structure."""
    return cbor2.dumps(cbor2.CBORTag(SIGN1, [protected, {}, payload, signature]))


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Sig_structure (RFC 9052 §4.4): what a signature is over."""
    return cbor2.dumps(["Signature1", protected, b"", payload])
