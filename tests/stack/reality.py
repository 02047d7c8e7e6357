"""Real values for every route: what the demo's stack really holds, made ready so that the very next call succeeds.

What schemathesis makes up is true to the document and to nothing else; a certificate, a free slot, a fresh assertion or a code that
nobody has scanned yet cannot be guessed. Each method here gives one call's values, doing first what has to be done before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from local.api_client import Api, device_form, enter, fresh_assertion
from local.demo.town import Person
from tests.stack.conftest import World

STANDING = ("certificate_id", "record_id", "clinic_code")
"""The ids that stand the whole time."""
OWN, SPARE = "ordinary_07", "permanent_residents"
_SHOT = {
    "outcome": "vaccinated",
    "vaccine_code": "1201",
    "batch": "B-1",
    "trace_code": "00000000000000000001",
    "site": "left_arm",
}
_STEPS = (("registration", {"outcome": "fit"}), ("vaccination", _SHOT))


@dataclass(frozen=True, slots=True)
class Values:
    """One call's: ids of the path, the body (a mapping, or nothing), and whose token."""

    path: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    token: str | None = None


class Reality:
    """A father who has claimed his child's certificate, a family that has not, and the devices of the child's clinic."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.father, self.spare = world.parent(OWN), world.parent(SPARE)
        self.token = self.session(self.father)
        claimed = world.claim(self.father, self._record(self.father, OWN))
        self.certificate_id: str = claimed["certificate_id"]
        self.record_id: str = claimed["record_id"]
        clinic = world.case(OWN).archive.clinic.code
        self.device_id, self._device = next(
            (device_id, device)
            for device_id, device in world.endpoints["devices"].items()
            if device["clinic_code"] == clinic
        )
        self.clinic_code: str = clinic
        self._devices = {
            station: world.device(clinic, station)
            for station in ("ticket", "registration", "vaccination", "observation")
        }
        self.device = self._devices["ticket"]
        self._relatives = itertools.cycle(
            world.parent(f"ordinary_{number:02d}", index) for number in range(8, 21) for index in (0, 1)
        )
        self._relative = self.father
        self._steps = list(_STEPS)
        self._visit_id, self._last = "", Values()
        self._ready: dict[str, Callable[[], Values]] = {
            "POST /v1/certificates": self._claim,
            "GET /v1/certificates/claimable/{record_id}": self._claimable,
            "DELETE /v1/certificates/{certificate_id}": self._release,
            "POST /v1/certificates/{certificate_id}/appointments": self._book,
            "GET /v1/certificates/{certificate_id}/appointments/{appointment_id}": self._booked,
            "DELETE /v1/certificates/{certificate_id}/appointments/{appointment_id}": self._booked,
            "POST /v1/certificates/{certificate_id}/grants": self._grant,
            "DELETE /v1/certificates/{certificate_id}/grants/{grant_id}": self._granted,
            "PATCH /v1/certificates/{certificate_id}/grants/{grant_id}": self._granted_phone,
            "DELETE /v1/certificates/{certificate_id}/delegation": self._delegated,
            "POST /v1/certificates/{certificate_id}/reports": self._report,
            "GET /v1/certificates/{certificate_id}/documents/{document_id}": self._paper,
            "GET /v1/documents/{document_id}": lambda: replace(self._paper(), token=None),
            "POST /v1/challenges": lambda: Values(body={"purpose": "enter"}),
            "POST /v1/devices/token": self._assertion_of_device,
            "POST /v1/scans": self._scan,
            "POST /v1/sessions": self._assertion,
            # Somebody who does nothing else: all their sessions end.
            "DELETE /v1/sessions": lambda: Values(token=self.session(self.world.parent("ordinary_22"))),
            "DELETE /v1/sessions/current": lambda: Values(token=self.session(self.father)),
            "POST /v1/visits/{visit_id}/outcomes": self._outcome,
            "POST /v1/visits/{visit_id}/calls": self._call,
        }

    @property
    def api(self) -> Api:
        return self.world.api

    def session(self, person: Person) -> str:
        """A session that nobody else uses."""
        token: str = enter(self.api, self.world.endpoints["identity_platform"], person)["token"]
        return token

    def values(self, label: str, caller: str | None) -> Values:
        """What makes the next call of a route succeed; `caller` is the document's security scheme."""
        if label in self._ready:
            return self._ready[label]()
        tokens = {"session": self.token, "device": self.device, None: None}
        return Values(self.ids, token=tokens[caller])

    @property
    def ids(self) -> dict[str, str]:
        """The ids that stand the whole time."""
        values = (self.certificate_id, self.record_id, self.clinic_code)
        return dict(zip(STANDING, values, strict=True))

    @property
    def _path(self) -> str:
        return f"/v1/certificates/{self.certificate_id}"

    def _record(self, parent: Person, case: str) -> str:
        name = self.world.case(case).archive.person.name
        lists = self.api.get("/v1/certificates", self.session(parent))
        found = next(one for one in (*lists["claimable"], *lists["claimed"]) if one["name"] == name)
        return str(found["record_id"])

    def _unclaimed(self) -> tuple[str, str]:
        """The spare family's child, claimed by nobody: token of the parent and record id."""
        token = self.session(self.spare)
        name = self.world.case(SPARE).archive.person.name
        for one in self.api.get("/v1/certificates", token)["claimed"]:
            if one["name"] == name:
                self.api.call("DELETE", f"/v1/certificates/{one['certificate_id']}", token=token)
        return token, self._record(self.spare, SPARE)

    def _claimable(self) -> Values:
        token, record_id = self._unclaimed()
        return Values({"record_id": record_id}, token=token)

    def _claim(self) -> Values:
        token, record_id = self._unclaimed()
        consent = self.api.get(f"/v1/certificates/claimable/{record_id}", token)["consent"]
        agreed = {"version": consent["version"], "purposes": [one["id"] for one in consent["purposes"]]}
        return Values(body={"record_id": record_id, "consent": agreed}, token=token)

    def _release(self) -> Values:
        wanted = self._claim()
        made = self.api.post("/v1/certificates", wanted.body, wanted.token, once=True)
        return Values({"certificate_id": made["certificate_id"]}, token=wanted.token)

    def _open(self) -> dict[str, Any] | None:
        latest: list[dict[str, Any]] = self.api.get(f"{self._path}/appointments", self.token)["appointments"]
        return latest[0] if latest and latest[0]["status"] == "booked" else None

    def _book(self) -> Values:
        if (standing := self._open()) is not None:
            path = f"{self._path}/appointments/{standing['appointment_id']}"
            self.api.call("DELETE", path, token=self.token)
        for clinic in self.api.get("/v1/clinics", self.token)["clinics"]:
            if not clinic["books"]:
                continue
            slots = self.api.get(f"/v1/clinics/{clinic['clinic_code']}/slots", self.token)["slots"]
            # Not the next one: it may begin before the call is made.
            for slot in reversed(slots):
                if slot["remaining"]:
                    body = {"clinic_code": slot["clinic_code"], "slot_id": slot["slot_id"]}
                    return Values({"certificate_id": self.certificate_id}, body, self.token)
        raise AssertionError("no clinic has a free slot")

    def _booked(self) -> Values:
        standing = self._open()
        if standing is None:
            wanted = self._book()
            standing = self.api.post(f"{self._path}/appointments", wanted.body, self.token, once=True)
        ids = {"certificate_id": self.certificate_id, "appointment_id": standing["appointment_id"]}
        return Values(ids, token=self.token)

    def _grant(self) -> Values:
        grants = self.api.get(f"{self._path}/grants", self.token)["grants"]
        for one in grants:
            if one["status"] == "active":
                self.api.call("DELETE", f"{self._path}/grants/{one['grant_id']}", token=self.token)
        relative = self._relative = next(self._relatives)
        body = {"id_no": relative.id_no, "name": relative.name, "relation": "舅姨", "phone": relative.phone}
        return Values({"certificate_id": self.certificate_id}, body, self.token)

    def _granted(self) -> Values:
        wanted = self._grant()
        made = self.api.post(f"{self._path}/grants", wanted.body, self.token, once=True)
        ids = {"certificate_id": self.certificate_id, "grant_id": made["grant_id"]}
        return Values(ids, token=self.token)

    def _granted_phone(self) -> Values:
        return replace(self._granted(), body={"phone": "+86 142 0000 0002"})

    def _delegated(self) -> Values:
        wanted = self._grant()
        self.api.post(f"{self._path}/grants", wanted.body, self.token, once=True)
        return Values({"certificate_id": self.certificate_id}, token=self.session(self._relative))

    def _report(self) -> Values:
        dose = self.api.get(f"{self._path}/records", self.token)["doses"][0]
        body = {"kind": "wrong_dose", "dose_id": dose["dose_id"], "text": "接种部位记录有误。\n请核实。"}
        return Values({"certificate_id": self.certificate_id}, body, self.token)

    def _paper(self) -> Values:
        """A document that stands; a day has so many of a certificate, so one is issued only if there is none."""
        path = f"{self._path}/documents"
        stands = [one for one in self.api.get(path, self.token)["documents"] if one["status"] == "current"]
        found = stands[0] if stands else self.api.post(path, {"kind": "record"}, self.token, once=True)
        ids = {"certificate_id": self.certificate_id, "document_id": found["document_id"]}
        return Values(ids, token=self.token)

    def _assertion(self) -> Values:
        platform = self.world.endpoints["identity_platform"]
        return Values(body={"assertion": fresh_assertion(self.api, platform, self.father, channel="alipay")})

    def _assertion_of_device(self) -> Values:
        audience = self.world.endpoints["device_audience"]
        return Values(body=device_form(self.device_id, self._device["private_jwk"], audience))

    def _code(self) -> str:
        return str(self.api.call("POST", f"{self._path}/codes", token=self.token).json["code"])

    def _scan(self) -> Values:
        return Values(body={"code": self._code(), "station": "ticket"}, token=self.device)

    def _outcome(self) -> Values:
        """Station after station of one visit; once it is over, its last one again, which comes too late."""
        if self._steps:
            station, told = self._steps.pop(0)
            for scanned in ("ticket", station) if not self._visit_id else (station,):
                self._visit_id = self._scanned(scanned)
            body = {"station": station, **told}
            self._last = Values({"visit_id": self._visit_id}, body, self._devices[station])
        return self._last

    def _call(self) -> Values:
        """The ticket that waits; one is drawn if there is none. Where it stands at a desk, the call comes too late."""
        visit = self.world.scan(self._devices["ticket"], "ticket", self._code())["visit"]
        station = visit["station"] if visit["state"].startswith("waiting_") else "registration"
        body = {"station": station, "desk": "1号台"}
        return Values({"visit_id": visit["visit_id"]}, body, self._devices[station])

    def _scanned(self, station: str) -> str:
        """The visit of a scan at this station; a ticket may have been taken before."""
        answer = self.world.scan(self._devices[station], station, self._code())
        assert answer["result"] == "accepted" or station == "ticket", answer
        return str(answer.get("visit", {}).get("visit_id", ""))
