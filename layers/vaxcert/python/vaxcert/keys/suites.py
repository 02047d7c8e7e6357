"""The signature suites of codes. A code's `kid` picks a key of ours, the key's record says its suite, the code says nothing.

The header's `alg` is compared with the suite of the key and never chooses it. A further suite is one more row here and a loader in
`vaxcert.keys.store`; ADR 0007 tells what SM2 with SM3 would take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

from vaxcert.keys import es256


@dataclass(frozen=True, slots=True)
class Suite:
    """How codes of one kind of key are signed. `name` is the `alg` of the key's JWK, `cose_alg` that of the code's header."""

    name: str
    cose_alg: int
    signature_bytes: int
    private_type: type
    public_type: type
    sign: Callable[[Any, bytes], bytes]
    holds: Callable[[Any, bytes, bytes], bool]


ES256: Final = Suite(
    "ES256", -7, es256.LENGTH, EllipticCurvePrivateKey, EllipticCurvePublicKey, es256.sign, es256.holds
)
SUITES: Final[Sequence[Suite]] = (ES256,)


def suite_of(key: object, suites: Sequence[Suite] = SUITES) -> Suite:
    """The suite of a private or public key. Raises LookupError for a key of none."""
    for suite in suites:
        if isinstance(key, suite.private_type | suite.public_type):
            return suite
    raise LookupError("a key of no suite")
