"""Invariant 7 by canaries: people in six spellings go through every flow, and nothing of them is found where it has no business.

`VAXCERT_CANARIES=1000` sends a thousand people; a run of the suite a few. What may hold personal data is left out and named: the
province's own feed, and the file of reports that operators open for calling back.
"""

from __future__ import annotations

import base64
import json
import urllib.parse
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from local.api_client import Answer
from local.demo.clinics import WUXI_FIRST
from local.demo.town import Case, Person, row_of
from local.functions import BY, invoke
from tests.counts import tell, tries
from tests.stack.conftest import World
from tests.stack.test_privacy import logged, stored

FAMILIES = -(-tries("VAXCERT_CANARIES", 6, 300) // 3)
pytestmark = [pytest.mark.stack, pytest.mark.timeout(300 + 30 * FAMILIES)]
OPENED_FOR_A_PURPOSE = ("reports/",)
"""Exports that name people on purpose: who is to be called back (R34)."""
_WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_KEY_BYTES = 6


def _grouped(text: str) -> str:
    """As people write it: a number 6-8-4, a phone 3-4-4."""
    cuts = (6, 14) if len(text) == 18 else (3, 7)
    return " ".join((text[: cuts[0]], text[cuts[0] : cuts[1]], text[cuts[1] :]))


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "lower case": str.lower,
    "grouped": _grouped,
    "full width": lambda text: text.translate(_WIDE),
    "in an address": lambda text: urllib.parse.quote(_grouped(text)),
    "escaped": lambda text: json.dumps(text)[1:-1],
}


def _forms(text: str) -> set[bytes]:
    """How a value could stand somewhere: in each spelling, in Base64 of either alphabet, and as the old systems write Chinese."""
    found = {spell(text).encode() for spell in SPELLINGS.values()}
    found |= {encode(text.encode()).rstrip(b"=") for encode in (base64.b64encode, base64.urlsafe_b64encode)}
    return {form for form in (*found, text.encode("gb18030")) if len(form) >= _KEY_BYTES}


@dataclass(frozen=True, slots=True)
class Canary:
    """A family that does everything once, each in a spelling of its own; `relative` is authorised."""

    world: World
    case: Case
    relative: Person
    spell: Callable[[str], str]

    @property
    def father(self) -> Person:
        return self.case.archive.guardians[0].person

    def ask(
        self, method: str, path: str, body: object = None, person: Person | None = None, **headers: str
    ) -> Answer:
        """One request of a member of the family."""
        sent = {"Authorization": f"Bearer {self.world.token(person or self.father)}"} | headers
        if method == "POST":
            sent["Idempotency_Key"] = str(uuid.uuid4())
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return self.world.raw(method, path, data, Content_Type="application/json", **sent)

    def live(self) -> Counter[int]:
        """Everything that a family, its relative, a clinic and an operator do; the answers by status."""
        claimable = self.world.claimable(self.father, self.case.archive.person.name)
        certificate_id = str(self.world.claim(self.father, claimable["record_id"])["certificate_id"])
        path = f"/v1/certificates/{certificate_id}"
        answers = [*self._family(path), *self._clinic(certificate_id), *self._mistakes(path)]
        case_number = self.ask("POST", f"{path}/reports", {"kind": "other", "text": self._story()}).json[
            "case_number"
        ]
        self._operator(case_number)
        return Counter(answer.status for answer in answers)

    def _family(self, path: str) -> Iterator[Answer]:
        for read in (
            "",
            "/records",
            "/plan",
            "/grants",
            "/access-log",
            "/appointments",
            "/visit",
            "/reports",
        ):
            yield self.ask("GET", path + read)
        yield self.ask("GET", f"{path}/records", Accept="application/fhir+json")
        yield self.ask("GET", "/v1/my-data")
        form = {
            "id_no": str(self.relative.id_no),
            "name": self.relative.name,
            "relation": "舅姨",
            "phone": self.spell(self.relative.phone),
        }
        granted = self.ask("POST", f"{path}/grants", form)
        if granted.status == 422:  # full-width digits are refused (D10)
            granted = self.ask("POST", f"{path}/grants", form | {"phone": self.relative.phone})
        yield granted
        yield self.ask("GET", "/v1/certificates", person=self.relative)
        yield self.ask("GET", f"{path}/records", person=self.relative)
        yield self.ask("GET", f"{path}/grants")
        version = self.ask("GET", f"{path}/reminders").json["consent"]["version"]
        agreed = {"consent": {"version": version, "purposes": ["reminders"]}}
        yield self.ask("PUT", f"{path}/reminders", agreed)
        for kind in ("record", "school_entry"):
            issued = self.ask("POST", f"{path}/documents", {"kind": kind})
            yield issued
            document_id = issued.json["document_id"]
            yield self.ask("GET", f"{path}/documents/{document_id}", Accept="application/pdf")
            yield self.world.raw("GET", f"/v1/documents/{document_id}")

    def _clinic(self, certificate_id: str) -> Iterator[Answer]:
        for accept in ("application/json", "image/png"):
            yield self.ask("POST", f"/v1/certificates/{certificate_id}/codes", Accept=accept)
        desk = self.world.device(
            WUXI_FIRST.code, "ticket"
        )  # a token lives for minutes, a thousand people take longer
        self.world.scan(desk, "ticket", self.world.code(self.father, certificate_id))

    def _mistakes(self, path: str) -> Iterator[Answer]:
        """Numbers, names and phones where none belongs: in paths, queries, bodies, headers and tokens."""
        number, name, phone = (
            self.spell(str(self.father.id_no)),
            self.father.name,
            self.spell(self.father.phone),
        )
        quoted, named = urllib.parse.quote(number), urllib.parse.quote(name)
        for wrong in (
            f"/v1/certificates/{quoted}",
            f"/v1/certificates/{quoted}/records",
            f"/v1/documents/{quoted}",
            f"/v1/certificates?id_no={quoted}&name={named}",
            f"/family/?id={quoted}#{named}",
            f"/check/?name={named}",
            f"/nowhere/{named}/{urllib.parse.quote(phone)}",
        ):
            yield self.ask("GET", wrong)
        form = {"id_no": number[:-1] + "?", "name": name, "relation": "x", "phone": phone}
        yield self.ask("POST", f"{path}/grants", form)
        yield self.ask("POST", "/v1/certificates", {"record_id": number, "consent": {"name": name}})
        yield self.ask("POST", f"{path}/reports", {"kind": number, "text": name, "dose_id": phone})
        yield self.world.raw(
            "POST",
            "/v1/sessions",
            json.dumps({"assertion": number, "name": name}).encode(),
            Content_Type="application/json",
        )
        yield self.world.raw("GET", "/v1/certificates", Authorization=f"Bearer {quoted}", X_Name=quoted)
        yield self.world.raw(
            "POST", "/v1/scans", json.dumps({"code": number}).encode(), Content_Type="application/json"
        )

    def _story(self) -> str:
        number, phone = self.spell(str(self.father.id_no)), self.spell(self.father.phone)
        return f"我是{self.father.name}，身份证{number}，电话{phone}，请回电。"

    def _operator(self, case_number: str) -> None:
        functions = self.world.stack.emulator.client("lambda")
        for function, event in (
            ("ExplainPerson", {"id_no": str(self.father.id_no), "name": self.father.name}),
            ("ExplainPerson", {"case_number": case_number}),
            ("FindReport", {"action": "find", "case_number": case_number}),
            ("ErasePerson", {"id_no": str(self.relative.id_no)}),
        ):
            invoke(functions, self.world.physical(function), BY | event)


def _kept(world: World) -> Iterator[tuple[str, bytes]]:
    """Everything that the stack has kept, and where: logs (metrics stand in them), tables, queues, objects."""
    yield from (("a log", line) for line in logged(world))
    yield from stored(world)
    sqs = world.stack.emulator.client("sqs")
    for url in sqs.list_queues().get("QueueUrls", []):
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            yield from (("a queue", json.dumps(message).encode()) for message in messages)
    for namespace in world.stack.emulator.client("cloudwatch").list_metrics().get("Metrics", []):
        yield "a metric", json.dumps(namespace, ensure_ascii=False, default=str).encode()
    yield from _objects(world)


def _objects(world: World) -> Iterator[tuple[str, bytes]]:
    s3 = world.stack.emulator.client("s3")
    found = world.stack.emulator.client("cloudformation").describe_stack_resources(StackName="vaxcert")
    buckets = [
        one["PhysicalResourceId"]
        for one in found["StackResources"]
        if one["ResourceType"] == "AWS::S3::Bucket"
    ]
    assert len(buckets) >= 2
    for bucket in buckets:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for one in page.get("Contents", []):
                yield "a key of an object", one["Key"].encode()
                feed = one["Key"][:4].isdigit()  # a date's folder
                if not feed and not one["Key"].startswith(OPENED_FOR_A_PURPOSE):
                    body = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
                    yield f"an object of {one['Key'].split('/')[0]}", body


def _found(kept: Iterator[tuple[str, bytes]], forms: Mapping[bytes, str]) -> tuple[Counter[str], int]:
    """Where which forms stand, and how many bytes were looked through: by their first bytes, since there are thousands."""
    begins: dict[bytes, list[bytes]] = {}
    for form in forms:
        begins.setdefault(form[:_KEY_BYTES], []).append(form)
    hits, looked = Counter[str](), 0
    for where, data in kept:
        looked += len(data)
        for at in range(len(data) - _KEY_BYTES + 1):
            for form in begins.get(data[at : at + _KEY_BYTES], ()):
                if data.startswith(form, at):
                    hits[f"{forms[form]} in {where}"] += 1
    return hits, looked


def test_canaries_are_found_nowhere_invariant_7(world: World) -> None:
    cases = world.demo.neighbours(FAMILIES, WUXI_FIRST)
    world.tell([row_of(state, 1, world.demo.business_dates) for case in cases for state in case.states])
    spellings = list(SPELLINGS.values())
    canaries = [
        Canary(world, case, cases[index - 1].archive.guardians[1].person, spellings[index % len(spellings)])
        for index, case in enumerate(cases)
    ]
    with ThreadPoolExecutor(2) as pool:
        statuses = sum(pool.map(Canary.live, canaries), Counter[int]())
    functions = world.stack.emulator.client("lambda")
    for function in ("ExportReports", "CountVisits", "EraseEnded", "AuditAccessLog"):
        invoke(functions, world.physical(function), {})

    people = [
        person
        for case in cases
        for person in (case.archive.person, *(guardian.person for guardian in case.archive.guardians))
    ]
    forms = {
        form: what
        for person in people
        for value, what in ((person.id_no, "a number"), (person.phone, "a phone"), (person.name, "a name"))
        if value
        for form in _forms(value)
    }
    hits, looked = _found(_kept(world), forms)
    tell(
        f"canaries: {len(people)} people in {len(SPELLINGS)} spellings, {statuses.total()} requests ({dict(sorted(statuses.items()))}), "
        f"{len(forms)} forms looked for in {looked:,} bytes of logs, tables, queues and objects: {hits.total()} found"
    )
    assert statuses[500] == 0
    assert hits == Counter()


def test_the_search_finds_what_is_there() -> None:
    """What looks through everything would see a canary, whichever way it is written."""
    person = "320600199203080222"
    forms = dict.fromkeys(_forms(person), "a number")
    for spell in SPELLINGS.values():
        data = f"…{spell(person)}…".encode()
        assert _found(iter([("a log", data)]), forms)[0], data
    assert _found(iter([("a log", base64.b64encode(person.encode()))]), forms)[0]
    assert not _found(iter([("a log", b"3206001992 0308 0221")]), forms)[0]
