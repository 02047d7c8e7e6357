"""A month of key rotation on a fake clock: how many codes were issued and looked at, and how many valid ones were refused.

`python -m bench.rotation [days]` issues a code every five minutes. Issuer and verifier are two functions, each with a `KeyStore` of its own
that keeps what it read for 30 seconds. Each code is looked at when it is shown, in its last second, and by how a scan is repeated
(24 hours) and handed in (48 hours). Some runs of the rotation are missed and some keys are killed.
"""

from __future__ import annotations

import heapq
import json
import random
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from vaxcert.aws.clock import epoch
from vaxcert.codes.model import Code
from vaxcert.codes.token import read, write
from vaxcert.keys.model import OFFLINE_SERVES, Purpose
from vaxcert.keys.rotate import Rotation
from vaxcert.keys.store import FRESH, KeyStore

START = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
TTL = timedelta(seconds=60)
LIFETIMES: dict[Purpose, timedelta] = {
    "code": TTL + OFFLINE_SERVES,
    "session": timedelta(minutes=30),
    "device": timedelta(minutes=15),
}
# How long after it was shown a code is looked at; none of these may refuse it.
LOOKS = (timedelta(), TTL - timedelta(seconds=1), timedelta(hours=24), OFFLINE_SERVES)


@dataclass
class Month:
    """What happened."""

    codes: int = 0
    checks: int = 0
    refused: int = 0
    of_killed: int = 0
    killed: int = 0
    missed: int = 0
    dead_after: timedelta = timedelta()
    signed_by: set[str] = field(default_factory=set)


class KeysTable:
    """The keys table as `KeyStore` queries it, over the fake register; and a KMS that opens everything."""

    def __init__(self, register: FakeRegister) -> None:
        self._register = register

    def query(self, **asked: Any) -> dict[str, Any]:
        purpose: Purpose = asked["ExpressionAttributeValues"][":pk"]["S"]
        return {"Items": [self._item(key) for key in self._register.keys(purpose)]}

    def decrypt(self, **asked: Any) -> dict[str, Any]:
        kid = asked["EncryptionContext"]["kid"]
        private = ec.derive_private_key(int.from_bytes(kid.encode()) + 1, ec.SECP256R1())
        return {"Plaintext": private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())}

    @staticmethod
    def _item(key: Any) -> dict[str, Any]:
        item = {
            "pk": {"S": key.purpose},
            "sk": {"S": key.kid},
            "public_jwk": {"S": json.dumps(dict(key.public_jwk))},
            "wrapped": {"B": b"-"},
            "not_before": {"N": str(epoch(key.not_before))},
        }
        if key.retire_at is not None:
            item["retire_at"] = {"N": str(epoch(key.retire_at))}
        if key.killed:
            item["killed"] = {"BOOL": True}
        return item


def simulated(dice: random.Random, *, every: timedelta, missed: float, kills: int, days: int = 30) -> Month:
    """Run `days` days: a code `every` so often, each daily rotation missed with this chance, so many keys killed."""
    month, register, clock = Month(), FakeRegister(), FakeClock(START)
    table = stands_in(KeysTable(register))
    issuer = KeyStore(table, "keys", table, "wrap", clock)
    verifiers = [KeyStore(table, "keys", None, "", clock) for _ in range(2)]
    rotation, dead = Rotation(register, a_root(), LIFETIMES, 60, DATA_KEY_AGE), set[str]()
    rotation.run(START)
    due: list[tuple[datetime, str, str]] = []
    steps = int(timedelta(days=days) / every)
    killing = set(dice.sample(range(steps // 4, steps), kills))
    runs = START
    for step in range(steps):
        moment = START + step * every
        while runs + timedelta(days=1) <= moment:
            runs += timedelta(days=1)
            clock.now = runs
            if dice.random() < missed:
                month.missed += 1
            else:
                rotation.run(runs)
        _look(month, due, verifiers, clock, moment, dead)
        clock.now = moment
        if step in killing:
            _kill(month, rotation, issuer, verifiers, clock, dead)
        shown = clock.now.replace(microsecond=0)
        key = issuer.signing("code")
        text = write(Code("c" + "a" * 13, 0, 0, step.to_bytes(5), shown, shown + TTL), key)
        month.codes += 1
        month.signed_by.add(key.kid)
        for after in LOOKS:
            heapq.heappush(due, (shown + after, key.kid, text))
    _look(month, due, verifiers, clock, START + timedelta(days=days + 3), dead)
    return month


def _look(
    month: Month,
    due: list[tuple[datetime, str, str]],
    verifiers: list[KeyStore],
    clock: FakeClock,
    until: datetime,
    dead: set[str],
) -> None:
    while due and due[0][0] <= until:
        clock.now, kid, text = heapq.heappop(due)
        month.checks += 1
        verifier = verifiers[month.checks % len(verifiers)]
        found = read(text, lambda store=verifier: store.public("code"), TTL)  # type: ignore[misc]
        if kid in dead:
            month.of_killed += 1
        elif not isinstance(found, Code):
            month.refused += 1


def _kill(
    month: Month,
    rotation: Rotation,
    issuer: KeyStore,
    verifiers: list[KeyStore],
    clock: FakeClock,
    dead: set[str],
) -> None:
    """The drill: one console event, and the clock until no function takes the key any more."""
    kid = issuer.signing("code").kid
    for verifier in verifiers:
        verifier.public("code")
    at = clock.now
    rotation.run(at, kill=kid)
    month.killed += 1
    dead.add(kid)
    while any(kid in store.public("code") for store in verifiers) or issuer.signing("code").kid == kid:
        clock.now += timedelta(seconds=1)
        if clock.now - at > 4 * FRESH:
            raise AssertionError("it does not die")
    month.dead_after = max(month.dead_after, clock.now - at)


def main() -> None:
    """Print a line for each way that a month may go."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    for missed, kills in ((0.0, 0), (0.5, 0), (0.1, 5)):
        began = time.perf_counter()
        month = simulated(
            random.Random(20240810), every=timedelta(minutes=5), missed=missed, kills=kills, days=days
        )
        print(
            f"{days} days, {month.missed} rotations missed, {month.killed} keys killed (dead everywhere after at most "
            f"{month.dead_after.total_seconds():.0f} s): {month.codes} codes of {len(month.signed_by)} keys, {month.checks} looks "
            f"({month.of_killed} at codes of killed keys), valid codes refused: {month.refused} "
            f"[{time.perf_counter() - began:.0f} s]"
        )


if __name__ == "__main__":
    main()
