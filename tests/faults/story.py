"""What a family, its clinic, the night and the operators ask for, function by function: the recordings that faults are tried on.

Each step is an event of `events/`, with the ids of the story put in, asked of the function as it is deployed. Nothing here says which calls
of AWS a step makes: they are seen when it is played.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from local.feed.writer import FeedWriter
from tests.fakes import platform
from tests.fakes.devices import assertion, private_key
from tests.fakes.events import EVENTS, event
from tests.fakes.papers import a_childhood
from tests.fakes.people import FATHER, FATHER_NO, GRANDMOTHER, MOTHER_NO, NAMES, id_no
from tests.faults.expressions import Item
from tests.faults.memory import TABLES
from tests.faults.region import Photograph, Region
from tests.unit.corrections.samples import PROVINCE, adult_row, row
from vaxcert.keys.store import public_jwk
from vaxcert.reminders.model import share_of

CLINIC: Final = {"code": "3206000001", "name": "示范门诊", "city": "320600"}
DEVICE: Final = "3206000001-registration-1"


@dataclass(frozen=True)
class Recording:
    """One step: what was asked of which function, and how everything stood before."""

    function: str
    name: str
    source: str
    """The name of the committed event that it was made of."""
    event: Item
    before: Photograph

    @property
    def label(self) -> str:
        return f"{self.function}/{self.name}"

    @property
    def answers_http(self) -> bool:
        """Whether a client of the API asks, who repeats what got no answer."""
        return "httpMethod" in self.event and self.function != "authorize_request"

    @property
    def route(self) -> str:
        """As the API's document names it; of one that answers HTTP."""
        return f"{self.event['httpMethod']} {self.event['resource']}"


class Story:
    """Plays in a region, and keeps the first step of each name."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.recordings: dict[str, Recording] = {}
        self.manifest = ""
        self._asked = 0

    def ask(
        self, function: str, name: str, asked: Item | None = None, called: str = "", **put_in: Any
    ) -> Any:
        """A step: the event `name`, with what is put in, or `asked` in its place; `called` tells two steps of one event apart."""
        found = event(function, name, **put_in) if asked is None else asked
        if "requestContext" in found and "authorizer" in found["requestContext"]:
            found["requestContext"]["authorizer"]["exp"] = str(2**33)
        step = Recording(function, called or name, name, found, self.region.photograph())
        self.recordings.setdefault(step.label, step)
        self._asked += 1
        self.region.draws.begin(1000 + self._asked)
        return self.region.invoke(function, found)

    def send(self, function: str, name: str, status: int = 200, **given: Any) -> Any:
        """A step of the API that has to be answered so; the body."""
        answer = self.ask(function, name, **given)
        assert answer["statusCode"] == status, (function, name, answer["statusCode"], answer["body"][:300])
        if "json" not in answer["multiValueHeaders"]["Content-Type"][0]:
            return answer["body"]
        return json.loads(answer["body"]) if answer["body"] else None

    def console(self, function: str, name: str, called: str = "", /, **changed: Any) -> Any:
        """A step of the console, the scheduler or the state machine: members of the event replaced."""
        return self.ask(function, name, told(function, name) | changed, called)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What happens inside has not happened afterwards."""
        before = self.region.photograph()
        yield
        self.region.restore(before)

    def rows(self, table: str, prefix: str = "") -> list[Item]:
        """The items of a table whose partition begins so."""
        items = sorted(self.region.dynamodb.tables[TABLES[table]].items())
        return [item for (pk, _), item in items if pk.startswith(prefix)]


def told(function: str, name: str) -> Item:
    """An event as it is committed."""
    found: Item = json.loads((EVENTS / function / f"{name}.json").read_text("utf-8"))
    return found


def played(region: Region) -> dict[str, Recording]:
    """Every step, by its label."""
    with region.lived_in():
        story = Story(region)
        _nights_before(story)
        _entering(story)
        certificate_id = _claiming(story)
        path = {"certificate_id": certificate_id}
        _authorising(story, path)
        _looking(story, path)
        _clinic(story)
        _booking(story, path)
        _reports(story, path)
        _reminders(story, path)
        _documents(story, path)
        _visit(story, path)
        _operators(story, certificate_id)
        _ends(story, path)
        _held_night(story)
        return story.recordings


def _child(version: int = 1, **changed: Any) -> Item:
    doses = [
        {
            "dose_id": "D1" if place == 0 else one.dose_id,
            "vaccine_code": one.vaccine_code,
            "vaccine_name": one.vaccine_name,
            "dose_no": one.dose_no,
            "date": one.date.isoformat(),
            "clinic_code": one.clinic_code,
            "origin": one.origin,
        }
        for place, one in enumerate(a_childhood())
    ]
    parents = [("father", FATHER_NO, "周示例"), ("mother", MOTHER_NO, "吴示范")]
    given: Item = {
        "id_no": id_no(date(2020, 5, 1)),
        "name": "周小样",
        "clinic": dict(CLINIC),
        "guardians": [{"relation": relation, "id_no": no, "name": name} for relation, no, name in parents],
        "doses": doses,
    }
    return row("1", version, **given | changed)


def _drop(story: Story, day: date, sequence: int, previous: str | None, rows: list[Any]) -> str:
    feed = FeedWriter(PROVINCE).write(None, day, sequence, previous, rows, check=False)
    for name in sorted(feed.files, key=lambda name: name == "manifest.json"):
        story.region.s3.put_object(Bucket="feeds", Key=f"{day}/{name}", Body=feed.files[name])
    return feed.manifest_sha256


_RUN: Final = {"run": "arn:aws-cn:states:cn-north-1:000000000000:execution:nightly-sync:story"}


def _night(story: Story, called: str = "", *, accepted: bool = False) -> str:
    """As the state machine goes, as far as it comes; how it ended."""
    while True:
        opened = story.console("open_feed", "run", called, **_RUN)
        if opened["status"] == "rejudge":
            for segment in opened["segments"]:
                what, number = segment["what"], segment["number"]
                story.console("rejudge_archives", what, f"{what}_{number}", **_RUN, segment=segment)
            continue
        if opened["status"] == "nothing":
            return str(opened["reason"])
        feed = {name: opened[name] for name in ("run", "sequence", "business_date", "manifest_sha256")}
        if not opened["accepted"]:
            for part in opened["parts"]:
                story.console("check_part", "part", **feed, part=part)
            story.console("close_feed", "judge", **feed)
            for part in opened["parts"]:
                story.console("apply_corrections", "weigh", called and f"{called}_weigh", **feed, part=part)
            if (
                story.console("close_feed", "decide", called and f"{called}_decide", **feed)["status"]
                == "held"
            ):
                continue
        for part in opened["parts"]:
            story.console("apply_corrections", "part", called and f"{called}_part", **feed, part=part)
        story.console("close_feed", "close", called and f"{called}_close", **feed)


def _nights_before(story: Story) -> None:
    story.console("rotate_keys", "daily")
    rows = [
        _child(),
        adult_row("a1", id_no=FATHER_NO, name="周示例", birth_date="1990-05-04", clinic=dict(CLINIC)),
    ]
    story.manifest = _drop(story, date(2026, 6, 29), 1, None, rows)
    assert _night(story) == "up_to_date"


def _entering(story: Story) -> None:
    now = story.region.clock()
    challenge = story.send("open_session", "make_challenge", 201)["nonce"]
    claims = platform.claims(now, nonce=challenge, id_no=FATHER_NO, name=NAMES[FATHER])
    body = {"assertion": platform.sign(claims)}
    token = story.send("open_session", "open_session", 201, body=body)["token"]
    _let_in(story, "session", token, "citizen")
    with story.apart():
        story.send("open_session", "close_session", 204)
    with story.apart():
        story.send("open_session", "close_all_sessions", 204)


def _let_in(story: Story, name: str, token: str, kind: str) -> None:
    asked = told("authorize_request", name)
    asked["multiValueHeaders"]["Authorization"] = [f"Bearer {token}"]
    assert story.ask("authorize_request", name, asked)["context"]["kind"] == kind


def _claiming(story: Story) -> str:
    for name in ("overview", "overview_in_english"):
        story.send("claim_certificate", name)
    record_id = json.loads(event("claim_certificate", "claim")["body"])["record_id"]
    story.send("claim_certificate", "claimable", path={"record_id": record_id})
    certificate_id: str = story.send("claim_certificate", "claim", 201)["certificate_id"]
    story.send("claim_certificate", "claim_by_mother", 409)
    story.send("claim_certificate", "get", path={"certificate_id": certificate_id})
    with story.apart():
        story.send("claim_certificate", "release", 204, path={"certificate_id": certificate_id})
        story.send("claim_certificate", "claim_by_mother", 201, called="claim_after_release")
    return certificate_id


def _authorising(story: Story, path: Item) -> None:
    grant = story.send("authorize_guardian", "authorize", 201, path=path)["grant_id"]
    story.send("authorize_guardian", "list", path=path)
    with story.apart():
        story.send("authorize_guardian", "leave", 204, path=path)
        story.send("authorize_guardian", "authorize_in_chinese_until", 201, path=path)
    with story.apart():
        story.send("authorize_guardian", "change_phone", path=path | {"grant_id": grant})
        story.send("authorize_guardian", "revoke", 204, path=path | {"grant_id": grant})
    story.send("claim_certificate", "overview_of_delegate")


def _looking(story: Story, path: Item) -> None:
    for name in (
        "records",
        "records_as_fhir",
        "records_by_delegate",
        "records_first_page",
        "records_in_english",
    ):
        story.send("view_records", name, path=path)
    for name in ("plan", "plan_by_delegate", "access_log"):
        story.send("view_records", name, path=path)
    for name in ("plan_by_stranger", "records_by_stranger"):
        story.send("view_records", name, 404, path=path)


def _clinic(story: Story) -> None:
    story.console("set_clinic_week", "set")
    story.console("set_clinic_week", "show")
    with story.apart():
        story.console("set_clinic_week", "close_day")
    with story.apart():
        story.console("set_clinic_week", "close")
        story.console("set_clinic_week", "reopen")
    story.console("set_clinic_batches", "set")
    jwk = public_jwk(private_key(DEVICE).public_key(), "")
    story.console(
        "enroll_device", "enroll", public_jwk={name: jwk[name] for name in ("kty", "crv", "x", "y")}
    )
    story.console("show_device", "show")
    with story.apart():
        story.console("enroll_device", "disable")
        story.console("enroll_device", "enable")
    form = dict(parse_qsl(event("guide_visit", "device_token")["body"]))
    form["client_assertion"] = assertion(story.region.clock(), DEVICE)
    token = story.send("guide_visit", "device_token", body=urlencode(form))["access_token"]
    _let_in(story, "device", token, "device")
    # The scanner of the committed events serves every station.
    jwk = public_jwk(private_key("reg-1").public_key(), "")
    stations = ["ticket", "registration", "vaccination", "observation"]
    members = {name: jwk[name] for name in ("kty", "crv", "x", "y")}
    story.console(
        "enroll_device", "enroll", "enroll_scanner", device_id="reg-1", stations=stations, public_jwk=members
    )
    story.send("guide_visit", "offline_pack")
    story.send("guide_visit", "vaccines")
    story.send("issue_qr", "key_set")
    story.send("issue_qr", "health")


def _booking(story: Story, path: Item) -> None:
    for name in ("clinics", "clinics_of_a_city", "slots"):
        story.send("book_appointment", name)
    booked = story.send("book_appointment", "book", 201, path=path)["appointment_id"]
    own = path | {"appointment_id": booked}
    story.send("book_appointment", "get", path=own)
    story.send("book_appointment", "calendar_file", path=path | own)
    story.send("book_appointment", "list", path=path)
    story.send("book_appointment", "family")
    with story.apart():
        body = json.loads(event("book_appointment", "move")["body"]) | {"replaces": booked}
        story.send("book_appointment", "move", 201, path=path, body=body, key="another-key-0001")
    with story.apart():
        story.send("book_appointment", "cancel", 204, path=own)
    with story.apart():
        story.console("set_clinic_week", "close_day", "close_day_booked")


def _reports(story: Story, path: Item) -> None:
    case = story.send("report_entry", "report", 201, path=path)["case_number"]
    story.send("report_entry", "list", path=path)
    story.ask("announce_reports", "stream", {"Records": _stream(story, "ReportsTable", "C#")})
    story.console("find_report", "find", case_number=case)
    story.console("export_reports", "daily")
    story.console("explain_person", "by_case", case_number=case)
    story.console("explain_person", "by_number", id_no=FATHER_NO, name=NAMES[FATHER])
    with story.apart():
        story.console("find_report", "answer", case_number=case)
    with story.apart():
        story.console("erase_person", "look_by_number", id_no=FATHER_NO)
        story.console("erase_person", "erase_by_case", case_number=case)
    with story.apart():
        story.console("erase_person", "look_by_number", "erase_by_number", id_no=FATHER_NO, erase=True)
    story.console("follow_reports", "follow")


def _stream(story: Story, table: str, prefix: str, kind: str = "INSERT") -> list[Item]:
    """The items as the table's stream tells them; sealed values come as text, which handlers must leave closed."""
    records = []
    for number, item in enumerate(story.rows(table, prefix)):
        image = {name: {"B": "AWRh"} if "B" in value else value for name, value in item.items()}
        change = {
            "Keys": {"pk": item["pk"], "sk": item["sk"]},
            "NewImage": image,
            "SequenceNumber": f"{number:06d}",
        }
        records.append({"eventName": kind, "dynamodb": change})
    return records


def _reminders(story: Story, path: Item) -> None:
    story.send("follow_certificate", "state", path=path)
    consent = story.send("follow_certificate", "state_in_english", path=path)["consent"]["version"]
    body = {"consent": {"version": consent, "purposes": ["reminders"]}}
    story.send("follow_certificate", "switch_on", path=path, body=body)
    story.send("follow_certificate", "switch_on_by_delegate", path=path, body=body)
    with story.apart():
        story.send("follow_certificate", "switch_off", path=path)
        story.send("follow_certificate", "switch_off_by_delegate", path=path)
    with story.apart():
        day = story.console("send_reminders", "begin")["day"]
        for who in (FATHER, GRANDMOTHER):
            named = "send" if who == FATHER else "send_to_delegate"
            story.console("send_reminders", "send", named, day=day, share=share_of(who))


def _documents(story: Story, path: Item) -> None:
    document = story.send("issue_document", "issue", 201, path=path)["document_id"]
    story.send("issue_document", "issue_by_delegate", 201, path=path)
    story.send("issue_document", "issue_school_entry", 201, path=path, key="another-key-0002")
    story.send("issue_document", "list", path=path)
    story.send("issue_document", "paper", path=path | {"document_id": document})
    story.send("check_document", "check", path={"document_id": document})
    story.send("check_document", "keys")
    story.send("tell_my_data", "my_data")
    story.send("tell_my_data", "my_data_of_delegate")


def _visit(story: Story, path: Item) -> None:
    def scanned(name: str, code: str = "show_code") -> Any:
        shown = story.send("issue_qr", code, path=path)["code"]
        story.region.clock.advance(seconds=1)
        return story.send(
            "verify_scan",
            name,
            body=json.loads(event("verify_scan", name)["body"]) | {"code": shown},
            key=f"scan-{story.region.clock():%H%M%S}-0001",
        )

    def reported(name: str, **put_in: Any) -> Any:
        return story.send("guide_visit", name, path={"visit_id": visit}, **put_in)

    visit = scanned("scan_ticket")["visit"]["visit_id"]
    story.send("follow_visit", "follow", path=path)
    for name in ("queue", "today", "booked"):
        story.send("guide_visit", name)
    with story.apart():
        reported("report_left")
    with story.apart():
        reported("call")
        reported("report_passed")
    scanned("scan_registration", "show_code_by_delegate")
    with story.apart():
        reported("report_deferred")
    reported("report_fit", key="fit-0000001")
    scanned("scan_vaccination")
    with story.apart():
        reported("report_not_vaccinated")
    with story.apart():
        reported("report_two_doses")
    reported("report_vaccinated", key="vaccinated-0000001")
    reported("report_corrected")
    with story.apart():
        story.region.clock.advance(minutes=31)
        scanned("scan_observation")
    with story.apart():
        shown = story.send("issue_qr", "show_code", path=path)["code"]
        told_at = {"code": shown, "station": "registration", "scanned_at": "2026-07-01T10:00:10+08:00"}
        story.send("verify_scan", "scan_made_offline", body=told_at, key="offline-0000001")


def _operators(story: Story, certificate_id: str) -> None:
    entries = _stream(story, "AccessLogTable", "C#")
    story.ask("chain_access_log", "stream", {"Records": entries[:4]})
    story.console("chain_access_log", "verify", certificate_id=certificate_id)
    story.console("chain_access_log", "repair", certificate_id=certificate_id)
    with story.apart():
        story.console("audit_access_log", "daily")
        story.region.clock.advance(days=1)
        del story.region.dynamodb.tables[TABLES["AccessLogTable"]][
            entries[0]["dynamodb"]["Keys"]["pk"]["S"], entries[0]["dynamodb"]["Keys"]["sk"]["S"]
        ]
        story.console("audit_access_log", "daily", "daily_of_a_broken_chain")
        story.console("audit_access_log", "accept", accept=certificate_id)
    with story.apart():
        story.region.clock.advance(days=1)
        story.console("count_visits", "daily")
        story.console("count_visits", "month")
    with story.apart():
        story.region.clock.advance(days=1)
        story.console("rotate_keys", "daily", "daily_of_a_further_day")
        keys = story.console("rotate_keys", "show")["keys"]
        kid = next(key["kid"] for key in keys if key["purpose"] == "code" and key["state"] == "in use")
        story.console("rotate_keys", "kill", kill=kid)
        story.console("rotate_keys", "renew_data_key")


def _ends(story: Story, path: Item) -> None:
    with story.apart():
        story.send("claim_certificate", "release", 204, called="release_with_everything", path=path)
        changed = [
            one
            for one in _stream(story, "CertificatesTable", "C#", "MODIFY")
            if one["dynamodb"]["Keys"]["sk"]["S"] == "C"
        ]
        story.ask("end_appointments", "stream", {"Records": changed})
        story.region.clock.advance(days=40)
        story.console("erase_ended", "daily")


def _held_night(story: Story) -> None:
    """The mother's number alone is left of the guardians: the certificate is at stake, and the night waits for an operator."""
    story.region.clock.advance(days=1)
    mother = [{"relation": "mother", "id_no": MOTHER_NO, "name": "吴示范"}]
    row_after = _child(2, guardians=mother, recorded_at="2026-06-30T10:00:00+08:00")
    manifest = _drop(story, date(2026, 6, 30), 2, story.manifest, [row_after])
    # As a register of before D13: everything that stands is judged anew before the feed is taken.
    del story.region.dynamodb.tables[TABLES["FeedRunsTable"]]["FEED", "RULE"]
    assert _night(story, "held") == "held"
    story.console("release_night", "release", manifest_sha256=manifest)
    assert _night(story, "released") == "up_to_date"
    story.console("close_feed", "abandon", **_RUN)
