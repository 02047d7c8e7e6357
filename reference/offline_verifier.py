"""The reference for makers of scanners: what a clinic's device may say of a code while its line is down (ADR 0008).

`python -m reference.offline_verifier PACK ROOT_JWK CODE` (files and a code; `-` reads the code from standard input) prints the finding as
JSON, and what to hand in later. It says `genuine but unconfirmed`, never `accepted`: whether a code was used, revoked or
released only the service knows. A pack past 48 hours says `stale` to everything. Go on with the paper certificate.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from vaxcert.aws.clock import epoch, from_rfc3339, rfc3339
from vaxcert.codes.model import Code, Fault
from vaxcert.codes.token import mangled, read, tidied
from vaxcert.keys import jws
from vaxcert.keys.jwk import InvalidKey, public_key
from vaxcert.keys.keyset import OFFLINE_TYP
from vaxcert.keys.model import OFFLINE_SERVES
from vaxcert.strict_json import parse

SKEW: Final = timedelta(seconds=30)
"""A device's clock may be off by so much; the service takes the same when the scan is handed in."""


class Finding(StrEnum):
    """All that can be said without a line. There is no `accepted` among them."""

    GENUINE = "genuine but unconfirmed"
    STALE = "stale"
    EXPIRED = "expired"
    SEEN_BEFORE = "seen before"
    MALFORMED = "malformed"
    SCANNER = "malformed by the scanner's settings"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


class UntrustedPack(Exception):
    """The pack is not the root key's: whoever wrote it, nothing is verified by it."""


@dataclass(frozen=True)
class Pack:
    """A pack whose signature was checked: from `keys` the killed ones are gone already, `killed` names them for the log."""

    issued_at: datetime
    lifetime: timedelta
    keys: Mapping[str, Any]
    killed: frozenset[str]

    def stale(self, now: datetime) -> bool:
        """Whether it is older than 48 hours, or of a time to come: then the clock is wrong and nothing can be said either."""
        return not -SKEW <= now - self.issued_at <= OFFLINE_SERVES


def open_pack(pack: str, root_jwk: Mapping[str, Any]) -> Pack:
    """Check a pack by the root key that the device got when it was enrolled. Raises UntrustedPack."""
    try:
        sent = parse(pack)
        protected, payload, signature = (str(sent[name]) for name in ("protected", "payload", "signature"))
        header = jws.parse_json(jws.decode(protected))
        if header.get("typ") != OFFLINE_TYP or header.get("kid") != root_jwk.get("kid"):
            raise UntrustedPack
        token = jws.Unverified(
            header["alg"],
            header["typ"],
            header["kid"],
            f"{protected}.{payload}.{signature}",
            jws.decode(payload),
            jws.decode(signature),
        )
        told = jws.verify(token, public_key(root_jwk))
        killed = frozenset(told["killed"])
        keys = {jwk["kid"]: public_key(jwk) for jwk in told["keys"] if jwk["kid"] not in killed}
        return Pack(
            from_rfc3339(told["issued_at"]), timedelta(seconds=told["code_ttl_seconds"]), keys, killed
        )
    except (ValueError, KeyError, TypeError, InvalidKey, jws.InvalidToken):
        raise UntrustedPack from None


class OfflineVerifier:
    """One device while its line is down. It remembers the codes that it saw: a second showing is told at once."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._seen: set[bytes] = set()

    def look(self, text: str, now: datetime) -> Finding:
        """What can be said of a scanned text at the moment `now`."""
        if self._pack.stale(now):
            return Finding.STALE
        found = read(text, lambda: self._pack.keys, self._pack.lifetime)
        if isinstance(found, Fault):
            spoiled = found is Fault.MALFORMED and mangled(text)
            return Finding.SCANNER if spoiled else Finding(str(found))
        return self._timely(found, now)

    def _timely(self, code: Code, now: datetime) -> Finding:
        if not epoch(code.issued_at - SKEW) <= epoch(now) < epoch(code.expires_at + SKEW):
            return Finding.EXPIRED
        if code.cti in self._seen:
            return Finding.SEEN_BEFORE
        self._seen.add(code.cti)
        return Finding.GENUINE


def to_hand_in(text: str, station: str, now: datetime) -> dict[str, str]:
    """The body that hands the scan in once the line is back: `POST /v1/scans`, with a new Idempotency-Key kept beside it."""
    return {"code": tidied(text), "station": station, "scanned_at": rfc3339(now)}


def main() -> int:
    """0 for a genuine code, 1 for anything else, 2 for a pack that is nobody's."""
    pack_file, root_file, text = sys.argv[1:4]
    text = sys.stdin.read() if text == "-" else text
    now = datetime.now(UTC)
    try:
        pack = open_pack(Path(pack_file).read_text("utf-8"), json.loads(Path(root_file).read_text("utf-8")))
    except UntrustedPack:
        print("the pack is not signed by the root key", file=sys.stderr)
        return 2
    finding = OfflineVerifier(pack).look(text, now)
    told: dict[str, Any] = {"finding": finding, "pack_issued_at": rfc3339(pack.issued_at)}
    if finding is Finding.GENUINE:
        told["hand_in_later"] = to_hand_in(text, sys.argv[4] if len(sys.argv) > 4 else "registration", now)
    print(json.dumps(told, ensure_ascii=False, indent=1))
    return 0 if finding is Finding.GENUINE else 1


if __name__ == "__main__":
    sys.exit(main())
