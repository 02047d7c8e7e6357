"""Papers as families issue them over HTTP, and whoever checks them in a browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.clinic import Family
from tests.browser.conftest import Phone
from tests.stack.conftest import World


class Holder(Family):
    """A parent who holds a child's certificate, and issues papers of it."""

    def __init__(self, world: World, case: str) -> None:
        super().__init__(world, case)
        self.case = case

    def issue(self, kind: str = "record") -> dict[str, Any]:
        """The answer to issuing: `document_id`, `check_url`."""
        path, token = f"/v1/certificates/{self.certificate_id}/documents", self.world.token(self.parent)
        issued: dict[str, Any] = self.world.api.post(path, {"kind": kind, "language": "zh"}, token, once=True)
        return issued

    def get(self, what: str) -> Any:
        return self.world.api.get(
            f"/v1/certificates/{self.certificate_id}/{what}", self.world.token(self.parent)
        )

    @property
    def born(self) -> str:
        return self.world.case(self.case).archive.person.birth_date.isoformat()


class Checker(Phone):
    """A teacher, or a nurse of another province: nobody whom we know."""

    @property
    def home(self) -> str:
        return f"{self.world.endpoints['api']}/check/"

    def check(self, address: str) -> Page:
        """Open what an ordinary camera reads."""
        self.page.goto(address)
        return self.page

    def type(self, text: str) -> None:
        """As a scanner types: a thousand keys without a pause, faster than the browser's driver sends them."""
        self.page.evaluate(
            "keys => keys.forEach(key => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true})))",
            [*text, "Enter"],
        )

    def expect(self, outcome: str) -> None:
        expect(self.page.locator(f"[data-outcome={outcome}]")).to_be_visible()

    @property
    def shown(self) -> Locator:
        """What the paper should say."""
        return self.page.locator("[data-said]")

    @property
    def title(self) -> str:
        return self.page.locator("[data-outcome] h2").inner_text()
