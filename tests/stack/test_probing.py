"""Probing tells nothing: not who is registered (R25, D7), and not which ids exist.

`VAXCERT_PROBES=1000 pytest tests/stack/test_probing.py -s` asks about a thousand identity numbers, half of them in the register; a run of
the suite about thirty. What is asserted is what an answer says; how long answers took is measured and printed.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from local.api_client import Answer
from local.demo.clinics import NANTONG_ADULT
from local.demo.numbers import with_check_digit
from local.demo.schedule import INFLUENZA
from local.demo.town import Person, State, Town, row_of
from local.feed.form import Row
from tests.counts import tell, tries
from tests.stack.conftest import World
from tests.tables import ROOT
from vaxcert.aws.settings import Settings
from vaxcert.claims.consent import consent_of
from vaxcert.documents.model import document_id_of

pytestmark = pytest.mark.stack

WANTED = tries("VAXCERT_PROBES", 30, 300)
NAME, PHONE = "某亲属", "14200000000"
# What every answer has of its own, whoever is asked about: the clock, and API Gateway's numbering of requests.
_OF_ITS_OWN = frozenset(
    {"date", "x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "x-amz-request-id", "x-amz-id-2"}
)


@dataclass(frozen=True, slots=True)
class Owner:
    """A claimant with a child's certificate."""

    world: World
    person: Person
    certificate_id: str

    def grant(self, id_no: str, name: str = NAME) -> tuple[Answer, float]:
        """Ask to authorise; the answer, and how many milliseconds it took."""
        body = {"id_no": id_no, "name": name, "relation": "其他亲属", "phone": PHONE}
        began = time.perf_counter()
        answer = self._send("POST", f"/v1/certificates/{self.certificate_id}/grants", body)
        return answer, 1000 * (time.perf_counter() - began)

    def revoke(self, grant_id: str) -> None:
        """Make room again."""
        path = f"/v1/certificates/{self.certificate_id}/grants/{grant_id}"
        assert self._send("DELETE", path).status == 204

    def release(self) -> None:
        """Leave nothing behind."""
        assert self._send("DELETE", f"/v1/certificates/{self.certificate_id}").status == 204

    def _send(self, method: str, path: str, body: object = None) -> Answer:
        return _send(self.world, self.world.token(self.person), method, path, body)


@pytest.fixture
def owner(world: World) -> Iterator[Owner]:
    """A father who claimed his child's certificate, released afterwards."""
    made = _owner(world, "ordinary_11")
    yield made
    made.release()


def _owner(world: World, key: str) -> Owner:
    father = world.parent(key)
    record_id = world.claimable(father, world.case(key).archive.person.name)["record_id"]
    return Owner(world, father, world.claim(father, record_id)["certificate_id"])


# ---- who is registered


@pytest.mark.timeout(3600)
def test_d7_a_grant_never_tells_who_is_registered(world: World, owner: Owner) -> None:
    """The same status, body, masks and headers for numbers in the register and for numbers that are nobody's."""
    registered = _registered(world, WANTED // 2)
    strangers = _strangers(registered)
    groups = [("registered", each) for each in registered] + [("unregistered", each) for each in strangers]
    random.Random(20240810).shuffle(groups)
    owner.revoke(owner.grant(_stranger(date(1959, 1, 1)))[0].json["grant_id"])  # a warm function

    shapes: dict[str, Counter[str]] = {"registered": Counter(), "unregistered": Counter()}
    took: dict[str, list[float]] = {"registered": [], "unregistered": []}
    for group, number in groups:
        answer, milliseconds = owner.grant(number)
        took[group].append(milliseconds)
        shapes[group][_shape(answer, number)] += 1
        owner.revoke(answer.json["grant_id"])

    assert len(shapes["registered"]) == 1, shapes
    assert shapes["registered"].keys() == shapes["unregistered"].keys()
    (shape,) = shapes["registered"]
    assert '"status": 201' in shape
    tell(_times(took) + "\n")


def test_d7_no_refusal_tells_who_is_registered(world: World, owner: Owner) -> None:
    """R27, D7: twice, the eleventh, under age, and oneself: the same bytes for a number that is known and for one that is not."""
    registered = _registered(world, 12)
    strangers = _strangers(registered)
    refusals: dict[str, set[tuple[int, bytes]]] = {}
    for known, unknown in zip(registered[:5], strangers[:5], strict=True):
        for number in (known, unknown):
            assert owner.grant(number)[0].status == 201
    for number in (*registered[:5], *strangers[:5]):
        _note(refusals, "twice", owner.grant(number)[0])
    for number in (*registered[5:], *strangers[5:]):
        _note(refusals, "eleventh", owner.grant(number)[0])
    for number in (*_children(world), _stranger(date(2015, 3, 3)), _stranger(date(2021, 7, 15))):
        _note(refusals, "under age", owner.grant(number)[0])
    for number in (*registered[:3], *strangers[:3]):
        _note(refusals, "mistyped", owner.grant(number[:17] + ("1" if number[17] != "1" else "2"))[0])
    assert {each: [json.loads(body)["code"] for _, body in found] for each, found in refusals.items()} == {
        "twice": ["already_authorized"],
        "eleventh": ["grant_limit_reached"],
        "under age": ["delegate_underage"],
        "mistyped": ["identity_number_invalid"],
    }


def _note(refusals: dict[str, set[tuple[int, bytes]]], what: str, answer: Answer) -> None:
    body = json.loads(answer.data)
    body.pop("instance", None)  # the request's own number
    refusals.setdefault(what, set()).add((answer.status, json.dumps(body, sort_keys=True).encode()))


def _registered(world: World, count: int) -> list[str]:
    """Adults of the demo's register: guardians and grown people. Where more are wanted, a further feed brings them."""
    found = [
        person.id_no
        for case in world.demo.cases
        for person in (case.archive.person, *(guardian.person for guardian in case.archive.guardians))
        if person.id_no is not None and person.id_type == "resident" and person.birth_date.year < 2000
    ]
    known = [number for number in dict.fromkeys(found) if number != world.parent("ordinary_11").id_no]
    random.Random(1).shuffle(known)
    if count > len(known):
        known += _feed_more(world, count - len(known))
    return known[:count]


def _feed_more(world: World, count: int) -> list[str]:
    """A further feed of the province with so many adults, applied by the real night; their numbers."""
    town, rows, numbers = Town(world.demo.today), list[Row](), []
    for index in range(count):
        person = town.person(NAME, "male", date(1950, 1, 1) + timedelta(days=index))
        archive = town.adult(person, NANTONG_ADULT, (INFLUENZA, date(2024, 10, 20)))
        rows.append(row_of(State(1, replace(archive, archive_no=f"32060099112199{index:04d}")), 1, town.days))
        numbers.append(str(person.id_no))
    world.tell(rows)
    return numbers


def _strangers(registered: Sequence[str]) -> list[str]:
    """As many numbers that are nobody's, of the same region, birth dates and sexes: alike in all but being known."""
    found = [
        with_check_digit(f"{number[:14]}{600 + index % 150 * 2 + int(number[16]) % 2:03d}")
        for index, number in enumerate(registered)
    ]
    assert len({*found, *registered}) == 2 * len(registered)
    return found


def _stranger(born: date) -> str:
    return with_check_digit(f"320600{born:%Y%m%d}999")


def _children(world: World) -> list[str]:
    cases = (world.case(key) for key in ("ordinary_11", "ordinary_10", "born_2017_01_01"))
    return [str(case.archive.person.id_no) for case in cases]


def _shape(answer: Answer, number: str) -> str:
    """The whole answer, where only what must differ is taken out, each in its own form."""
    body = answer.json
    assert list(body) == ["grant_id", "name", "id_no", "phone", "relation", "status", "created_at"]
    assert re.fullmatch(r"g[0-9a-f]{24}", body.pop("grant_id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", body.pop("created_at"))
    assert body.pop("id_no") == f"{number[0]}{'*' * 15}{number[16:]}"
    return json.dumps({"status": answer.status, "headers": _headers(answer), "body": body})


def _headers(answer: Answer) -> list[tuple[str, str]]:
    """Every header but those of the request's own, with its value."""
    found = ((name.lower(), value) for name, value in answer.headers.items())
    return sorted((name, value) for name, value in found if name not in _OF_ITS_OWN)


def _times(took: Mapping[str, list[float]]) -> str:
    """How long answers took by group, and how often the one was slower than the other: 50 % tells nothing."""
    lines = [f"probing: {sum(map(len, took.values()))} identity numbers through the grant route"]
    for group, found in took.items():
        cuts = statistics.quantiles(found, n=10)
        lines.append(
            f"  {group:13} {len(found):5}  median {statistics.median(found):6.2f} ms, "
            f"10 % {cuts[0]:6.2f} ms, 90 % {cuts[-1]:6.2f} ms"
        )
    one, other = took.values()
    slower = sum((a > b) + (a == b) / 2 for a in one for b in other) / (len(one) * len(other))
    return "\n".join(
        [*lines, f"  a registered one takes longer than an unregistered one in {slower:.1%} of all pairs"]
    )


# ---- which ids exist

_CLAIMABLE = "/v1/certificates/claimable/{record_id}"
_REVOKING = "/v1/certificates/{certificate_id}/grants/{grant_id}"
# What D7 lets a delegate do; of reports and of the certificate itself, look at them.
_LENT = (
    "/records",
    "/codes",
    "/appointments",
    "/appointments/{appointment_id}",
    "/delegation",
    "/plan",
    "/visit",
    "/documents",
    "/documents/{document_id}",
    "/reminders",
    "get /v1/certificates/{certificate_id}",
    "get /v1/certificates/{certificate_id}/reports",
)
_BODIES: dict[tuple[str, str], Any] = {
    ("post", "grants"): {
        "id_no": _stranger(date(1960, 2, 2)),
        "name": NAME,
        "relation": "其他亲属",
        "phone": PHONE,
    },
    ("patch", "{grant_id}"): {"phone": PHONE},
    ("post", "reports"): {"kind": "other", "text": "试"},
    ("post", "appointments"): {"clinic_code": "3206009901", "slot_id": "x"},
    ("post", "documents"): {"kind": "record"},
    ("put", "reminders"): {"consent": {"version": "none", "purposes": ["reminders"]}},
}


@dataclass(frozen=True, slots=True)
class Ids:
    """What a path is filled with."""

    certificate_id: str
    record_id: str
    grant_id: str
    appointment_id: str = "a" + "0" * 24
    document_id: str = document_id_of(bytes(16))

    def fill(self, path: str) -> str:
        """The path of a request."""
        return path.format(**{name: getattr(self, name) for name in self.__slots__})

    def unknown(self) -> list[Ids]:
        """Ids that are nobody's: one letter after the other, another of the form, and none of the form."""

        def other(text: str) -> str:
            return text[0] + text[1:].translate(str.maketrans("abcdefgh234567", "bcdefgha345672"))

        return [
            Ids(other(self.certificate_id), other(self.record_id), other(self.grant_id)),
            Ids("c" + "a" * 13, "r" + "a" * 26, "g" + "0" * 24),
            Ids("none", "none", "none"),
        ]


type Told = tuple[int, bytes, str]


def _routes() -> list[tuple[str, str]]:
    """Every route of a citizen's with an id in it, as the API document has them, so that a new one is asked too."""
    document = json.loads((ROOT / "docs/api/openapi.json").read_text("utf-8"))
    return [
        (method, path)
        for path, methods in document["paths"].items()
        for method in methods
        if re.search(r"\{(certificate|record)_id\}", path)
    ]


def _send(
    world: World, token: str, method: str, path: str, body: object = None, accept: str = "application/json"
) -> Answer:
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    if method == "POST":
        headers["Idempotency_Key"] = str(uuid.uuid4())
    data = None
    if body is not None:
        data, headers["Content_Type"] = json.dumps(body).encode(), "application/json"
    return world.raw(method, path, data, **headers)


def _told(
    world: World, asker: Person, method: str, path: str, ids: Ids, accept: str = "application/json"
) -> Told:
    body = _BODIES.get((method, path.rsplit("/", 1)[-1]))
    if path.endswith("/documents/{document_id}"):
        accept = "application/pdf"  # it has no other form
    answer = _send(world, world.token(asker), method.upper(), ids.fill(path), body, accept)
    return answer.status, answer.data, json.dumps(_headers(answer))


def _same_everywhere(world: World, asker: Person, real: Ids, *, but: Sequence[str] = ()) -> set[Told]:
    """What every route tells the asker, having told the same of the real ids as of unknown ones, byte for byte."""
    found: set[Told] = set()
    for method, path in _routes():
        if not f"{method} {path}".endswith(tuple(but)):
            told = {_told(world, asker, method, path, ids) for ids in (real, *real.unknown())}
            assert len(told) == 1, (method, path, told)
            found |= told
    return found


@pytest.fixture
def other(world: World) -> Iterator[Owner]:
    """Another family's claimant."""
    made = _owner(world, "ordinary_10")
    yield made
    made.release()


def test_no_route_tells_which_ids_exist(world: World, owner: Owner, other: Owner) -> None:
    """What is not the caller's answers as what is not there: to a stranger, the other parent, a delegate, and one who was one."""
    delegate = world.case("dose_2020_12_01").archive.person
    grant_id = owner.grant(str(delegate.id_no), delegate.name)[0].json["grant_id"]
    (record_id,) = [each["record_id"] for each in world.lists(owner.person)["claimed"]]
    real = Ids(owner.certificate_id, record_id, grant_id)

    told = _same_everywhere(world, other.person, real)
    # The other parent is linked to the child and may hear that it is claimed (R36); of the certificate they hear nothing.
    told |= _same_everywhere(world, world.parent("ordinary_11", 1), real, but=[_CLAIMABLE])
    told |= _same_everywhere(world, delegate, real, but=_LENT)
    owner.revoke(grant_id)
    told |= _same_everywhere(world, delegate, real)
    for accept in ("image/svg+xml", "image/png"):
        path = "/v1/certificates/{certificate_id}/codes"
        told |= {_told(world, delegate, "post", path, ids, accept) for ids in (real, *real.unknown())}
    assert len(told) == 1, "one answer for everything that is not there"
    ((status, data, _),) = told
    assert (status, json.loads(data)["code"]) == (404, "not_found")

    # a grant of another certificate is not there either, whoever's it is
    foreign = other.grant(_stranger(date(1961, 1, 1)))[0].json["grant_id"]
    grants = [replace(real, grant_id=each) for each in (foreign, *(one.grant_id for one in real.unknown()))]
    assert {_told(world, owner.person, "delete", _REVOKING, ids) for ids in grants} == told


def test_claiming_does_not_tell_which_people_exist(world: World, other: Owner) -> None:
    """R10: somebody else's child, claimed or not, and no child at all."""
    child = world.lists(world.parent("ordinary_09"))["claimable"][0]["record_id"]
    (claimed,) = [each["record_id"] for each in world.lists(other.person)["claimed"]]
    asker = world.parent("ordinary_08")
    consent = {
        "version": consent_of(Settings()).version,
        "purposes": ["basic_service", "sensitive_health_data"],
    }
    answers = {
        (answer.status, answer.data, json.dumps(_headers(answer)))
        for record_id in (child, claimed, "r" + "a" * 26, "none")
        for answer in [
            _send(
                world,
                world.token(asker),
                "POST",
                "/v1/certificates",
                {"record_id": record_id, "consent": consent},
            )
        ]
    }
    assert len(answers) == 1
    ((status, data, _),) = answers
    assert (status, json.loads(data)["code"]) == (404, "not_found")


def test_d5_a_released_certificate_is_not_there_any_more(world: World) -> None:
    """To who released it, too; that releasing can be repeated is all that is left."""
    owner = _owner(world, "ordinary_09")
    (record_id,) = [each["record_id"] for each in world.lists(owner.person)["claimed"]]
    grant_id = owner.grant(_stranger(date(1962, 2, 2)))[0].json["grant_id"]
    owner.release()
    real = Ids(owner.certificate_id, record_id, grant_id)
    told: set[Told] = set()
    for method, path in _routes():
        if path == _CLAIMABLE or (method, path) == ("delete", "/v1/certificates/{certificate_id}"):
            continue
        told |= {_told(world, owner.person, method, path, ids) for ids in (real, *real.unknown())}
    assert len(told) == 1
    assert next(iter(told))[0] == 404
    owner.release()
