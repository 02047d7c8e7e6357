"""Chaos on a stack of its own, in the middle of a clinic's morning and of a night: whoever asks again finds one execution, and nothing half done.

Clients do what apps and desks do: they repeat what got no answer, or 5xx, under the same key, until they have one. What they were told is
then held against every table (invariants 1 to 4 and 6). The emulator keeps its state as `make run` has it: what it was last asked may be gone
after a hard kill, which DynamoDB never does, so that clients begin at their first request again, under the same keys.
`make test` freezes the platform and disables keys; `make prove` kills the emulator, and moves the clock, as well.
"""

from __future__ import annotations

import itertools
import resource
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import pytest

from local import keys, services
from local.api_client import Answer, device_token, fresh_assertion
from local.demo.clinics import NANTONG_FIRST, NANTONG_SECOND, WUXI_SECOND
from local.demo.town import row_of
from local.platform.signing import Platform
from tests.counts import PROVE, tell
from tests.stack.conftest import PARAMETERS, made_world
from tests.stack.mornings import PATIENCE, Client, Morning, Rolled
from tests.stack.outages import Chaos
from tools.problems import LocalProblem

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3600 if PROVE else 600)]

FAMILIES: Final = [f"ordinary_{number:02d}" for number in range(1, 9)]
LIMIT: Final = 29.0
"""Seconds that the gateway gives a request."""
AHEAD: Final = 25 * 3600
whole = pytest.mark.skipif(not PROVE, reason="chaos is whole to prove")


@pytest.fixture(scope="module")
def chaos() -> Iterator[Chaos]:
    with made_world(snapshots=True) as world:
        yield Chaos(world)


@pytest.fixture(scope="module")
def families(chaos: Chaos) -> list[Morning]:
    """Families at one clinic or another, before their morning."""
    return [Morning(chaos.world, Client(chaos.world), key) for key in FAMILIES]


def _figures(name: str, clients: list[Client], more: str = "") -> None:
    counted = Client(clients[0].world)
    for one in clients:
        counted.seen += one.seen
        counted.slowest = max(counted.slowest, one.slowest)
    odd = [each for one in clients for each in one.odd]
    tell(f"chaos, {name}: {counted.told()}; 0 differences{more}")
    assert not odd, odd


def test_r15_a_platform_that_does_not_answer_is_told_in_time_and_nothing_is_burned(chaos: Chaos) -> None:
    """Who enters meanwhile is told to come again; others go on; the same assertion opens its session afterwards."""
    world, client = chaos.world, Client(chaos.world)
    people = [world.parent(f"ordinary_{number:02d}") for number in range(20, 24)]
    platform = world.endpoints["identity_platform"]
    assertions = [fresh_assertion(world.api, platform, person) for person in people]
    served = world.token(world.parent("ordinary_25"))
    assert chaos.end_workers()
    with chaos.frozen("identity-platform"), ThreadPoolExecutor(len(people) * 2) as pool:

        def enter(assertion: str) -> Answer | None:
            return client.once("POST", "/v1/sessions", None, {"assertion": assertion})

        def by_code(number: int) -> Answer | None:
            nonce = client.ask("POST", "/v1/challenges", None, {"purpose": "enter"}).json["nonce"]
            return client.once("POST", "/v1/sessions", None, {"entry_code": f"{number}" * 32, "nonce": nonce})

        answers = [*pool.map(enter, assertions), *pool.map(by_code, range(3))]
        assert [one and one.status for one in answers] == [503] * len(answers), client.seen
        assert client.ask("GET", "/v1/certificates", served).status == 200
    assert client.slowest < LIMIT
    sessions = [client.ask("POST", "/v1/sessions", None, {"assertion": one}) for one in assertions]
    assert [one.status for one in sessions] == [201] * len(people)
    again = client.ask("POST", "/v1/sessions", None, {"assertion": assertions[0]})
    assert (again.status, again.json["code"]) == (422, "assertion_replayed")
    _figures("the platform frozen", [client])


def test_r28_without_keys_no_code_is_shown_no_scan_accepted_and_then_all_goes_on(chaos: Chaos) -> None:
    """Amid a visit: nothing is opened, nothing half written, and the same requests are answered once the keys are back."""
    world, client = chaos.world, Client(chaos.world)
    family = Morning(world, client, "ordinary_11")
    token, desks = world.token(family.father), family.desks
    family.told["_claim"] = family._claim(token, family.keys[0])
    path = f"/v1/certificates/{family.certificate_id}/codes"
    code = client.ask("POST", path, token).json["code"]
    scan, key = {"code": code, "station": "ticket"}, str(uuid.uuid4())
    with chaos.disabled_keys():
        refused = [client.once("POST", path, token) for _ in range(3)]
        assert [one and one.status for one in refused] == [503] * 3, [one and one.data for one in refused]
        scanned = client.once("POST", "/v1/scans", desks["ticket"], scan, key)
        assert scanned is not None
        accepted = scanned.status == 200 and scanned.json["result"] == "accepted"
        assert not accepted or "person" not in scanned.json, scanned.data
    verdict = client.ask("POST", "/v1/scans", desks["ticket"], scan, key).json
    if verdict["result"] != "accepted":
        assert verdict["reason"] == "expired"
        verdict = family._draw(token, str(uuid.uuid4()))
    family.told["_draw"] = verdict
    for number, step in enumerate((family._grant, family._call, family._scan, family._fit), 1):
        family.told[step.__name__] = step(token, family.keys[number])
    chaos.judge([family])
    _figures("keys disabled", [client], f"; a scan meanwhile was answered {scanned.status}")


# ---- behind `make prove`


@whole
def test_r28_killed_amid_a_morning_each_request_is_answered_as_one_execution(
    chaos: Chaos, families: list[Morning]
) -> None:
    """SIGKILL at half of the morning: what was told before the last snapshot is told again, byte for byte; the rest is made once."""
    world = chaos.world
    for family in families:
        family.told["_claim"] = family._claim(world.token(family.father), family.keys[0])
    before = [family.told["_claim"] for family in families]
    chaos.written()
    steps, half, up = itertools.count(1), threading.Event(), threading.Event()

    def stepped() -> None:
        if next(steps) == len(families) * Morning.STEPS // 2:
            half.set()

    def day(family: Morning) -> int:
        with suppress(Rolled):
            family.live(stepped)
        half.set()  # too fast for the kill: then it comes after the morning
        up.wait(PATIENCE)
        family.live()  # from its first request, under the same keys
        return 1

    with ThreadPoolExecutor(len(families)) as pool:
        days = [pool.submit(day, family) for family in families]
        assert half.wait(PATIENCE)
        chaos.kill()
        chaos.again()
        up.set()
        assert sum(one.result() for one in days) == len(families)
    assert [family.told["_claim"] for family in families] == before
    kinds = chaos.judge(families)
    _figures("killed amid a morning", [family.client for family in families], f"; {dict(kinds)}")


@whole
def test_invariant_6_killed_amid_a_night_the_next_run_applies_the_whole_feed(chaos: Chaos) -> None:
    """Killed when the first part is being applied: nothing went back, nothing is half applied, and "as of" moves with the whole feed."""
    world, dates = chaos.world, chaos.world.demo.business_dates
    people = [case.states[0] for case in world.demo.neighbours(200, NANTONG_SECOND)]
    known = chaos.versions()
    world.tell([row_of(state, 1, dates) for state in people])
    told = chaos.versions()
    chaos.written()
    day, sequence = world.drop([row_of(state, 2, dates) for state in people])
    seen: list[str] = []

    def step(name: str) -> None:
        seen.append(name)
        if name == "ApplyParts":
            chaos.kill()

    with pytest.raises(LocalProblem):
        world.cloud.run_night(step)
    assert seen[-1] == "ApplyParts"
    chaos.again()
    assert world.cloud.applied_sequence() == sequence - 1
    versions = chaos.versions()
    ended = world.cloud.run_night(lambda _step: None)
    assert ended.succeeded, (ended.error, ended.cause)
    assert world.cloud.applied_sequence() == sequence
    after = chaos.versions()
    assert all(after[key] >= version for key, version in versions.items()), "no archive went back"
    mine = [key for key, version in told.items() if version == 1 and key not in known]
    assert len(mine) == len(people)
    assert {after[key] for key in mine} == {2}
    chaos.tables().check_all()
    tell(
        f"chaos, killed amid a night: {len(people)} rows of {day}, killed in {seen[-1]}; "
        f"{sum(versions[key] == 2 for key in mine)} had been applied, and all were afterwards"
    )


@whole
def test_a_full_disk_refuses_feeds_and_loses_nothing(chaos: Chaos, families: list[Morning]) -> None:
    """No file of the emulator grows: uploads are refused, the clinic goes on; with room again the same feed is taken and survives a restart."""
    world, dates = chaos.world, chaos.world.demo.business_dates
    client = families[0].client
    people = [case.states[0] for case in world.demo.neighbours(40, WUXI_SECOND)]
    none = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    Morning(world, client, "ordinary_09").live()  # a function that is not there yet would have to be unpacked
    resource.prlimit(chaos.emulator.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    try:
        with pytest.raises(LocalProblem, match="cannot upload"):
            world.drop([row_of(state, 1, dates) for state in people])
        family = Morning(world, client, "ordinary_12")
        family.live()
    finally:
        resource.prlimit(chaos.emulator.pid, resource.RLIMIT_FSIZE, none)
    world.tell([row_of(state, 1, dates) for state in people])
    before = chaos.versions()
    chaos.stack.stop()
    chaos.stack.start()
    chaos.stack.deploy(PARAMETERS)
    assert chaos.versions() == before
    world.tell([row_of(state, 2, dates) for state in people])
    family.judge()
    chaos.tables().check_all()
    _figures("disk full", [client], f"; {len(before)} archives before and after a restart")


@whole
def test_d2_d8_a_day_later_codes_and_sessions_are_over_and_the_nights_come_in_order(chaos: Chaos) -> None:
    """The functions' clock goes 25 hours ahead, with two feeds waiting: the skipped night's and its own."""
    world, dates, client = chaos.world, chaos.world.demo.business_dates, Client(chaos.world)
    family = Morning(world, client, "ordinary_10")
    token, desks = world.token(family.father), dict(family.desks)
    family.told["_claim"] = family._claim(token, family.keys[0])
    code = world.code(family.father, family.certificate_id)
    people = [case.states[0] for case in world.demo.neighbours(20, NANTONG_FIRST)]
    world.tell([row_of(state, 1, dates) for state in people])
    _, skipped = world.drop([row_of(state, 2, dates) for state in people])
    _, own = world.drop([row_of(state, 3, dates) for state in people])
    chaos.stack.stop()
    chaos.stack.ahead = AHEAD
    try:
        chaos.stack.start()
        chaos.stack.deploy(PARAMETERS)
        asked = [
            client.ask("GET", "/v1/certificates", token),
            client.ask("POST", f"/v1/certificates/{family.certificate_id}/codes", token),
            client.ask("GET", f"/v1/clinics/{family.clinic}/queue", desks["ticket"]),
        ]
        assert [one.status for one in asked] == [401] * len(asked)
        platform = Platform(
            keys.load_or_make(chaos.stack.home.keys / "platform.jwk"),
            services.ISSUER,
            services.AUDIENCE,
            lambda: time.time() + AHEAD,
        )
        world.tokens[str(family.father.id_no)] = chaos.entered(platform, family.father)
        device_id, device = next(
            (name, one)
            for name, one in world.endpoints["devices"].items()
            if one["clinic_code"] == family.clinic and one["stations"] == ["ticket"]
        )
        audience = world.endpoints["device_audience"]
        desk = device_token(world.api, device_id, device["private_jwk"], audience, AHEAD)
        late = world.scan(desk, "ticket", code)
        assert (late["result"], late["reason"]) == ("refused", "expired")
        fresh = world.scan(desk, "ticket", world.code(family.father, family.certificate_id))
        assert fresh["result"] == "accepted"
        ended = world.cloud.run_night(lambda _step: None)
        assert ended.succeeded, (ended.error, ended.cause)
        assert [one["sequence"] for one in ended.applied] == [skipped, own]
        assert sum(version == 3 for version in chaos.versions().values()) == len(people)
        chaos.tables().check_all()
    finally:
        chaos.stack.stop()
        chaos.stack.ahead = 0
    _figures("the clock 25 hours ahead", [client], "; 2 nights in order")
