"""The heads of all chains, anchored once a day where whoever writes the tables cannot reach them (D11).

| object | holds |
|---|---|
| `heads/<day>/<shard>-<digest>.ndjson.gz` | the heads of a shard, `["<certificate>", <number>, "<digest>"]` a line |
| `heads/<day>/statement.json` | which of these objects make the day, with their SHA-256, signed; it is written last |
| `accepted/<certificate>/<time>.json` | breaks that somebody has looked into, with who and why, signed |

The bucket keeps every version for as long as the log (Object Lock). What is read back is believed by its signature, never because it lies there.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from vaxcert.aws.clock import rfc3339
from vaxcert.keys import es256
from vaxcert.trail.chain import Break, Fault, Head

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# After so long a silence there is nothing to compare with; the alarm has told of it for weeks by then.
_LOOKED_BACK: Final = timedelta(days=60)
_FORM: Final = "vaxcert/access-log-heads"


class AnchorChanged(Exception):
    """What was anchored is not what was signed: the object is not ours, or lost."""


class Signature:
    """Signs statements (DER), and knows its public half, which is asked for once."""

    def __init__(self, sign: Callable[[bytes], bytes], public_der: Callable[[], bytes]) -> None:
        self.sign = sign
        self._public_der = public_der
        self._public: EllipticCurvePublicKey | None = None

    def public(self) -> EllipticCurvePublicKey:
        """The public half. Raises TypeError unless it is an elliptic curve's."""
        if self._public is None:
            key = load_der_public_key(self._public_der())
            if not isinstance(key, EllipticCurvePublicKey):
                raise TypeError("anchors are signed by a P-256 key")
            self._public = key
        return self._public


@dataclass(frozen=True, slots=True)
class Statement:
    """A day's anchor: the key and SHA-256 of each shard's object."""

    day: date
    shards: Mapping[int, tuple[str, str]]
    digest: str


class Anchors:
    """The anchors of all days, in their bucket."""

    def __init__(self, s3: S3Client, bucket: str, signature: Signature) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._signature = signature

    def before(self, day: date) -> Statement | None:
        """The newest statement of an earlier day, or None. Raises AnchorChanged."""
        after = f"heads/{(day - _LOOKED_BACK).isoformat()}"
        days = [
            found["Prefix"].split("/")[1]
            for page in self._pages("heads/", after)
            for found in page.get("CommonPrefixes", ())
        ]
        # A day without its statement was not finished.
        for name in sorted((one for one in days if one < day.isoformat()), reverse=True):
            body = self._body(f"heads/{name}/statement.json")
            if body is not None:
                return self._statement(body, name)
        return None

    def heads(self, statement: Statement, shard: int) -> dict[str, Head]:
        """The heads of a shard by certificate, as they stood. Raises AnchorChanged."""
        key, digest = statement.shards[shard]
        body = self._body(key)
        if body is None or hashlib.sha256(body).hexdigest() != digest:
            raise AnchorChanged(key)
        lines = (json.loads(line) for line in gzip.decompress(body).splitlines())
        return {certificate_id: Head(sequence, head) for certificate_id, sequence, head in lines}

    def put_shard(self, day: date, shard: int, heads: Iterable[tuple[str, Head]]) -> tuple[str, str]:
        """Write a shard's heads; key and SHA-256 of the object."""
        lines = "".join(
            json.dumps([certificate_id, head.sequence, head.digest]) + "\n"
            for certificate_id, head in sorted(heads, key=lambda one: one[0])
        )
        body = gzip.compress(lines.encode(), mtime=0)
        digest = hashlib.sha256(body).hexdigest()
        key = f"heads/{day.isoformat()}/{shard:x}-{digest[:12]}.ndjson.gz"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        return key, digest

    def state(
        self, day: date, shards: Mapping[int, tuple[str, str]], before: Statement | None, now: datetime
    ) -> None:
        """Sign which objects make the day, and which day it follows."""
        told = {
            "form": _FORM,
            "day": day.isoformat(),
            "at": rfc3339(now),
            "shards": {f"{shard:x}": [*where] for shard, where in sorted(shards.items())},
            "before": None if before is None else [before.day.isoformat(), before.digest],
        }
        self._put(f"heads/{day.isoformat()}/statement.json", told)

    def accept(self, certificate_id: str, found: Sequence[Break], who: str, why: str, now: datetime) -> None:
        """Keep for good that somebody has looked into these breaks, and why they stand."""
        told = {
            "form": f"{_FORM}/accepted",
            "certificate_id": certificate_id,
            "at": rfc3339(now),
            "who": who,
            "why": why,
            "breaks": [[one.fault, one.position, one.sequence] for one in found],
        }
        self._put(f"accepted/{certificate_id}/{rfc3339(now)}.json", told)

    def accepted(self, certificate_id: str) -> frozenset[Break]:
        """Every break of a certificate that was accepted. Raises AnchorChanged."""
        prefix = f"accepted/{certificate_id}/"
        keys = [found["Key"] for page in self._pages(prefix, "") for found in page.get("Contents", ())]
        told = [self._signed(self._body(key) or b"") for key in keys]
        if any(one.get("certificate_id") != certificate_id for one in told):
            raise AnchorChanged(prefix)
        return frozenset(
            Break(Fault(fault), position, sequence)
            for one in told
            for fault, position, sequence in one["breaks"]
        )

    def _statement(self, body: bytes, name: str) -> Statement:
        told = self._signed(body)
        if told.get("form") != _FORM or told["day"] != name:
            raise AnchorChanged(name)
        shards = {int(shard, 16): (key, digest) for shard, (key, digest) in told["shards"].items()}
        return Statement(date.fromisoformat(name), shards, hashlib.sha256(body).hexdigest())

    def _put(self, key: str, told: Mapping[str, Any]) -> None:
        stated = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        signature = es256.raw(self._signature.sign(stated.encode()))
        body = {"stated": stated, "signature": base64.b64encode(signature).decode()}
        self._s3.put_object(
            Bucket=self._bucket, Key=key, Body=json.dumps(body).encode(), ContentType="application/json"
        )

    def _signed(self, body: bytes) -> dict[str, Any]:
        try:
            outer = json.loads(body)
            stated, signature = outer["stated"].encode(), base64.b64decode(outer["signature"])
            if es256.holds(self._signature.public(), signature, stated):
                told: dict[str, Any] = json.loads(stated)
                return told
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        raise AnchorChanged

    def _body(self, key: str) -> bytes | None:
        listed = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)
        if not any(found["Key"] == key for found in listed.get("Contents", ())):
            return None
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def _pages(self, prefix: str, after: str) -> Iterable[Mapping[str, Any]]:
        query: dict[str, Any] = {"Bucket": self._bucket, "Prefix": prefix, "StartAfter": after}
        if prefix == "heads/":
            query["Delimiter"] = "/"
        while True:
            page = self._s3.list_objects_v2(**query)
            yield page
            if not page.get("IsTruncated"):
                return
            query["ContinuationToken"] = page["NextContinuationToken"]
