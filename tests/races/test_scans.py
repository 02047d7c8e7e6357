"""Scans raced at the store, on the emulator (invariants 2 and 3).

A run of the suite is short; `VAXCERT_CODES=10000 VAXCERT_INTERLEAVINGS=10000 pytest tests/races/test_scans.py -s` is a long one.
"""

from __future__ import annotations

import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from local.emulator.server import Emulator
from tests.counts import tell, tries
from tests.races.clinic import Clinic, Seen, Stamped
from tests.races.rough import RoughClient
from tests.tables import create_tables
from vaxcert.claims.model import Certificate
from vaxcert.identity.model import Device

pytestmark = pytest.mark.emulator

CODES = tries("VAXCERT_CODES", 10, 1_000)
# A scan against an ending, each at a moment of its own; four scans race each ending.
INTERLEAVINGS = tries("VAXCERT_INTERLEAVINGS", 48, 2_000)
AT_ONCE = 4
SEED = int(os.environ.get("VAXCERT_SEED", "20240810"))
# How many devices want a code, and how often that is so.
CROWDS = ((2, 60), (4, 25), (8, 10), (16, 3), (32, 1), (64, 1))
ENDINGS = ("revoke", "release", "suspend", "disable")
REFUSALS = {
    "revoke": "grant_revoked",
    "release": "released",
    "suspend": "suspended",
    "disable": "device_disabled",
}


def open_clinic(
    emulator: Emulator, dice: random.Random, *, pause: float = 0.0, rough: bool = False
) -> Clinic:
    plain = emulator.client("dynamodb")
    tables = create_tables(plain, f"s{uuid.uuid4().hex[:10]}")
    client = emulator.client("dynamodb")
    if rough:
        client = RoughClient(client, random.Random(dice.random()), conflicts=0.03, repeats=0.03)
    return Clinic(plain, tables, Stamped(client, random.Random(dice.random()), pause))


def together(deeds: Sequence[Callable[[], Seen]], pool: ThreadPoolExecutor) -> list[Seen]:
    """All at once, set off by one barrier."""
    barrier = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Seen]) -> Seen:
        barrier.wait(60)
        return deed()

    return list(pool.map(run, deeds))


@pytest.mark.timeout(3600)
def test_invariant_2_a_code_wanted_by_many_devices_is_accepted_once(emulator: Emulator) -> None:
    """By 2 to 64 devices, each also repeating its request, with conflicts and lost answers in between; no ticket is given twice."""
    dice = random.Random(SEED)
    clinic = open_clinic(emulator, dice, rough=True)
    devices = [clinic.device(f"reg-{number}") for number in range(64)]
    sizes = [*dice.choices([size for size, _ in CROWDS], [often for _, often in CROWDS], k=CODES - 2), 64, 2]
    outcomes, tickets, began, scans = Counter[str](), list[str](), time.perf_counter(), 0
    with ThreadPoolExecutor(64) as pool:
        for number, size in enumerate(sizes):
            code = clinic.code(clinic.certificate())
            crowd = dice.sample(devices, size)
            deeds = [partial(clinic.scan, device, code, f"race-{number:08d}") for device in crowd]
            seen = together(deeds, pool)
            accepted = [one for one in seen if one.reason == "accepted"]
            assert len(accepted) == 1, Counter(one.reason for one in seen)
            winner = crowd[seen.index(accepted[0])]
            again = clinic.scan(winner, code, f"race-{number:08d}")
            assert (again.reason, again.at) == ("accepted", accepted[0].at), (
                "the same request, the same answer"
            )
            outcomes.update(one.reason for one in seen)
            tickets.append(accepted[0].at)
            scans += size
    assert len(set(tickets)) == len(tickets) == CODES, "no ticket twice"
    assert set(outcomes) == {"accepted", "already_used"}
    seconds = time.perf_counter() - began
    tell(
        f"{CODES} codes wanted by 2 to 64 devices: {scans} scans in {seconds:.0f} s, {dict(outcomes)}; "
        "exactly one acceptance each\n"
    )


@pytest.mark.timeout(3600)
def test_invariant_3_nothing_is_accepted_after_the_acknowledgement(emulator: Emulator) -> None:
    """Revoking, releasing, suspending and disabling against scans that are already under way.

    A scan whose transaction was sent after the other's acknowledgement is never accepted, though it looked before.
    """
    dice = random.Random(SEED)
    clinic = open_clinic(emulator, dice, pause=0.006)
    tally: Counter[tuple[str, str]] = Counter()
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        for number in range(INTERLEAVINGS // AT_ONCE):
            kind = ENDINGS[number % len(ENDINGS)]
            tally.update((kind, what) for what in interleaved(clinic, kind, number, dice, pool))
    seconds = time.perf_counter() - began
    total = Counter[str]()
    for (_, what), count in tally.items():
        total[what] += count
    assert total["accepted, sent after"] == 0
    assert total["sent after"] > 0, "the race was run"
    lines = [f"  {kind:8} {what:34} {count:6}" for (kind, what), count in sorted(tally.items())]
    told = (
        f"\n{total['scans']} scans against {total['endings']} endings in {seconds:.0f} s, {total['sent after']} transactions sent after "
        f"the acknowledgement ({total['looked before, sent after']} of them had looked before it), "
        f"{total['accepted, sent after']} accepted"
    )
    tell("\n".join([told, *lines, ""]))


def interleaved(
    clinic: Clinic, kind: str, number: int, dice: random.Random, pool: ThreadPoolExecutor
) -> list[str]:
    """One ending against some scans at moments of their own; what happened, in words."""
    certificates = (
        [clinic.certificate() for _ in range(AT_ONCE)]
        if kind == "disable"
        else [clinic.certificate()] * AT_ONCE
    )
    device = clinic.device(f"race-{number}")
    grant = clinic.grant(certificates[0]) if kind == "revoke" else ""
    acknowledged: list[float] = []
    deeds = [_scanning(clinic, one, device, 1 if grant else 0, dice.random() * 0.012) for one in certificates]
    deeds.append(_ending(clinic, kind, certificates[0], device, grant, dice.random() * 0.012, acknowledged))
    *seen, _ = together(deeds, pool)
    (at,) = acknowledged
    found = ["endings"]
    for one in seen:
        found += ["scans", one.reason]
        if one.sent > at:
            found.append("sent after")
            found += ["looked before, sent after"] * (one.asked < at)
            found += ["accepted, sent after"] * (one.reason == "accepted")
        elif one.reason == "accepted":
            found.append("accepted, sent before")
    late = clinic.scan(device, clinic.code(certificates[0], 1 if grant else 0))
    assert late.reason == REFUSALS[kind]
    return found


def _scanning(
    clinic: Clinic, certificate: Certificate, device: Device, slot: int, pause: float
) -> Callable[[], Seen]:
    code = clinic.code(certificate, slot)

    def scan() -> Seen:
        time.sleep(pause)
        return clinic.scan(device, code)

    return scan


def _ending(
    clinic: Clinic,
    kind: str,
    certificate: Certificate,
    device: Device,
    grant: str,
    pause: float,
    acknowledged: list[float],
) -> Callable[[], Seen]:
    def end() -> Seen:
        time.sleep(pause)
        if kind == "revoke":
            clinic.revoke(certificate, grant)
        elif kind == "release":
            clinic.release(certificate)
        elif kind == "suspend":
            clinic.suspend(certificate)
        else:
            clinic.disable(device)
        acknowledged.append(time.perf_counter())
        return Seen(0.0, 0.0, kind)

    return end
