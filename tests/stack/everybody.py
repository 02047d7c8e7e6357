"""Everybody who could ask for one family's things, and what each of them would send: for `test_who_may`."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from local import jws
from local.api_client import Answer, device_form, device_token, enter, fresh_assertion
from local.clinic_weeks import week_of
from local.demo.clinics import NANTONG_FIRST, NANTONG_SECOND
from local.demo.town import Case, Person, row_of
from local.functions import BY, invoke
from tests.stack.conftest import World
from tests.tables import ROOT
from vaxcert.aws.settings import Settings
from vaxcert.claims.consent import consent_of
from vaxcert.documents.model import document_id_of

DOCUMENT: Mapping[str, Any] = json.loads((ROOT / "docs/api/openapi.json").read_text("utf-8"))
UNKNOWN: Mapping[str, str] = {
    "certificate_id": "c" + "a" * 13,
    "record_id": "r" + "a" * 26,
    "grant_id": "g" + "0" * 24,
    "appointment_id": "a" + "0" * 24,
    "document_id": document_id_of(bytes(16)),
    "visit_id": "v" + "0" * 24,
    "clinic_code": "3206009999",
}
PLAIN: Mapping[str, Mapping[str, Any]] = {
    "makeChallenge": {"purpose": "enter"},
    "changeDelegatePhone": {"phone": "14200000001"},
    "issueDocument": {"kind": "record"},
    "reportEntry": {"kind": "other", "text": "请核实。"},
    "callTicket": {"station": "registration", "desk": "1号台"},
    "reportOutcome": {"station": "registration", "outcome": "passed"},
}
"""Bodies that are the same whoever asks."""


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the document."""

    name: str
    method: str
    path: str
    scheme: str | None

    @property
    def kind(self) -> str:
        """What sort of decision it wants."""
        if self.scheme is None:
            return "public"
        if self.scheme == "device":
            return "clinic"
        if "{record_id}" in self.path or self.name == "claimCertificate":
            return "record"
        return "certificate" if "{certificate_id}" in self.path else "own"


def _routes() -> Iterator[Route]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            scheme = next((name for each in operation.get("security", []) for name in each), None)
            yield Route(operation["operationId"], method.upper(), path, scheme)


ROUTES = {route.name: route for route in _routes()}


@dataclass
class Family:
    """One family's things, and everybody's way in."""

    world: World
    ids: dict[str, str]
    people: Mapping[str, Person]
    desks: Mapping[str, str]
    slot: Mapping[str, str]
    wayless: Mapping[str, str]
    relatives: Iterator[Person]
    sessions: dict[str, str] = field(default_factory=dict)

    def token(self, actor: str) -> str:
        """What the actor carries; a session of a citizen is opened once."""
        if actor in self.people:
            if actor not in self.sessions:
                platform = self.world.endpoints["identity_platform"]
                self.sessions[actor] = enter(self.world.api, platform, self.people[actor])["token"]
            return self.sessions[actor]
        return self.desks.get(actor) or self.wayless[actor]

    def ask(self, actor: str, route: Route, **ids: str) -> Answer:
        """The route's request as this actor would send it, of the family's things or of `ids`."""
        known = self.ids | ids
        headers = {"Accept": "application/pdf" if route.name == "getPaper" else "application/json"}
        if token := self.token(actor):
            headers["Authorization"] = f"Bearer {token}"
        if route.method == "POST":
            headers["Idempotency_Key"] = str(uuid.uuid4())
        body = self.body(route.name, known)
        data = None
        if body is not None:
            data, headers["Content_Type"] = json.dumps(body).encode(), "application/json"
        if route.name == "requestDeviceToken":
            headers["Content_Type"], data = "application/x-www-form-urlencoded", self.device_form()
        return self.world.raw(route.method, route.path.format(**known), data, **headers)

    def body(self, name: str, ids: Mapping[str, str]) -> Mapping[str, Any] | None:
        """A body with which the request would succeed for who may ask."""
        if name == "claimCertificate":
            purposes = ["basic_service", "sensitive_health_data"]
            consent = {"version": consent_of(Settings()).version, "purposes": purposes}
            return {"record_id": ids["record_id"], "consent": consent}
        if name == "authorizeDelegate":
            return self.relative(next(self.relatives))
        if name == "switchOnReminders":
            return {"consent": {"version": ids["reminders_version"], "purposes": ["reminders"]}}
        if name == "openSession":
            platform = self.world.endpoints["identity_platform"]
            return {"assertion": fresh_assertion(self.world.api, platform, self.people["stranger"])}
        if name == "scanCode":
            return {"code": ids["code"], "station": "registration"}
        return self.slot if name == "bookAppointment" else PLAIN.get(name)

    def get(self, rest: str) -> Any:
        """What the holder reads of the certificate."""
        return self.world.api.get(
            f"/v1/certificates/{self.ids['certificate_id']}/{rest}", self.token("holder")
        )

    def grant(self, person: Person) -> str:
        """Authorise somebody; the grant's id."""
        path = f"/v1/certificates/{self.ids['certificate_id']}/grants"
        made = self.world.api.post(path, self.relative(person), self.token("holder"), once=True)
        return str(made["grant_id"])

    def served(self, name: str, actor: str) -> Any:
        """The answer's body of a request that must succeed."""
        answer = self.ask(actor, ROUTES[name])
        assert 200 <= answer.status < 300, (name, actor, answer.status, answer.data)
        return answer.json if answer.data.startswith(b"{") else None

    def ready(self, name: str, actor: str) -> None:
        """What has to be there before the request can succeed, since the last one may have ended it."""
        match name:
            case "bookAppointment":
                self.without_appointment()
            case "getAppointment" | "cancelAppointment" if not self.standing():
                self.ids["appointment_id"] = self.served("bookAppointment", actor)["appointment_id"]
            case "scanCode":
                self.ids["code"] = self.world.code(self.people["holder"], self.ids["certificate_id"])
            case "authorizeDelegate" | "revokeGrant" | "changeDelegatePhone":
                self.ids["grant_id"] = self.grant(next(self.relatives))
            case "closeSession" | "closeAllSessions":
                self.sessions.pop(actor, None)

    def standing(self) -> bool:
        """Whether an appointment is booked."""
        return any(one["status"] == "booked" for one in self.get("appointments")["appointments"])

    def without_appointment(self) -> None:
        """Cancel the one that is booked."""
        for one in self.get("appointments")["appointments"]:
            if one["status"] == "booked":
                self.ids["appointment_id"] = one["appointment_id"]
                self.served("cancelAppointment", "holder")

    def after(self, name: str, actor: str) -> None:
        """What the next request finds as this one found it."""
        if name == "leaveDelegation":
            self.grant(self.people["delegate"])
        if name in {"closeSession", "closeAllSessions"}:
            self.sessions.pop(actor, None)

    def device_form(self) -> bytes:
        """A demo device asks for its token."""
        device_id, device = next(iter(self.world.endpoints["devices"].items()))
        audience = self.world.endpoints["device_audience"]
        return urlencode(device_form(device_id, device["private_jwk"], audience)).encode()

    @staticmethod
    def relative(person: Person) -> Mapping[str, Any]:
        """Whom to authorise."""
        return {
            "id_no": person.id_no,
            "name": person.name,
            "relation": "舅姨",
            "phone": person.phone,
        }


# ---- the cast


def _enrolled(world: World, device_id: str, stations: list[str]) -> str:
    """A new device of the family's clinic; its token."""
    private = jws.generate_jwk()
    event = BY | {
        "device_id": device_id,
        "clinic_code": NANTONG_FIRST.code,
        "clinic_name": NANTONG_FIRST.name,
        "stations": stations,
        "public_jwk": jws.public_half(private),
    }
    invoke(world.stack.emulator.client("lambda"), world.physical("EnrollDevice"), event)
    return device_token(world.api, device_id, private, world.endpoints["device_audience"])


def _told_of(world: World, lost: bool) -> list[Case]:
    """The family, a stranger's, one whose child bears the first one's number under another name (D13), and two of whom relatives are taken.

    Of the third the province tells later.
    """
    begin = 5 * lost
    family, strangers, other, *relatives = world.demo.neighbours(begin + 5, NANTONG_FIRST)[begin:]
    child = family.archive.person
    apart = replace(other.archive, person=replace(child, name="贺小另"), doses=())
    told = [family, strangers, *relatives]
    world.tell([row_of(state, 1, world.demo.business_dates) for case in told for state in case.states])
    return [family, strangers, replace(other, states=(replace(other.states[0], archive=apart),)), *relatives]


def _signed_out(world: World, person: Person) -> str:
    """A session that another one of the same person has ended: it was never used, so that no gateway remembers it."""
    platform = world.endpoints["identity_platform"]
    token, other = (str(enter(world.api, platform, person)["token"]) for _ in range(2))
    world.api.call("DELETE", "/v1/sessions", token=other)
    return token


def _disabled(world: World, lost: bool) -> str:
    token = _enrolled(world, f"who-disabled-{lost}", ["registration"])
    event = BY | {"action": "disable", "device_id": f"who-disabled-{lost}"}
    invoke(world.stack.emulator.client("lambda"), world.physical("EnrollDevice"), event)
    return token


def _slot(world: World, token: str) -> dict[str, str]:
    """A slot of another day, so that it does not begin meanwhile."""
    slots = world.api.get(f"/v1/clinics/{NANTONG_FIRST.code}/slots", token)["slots"]
    last = next(one for one in reversed(slots) if one["remaining"])
    return {"clinic_code": last["clinic_code"], "slot_id": last["slot_id"]}


def settle(world: World, *, lost: bool = False) -> Family:
    """The father has claimed; an aunt may look, an uncle might; a ticket is drawn; the register holds another child under the number."""
    case, strangers, apart, *others = _told_of(world, lost)
    aunt, uncle = (other.archive.guardians[1].person for other in others)
    relatives = [world.parent(f"ordinary_{number:02d}", 1) for number in range(1, 21)]
    father, mother = (guardian.person for guardian in case.archive.guardians)
    people = {
        "holder": father,
        "delegate": aunt,
        "other_guardian": mother,
        "former_delegate": uncle,
        "stranger": strangers.archive.guardians[0].person,
        "held_apart": apart.archive.guardians[0].person,
    }
    functions = world.stack.emulator.client("lambda")
    invoke(functions, world.physical("SetClinicWeek"), week_of(NANTONG_FIRST))
    ticket = {
        "desk": world.device(NANTONG_FIRST.code, "registration"),
        "desk_elsewhere": world.device(NANTONG_SECOND.code, "registration"),
        "board": _enrolled(world, f"who-board-{lost}", []),
    }
    made = Family(world, dict(UNKNOWN), people, ticket, {}, {}, itertools.cycle(relatives))
    claimable = world.claimable(father, case.archive.person.name)
    certificate_id = world.claim(father, claimable["record_id"])["certificate_id"]
    made.ids |= {
        "record_id": claimable["record_id"],
        "certificate_id": certificate_id,
        "clinic_code": NANTONG_FIRST.code,
        "code": world.code(father, certificate_id),
    }
    holder = made.token("holder")
    made.slot = _slot(world, holder)
    made.ids["reminders_version"] = made.get("reminders")["consent"]["version"]
    made.ids["grant_id"] = made.grant(uncle)
    made.served("revokeGrant", "holder")
    made.ids["grant_id"] = made.grant(aunt)
    made.ids["document_id"] = made.served("issueDocument", "holder")["document_id"]
    made.ids["appointment_id"] = made.served("bookAppointment", "holder")["appointment_id"]
    visit = world.scan(world.device(NANTONG_FIRST.code, "ticket"), "ticket", made.ids["code"])["visit"]
    made.ids["visit_id"] = visit["visit_id"]
    whole = made.token("stranger")
    made.wayless = {
        "nobody": "",
        "signed_out": _signed_out(world, strangers.archive.guardians[1].person),
        "disabled": _disabled(world, lost),
        "forged": whole[:-20] + ("A" if whole[-20] != "A" else "B") + whole[-19:],
    }
    if lost:
        row = row_of(case.states[0], 2, world.demo.business_dates)
        world.tell([row | {"guardians": row["guardians"][1:]}])
    else:
        world.tell([row_of(state, 1, world.demo.business_dates) for state in apart.states])
    return made
