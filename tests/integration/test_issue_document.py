"""Documents through the events of their functions: issued, listed, printed again, checked by anyone (R30-R32, D7, D16, D19, D20)."""

from __future__ import annotations

import base64
import io
import itertools
import json
import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pypdf
import pytest

from functions.check_document.app import create as create_check
from functions.check_document.app import describe as describe_check
from functions.issue_document.app import create, describe, typesetter
from reference.document import Foreign, read
from tests.counts import PROVE, tries
from tests.fakes.documents import FakeDocuments, FakeStandings, FakeTypesetter
from tests.fakes.events import event, faults, send
from tests.fakes.household import HOTLINE, PURPOSES, RULES, Household
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from tests.fakes.papers import AS_OF, CHECK_URL, a_childhood
from tests.fakes.people import MOTHER, SEALER, an_adult, an_archive, dose, guardian
from tests.fakes.signing import FakeKeys, key_pair
from tests.integration.test_issue_qr import FakePublished
from vaxcert.archives.model import Archive, ArchiveStatus, Clinic, System
from vaxcert.claims.model import Actor, StatusReason, suspended
from vaxcert.documents.checking import CheckService
from vaxcert.documents.model import bytes_of, document_id_of
from vaxcert.documents.service import DocumentService, Making
from vaxcert.documents.sheet import Issuer
from vaxcert.http.api import Handler
from vaxcert.keys.model import DOCUMENT_KEYS
from vaxcert.keys.rotate import Rotation
from vaxcert.keys.store import public_jwk
from vaxcert.records.reading import Reader
from vaxcert.trail.model import Access

CHILD = an_archive(doses=a_childhood())
NOBODYS = "d" + "a" * 26
GUESSES = tries("VAXCERT_GUESSES", 300, 5_000)
REFUSED = tries("VAXCERT_REFUSED", 50, 1_000)
"""Papers that are asked for in vain on one day."""
FLIPS = (1, 2, 3, 5, 7, 11, 13, 17, 255) if PROVE else (1,)
NEIGHBOURS = [(flip, place) for place in range(120) for flip in FLIPS]


class Desk:
    """Both functions over a household that has claimed its first archive's certificate."""

    def __init__(self, *archives: Archive, real: bool = False, per_day: int = 10) -> None:
        archives = archives or (CHILD,)
        self.home = home = Household(*archives)
        self.store = FakeDocuments(home.sessions, home.answers, home.log)
        self.keys = FakeKeys(document=["puh70"])
        self.standings = FakeStandings(home.certificates, home.register)
        self.published = FakeRegister()
        drawn = itertools.count(1)
        service = DocumentService(
            reader=Reader(
                certificates=home.certificates, register=home.register, rights=home.rights, log=home.log
            ),
            documents=self.store,
            feed=home.feed,
            keys=self.keys,
            answers=home.answers,
            opener=SEALER,
            typesetter=typesetter if real else FakeTypesetter,
            making=Making(CHECK_URL, Issuer("示范单位", HOTLINE, rabies_shown=False), per_day, RULES),
            random_bytes=lambda count: next(drawn).to_bytes(count),
        )
        self.handler: Handler = create(service, home.clock)
        self.checking: Handler = create_check(
            CheckService(self.store, self.standings, self.keys), FakePublished(self.published)
        )
        purposes = PURPOSES if archives[0].guardians else PURPOSES[:2]
        self.certificate_id = home.claim(archives[0].record_id, purposes=purposes)
        self._keys = itertools.count(1)

    def rotate(self) -> None:
        Rotation(
            self.published,
            a_root(),
            dict.fromkeys(("code", "session", "device"), timedelta(hours=1)),
            60,
            DATA_KEY_AGE,
        ).run(self.home.clock())

    def send(self, name: str = "issue", **changed: Any) -> tuple[int, Any]:
        status, body, _ = send(self.handler, self.event(name, **changed))
        return status, body

    def event(self, name: str, **changed: Any) -> dict[str, Any]:
        path = {"certificate_id": changed.pop("certificate_id", self.certificate_id)}
        if "document_id" in changed:
            path["document_id"] = changed.pop("document_id")
        subject = changed.pop("subject", None)
        if name.startswith("issue"):
            changed.setdefault("key", f"key-{next(self._keys):08d}")
        sent = event("issue_document", name, path=path, **changed)
        authorizer = sent["requestContext"]["authorizer"]
        authorizer["exp"] = str(2**33)  # papers outlive sessions
        if subject is not None:
            authorizer |= {"subject": subject, "principalId": subject}
        return sent

    def issue(self, **changed: Any) -> dict[str, Any]:
        status, body = self.send(**changed)
        assert status == 201, body
        return dict(body)

    def paper(self, document_id: str, name: str = "paper", **changed: Any) -> tuple[int, Any]:
        answer = self.handler(self.event(name, document_id=document_id, **changed), None)
        if answer["isBase64Encoded"]:
            return answer["statusCode"], base64.b64decode(answer["body"])
        return answer["statusCode"], json.loads(answer["body"])

    def check(self, document_id: str) -> tuple[int, Any]:
        status, body, _ = send(
            self.checking, event("check_document", "check", path={"document_id": document_id})
        )
        return status, body

    def status(self, document_id: str) -> str:
        status, body = self.check(document_id)
        assert status == 200
        return str(body["status"])

    def stand(self, reason: StatusReason) -> None:
        before = self.home.certificates.stored[self.certificate_id]
        self.home.certificates.apply(
            before, before.moved_to(suspended(reason), self.home.clock()), Actor.NIGHT
        )

    def delegates_list(self) -> list[Any]:
        sent = self.event("list")
        sent["requestContext"]["authorizer"] = self.event("issue_by_delegate")["requestContext"]["authorizer"]
        status, body, _ = send(self.handler, sent)
        assert status == 200, body
        return list(body["documents"])

    def accesses(self) -> list[Access]:
        return [entry.access for _, entry in self.home.log.entries.get(self.certificate_id, [])]


def test_d20_a_document_is_issued_with_an_address_that_verifies() -> None:
    desk = Desk()
    body = desk.issue()
    address = body.pop("check_url")
    assert body == {
        "document_id": desk_id(desk),
        "kind": "record",
        "language": "zh",
        "issued_at": "2026-07-01T10:00:00+08:00",
        "as_of": AS_OF.isoformat(),
        "status": "current",
    }
    paper = read(address, [public_jwk(key_pair("puh70").private.public_key(), "puh70")])
    assert not isinstance(paper, Foreign)
    assert (paper.document_id, paper.name, paper.count) == (body["document_id"], "周小样", 22)
    assert address.startswith(f"{CHECK_URL}#")


def test_d20_a_document_is_of_a_whole_second() -> None:
    """The code tells whole seconds, and the register keeps what the code tells."""
    desk = Desk()
    desk.home.clock.advance(microseconds=999_999)
    desk.issue()
    (kept,) = desk.store.stored.values()
    assert kept.issued_at == desk.home.clock().replace(microsecond=0)


def desk_id(desk: Desk) -> str:
    (document_id,) = desk.store.stored
    return document_id


def test_d20_the_paper_is_a_pdf_and_the_same_one_each_time() -> None:
    desk = Desk(real=True)
    document_id = desk.issue()["document_id"]
    status, pdf = desk.paper(document_id)
    assert (status, pdf[:5]) == (200, b"%PDF-")
    desk.home.clock.advance(days=400)  # time alone supersedes nothing, and changes no byte
    assert desk.paper(document_id) == (200, pdf)
    text = "".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
    assert "周小样" in text
    assert document_id in text
    assert desk.paper(document_id, query={"size": "a4"})[1] != pdf


@pytest.mark.parametrize("count", [0, 300])
def test_d20_no_dose_and_three_hundred_are_issued_printed_and_read(count: int) -> None:
    desk = Desk(an_archive(doses=a_childhood(count)), real=True)
    issued = desk.issue(body={"kind": "record", "language": "zh-en"})
    paper = read(issued["check_url"], [public_jwk(key_pair("puh70").private.public_key(), "puh70")])
    assert not isinstance(paper, Foreign)
    assert (paper.count, paper.doses is not None) == (count, True)
    status, pdf = desk.paper(issued["document_id"])
    text = "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert (status, ("没有该人的接种记录" in text)) == (200, count == 0)
    assert all(f"{dose.dose_no}{dose.date}{dose.batch}" in text for dose in a_childhood(count))


def test_invariant_4_the_same_request_again_gets_the_same_answer() -> None:
    desk = Desk()
    first, again = (desk.send(key="key-again-1") for _ in range(2))
    assert first == again
    assert len(desk.store.stored) == 1
    assert desk.accesses() == [Access.DOCUMENT]
    status, body = desk.send("issue_school_entry", key="key-again-1")
    assert (status, body["code"]) == (422, "idempotency_key_reused")


def test_d7_a_delegate_issues_prints_and_lists_and_a_stranger_does_not() -> None:
    desk = Desk()
    desk.home.authorize(desk.certificate_id)
    document_id = desk.issue(name="issue_by_delegate")["document_id"]
    assert len(desk.delegates_list()) == 1
    assert desk.paper(document_id)[0] == 200
    unknown = desk.paper(NOBODYS, "paper_by_stranger")
    for who in (MOTHER, "v1:nobody"):
        assert desk.send(subject=who) == unknown
        assert desk.send("list", subject=who) == unknown
        assert desk.paper(document_id, subject=who) == unknown
    assert len(desk.store.stored) == 1


def test_somebody_elses_document_is_not_found_under_ones_own_certificate() -> None:
    twin = an_archive("2", born=date(2021, 3, 4), name="周二样", doses=a_childhood(3))
    desk = Desk(CHILD, twin)
    other = desk.home.claim(twin.record_id)
    theirs = desk.issue(certificate_id=other)["document_id"]
    unknown = desk.paper(NOBODYS)
    assert unknown[0] == 404
    assert desk.paper(theirs) == unknown
    assert desk.paper(theirs, certificate_id=other)[0] == 200


def test_somebody_elses_and_nobodys_answer_the_same_bytes() -> None:
    """Status, headers and body: of papers that are there, are another family's, or never were (D7)."""
    twin = an_archive("2", born=date(2021, 3, 4), name="周二样", doses=a_childhood(3))
    desk = Desk(CHILD, twin)
    other = desk.home.claim(twin.record_id)
    theirs, own = desk.issue(certificate_id=other)["document_id"], desk.issue()["document_id"]
    asked: list[dict[str, Any]] = [
        {"document_id": NOBODYS},
        {"document_id": theirs},
        {"document_id": own, "certificate_id": "caaaaaaaaaaaaa"},
        {"document_id": own, "subject": MOTHER},
        {"document_id": own, "subject": "v1:nobody"},
        {"document_id": theirs, "certificate_id": other, "subject": MOTHER},
    ]
    answers = [desk.handler(desk.event("paper", **one), None) for one in asked]
    assert {json.dumps(answer) for answer in answers} == {json.dumps(answers[0])}
    assert answers[0]["statusCode"] == 404


def test_d11_issuing_and_printing_leave_their_trace_and_the_claimant_sees_it() -> None:
    desk = Desk()
    desk.home.authorize(desk.certificate_id)
    document_id = desk.issue(name="issue_by_delegate")["document_id"]
    desk.paper(document_id)
    desk.send("list")
    assert desk.accesses() == [Access.DOCUMENT, Access.DOCUMENT]
    shown, _ = desk.home.records.access_log(
        desk.home.citizen(), desk.certificate_id, desk.home.clock(), cursor=None, limit=10
    )
    assert [(entry.access, entry.who) for entry in shown] == [
        (Access.DOCUMENT, "claimant"),
        (Access.DOCUMENT, "delegate"),
    ]


def test_d16_a_suspended_certificate_tells_its_claimant_why_and_others_nothing() -> None:
    desk = Desk()
    document_id = desk.issue()["document_id"]
    desk.stand(StatusReason.OUT_OF_CARE)
    for status, body in (desk.send(), desk.send("list"), desk.paper(document_id)):
        assert (status, body["code"], body["status_reason"]) == (409, "certificate_suspended", "out_of_care")
        assert body["notice"]["next_step"]
    assert desk.send(subject=MOTHER)[0] == 404
    assert desk.status(document_id) == "current", "what the paper says was true and is"


@pytest.mark.parametrize("reason", [StatusReason.ARCHIVE_VOID, StatusReason.IDENTITY_CONFLICT])
def test_d20_a_certificate_that_stood_on_nothing_takes_its_documents_back(reason: StatusReason) -> None:
    desk = Desk()
    document_id = desk.issue()["document_id"]
    desk.stand(reason)
    assert desk.check(document_id) == (
        200,
        {"status": "withdrawn", "kind": "record", "issued_on": "2026-07-01", "as_of": "2026-06-30"},
    )


def test_d20_d5_d6_release_and_coming_of_age_take_nothing_back() -> None:
    desk = Desk()
    document_id = desk.issue()["document_id"]
    desk.home.claims.release(desk.home.citizen(), desk.certificate_id, desk.home.clock())
    assert desk.status(document_id) == "current"
    assert desk.paper(document_id)[0] == 404
    desk = Desk()
    document_id = desk.issue()["document_id"]
    desk.home.clock.advance(days=366 * 18)
    assert desk.status(document_id) == "current"


def test_d20_a_certificate_that_is_kept_no_more_takes_nothing_back() -> None:
    desk = Desk()
    document_id = desk.issue()["document_id"]
    del desk.home.certificates.stored[desk.certificate_id]
    assert desk.status(document_id) == "current"
    desk.home.register.store(replace(CHILD, doses=CHILD.doses[:-1], version=2))
    assert desk.status(document_id) == "superseded"


CHANGES = {
    "a batch": lambda one: replace(one, doses=(replace(one.doses[0], batch="B2"), *one.doses[1:])),
    "a dose more": lambda one: replace(one, doses=(*one.doses, dose(date(2026, 6, 1)))),
    "a dose less": lambda one: replace(one, doses=one.doses[1:]),
    "a day": lambda one: replace(one, doses=(replace(one.doses[0], date=date(2020, 5, 2)), *one.doses[1:])),
    "the name": lambda one: replace(one, name_key="n1:other"),
    "the clinic": lambda one: replace(one, clinic=Clinic("3206000009", "另一门诊", one.clinic.city)),
    "void": lambda one: replace(one, status=ArchiveStatus.VOID),
    "another person's": lambda one: replace(one, record_id="r-somebody-else"),
}
NO_CHANGES = {
    "a version": lambda one: one,
    "a guardian": lambda one: replace(one, guardians=(*one.guardians, guardian(None, "grandmother"))),
    "a site": lambda one: replace(
        one, doses=(replace(one.doses[0], site="oral", trace_code="8"), *one.doses[1:])
    ),
    "the order": lambda one: replace(one, doses=tuple(reversed(one.doses))),
    "out of care": lambda one: replace(one, status=ArchiveStatus.TRANSFERRED_OUT),
}


@pytest.mark.parametrize("change", CHANGES)
def test_d20_what_the_night_changed_of_the_paper_supersedes_it(change: str) -> None:
    desk = Desk()
    document_id = desk.issue()["document_id"]
    desk.home.register.store(replace(CHANGES[change](CHILD), version=2))
    assert desk.status(document_id) == "superseded"
    if change not in {"void", "another person's"}:  # of these the certificate is suspended that very night
        status, body = desk.paper(document_id)
        assert (status, body["code"]) == (409, "document_superseded")
        assert [one["status"] for one in desk.send("list")[1]["documents"]] == ["superseded"]
        again = desk.issue()["document_id"]
        assert desk.status(again) == "current"
        assert [one["status"] for one in desk.send("list")[1]["documents"]] == ["current", "superseded"]


@pytest.mark.parametrize("change", NO_CHANGES)
def test_d20_what_no_paper_shows_supersedes_nothing(change: str) -> None:
    desk = Desk()
    document_id = desk.issue()["document_id"]
    before = desk.paper(document_id)
    desk.home.register.store(replace(NO_CHANGES[change](CHILD), version=2))
    assert desk.status(document_id) == "current"
    assert desk.paper(document_id) == before


def test_d20_another_archive_of_the_person_supersedes_it() -> None:
    desk = Desk()
    document_id = desk.issue()["document_id"]
    more = an_archive("7", system=System.ADULT, doses=(dose(date(2026, 6, 2)),))
    desk.home.register.store(more)
    held = desk.home.certificates.stored[desk.certificate_id]
    desk.home.certificates.stored[desk.certificate_id] = replace(
        held, archive_keys=(more.key, *held.archive_keys)
    )
    assert desk.status(document_id) == "superseded"


def test_r43_a_rabies_archive_is_not_printed_and_supersedes_nothing() -> None:
    rabies = an_archive("9", system=System.RABIES, doses=(dose(date(2026, 6, 2), code="2801"),))
    desk = Desk(CHILD, rabies)
    document_id = desk.issue()["document_id"]
    desk.home.register.store(replace(rabies, doses=(), version=2))
    assert desk.status(document_id) == "current"
    assert "2026-06-02" not in json.dumps(desk.store.stored[document_id].content)


def test_d20_a_killed_key_withdraws_what_it_signed() -> None:
    desk = Desk()
    document_id = desk.issue()["document_id"]
    desk.keys.kids["document"] = ["pvh70"]
    assert desk.status(document_id) == "withdrawn"
    status, body = desk.paper(document_id)
    assert (status, body["code"]) == (409, "document_withdrawn")
    assert desk.status(desk.issue()["document_id"]) == "current"


def test_d20_what_was_signed_in_other_words_is_not_printed_again() -> None:
    """A later release may tell the same archives otherwise: the signature holds for what the paper said, and for nothing else."""
    desk = Desk()
    document_id = desk.issue()["document_id"]
    assert desk.paper(document_id)[0] == 200
    signed = desk.store.stored[document_id]
    desk.store.stored[document_id] = replace(signed, as_of=signed.as_of + timedelta(days=1))
    status, body = desk.paper(document_id)
    assert (status, body["code"]) == (409, "document_superseded")
    assert desk.accesses() == [Access.DOCUMENT, Access.DOCUMENT], "what is refused leaves no trace"


def test_r41_of_somebody_of_whom_nothing_is_shown_nothing_is_issued() -> None:
    """The one archive is a newborn's with obstetrics by now: no paper could say anything."""
    desk = Desk()
    desk.home.register.store(replace(CHILD, system=System.OBSTETRICS, version=2))
    status, body = desk.send()
    assert (status, body["code"]) == (404, "not_found")
    assert desk.store.stored == {}


def test_d20_guessed_ids_get_one_answer_and_cost_one_read_each() -> None:
    """128 random bits are not guessed; and whoever guesses learns from no answer that another would have been better.

    Ten thousand to prove; always every id that differs from a real one in a single bit.
    """
    desk = Desk()
    real = desk.issue()["document_id"]
    dice = random.Random(20260701)
    guesses = [document_id_of(dice.randbytes(16)) for _ in range(GUESSES)]
    # And neighbours of a real one: each differs in a single bit, or to prove byte.
    octets = int.from_bytes(bytes_of(real))
    guesses += [document_id_of((octets ^ (flip << place)).to_bytes(16)) for flip, place in NEIGHBOURS]
    answers = {
        json.dumps(desk.checking(event("check_document", "check", path={"document_id": one}), None))
        for one in guesses
    }
    assert len(guesses) == GUESSES + len(NEIGHBOURS)
    assert len(answers) == 1
    assert json.loads(json.loads(answers.pop())["body"]) == {"status": "unknown"}
    assert (desk.store.reads, desk.standings.asked) == (len(guesses), 0)


@pytest.mark.parametrize(
    "text", ["x", "d", NOBODYS.upper(), NOBODYS + "a", "d" + "a" * 25 + "b", "d" + "0" * 26, "../keys"]
)
def test_an_id_that_is_not_of_our_form_is_404_without_a_call(text: str) -> None:
    desk = Desk()
    status, body = desk.check(text)
    assert (status, body["code"]) == (404, "not_found")
    assert desk.paper(text)[0] == 404
    assert desk.store.reads == 0


def test_invariant_4_the_days_last_document_asked_for_twice_at_once_is_one_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin is done between our look for an answer and our look at the day: that the day is full is its own doing."""
    desk, twins = Desk(per_day=1), []
    of_day = desk.store.of_day

    def after_the_twin(certificate_id: str, day: date) -> int:
        monkeypatch.undo()
        twins.append(desk.send(key="key-of-both"))
        return of_day(certificate_id, day)

    monkeypatch.setattr(desk.store, "of_day", after_the_twin)
    assert desk.send(key="key-of-both") == twins[0]
    assert twins[0][0] == 201
    assert desk.send()[0] == 429


def test_a_day_has_so_many_documents_of_a_certificate_and_then_429_until_midnight() -> None:
    desk = Desk(per_day=3)
    for _ in range(3):
        desk.issue()
    answers = [send(desk.handler, desk.event("issue")) for _ in range(REFUSED)]
    assert {(status, body["code"]) for status, body, _ in answers} == {(429, "document_limit_reached")}
    assert answers[0][2]["Retry-After"] == [str(14 * 3600 + 1)]  # ten in the morning in Shanghai
    assert "请使用已出具的文书，或明天再试" in answers[0][1]["detail"]
    english = desk.event("issue")
    english["headers"]["Accept-Language"] = "en"
    assert "come back tomorrow" in send(desk.handler, english)[1]["detail"]
    assert len(desk.store.stored) == 3
    desk.home.clock.advance(hours=14)
    assert desk.send()[0] == 201
    assert len(desk.send("list")[1]["documents"]) == 4


def test_d19_school_entry_is_for_children() -> None:
    desk = Desk()
    body = desk.issue(name="issue_school_entry")
    assert (body["kind"], body["language"]) == ("school_entry", "zh-en")
    adult = Desk(an_adult())
    status, problem = adult.send("issue_school_entry")
    assert (status, problem["code"], faults(problem)) == (
        422,
        "invalid_request",
        [{"pointer": "/kind", "code": "invalid"}],
    )
    assert adult.send()[0] == 201


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/kind", "required"),
        ({"kind": "diploma"}, "/kind", "invalid"),
        ({"kind": 1}, "/kind", "invalid"),
        ({"kind": "record", "language": "en"}, "/language", "invalid"),
        ({"kind": "record", "name": "x"}, "/name", "unknown_field"),
    ],
)
def test_what_cannot_be_taken_is_told_by_its_field(body: dict[str, Any], pointer: str, code: str) -> None:
    desk = Desk()
    status, problem = desk.send(body=body)
    assert (status, faults(problem)) == (422, [{"pointer": pointer, "code": code}])
    assert desk.store.stored == {}


def test_documents_are_leafed_through_and_foreign_cursors_are_refused() -> None:
    desk = Desk()
    made = [desk.issue()["document_id"] for _ in range(3)]
    _, first = desk.send("list", query={"limit": "2"})
    _, second = desk.send("list", query={"limit": "2", "cursor": first["next_cursor"]})
    assert [one["document_id"] for one in first["documents"] + second["documents"]] == made[::-1]
    assert second["next_cursor"] is None
    assert desk.send("list", query={"cursor": "x"})[0] == 400


def test_a_session_that_was_signed_out_issues_nothing() -> None:
    desk = Desk()
    desk.home.sessions.sign_out("00112233445566778899aabbccddeeff", desk.home.clock())
    assert desk.send()[0] == 401
    assert desk.store.stored == {}


def test_a_paper_is_pdf_or_nothing() -> None:
    desk = Desk()
    sent = desk.event("paper", document_id=desk.issue()["document_id"])
    sent["headers"]["Accept"] = "text/html"
    assert send(desk.handler, sent)[0] == 406


def test_invariant_7_register_and_log_hold_nothing_of_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    document_id = desk.issue()["document_id"]
    desk.paper(document_id)
    desk.check(document_id)
    kept = repr(desk.store.stored)
    logged = capsys.readouterr().out
    for secret in ("周小样", "2020-05-01", "3206", "乙肝", desk.certificate_id):
        assert secret not in logged
    for secret in ("周小样", "2020", "乙肝", "示范"):
        assert secret not in kept


def test_keys_are_published_for_a_day_and_answer_304() -> None:
    desk = Desk()
    assert send(desk.checking, event("check_document", "keys"))[0] == 503
    desk.rotate()
    status, body, headers = send(desk.checking, event("check_document", "keys"))
    assert (status, len(body["keys"]), body["killed"]) == (200, 1, [])
    assert headers["Cache-Control"] == ["public, max-age=86400"]
    assert body == json.loads(desk.published.published[DOCUMENT_KEYS].body)
    again = event("check_document", "keys")
    for known in (headers["ETag"][0], f"W/{headers['ETag'][0]}", f'"other", {headers["ETag"][0]}', "*"):
        again["headers"]["If-None-Match"] = known
        assert send(desk.checking, again)[0] == 304


def test_the_documents_name_every_route() -> None:
    told = {
        (path, method)
        for described in (describe(), describe_check())
        for path, found in json.loads(described.get_openapi_json_schema())["paths"].items()
        for method in found
    }
    assert told == {
        ("/v1/certificates/{certificate_id}/documents", "post"),
        ("/v1/certificates/{certificate_id}/documents", "get"),
        ("/v1/certificates/{certificate_id}/documents/{document_id}", "get"),
        ("/v1/documents/{document_id}", "get"),
        ("/v1/document-keys", "get"),
    }
