"""Chaos on a stack of its own, in the middle of a clinic's morning and of a night: whoever asks again finds one execution, and nothing half done.

Clients do what apps and desks do: they repeat what got no answer, or 5xx, under the same key, until they have one. What they were told is
then held against every table (invariants 1 to 4 and 6). The emulator keeps its state as `make run` has it: what it was last asked may be gone
after a hard kill, which DynamoDB never does, so that clients begin at their first request again, under the same keys.
`make test` freezes the platform and disables keys; `make prove` kills the emulator, and moves the clock, as well.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from local import commands, keys, processes, services
from local.api_client import Answer, device_token, fresh_assertion
from local.demo.clinics import NANTONG_FIRST, NANTONG_SECOND, WUXI_SECOND
from local.demo.town import Person, row_of
from local.emulator import deploy, forking
from local.emulator.server import NAME
from local.platform.signing import Platform
from tests.counts import PROVE, tell
from tests.races.invariants import Tables
from tests.stack.conftest import PARAMETERS, World, made_world
from tools.problems import LocalProblem

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3600 if PROVE else 600)]

FAMILIES: Final = [f"ordinary_{number:02d}" for number in range(1, 9)]
LIMIT: Final = 29.0
"""Seconds that the gateway gives a request."""
PATIENCE: Final = 240.0
"""Seconds for which a client goes on asking."""
AHEAD: Final = 25 * 3600
whole = pytest.mark.skipif(not PROVE, reason="chaos is whole to prove")


@dataclass
class Client:
    """Asks until it is answered; counts what it was told on the way."""

    world: World
    seen: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def ask(
        self, method: str, path: str, token: str | None, body: object = None, key: str | None = None
    ) -> Answer:
        """The first answer that is none of an outage. What an outage is told by has to say what to do (R34)."""
        end = time.monotonic() + PATIENCE
        while True:
            answer = self.once(method, path, token, body, key)
            if answer is not None and answer.status < 500 and answer.status != 429:
                return answer
            assert time.monotonic() < end, (method, path, answer)
            time.sleep(0.3)

    def once(
        self, method: str, path: str, token: str | None, body: object = None, key: str | None = None
    ) -> Answer | None:
        """One request; None where nobody answers."""
        headers = {"Accept_Language": "zh-CN"} | ({"Authorization": f"Bearer {token}"} if token else {})
        if key is not None:
            headers["Idempotency_Key"] = key
        data = None
        if body is not None:
            data, headers["Content_Type"] = json.dumps(body).encode(), "application/json"
        began = time.monotonic()
        try:
            answer = self.world.raw(method, path, data, **headers)
        except (LocalProblem, ConnectionError, TimeoutError):
            self.seen["no answer"] += 1
            return None
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.seen[str(answer.status)] += 1
        if answer.status >= 500 and not _says_what_to_do(answer):
            self.odd.append(f"{method} {path.split('/')[2]} {answer.status} {answer.data[:200]!r}")
        return answer

    def told(self) -> str:
        """Counts, for the figures."""
        refused = sum(number for status, number in self.seen.items() if status.startswith("5"))
        return (
            f"{self.seen.total()} requests, {refused} told 5xx, {self.seen['no answer']} not answered, "
            f"the slowest answer after {self.slowest:.1f} s"
        )


def _says_what_to_do(answer: Answer) -> bool:
    try:
        problem = answer.json
    except ValueError:
        return False
    has_time = answer.status != 503 or "Retry-After" in {name.title() for name in answer.headers}
    return bool(problem.get("title") and problem.get("code", "") and problem.get("detail")) and has_time


class Rolled(AssertionError):
    """Refused: what came before is not there, as after a hard kill of the emulator."""


class Morning:
    """One family from its entry to the desk, every request under a key of its own."""

    STEPS: Final = 6

    def __init__(self, world: World, client: Client, key: str) -> None:
        self.world, self.client = world, client
        self.father, case = world.parent(key), world.case(key).archive
        self.relative = world.parent(f"ordinary_{int(key[-2:]) + 12:02d}", 1)
        self.clinic = case.clinic.code
        claimable = world.claimable(self.father, case.person.name)
        self.record_id = claimable["record_id"]
        detail = world.api.get(f"/v1/certificates/claimable/{self.record_id}", world.token(self.father))
        purposes = [one["id"] for one in detail["consent"]["purposes"]]
        self.wish = {
            "record_id": self.record_id,
            "consent": {"version": detail["consent"]["version"], "purposes": purposes},
        }
        self.desks = {station: world.device(self.clinic, station) for station in ("ticket", "registration")}
        self.keys = [str(uuid.uuid4()) for _ in range(self.STEPS)]
        self.told: dict[str, Any] = {}
        self._scans: dict[str, list[tuple[str, str]]] = {}
        """By station, each code that was scanned, with the key of its request."""

    def live(self, after: Callable[[], None] = lambda: None) -> None:
        """From the claim to the desk's outcome; `after` each step."""
        token = self.world.token(self.father)
        for number, step in enumerate(
            (self._claim, self._grant, self._draw, self._call, self._scan, self._fit)
        ):
            self.told[step.__name__] = step(token, self.keys[number])
            after()

    def _claim(self, token: str, key: str) -> Any:
        return self._made(self.client.ask("POST", "/v1/certificates", token, self.wish, key))

    @property
    def certificate_id(self) -> str:
        return str(self.told["_claim"]["certificate_id"])

    def _grant(self, token: str, key: str) -> Any:
        body = {
            "id_no": self.relative.id_no,
            "name": self.relative.name,
            "relation": "舅姨",
            "phone": self.relative.phone,
        }
        path = f"/v1/certificates/{self.certificate_id}/grants"
        return self._made(self.client.ask("POST", path, token, body, key))

    def _draw(self, token: str, key: str) -> Any:
        return self._scanned("ticket", token, key)

    def _call(self, _token: str, key: str) -> Any:
        body = {"station": "registration", "desk": "1号台"}
        path = f"/v1/visits/{self.told['_draw']['visit']['visit_id']}/calls"
        return self._made(self.client.ask("POST", path, self.desks["registration"], body, key))

    def _scan(self, token: str, key: str) -> Any:
        return self._scanned("registration", token, key)

    def _fit(self, _token: str, key: str) -> Any:
        path = f"/v1/visits/{self.told['_draw']['visit']['visit_id']}/outcomes"
        body = {"station": "registration", "outcome": "fit"}
        return self._made(self.client.ask("POST", path, self.desks["registration"], body, key))

    def _scanned(self, station: str, token: str, key: str) -> Any:
        """A code is shown and scanned; one that has grown too old meanwhile is shown anew, as at a desk. Asked again: the same scans again."""
        scans = self._scans.setdefault(station, [])
        for number in itertools.count():
            if number == len(scans):
                path = f"/v1/certificates/{self.certificate_id}/codes"
                code = self._made(self.client.ask("POST", path, token))["code"]
                scans.append((str(uuid.uuid4()) if number else key, code))
            request, code = scans[number]
            body = {"code": code, "station": station}
            verdict = self._made(self.client.ask("POST", "/v1/scans", self.desks[station], body, request))
            if verdict["result"] == "accepted":
                return verdict
            if verdict["reason"] != "expired":  # the step before it is gone
                raise Rolled(verdict)
        raise AssertionError

    def _made(self, answer: Answer) -> Any:
        if answer.status not in {200, 201}:
            raise Rolled(answer.status, answer.data)
        return answer.json

    def judge(self) -> None:
        """What the family sees is what it was told."""
        token = self.world.token(self.father)
        lists = self.world.api.get("/v1/certificates", token)
        own = [one["certificate_id"] for one in lists["claimed"] if one["record_id"] == self.record_id]
        assert own == [self.certificate_id]
        grants = self.world.api.get(f"/v1/certificates/{self.certificate_id}/grants", token)["grants"]
        assert [one["grant_id"] for one in grants] == [self.told["_grant"]["grant_id"]]
        visit = self.world.api.get(f"/v1/certificates/{self.certificate_id}/visit", token)["visit"]
        assert visit["ticket"] == self.told["_draw"]["visit"]["ticket"]
        assert visit["state"] == self.told["_fit"]["state"]


class Chaos:
    """The stack, and what is done to it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stack = world.stack

    @property
    def emulator(self) -> processes.Recorded:
        """The emulator's process."""
        found = processes.find(self.stack.home, NAME)
        assert found is not None
        return found

    def tables(self) -> Tables:
        """Raw reading."""
        names = deploy.describe(self.stack.emulator)
        logical = ("CertificatesTable", "GrantsTable", "VisitsTable", "ArchivesTable")
        client = self.stack.emulator.client("dynamodb")
        return Tables(client, {name: names.resource(name) for name in logical})

    def written(self) -> None:
        """Wait until a snapshot holds all that was written so far."""
        file, now = self.stack.home.state / "emulator" / "dynamodb.json", time.time()
        end = time.monotonic() + 600
        # A snapshot takes its moment before it writes: the second one from now began after it.
        for _ in range(2):
            while not file.exists() or file.stat().st_mtime <= now:
                assert time.monotonic() < end, "no snapshot"
                time.sleep(0.2)
            now = file.stat().st_mtime

    def kill(self) -> None:
        """SIGKILL, and its functions with it."""
        emulator = self.emulator
        os.kill(emulator.pid, signal.SIGKILL)
        while emulator.is_alive():
            time.sleep(0.05)

    def again(self) -> None:
        """What `make run` does after it."""
        commands._clear_the_dead(self.stack.home)
        self.stack.start()
        self.stack.deploy(PARAMETERS)

    def end_workers(self) -> int:
        """Every function's process is killed, and gone: the next ones remember nothing. How many."""
        ended = []
        for one in Path("/proc").glob("[0-9]*"):
            try:
                command = (one / "cmdline").read_bytes().decode()
                parent = (one / "stat").read_text().rpartition(")")[2].split()[1]
                above = Path("/proc", parent, "cmdline").read_bytes().decode()
                session = (one / "stat").read_text().rpartition(")")[2].split()[3]
            except OSError:
                continue
            if forking.__file__ in command and command == above and int(session) == self.emulator.pid:
                os.kill(int(one.name), signal.SIGKILL)
                ended.append(one)
        while any((one / "cmdline").exists() for one in ended):
            time.sleep(0.05)
        return len(ended)

    def versions(self) -> dict[str, int]:
        """Every archive's version, by key."""
        found = self.tables()._scan("ArchivesTable")
        return {item["pk"]: int(item["version"]) for item in found if "version" in item}

    def entered(self, platform: Platform, person: Person) -> str:
        """A session by an assertion of this platform; its token."""
        nonce = self.world.api.post("/v1/challenges", {"purpose": "enter"})["nonce"]
        asked = {"id_type": person.id_type, "id_no": person.id_no, "name": person.name, "phone": person.phone}
        assertion = platform.assertion(asked | {"channel": "app", "method": "face", "nonce": nonce})
        return str(self.world.api.post("/v1/sessions", {"assertion": assertion})["token"])

    @contextmanager
    def frozen(self, service: str) -> Iterator[None]:
        """A process that is there and does not answer."""
        process = processes.find(self.stack.home, service)
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process.pid, signal.SIGCONT)

    @contextmanager
    def disabled_keys(self) -> Iterator[None]:
        """The keys that seal and wrap are disabled in KMS, and no function remembers what they opened."""
        kms = self.stack.emulator.client("kms")
        names = [self.world.physical(name) for name in ("SealKey", "WrapKey")]
        for name in names:
            kms.disable_key(KeyId=name)
        assert self.end_workers()
        try:
            yield
        finally:
            for name in names:
                kms.enable_key(KeyId=name)

    def judge(self, families: list[Morning]) -> Counter[str]:
        """Every table, against what clients were told."""
        for family in families:
            family.judge()
        tables = self.tables()
        kinds = tables.check_all()
        tickets = [(one.clinic, one.told["_draw"]["visit"]["ticket"]) for one in families]
        assert len(set(tickets)) == len(tickets), "no number twice"
        return kinds


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
