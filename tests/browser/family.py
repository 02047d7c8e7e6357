"""A family with a claimed certificate, whose phone is led to the screens of the certificate."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, Route, expect

from local.demo.town import Person
from tests.browser.conftest import Phone
from tests.stack.conftest import World


class Family:
    """A case's parent, who holds the child's certificate; claimed over HTTP, since claiming has tests of its own."""

    def __init__(self, world: World, case: str) -> None:
        self.world = world
        self.archive = world.case(case).archive
        self.parent: Person = world.parent(case)
        self.name = self.archive.person.name
        self.certificate_id = self._certificate()

    def _certificate(self) -> str:
        for one in self.world.lists(self.parent)["claimed"]:
            if one["name"] == self.name:
                return str(one["certificate_id"])
        record = self.world.claimable(self.parent, self.name)["record_id"]
        return str(self.world.claim(self.parent, record)["certificate_id"])

    def get(self, what: str) -> Any:
        return self.world.api.get(
            f"/v1/certificates/{self.certificate_id}/{what}", self.world.token(self.parent)
        )

    def authorise(self, delegate: Person, relation: str) -> None:
        body = {"id_no": delegate.id_no, "name": delegate.name, "relation": relation, "phone": delegate.phone}
        self.world.api.post(
            f"/v1/certificates/{self.certificate_id}/grants", body, self.world.token(self.parent), once=True
        )

    def at(self, phone: Phone, screen: str, person: Person | None = None) -> Page:
        """Enter, and open a screen of this certificate by its name on the certificate's own screen."""
        page = phone.enter(person or self.parent)
        if person is not None:
            page.get_by_role("tab", name="被授权").click()
        page.get_by_role("button", name=f"查看详情 {self.name}").first.click()
        expect(page.get_by_role("heading", name="证件详情")).to_be_visible()
        page.get_by_role("button", name=screen).first.click()
        expect(page.get_by_role("heading", name=screen, level=1)).to_be_visible()
        return page


class Suspended:
    """D16: the service's answer about a suspended certificate to its claimant, played to a phone; `asked` counts."""

    def __init__(self, page: Page, address: str) -> None:
        self.asked = 0
        page.route(address, self._answer)

    def _answer(self, route: Route) -> None:
        self.asked += 1
        notice = {
            "code": "out_of_care",
            "title": "电子预防接种证已暂停使用",
            "detail": "档案已不在册管理。",
            "next_step": "请联系接种单位。",
        }
        body = {
            "status": 409,
            "code": "certificate_suspended",
            "title": "已暂停",
            "detail": "",
            "notice": notice,
        }
        route.fulfill(status=409, json=body, content_type="application/problem+json")


class LosingFirst:
    """A network that carries the first request and loses its answer; what was sent is kept."""

    def __init__(self) -> None:
        self.keys: list[str | None] = []
        self.answers: list[bytes] = []

    def __call__(self, route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        self.keys.append(route.request.headers.get("idempotency-key"))
        answer = route.fetch()
        assert answer.status == 201
        self.answers.append(answer.body())
        if len(self.keys) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)
