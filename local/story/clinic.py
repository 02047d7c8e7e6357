"""The clinic's part of the story: four stations, a fresh code at each, calls, the board, what every device sees (R28, D21)."""

import time
from datetime import datetime
from http import HTTPStatus
from typing import Any

from local.api_client import ApiProblem, device_token
from local.demo.clinics import STATIONS
from local.story.family import new_code
from local.story.stage import Stage
from tools.problems import LocalProblem

_NAMES = {"ticket": "取号", "registration": "登记", "vaccination": "接种", "observation": "留观"}
_BOARD = "board"
_PATIENCE_SECONDS = 60  # longer observations are the real thing, and not for a story
_GIVEN = [
    {
        "vaccine_code": code,
        "batch": f"DEMO-TODAY-{number:02d}",
        "trace_code": f"{number:020d}",
        "site": site,
    }
    for number, (code, site) in enumerate((("1201", "left_arm"), ("1801", "right_arm")), start=1)
]
_STATES = {
    "waiting_registration": "候诊·登记",
    "registering": "登记中",
    "waiting_vaccination": "候诊·接种",
    "vaccinating": "接种中",
    "observing": "留观中",
    "done": "已完成",
}


class Clinic:
    """The child's clinic with a device for each station, and somebody who shows the code."""

    def __init__(self, stage: Stage, holder: str, certificate_id: str) -> None:
        self._stage = stage
        self._holder = holder
        self._certificate_id = certificate_id
        self._tokens = {station: self._token(station) for station in (*STATIONS, _BOARD)}
        stage.screen.good(
            "四台设备和叫号屏以私钥换取令牌", "four devices and the board have their tokens (private_key_jwt)"
        )

    def _token(self, station: str) -> str:
        code = self._stage.child.archive.clinic.code
        stations = [] if station == _BOARD else [station]
        for device_id, device in self._stage.endpoints["devices"].items():
            if device["clinic_code"] == code and list(device["stations"]) == stations:
                audience = self._stage.endpoints["device_audience"]
                return device_token(self._stage.api, device_id, device["private_jwk"], audience)
        raise LocalProblem(f"no device is enrolled for {stations} at clinic {code}")

    def visit(self) -> None:
        """Ticket → registration → vaccination → observation, to the end of the observation time."""
        visit_id = self._ticket()
        self._call(visit_id, "registration", "2号台")
        self._station("registration", {"outcome": "fit"}, "预检合格", "fit for vaccination")
        self._call(visit_id, "vaccination", "5号台")
        given = {"outcome": "vaccinated", "doses": _GIVEN}
        self._station("vaccination", given, "一次接种两种疫苗：麻腮风、乙脑", "two vaccines in one visit")
        self._observation()

    def _call(self, visit_id: str | None, station: str, desk: str) -> None:
        """Call the ticket to a desk; what the board shows then, and the family's phone (D21)."""
        if visit_id is None:
            return
        called = self._post(station, f"/v1/visits/{visit_id}/calls", {"station": station, "desk": desk})
        screen = self._stage.screen
        screen.good(f"叫号：{called['ticket']} 请到{desk}{_NAMES[station]}", f"called to a desk: {station}")
        clinic = self._stage.child.archive.clinic.code
        board = self._stage.api.get(f"/v1/clinics/{clinic}/queue", self._tokens[_BOARD])
        for one in board["tickets"]:
            where = _STATES.get(one["state"], one["state"])
            words = (one["ticket"], one.get("name"), where, one.get("desk"))
            screen.item("叫号屏 the board: " + " ".join(str(word) for word in words if word))
        path = f"/v1/certificates/{self._certificate_id}/visit"
        if visit := self._stage.get(self._holder, path)["visit"]:
            screen.item(f"家人手机 the family's phone: {visit['title']}。{visit['next_step']}")

    def _ticket(self) -> str | None:
        """The visit that the ticket was drawn for; None where none was."""
        code = new_code(self._stage, self._holder, self._certificate_id)["code"]
        verdict = self._scan("ticket", code)
        if verdict["result"] == "accepted":
            again = self._post_scan("registration", code)
            self._tell("registration", again)
            self._stage.screen.say(
                "同一个二维码第二次出示：拒绝。每个环节都要出示新的二维码", "the same code again is refused"
            )
            return str(verdict["visit"]["visit_id"])
        return None

    def _station(self, station: str, outcome: dict[str, Any], zh: str, en: str) -> None:
        verdict = self._scan(station)
        if verdict["result"] == "refused":
            return
        visit_id = verdict["visit"]["visit_id"]
        path = f"/v1/visits/{visit_id}/outcomes"
        body = {"station": station, **outcome}
        answer = self._post(station, path, body)
        self._stage.screen.good(f"{_NAMES[station]}结果：{zh}", f"outcome: {en}")
        self._stage.screen.item(f"票号 {answer['ticket']}，下一站 next station: {_NAMES[answer['station']]}")

    def _observation(self) -> None:
        began = time.monotonic()
        verdict = self._scan("observation")
        while verdict.get("reason") == "observation_not_over":
            waited = time.monotonic() - began
            left = _seconds_left(verdict)
            if waited + left > _PATIENCE_SECONDS:
                self._stage.screen.say(
                    f"留观还需 {left / 60:.0f} 分钟，故事不再等待",
                    "not over yet: the story goes on without waiting",
                )
                return
            self._stage.screen.say(f"留观未结束，等待 {left:.0f} 秒", "too early: waiting")
            time.sleep(left)
            verdict = self._scan("observation")

    def _scan(self, station: str, code: str | None = None) -> dict[str, Any]:
        code = code or new_code(self._stage, self._holder, self._certificate_id)["code"]
        verdict = self._post_scan(station, code)
        self._tell(station, verdict)
        return verdict

    def _post_scan(self, station: str, code: str) -> dict[str, Any]:
        body = {"code": code, "station": station}
        return self._post(station, "/v1/scans", body)

    def _post(self, station: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._stage.api.post(path, body, self._tokens[station], once=True)
        except ApiProblem as problem:
            if problem.status != HTTPStatus.UNAUTHORIZED:
                raise
            self._tokens[station] = self._token(station)  # tokens may be set very short
            answer = self._stage.api.post(path, body, self._tokens[station], once=True)
        return answer

    def _tell(self, station: str, verdict: dict[str, Any]) -> None:
        screen = self._stage.screen
        say = screen.good if verdict["result"] == "accepted" else screen.refused
        say(
            f"{_NAMES[station]}：{verdict['title']}",
            f"{station}: {verdict['result']} {verdict.get('reason') or ''}".rstrip(),
        )
        seen = {**(verdict.get("visit") or {}), **(verdict.get("person") or {})}
        shown = [f"{name} {seen[name]}" for name in ("ticket", "name", "sex", "birth_date") if seen.get(name)]
        if "doses" in seen:
            shown.append(f"doses {len(seen['doses'])}")
        if shown:
            screen.item("本环节可见 the station sees: " + ", ".join(shown))
        if "due" in seen:
            screen.item(_what_is_due(seen))
        screen.item(f"护士看到 to the nurse: {verdict['next_step']}")
        if family := verdict.get("family"):
            screen.item(f"家人看到 to the family: {family['title']}。{family['next_step']}")


def _what_is_due(person: dict[str, Any]) -> str:
    """One line: what is due today, what comes next, and as of which feed. The nurse decides."""
    due = "、".join(f"{one['vaccine_name']}第{one['dose_no']}剂" for one in person["due"])
    line = f"应种 due: {due or '无 nothing'}"
    if following := person.get("next"):
        line += f"；下次 next {following['date']}: " + "、".join(
            f"{one['vaccine_name']}第{one['dose_no']}剂" for one in following["vaccines"]
        )
    return f"{line}（截至 as of {person['advice']['as_of']}，由护士决定 the nurse decides）"


def _seconds_left(verdict: dict[str, Any]) -> float:
    """Until the observation is over, and a moment more; at least a second, so that nothing spins."""
    ends = (verdict.get("visit") or {}).get("observed_until")
    if ends is None:
        return 1.0
    end = datetime.fromisoformat(ends)
    return max(1.0, (end - datetime.now(end.tzinfo)).total_seconds() + 1)
