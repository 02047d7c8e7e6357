"""A stack of its own, Debian's chromium, and people who are verified by the platform's stand-in."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from local.api_client import enter
from local.demo.town import Person
from tests.conftest import chromium
from tests.stack.conftest import World, made_world
from tools.paths import ROOT, TOOLS

PHONE = (390, 844)
SMALL = (320, 568)
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = TOOLS / "browser"
"""Screenshots are kept here, so that a run can be looked at."""
# Playwright's own list, which ours replaces; and, last, the page behind the address bar of each window, which every context is to
# chromium: 0.7 s of processor each time.
_WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LensOverlay,"
    "MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,"
    "NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup"
)
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={_WITHOUT}",
)
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with made_world() as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's own answers are slower than the pages' when six work on two cores.
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=list(_FLAGS))
        yield running
        running.close()


class Phone:
    """One phone of one person: a browser of its own, with nothing kept."""

    def __init__(self, browser: Browser, world: World, **look: Any) -> None:
        size: tuple[int, int] = look.pop("size", PHONE)
        large: bool = look.pop("large", False)
        language: str = look.pop("language", "zh")
        self.world = world
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if look.pop("dark", False) else "light",
            locale="zh-CN",
            reduced_motion="reduce",
            **look,
        )
        self.context.add_init_script(
            f"localStorage.setItem('vaxcert.size', '{'large' if large else 'normal'}');"
            # The first time only: whoever chooses another language starts the page anew.
            f"if (!localStorage.getItem('vaxcert.language')) localStorage.setItem('vaxcert.language', '{language}');"
        )
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    @property
    def home(self) -> str:
        return f"{self.world.endpoints['api']}/app/"

    def open(self) -> Page:
        """The pages, nobody verified."""
        self.page.goto(self.home)
        return self.page

    def to_platform(self) -> Page:
        """From the welcome to the platform's verification, as this person (R13, R14)."""
        self.page.get_by_role("button", name=re.compile("验证身份|重新验证身份|Verify|verify")).last.click()
        return self.page

    def verify(self, person: Person, outcome: str = "人脸验证通过") -> Page:
        """On the stand-in's pages: search, choose who one is, be verified."""
        page = self.page
        page.get_by_label("搜索服务").fill("电子预防接种证")
        page.get_by_role("button", name="搜索").click()
        page.get_by_role("button", name="电子预防接种证", exact=True).click()
        page.get_by_role("radio", name=re.compile(f"^{re.escape(person.name)}")).first.check()
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="登录").click()
        page.get_by_role("button", name=outcome, exact=True).click()
        return page

    def enter(self, person: Person) -> Page:
        """Be verified over HTTP, open, and see the lists: the way through the platform's pages has tests of its own."""
        opened = enter(self.world.api, self.world.endpoints["identity_platform"], person)
        mark = f"?entered={uuid.uuid4()}"
        # For this one page only, and gone from the address before the page's own scripts look at it.
        self.page.add_init_script(
            f"if (location.search === '{mark}') {{"
            f"sessionStorage.setItem('vaxcert.session', JSON.stringify({{...{json.dumps(opened)}, verified: Date.now()}}));"
            "history.replaceState(null, '', location.pathname); }"
        )
        self.page.goto(self.home + mark)
        return self._lists()

    def enter_by_the_platform(self, person: Person) -> Page:
        """Open, be verified on the platform's pages as everybody is, and see the lists (R11-R16)."""
        self.open()
        self.to_platform()
        self.verify(person)
        return self._lists()

    def _lists(self) -> Page:
        # The first of all waits for functions that start cold, all at once.
        expect(self.page.get_by_role("tablist")).to_be_visible(timeout=60_000)
        return self.page

    def look(self, name: str) -> None:
        """Keep a picture, and let axe find nothing."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("document.fonts.ready")
        self.page.screenshot(path=str(PICTURES / f"{name}.png"))
        # Injected by the debugger, past the page's policy, which allows no script of others; once for each page that is loaded.
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8") + "; 0")
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules}).then(result => result.violations)", _RULES
        )
        told = [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]
        assert told == [], f"{name}: {json.dumps(told, ensure_ascii=False, indent=1)}"

    def kept(self) -> str:
        """Everything that the browser holds of this page: address, history, storage, cookies, caches, and what was said on the console."""
        held = self.page.evaluate(
            """async () => JSON.stringify([location.href, history.state, {...localStorage}, {...sessionStorage}, document.cookie,
            'caches' in window ? await caches.keys() : [], 'indexedDB' in window && indexedDB.databases ? await indexedDB.databases() : []])"""
        )
        return f"{held} {self.said} {self.context.cookies()}"

    def close(self) -> None:
        self.context.close()


type Phones = Callable[..., Phone]


@pytest.fixture
def phone(browser: Browser, world: World) -> Iterator[Phones]:
    """Makes phones, and takes them away at the end."""
    made: list[Phone] = []

    def make(**look: Any) -> Phone:
        made.append(Phone(browser, world, **look))
        return made[-1]

    yield make
    for one in made:
        one.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.needs("chromium"))
