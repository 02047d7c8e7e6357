"""A service of a page that keeps to the HTTP contract's shapes, so that the story can be told without a stack."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from local import jws
from local.demo.clinics import DEVICES
from local.demo.feeds import Demo
from tests.unit.local.fake_aws import FakeAws

STATIONS = ["ticket", "registration", "vaccination", "observation"]


class Refused(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class FakeService:
    """Knows the demo by heart. `observation` scans are refused twice before the time is over."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.aws = FakeAws()
        self.cloud = self.aws.cloud()
        self.nonces: set[str] = set()
        self.sessions: dict[str, str] = {}
        self.claimed: str | None = None
        self.grants: list[str] = []
        self.codes: set[str] = set()
        self.documents: dict[str, int] = {}  # by id, of which feed they tell
        self.burned: set[str] = set()
        self.step = 0
        self.desk = ""
        self.too_early = 1
        self.calls: list[str] = []
        self.fail: dict[str, Refused] = {}  # the next answer of "METHOD /path"

    def answer(self, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:  # noqa: PLR0911
        self.calls.append(f"{method} {path}")
        if refused := self.fail.pop(f"{method} {path}", None):
            raise refused
        match method, path.strip("/").split("/")[1:]:
            case "POST", ["challenges"]:
                nonce = f"nonce-{len(self.calls)}"
                self.nonces.add(nonce)
                return 201, {"nonce": nonce, "expires_at": later(300)}
            case "POST", ["sessions"]:
                claims = jws.claims_of(body["assertion"])
                self.nonces.remove(claims["nonce"])
                session = f"session-{len(self.calls)}"
                self.sessions[session] = claims["id_no"]
                return 201, {"token": session, "expires_at": later(1800), "name": claims["name"][0] + "**"}
            case "POST", ["devices", "token"]:
                claims = jws.claims_of(parse_qs(body)["client_assertion"][0])
                return 200, {"access_token": claims["sub"], "token_type": "Bearer", "expires_in": 900}
            case "GET", ["documents", document_id]:
                return 200, {"status": self.document(document_id)["status"]}
        rest = path.strip("/").split("/")[2:]
        if token.startswith("dev-"):
            return self.clinic(method, path.strip("/").split("/")[1:], token, body)
        if rest[:2] == ["c-1", "documents"]:
            return self.papers(method, rest[2:])
        return self.certificates(method, rest, self.sessions[token], body)

    def clinic(self, method: str, rest: list[str], token: str, body: Any) -> tuple[int, Any]:
        match method, rest:
            case "POST", ["scans"]:
                return 200, self.verdict(body)
            case "POST", ["visits", "V-1", "outcomes"]:
                return 200, {
                    "visit_id": "V-1",
                    "ticket": "A001",
                    "state": "x",
                    "station": STATIONS[self.step],
                }
            case "POST", ["visits", "V-1", "calls"]:
                self.desk = str(body["desk"])
                return 200, {"visit_id": "V-1", "ticket": "A001", "state": "x", "desk": self.desk}
            case "GET", ["clinics", _, "queue"]:
                assert token.endswith("-board")
                return 200, {"tickets": [{"ticket": "A001", "state": "x", "name": "周**", "desk": self.desk}]}
        raise Refused(404, "not_found")

    def certificates(self, method: str, rest: list[str], who: str, body: Any) -> tuple[int, Any]:  # noqa: PLR0911
        father = self.demo.case("story_father").archive.person.id_no
        match method, rest:
            case "GET", []:
                names = ("claimable", "claimed", "authorized", "notices")
                return 200, dict(zip(names, self.lists(who, who == father), strict=True))
            case "GET", ["claimable", "r-1"]:
                purposes = [{"id": "basic_service", "text": "同意", "required": True}]
                consent = {"version": "1", "text": "同意书", "purposes": purposes}
                return 200, {**self.person(), "consent": consent}
            case "POST", []:
                assert body["consent"] == {"version": "1", "purposes": ["basic_service"]}
                self.claimed = "c-1"
                return 201, {"certificate_id": "c-1", "message": "电子预防接种证申领成功"}
            case "POST", ["c-1", "grants"]:
                if body["id_no"] in self.grants:
                    raise Refused(409, "already_authorized")
                self.grants.append(body["id_no"])
                return 201, {"grant_id": "g-1", **body}
            case "POST", ["c-1", "codes"]:
                code = f"VC1:{len(self.calls)}"
                self.codes.add(code)
                return 201, {"code": code, "expires_at": later(60), "refresh_after": 30, "svg": "<svg/>"}
            case "GET", ["c-1", "records"]:
                sequence = self.cloud.applied_sequence()
                states = [
                    state for state in self.demo.case("story_child").states if state.sequence <= sequence
                ]
                doses = sorted(states[-1].archive.doses, key=lambda dose: dose["date"], reverse=True)
                as_of = self.demo.business_dates[sequence - 1].isoformat()
                return 200, {"as_of": as_of, "doses": doses, "notices": [], "next_cursor": None}
            case "GET", ["c-1", "visit"]:
                return 200, {"visit": {"title": f"请到{self.desk}", "next_step": "请出示二维码"}}
            case "GET", ["c-1", "access-log"]:
                return 200, {
                    "entries": [{"at": later(0), "kind": "read", "who": "claimant"}],
                    "next_cursor": None,
                }
        raise Refused(404, "not_found")

    def papers(self, method: str, rest: list[str]) -> tuple[int, Any]:
        match method, rest:
            case "POST", []:
                document_id = f"d-{len(self.documents)}"
                self.documents[document_id] = self.cloud.applied_sequence()
                return 201, self.document(document_id)
            case "GET", []:
                return 200, {"documents": [self.document(one) for one in reversed(self.documents)]}
            case _:
                return 200, {"pdf": rest[0]}

    def document(self, document_id: str) -> dict[str, Any]:
        sequence = self.documents[document_id]
        status = "current" if sequence == self.cloud.applied_sequence() else "superseded"
        as_of = self.demo.business_dates[sequence - 1].isoformat()
        return {"document_id": document_id, "kind": "record", "as_of": as_of, "status": status}

    def person(self) -> dict[str, Any]:
        child = self.demo.case("story_child").archive.person
        shown = {
            "record_id": "r-1",
            "kind": "child",
            "name": child.name,
            "id_no": "3***28",
            "relation": "father",
        }
        return {**shown, "birth_date": child.birth_date.isoformat()}

    def lists(self, who: str, is_father: bool) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
        whole = {**self.person(), "certificate_id": "c-1", "status": "active", "claimed_at": later(0)}
        notice = {"code": "with_obstetrics", "title": "在产科", "detail": "尚未转入", "next_step": "请先建档"}
        return (
            [self.person()] if is_father and not self.claimed else [],
            [whole] if is_father and self.claimed else [],
            [whole] if who in self.grants else [],
            [notice] if not is_father and who not in self.grants else [],
        )

    def verdict(self, body: dict[str, str]) -> dict[str, Any]:
        reason = self.reason(body["code"], STATIONS.index(body["station"]))
        result = "refused" if reason else "accepted"
        visit = {"visit_id": "V-1", "ticket": "A001", "state": "x", "station": body["station"]}
        shown = {"result": result, "reason": reason, "title": f"标题{reason}", "next_step": "下一步"}
        return {**shown, "visit": None if reason else visit, "person": None}

    def reason(self, code: str, station: int) -> str | None:
        if code in self.burned:
            return "already_used"
        if station != self.step:
            return "wrong_order"
        if station == 3 and self.too_early:
            self.too_early -= 1
            return "observation_not_over"
        self.codes.remove(code)
        self.burned.add(code)
        self.step += 1
        return None


def later(seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


@contextmanager
def serving(service: FakeService) -> Iterator[str]:
    """The service over HTTP, at the address that is given."""

    class Requests(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answered(None)

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answered(json.loads(data) if "json" in self.headers["Content-Type"] else data)

        def answered(self, body: Any) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            try:
                status, said = service.answer(self.command, self.path, token, body)
            except Refused as refused:
                status, said = refused.status, {"code": refused.code, "title": "不行", "detail": "细节"}
            data = jws.compact_json(said)
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    bound = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    thread = threading.Thread(target=bound.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.server_port}"
    finally:
        bound.shutdown()
        bound.server_close()
        thread.join()


def endpoints_of(api: str, platform: str, key: jws.Jwk) -> dict[str, Any]:
    devices = {
        device.device_id: {
            "clinic_code": device.clinic_code,
            "stations": list(device.stations),
            "private_jwk": jws.generate_jwk(),
        }
        for device in DEVICES
    }
    return {
        "api": api,
        "identity_platform": platform,
        "aws_endpoint_url": "http://127.0.0.1:1",
        "feed_bucket": "feeds",
        "nightly_state_machine_arn": "arn:night",
        "feed_signing_key": key,
        "device_audience": "here",
        "devices": devices,
    }
