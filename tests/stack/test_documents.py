"""Documents on the deployed stack: issued, printed, checked by anyone, superseded by the night, withdrawn with their key (D16, D19, D20)."""

from __future__ import annotations

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pypdf
import pytest

from local.functions import BY, invoke
from reference.document import Foreign, Paper, read
from tests.stack.conftest import World

pytestmark = pytest.mark.stack


@dataclass
class Home:
    """A claimed child, and its claimant's way in."""

    world: World
    case: str
    certificate_id: str
    token: str

    def path(self, rest: str = "") -> str:
        return f"/v1/certificates/{self.certificate_id}/documents{rest}"

    def issue(self, kind: str = "record", language: str = "zh") -> dict[str, Any]:
        issued: dict[str, Any] = self.world.api.post(
            self.path(), {"kind": kind, "language": language}, self.token, once=True
        )
        return issued

    def paper(self, document_id: str, query: str = "") -> bytes:
        answer = self.world.api.call(
            "GET",
            self.path(f"/{document_id}{query}"),
            token=self.token,
            headers={"Accept": "application/pdf"},
        )
        assert answer.headers["Content-Type"] == "application/pdf"
        return answer.data

    def status(self, document_id: str) -> str:
        """As anybody asks who holds the paper."""
        return str(self.world.api.get(f"/v1/documents/{document_id}")["status"])


def a_home(world: World, case: str) -> Home:
    parent = world.parent(case)
    name = world.case(case).archive.person.name
    claimed = world.claim(parent, world.claimable(parent, name)["record_id"])
    return Home(world, case, claimed["certificate_id"], world.token(parent))


@pytest.fixture(scope="module")
def home(world: World) -> Home:
    return a_home(world, "ordinary_25")


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def read_by_anyone(world: World, address: str) -> Paper:
    keys = world.api.get("/v1/document-keys")
    found = read(address, keys["keys"], keys["killed"])
    assert not isinstance(found, Foreign), found
    return found


def test_d20_the_paper_says_what_the_records_say_and_verifies_by_published_keys(home: Home) -> None:
    world = home.world
    issued = home.issue(language="zh-en")
    records = world.api.get(f"/v1/certificates/{home.certificate_id}/records", home.token)
    paper = read_by_anyone(world, issued["check_url"])
    assert (paper.name, paper.document_id) == (records["person"]["name"], issued["document_id"])
    assert paper.doses is not None
    told = sorted((dose.dose_no, dose.date.isoformat(), dose.origin) for dose in paper.doses)
    assert told == sorted((dose["dose_no"], dose["date"], dose["origin"]) for dose in records["doses"])
    pdf = home.paper(issued["document_id"])
    text = text_of(pdf)
    for dose in records["doses"]:
        assert f"{dose['dose_no']}{dose['date']}" in text
        assert "".join(dose["vaccine_name"].split()) in text
    assert home.paper(issued["document_id"]) == pdf
    assert home.status(issued["document_id"]) == "current"
    held = world.api.get("/v1/my-data", home.token)["documents"]
    assert issued["document_id"] in {document["document_id"] for document in held}


def test_d19_school_entry_tells_what_the_plan_tells(home: Home) -> None:
    plan = home.world.api.get(f"/v1/certificates/{home.certificate_id}/plan", home.token)
    issued = home.issue("school_entry")
    paper = read_by_anyone(home.world, issued["check_url"])
    missing = [(dose["vaccine_code"], dose["dose_no"]) for dose in plan["school_entry"]["missing"]]
    assert list(paper.missing) == missing
    text = text_of(home.paper(issued["document_id"], "?size=a4"))
    assert ("已完成" in text) is plan["school_entry"]["complete"]


def test_d20_the_night_supersedes_what_it_changed_and_nothing_else(world: World) -> None:
    home, other = a_home(world, "ordinary_26"), a_home(world, "ordinary_27")
    before, beside = home.issue()["document_id"], other.issue()["document_id"]
    row = world.row(home.case)
    world.tell([row | {"version": row["version"] + 1}])
    assert home.status(before) == "current", "the same again changes nothing"
    world.tell([row | {"version": row["version"] + 2, "doses": row["doses"][:-1]}])
    assert (home.status(before), other.status(beside)) == ("superseded", "current")
    refused = world.raw(
        "GET", home.path(f"/{before}"), Authorization=f"Bearer {home.token}", Accept="application/pdf"
    )
    assert (refused.status, refused.json["code"]) == (409, "document_superseded")
    assert home.status(home.issue()["document_id"]) == "current"
    world.tell([row | {"version": row["version"] + 3, "op": "void", "doses": []}])
    assert home.status(before) == "withdrawn"


def test_nobody_elses_document_is_printed(home: Home) -> None:
    document_id = home.issue()["document_id"]
    stranger = home.world.token(home.world.parent("ordinary_06"))
    for path in (home.path(f"/{document_id}"), home.path()):
        answer = home.world.raw("GET", path, Authorization=f"Bearer {stranger}", Accept="application/pdf")
        assert answer.status == 404


def test_guessed_ids_are_unknown_and_others_are_404(world: World) -> None:
    guessed = ["d" + uuid.uuid4().hex.translate(str.maketrans("0189", "ghij"))[:25] + "a" for _ in range(20)]
    assert {world.api.get(f"/v1/documents/{one}")["status"] for one in guessed} == {"unknown"}
    assert world.raw("GET", "/v1/documents/d123").status == 404


def test_a_day_has_so_many_documents_however_many_ask_at_once(world: World) -> None:
    home = a_home(world, "ordinary_28")

    def ask(_: int) -> int:
        return world.raw(
            "POST",
            home.path(),
            b'{"kind":"record"}',
            Authorization=f"Bearer {home.token}",
            Content_Type="application/json",
            Idempotency_Key=str(uuid.uuid4()),
        ).status

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(24)))
    assert answers.count(201) <= 10
    while answers.count(201) < 10:  # some lost every turn to others (503)
        answers.append(ask(0))
    assert ask(0) == 429
    assert len(world.api.get(home.path(), home.token)["documents"]) == 10


def test_d20_a_killed_key_withdraws_its_documents(home: Home) -> None:
    """The last of this file: another key signs from here on."""
    world = home.world
    issued = home.issue()
    kid = world.api.get("/v1/document-keys")["keys"][0]["kid"]
    rotate = world.physical("RotateKeys")
    assert invoke(world.stack.emulator.client("lambda"), rotate, BY | {"kill": kid})["killed"] == kid
    keys = world.api.get("/v1/document-keys")
    assert keys["killed"] == [kid]
    assert read(issued["check_url"], keys["keys"], keys["killed"]) is Foreign.KILLED_KEY
