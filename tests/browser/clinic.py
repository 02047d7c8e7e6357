"""A clinic's browser: enrolled as an operator enrols it, scanned into as a scanner types."""

from __future__ import annotations

import json
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect

from local.demo.clinics import NANTONG_FIRST, Clinic
from local.demo.town import Person
from local.enroll import enroll
from tests.browser.conftest import Phone
from tests.stack.conftest import World

PC = (1366, 768)
WALL = (1920, 1080)
TABLET = (820, 1180)
NAMES = {"ticket": "取号", "registration": "登记", "vaccination": "接种", "observation": "留观"}
TYPE: Final = """(text) => {
  for (const key of [...text, 'Enter']) document.dispatchEvent(key === '\\u001d'
    ? new KeyboardEvent('keydown', { key: ']', code: 'BracketRight', ctrlKey: true, bubbles: true, cancelable: true })
    : new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}"""
"""A text as a scanner types it, at once, with Enter behind."""


class Desk(Phone):
    """One browser of a clinic. What it shares with a phone: pictures, axe, what it keeps."""

    def __init__(
        self, browser: Browser, world: World, place: str = "desk", api: str | None = None, **look: Any
    ) -> None:
        """`api`: the address of the stack, where a line with faults lies before it."""
        super().__init__(browser, world, **{"size": WALL if place == "board" else PC, **look})
        self.place, self.api = place, api or world.endpoints["api"]
        self.enrolment: dict[str, Any] = {}

    @property
    def home(self) -> str:
        return f"{self.api}/{self.place}/"

    def fill_in(self, stations: tuple[str, ...] = tuple(NAMES), clinic: Clinic = NANTONG_FIRST) -> Page:
        """Open, and make a key: the page shows what the operator needs."""
        page = self.open()
        page.get_by_label("接种单位编码").fill(clinic.code)
        page.get_by_label("接种单位名称").fill(clinic.name)
        for station, name in NAMES.items():
            if self.place == "desk" and station not in stations:
                page.get_by_role("checkbox", name=name).uncheck()
        page.get_by_role("button", name="生成登记信息").click()
        self.enrolment = json.loads(page.locator("[data-enrolment]").inner_text())
        return page

    def enrol(
        self, stations: tuple[str, ...] = tuple(NAMES), desk: str = "1号台", clinic: Clinic = NANTONG_FIRST
    ) -> Page:
        """Become a device: what the page shows goes through `enroll_device`, the receipt comes back."""
        self.context.add_init_script(
            f"if (!localStorage.getItem('vaxcert.desk')) localStorage.setItem('vaxcert.desk', JSON.stringify({{desk: '{desk}'}}))"
        )
        page = self.fill_in(stations, clinic)
        receipt = enroll(self.world.endpoints, self.enrolment)
        page.get_by_label("登记回执").fill(json.dumps(receipt, ensure_ascii=False))
        page.get_by_role("button", name="完成登记").click()
        if self.place == "desk":
            expect(page.get_by_text("请扫码 ·")).to_be_visible()
            # The offline pack has come.
            page.wait_for_function(
                """() => new Promise(done => { const ask = indexedDB.open('vaxcert-device', 1); ask.onsuccess = () => {
                const got = ask.result.transaction('device').objectStore('device').get('pack'); got.onsuccess = () => { ask.result.close(); done(!!got.result); } } })"""
            )
        return page

    def scan(self, text: str, end: str | None = "Enter") -> None:
        """As a scanner types."""
        for n, part in enumerate(text.split("\x1d")):
            if n:  # GS, as a keyboard has it
                self.page.keyboard.press("Control+BracketRight")
            self.page.keyboard.type(part)
        if end:
            self.page.keyboard.press(end)

    def scan_twice(self, text: str) -> None:
        """A double read: the same text comes twice within milliseconds, however busy the machine is."""
        self.page.evaluate(f"(text) => {{ const type = {TYPE}; type(text); type(text); }}", text)

    def expect_verdict(self, tone: str, station: str | None = None) -> None:
        at = f"[data-station={station}]" if station else ""
        expect(self.page.locator(f"[data-verdict={tone}]{at}")).to_be_visible()

    def station(self, station: str) -> None:
        self.page.get_by_role("button", name=NAMES[station], exact=True).click()

    @property
    def title(self) -> str:
        return self.page.locator("[data-verdict] h2").inner_text()

    def visited(self, ticket: str) -> Any:
        """The row of a ticket in the queue beside the work."""
        return self.page.locator(f"[data-queue] [data-ticket={ticket}]")


class Family:
    """Who shows a child's code: each call shows a fresh one."""

    def __init__(self, world: World, case: str) -> None:
        self.world = world
        self.parent: Person = world.parent(case)
        self.name: str = world.case(case).archive.person.name
        held = [each for each in world.lists(self.parent)["claimed"] if each["name"] == self.name]
        one = (
            held[0]
            if held
            else world.claim(self.parent, world.claimable(self.parent, self.name)["record_id"])
        )
        self.certificate_id = str(one["certificate_id"])

    def code(self) -> str:
        return self.world.code(self.parent, self.certificate_id)
