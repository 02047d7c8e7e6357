"""Every screen in both sizes, light and dark, large and in English: axe finds nothing, nothing is wider than the phone (WCAG 2.2 AA).

What is cheap is asked of every screen in every look: that it fits. axe looks at every one with `make prove`; with `make test` at each
screen once in a light look and once in a dark one, and in each look at two screens or more. So what is wrong with a screen or with a
look is still found; what only one screen in one look has may wait for `make prove`.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SMALL, Phone, Phones
from tests.counts import PROVE
from tests.stack.conftest import World

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"dark": True},
    "small": {"size": SMALL},
    "large": {"size": SMALL, "large": True},
    "large-dark": {"large": True, "dark": True},
    "english": {"size": SMALL, "language": "en"},
}
DARK = [name for name, look in LOOKS.items() if look.get("dark")]
LIGHT = [name for name in LOOKS if name not in DARK]
SCREENS = ("welcome", "home", "home-authorized", "certificate", "grant", "settings", "my-data", "faq")
ELDER, YOUNGER = "twin_elder", "twin_younger"


def _looked_at(screen: str, name: str) -> bool:
    at = SCREENS.index(screen)
    return bool(PROVE) or name in {LIGHT[at % len(LIGHT)], DARK[at % len(DARK)]}


def test_each_screen_is_looked_at_light_and_dark_and_each_look_at_screens() -> None:
    """Of the sample, whatever screens and looks there are."""
    for screen in SCREENS:
        assert any(_looked_at(screen, name) for name in LIGHT)
        assert any(_looked_at(screen, name) for name in DARK)
    for name in LOOKS:
        assert sum(_looked_at(screen, name) for screen in SCREENS) >= 2


def _fits(mine: Phone, *, large: bool) -> None:
    """Nothing is scrolled sideways; what is pressed is large enough, and in 长辈版 no text is small (D19's brief: 18 px, 60 px)."""
    wide, small_targets, small_text = mine.page.evaluate(
        """([target, text]) => {
          const seen = [...document.querySelectorAll('button, a[href], input, select, summary, textarea')]
            .filter((one) => one.offsetParent && !one.closest('.unseen') && one.tabIndex >= 0);
          const box = (one) => (one.type === 'checkbox' ? one.closest('label') : one).getBoundingClientRect();
          const told = (one) => `${one.tagName} ${one.textContent.trim().slice(0, 20)}`;
          const written = [...document.querySelectorAll('body *')].filter((one) => one.offsetParent
            && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
          return [
            document.documentElement.scrollWidth - innerWidth,
            seen.filter((one) => box(one).height < target - 0.5).map(told),
            written.filter((one) => parseFloat(getComputedStyle(one).fontSize) < text
              || parseFloat(getComputedStyle(one).lineHeight) / parseFloat(getComputedStyle(one).fontSize) < 1.29).map(told),
          ];
        }""",
        [60 if large else 44, 18 if large else 0],
    )
    assert wide <= 0
    assert small_targets == []
    assert small_text == []


@pytest.mark.parametrize("name", LOOKS)
def test_every_screen(phone: Phones, world: World, name: str) -> None:
    look = dict(LOOKS[name])
    english = look.get("language") == "en"
    parent = world.parent(ELDER, 1)
    for child in (ELDER, YOUNGER):
        born = world.case(child).archive.person.name
        if any(one["name"] == born for one in world.lists(parent)["claimable"]):
            world.claim(parent, world.claimable(parent, born)["record_id"])
    mine = phone(**look)

    def seen(screen: str) -> None:
        mine.page.wait_for_load_state("networkidle")
        if _looked_at(screen, name):
            mine.look(f"{screen}-{name}")
        _fits(mine, large=bool(look.get("large")))

    page = mine.open()
    seen("welcome")
    page = mine.enter(parent)
    seen("home")
    page.get_by_role("tab").nth(2).click()
    seen("home-authorized")
    page.get_by_role("tab").nth(1).click()
    page.get_by_role("button", name="Details" if english else "查看详情").first.click()
    seen("certificate")
    page.get_by_role("button", name="Authorise family" if english else "证照授权").click()
    page.get_by_role("button", name="Add" if english else "添加授权").click()
    seen("grant")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for screen in SCREENS[SCREENS.index("settings") :]:
        page.goto(f"{mine.home}#/{screen}")
        page.reload()
        seen(screen)
