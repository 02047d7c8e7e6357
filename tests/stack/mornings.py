"""Clients that repeat what got no answer, and families that live through a clinic's morning with them (tests/stack/test_chaos.py)."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from local.api_client import Answer
from tests.stack.conftest import World
from tools.problems import LocalProblem

PATIENCE: Final = 240.0
"""Seconds for which a client goes on asking."""
_PAUSES: Final = (0.3, 0.5, 1.0, 2.0)
"""Seconds between two requests: the later the longer, as apps do it. What is out for half a minute is not asked a hundred times."""


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
        end, pauses = time.monotonic() + PATIENCE, iter(_PAUSES)
        while True:
            answer = self.once(method, path, token, body, key)
            if answer is not None and answer.status < 500 and answer.status != 429:
                return answer
            assert time.monotonic() < end, (method, path, answer)
            time.sleep(next(pauses, _PAUSES[-1]))

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
        number = 0
        while True:
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
            number += 1

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
