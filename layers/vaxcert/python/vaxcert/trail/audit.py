"""The daily look at the access log: against what was anchored before, then anchored anew (D11).

A certificate whose head has moved since, or is gone, is verified link by link, and beside them one shard in sixteen as a whole. One
that does not hold keeps its old anchor, so that every following day finds it again until somebody accepts it with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from vaxcert.aws.clock import shanghai_date
from vaxcert.aws.kms import RootKey
from vaxcert.trail.anchors import AnchorChanged, Anchors, Signature, Statement
from vaxcert.trail.chain import Break, Head, NothingBroken
from vaxcert.trail.chaining import SHARDS, AccessChain, chain_of, shard_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client

_AT_A_TIME: Final = 16


@dataclass(frozen=True, slots=True)
class Audit:
    """What a day's look found: how many heads, how many chains were verified, and which do not hold.

    `anchor_changed`: what was anchored before could not be believed, so that nothing was compared with it; or what somebody
    accepted could not, so that it counts as not accepted.
    """

    heads: int
    verified: int
    broken: Mapping[str, tuple[Break, ...]]
    anchor_changed: bool


class AuditService:
    """Use cases of `audit_access_log`."""

    def __init__(self, chain: AccessChain, anchors: Anchors) -> None:
        self._chain = chain
        self._anchors = anchors

    def run(self, now: datetime) -> Audit:
        """Compare with the newest earlier day, then anchor this one. Again on the same day: the same, of the state as it is by then."""
        day = shanghai_date(now)
        before, changed = self._before(day)
        shards: dict[int, tuple[str, str]] = {}
        broken: dict[str, tuple[Break, ...]] = {}
        heads = verified = 0
        for shard in range(SHARDS):
            try:
                anchored = {} if before is None else self._anchors.heads(before, shard)
            except AnchorChanged:
                anchored, changed = {}, True
            standing = dict(self._chain.heads(shard))
            whole = shard == day.toordinal() % SHARDS
            suspect = list(_suspect(standing, anchored, whole=whole))
            found, forged = self._verified({one: anchored.get(one) for one in suspect}, now)
            broken |= found
            changed |= forged
            # What does not hold keeps the anchor that tells so.
            kept = standing | {one: anchored[one] for one in found if one in anchored}
            shards[shard] = self._anchors.put_shard(day, shard, kept.items())
            heads, verified = heads + len(standing), verified + len(suspect)
        self._anchors.state(day, shards, before, now)
        return Audit(heads, verified, broken, changed)

    def accept(self, certificate_id: str, who: str, why: str, now: datetime) -> tuple[Break, ...]:
        """Keep that somebody has looked into the breaks of a certificate as they are now; these. Raises NothingBroken."""
        before, _ = self._before(shanghai_date(now))
        anchored = {} if before is None else self._anchors.heads(before, shard_of(certificate_id))
        _, found = self._chain.verify(certificate_id, now, anchored.get(certificate_id))
        if not found:
            raise NothingBroken
        self._anchors.accept(certificate_id, found, who, why, now)
        return tuple(found)

    def _before(self, day: date) -> tuple[Statement | None, bool]:
        try:
            return self._anchors.before(day), False
        except AnchorChanged:
            return None, True

    def _verified(
        self, suspect: Mapping[str, Head | None], now: datetime
    ) -> tuple[dict[str, tuple[Break, ...]], bool]:
        """Breaks that nobody has accepted, by certificate; and whether an acceptance cannot be believed, so that it accepts nothing."""

        def look(certificate_id: str) -> tuple[tuple[Break, ...], bool]:
            _, found = self._chain.verify(certificate_id, now, suspect[certificate_id])
            if not found:
                return (), False
            try:
                accepted = self._anchors.accepted(certificate_id)
            except AnchorChanged:
                return tuple(found), True
            return tuple(one for one in found if one not in accepted), False

        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            looked = dict(zip(suspect, pool.map(look, suspect), strict=True))
        broken = {one: found for one, (found, _) in looked.items() if found}
        return broken, any(forged for _, forged in looked.values())


def _suspect(standing: Mapping[str, Head], anchored: Mapping[str, Head], *, whole: bool) -> Iterator[str]:
    for certificate_id in sorted(standing.keys() | anchored.keys()):
        if whole or standing.get(certificate_id) != anchored.get(certificate_id):
            yield certificate_id


def audit_of(env: Mapping[str, str], dynamodb: DynamoDBClient, s3: S3Client, kms: KMSClient) -> AuditService:
    """The audit of a deployment: the chain's tables, TRAIL_BUCKET for its anchors, and TRAIL_KEY_ID, which signs them."""
    signer = RootKey(kms, env["TRAIL_KEY_ID"])
    anchors = Anchors(s3, env["TRAIL_BUCKET"], Signature(signer.sign, signer.public_der))
    return AuditService(chain_of(env, dynamodb), anchors)
