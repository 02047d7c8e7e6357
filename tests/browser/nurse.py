"""A nurse at a desk's page, as a generator: she looks, presses, scans, and never waits in a way that stops her colleague."""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from playwright.sync_api import Error

from local.demo.town import Person
from tests.browser.clinic import NAMES, TYPE, Desk
from tests.stack.conftest import World

type Steps[T] = Generator[None, None, T]

_LOOK: Final = """() => {
  const text = (where) => (document.querySelector(where)?.textContent ?? '').trim();
  const buttons = [...document.querySelectorAll('button')];
  const rows = (line) => [...document.querySelectorAll(`[data-line=${line}] [data-ticket]`)].map((row) => ({
    ticket: row.dataset.ticket,
    desk: line === 'observation' ? '' : (row.querySelector('.tag-good')?.textContent ?? '').replace('已叫到', ''),
    at_desk: [...row.querySelectorAll('button')].some((one) => one.textContent === '继续办理'),
    over: row.textContent.includes('留观已到时') }));
  const verdict = document.querySelector('[data-verdict]');
  return { read: Number(document.querySelector('[data-queue]')?.dataset.queue ?? 0), checking: !!document.querySelector('.checking'),
    busy: !!document.querySelector('button[aria-disabled=true]'), tone: verdict?.dataset.verdict ?? '',
    station: verdict?.dataset.station ?? '', title: text('[data-verdict] h2'), ticket: text('.verdict-ticket'),
    done: buttons.some((one) => one.textContent.trim() === '更正这一条'), problem: text('[role=alert] .notice'), boxed: document.body.textContent.includes('已读取疫苗包装'),
    form: document.querySelector('form[aria-label="本次接种"]') ? 'vaccination' : document.querySelector('section[aria-label="登记"]') ? 'registration' : '',
    lines: Object.fromEntries(['registration', 'vaccination', 'observation'].map((line) => [line, rows(line)])) };
}"""
_PRESS: Final = """(label) => {
  const found = [...document.querySelectorAll('button')].find((one) => (one.getAttribute('aria-label') ?? one.textContent.trim()) === label);
  found?.click();
  return !!found;
}"""
_TICK: Final = """(name) => {
  const box = [...document.querySelectorAll('label.tick')].find((one) => one.textContent.trim() === name)?.querySelector('input');
  if (box && !box.checked) box.click();
}"""
_FILL: Final = """() => {
  const vaccine = document.querySelector('#vaccine-0');
  vaccine.value = '1201';
  vaccine.dispatchEvent(new Event('change', { bubbles: true }));
  document.querySelector('.site input').click();
}"""
_BOX: Final = "01069012345678921727063010AB-12\x1d21{}"
_PATIENCE: Final = 45.0
_SAME_CODE_AGAIN: Final = 1.7


@dataclass
class Shown:
    """A family at the clinic, who shows a fresh code whenever asked."""

    world: World
    parent: Person
    certificate_id: str
    ticket: str = ""
    end: str = ""

    def code(self) -> str:
        return self.world.code(self.parent, self.certificate_id)


@dataclass(frozen=True)
class Call:
    """A ticket was called: between which moments, and whether it had been passed over before."""

    station: str
    ticket: str
    pressed: float
    known: float
    again: bool


@dataclass
class Morning:
    """What both desks share, and what is known of the day so far."""

    arriving: deque[Shown]
    dice: random.Random
    phones: ThreadPoolExecutor
    passing: float = 0.2
    ending_early: float = 0.1
    by_ticket: dict[str, Shown] = field(default_factory=dict)
    since: dict[tuple[str, str], float] = field(default_factory=dict)
    """When a ticket was known to wait at a station."""
    calls: list[Call] = field(default_factory=list)
    passed: dict[tuple[str, str], float] = field(default_factory=dict)
    """When a ticket was passed over at a station: when the nurse pressed, since the other desk may call it before she sees that it counted."""
    seen_passed: dict[tuple[str, str], float] = field(default_factory=dict)
    """When she saw it."""
    leaving: set[str] = field(default_factory=set)
    in_hands: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Whom a nurse is seeing at this moment."""
    reloads: Counter[str] = field(default_factory=Counter)
    """How often a page will be left in the middle of something, while the line is `calm`."""
    calm: bool = True
    happened: Counter[str] = field(default_factory=Counter)

    @property
    def steps(self) -> tuple[int, ...]:
        """Grows as long as anything is done."""
        return len(self.by_ticket), len(self.calls), len(self.since), len(self.leaving), self.happened.total()

    @property
    def over(self) -> bool:
        return not self.arriving and all(one.end for one in self.by_ticket.values())

    def ended(self, ticket: str, end: str) -> None:
        self.by_ticket[ticket].end = end


@dataclass
class Nurse:
    """Who works at one desk for all four stations."""

    desk: Desk
    name: str
    morning: Morning
    pressed: dict[tuple[str, str], float] = field(default_factory=dict)
    """When she began to call a ticket."""

    def look(self) -> dict[str, Any]:
        seen: dict[str, Any] = self.desk.page.evaluate(_LOOK)
        return seen

    def work(self) -> Steps[None]:
        """Until everybody has gone: whatever there is to do, by dice."""
        while not self.morning.over:
            jobs = self._jobs(self.look())
            if jobs:
                yield from self.morning.dice.choice(jobs)()
            yield

    def _jobs(self, seen: dict[str, Any]) -> list[Callable[[], Steps[None]]]:
        jobs: list[Callable[[], Steps[None]]] = [self._admit] if self.morning.arriving else []
        for station in ("registration", "vaccination"):
            if first := _next(seen, station):
                jobs += [partial(self._serve, station, first)]
            # She sees nobody just now: who is called to her desk was lost on the way.
            # So was who stands at a desk and is seen by nobody, which a desk of four stations makes of a scan that comes twice.
            jobs += [
                partial(self._take_up, station, row["ticket"])
                for row in seen["lines"][station]
                if self._lost(station, row)
            ]
        for row in seen["lines"]["observation"]:
            if row["over"] and row["ticket"] not in self.morning.leaving:
                jobs += [partial(self._leave, row["ticket"])]
        return jobs

    def _admit(self) -> Steps[None]:
        family = self.morning.arriving.popleft()
        seen = yield from self._scan("ticket", family)
        assert seen is not None
        ticket = family.ticket = str(seen["ticket"])
        assert ticket not in self.morning.by_ticket, f"{ticket} was drawn twice"
        self.morning.by_ticket[ticket] = family
        self.morning.since["registration", ticket] = time.monotonic()
        # The page went while the ticket was drawn: found, and at the desk already.
        if seen["station"] == "registration":
            yield from self._see("registration", ticket)

    def _serve(self, station: str, ticket: str) -> Steps[None]:
        if not (yield from self._call(station, ticket)):
            return
        # The other desk may have drawn it a moment ago, and not heard of it yet.
        yield from self._until(lambda _: ticket in self.morning.by_ticket, 4 * _PATIENCE)
        if (station, ticket) not in self.morning.passed and self._chance(self.morning.passing):
            yield from self._pass(station, ticket)
        elif station == "registration" and self._chance(self.morning.ending_early / 2):
            yield from self._give_up(ticket)
        else:
            yield from self._see(station, ticket)

    def _lost(self, station: str, row: dict[str, Any]) -> bool:
        return row["desk"] == self.name or (
            row["at_desk"] and not self.morning.in_hands[station, row["ticket"]]
        )

    def _take_up(self, station: str, ticket: str) -> Steps[None]:
        """Go on with a ticket that she believed to be the other desk's, or further."""
        if ticket not in self.morning.by_ticket:
            return  # the other desk has drawn it a moment ago
        row = _row((yield from self._fresh()) or self.look(), station, ticket)
        if not row or not self._lost(station, row):
            return  # her board was old
        self.morning.happened["taken up from the board"] += 1
        called = any((one.station, one.ticket) == (station, ticket) for one in self.morning.calls)
        if row["desk"] == self.name and not called:
            began = self.pressed.get((station, ticket), time.monotonic())
            self.morning.calls.append(Call(station, ticket, began, time.monotonic(), again=False))
        yield from self._see(station, ticket)

    def _call(self, station: str, ticket: str) -> Steps[bool]:
        """Whether it is ours."""
        pressed, label = time.monotonic(), f"叫下一位 {ticket}"
        self.pressed[station, ticket] = pressed
        for _ in range(30):
            self._press(label)
            label = f"叫号 {ticket}"
            yield from self._reload("call")
            yield from self._until(lambda seen: not seen["busy"])
            row = yield from self._standing(station, ticket, lambda row: row["desk"] != "")
            if row is None:
                continue
            if row.get("desk") != self.name:
                self.morning.happened["called by the other desk"] += 1
                return False
            again = (station, ticket) in self.morning.passed
            self.morning.calls.append(Call(station, ticket, pressed, time.monotonic(), again))
            return True
        raise AssertionError(f"{ticket} cannot be called: {self.look()}")

    def _pass(self, station: str, ticket: str) -> Steps[None]:
        self.morning.passed[station, ticket] = time.monotonic()
        for _ in range(30):
            self._press(f"过号 {ticket}")
            yield from self._reload("outcome")
            yield from self._until(lambda seen: not seen["busy"])
            if (yield from self._standing(station, ticket, lambda row: row["desk"] != self.name)) is not None:
                self.morning.seen_passed[station, ticket] = time.monotonic()
                return
        raise AssertionError(f"{ticket} cannot be passed over: {self.look()}")

    def _give_up(self, ticket: str) -> Steps[None]:
        for _ in range(30):
            self._press(f"取消 {ticket}")
            yield
            self._press("取消")
            yield from self._until(lambda seen: not seen["busy"])
            if (yield from self._standing("registration", ticket, lambda _: False)) is not None:
                self.morning.ended(ticket, "left")
                return
        raise AssertionError(f"{ticket} cannot be given up: {self.look()}")

    def _see(self, station: str, ticket: str) -> Steps[None]:
        self.morning.in_hands[station, ticket] += 1
        yield from self._serve_at(station, ticket, self._end_of(station))
        self.morning.in_hands[station, ticket] -= 1

    def _serve_at(self, station: str, ticket: str, end: str) -> Steps[None]:
        """The person is here: scan, do what the station does, until the board says that they are further."""
        for tried in range(30):
            seen = self.look()
            row = _row(seen, station, ticket)
            if not row and (tried or not seen["form"]):
                # While the line is down the board may be empty: believed when it was read anew.
                fresh = yield from self._fresh()
                if fresh is None or _row(fresh, station, ticket):
                    continue
                self._press("清屏")
                break
            if not seen["form"] and row["at_desk"]:
                self.morning.happened["taken up again"] += 1
                self._press(f"继续办理 {ticket}")
                yield
                continue
            if not seen["form"]:
                if not (yield from self._scan(station, self.morning.by_ticket[ticket], ticket)):
                    break
                if not self.look()["form"]:
                    continue
            yield from self._report(station, end, ticket)
            yield from self._reload("outcome")
            if (after := (yield from self._until(_settled))) and after["done"]:
                break
            yield from self._fresh()
        else:
            raise AssertionError(f"{ticket} cannot be seen at {station}: {self.look()}")
        yield from self._seen(ticket, end)

    def _seen(self, ticket: str, end: str) -> Steps[None]:
        fresh = None
        while end and fresh is None:
            fresh = yield from self._fresh()
        if fresh and not _row(fresh, "vaccination", ticket):
            self.morning.ended(ticket, end)
        else:
            self.morning.since["vaccination", ticket] = time.monotonic()

    def _end_of(self, station: str) -> str:
        return "deferred" if station == "registration" and self._chance(self.morning.ending_early) else ""

    def _report(self, station: str, end: str, ticket: str) -> Steps[None]:
        page = self.desk.page
        if station == "vaccination":
            page.evaluate(TYPE, _BOX.format(ticket))
            yield from self._until(lambda seen: seen["boxed"], 5)
            page.evaluate(_FILL)
            yield
            self._press("提交接种")
        elif end:
            page.evaluate(_TICK, "发热或近期急性疾病")
            yield
            self._press("暂缓接种")
        else:
            page.evaluate(_TICK, "以上都没有")
            yield
            self._press("可以接种")

    def _leave(self, ticket: str) -> Steps[None]:
        self.morning.leaving.add(ticket)
        yield from self._scan("observation", self.morning.by_ticket[ticket], ticket)
        self.morning.ended(ticket, "done")

    def _scan(self, station: str, family: Shown, ticket: str = "") -> Steps[dict[str, Any] | None]:
        """Hold a code to the scanner until it counts; None where the board says that it has counted before."""
        self._press(NAMES[station])
        yield
        code, shown_at = (yield from self._code(family)), time.monotonic()
        for _ in range(30):
            self.desk.page.evaluate(TYPE, code)
            reloaded = yield from self._reload("scan")
            seen = (
                None
                if reloaded
                else (yield from self._until(lambda seen: seen["tone"] and not seen["checking"]))
            )
            if seen and seen["tone"] == "good" and (not ticket or seen["ticket"] == ticket):
                return seen
            title = seen["title"] if seen else "the page was reloaded"
            self.morning.happened[title] += 1
            again = bool(seen) and title == "服务繁忙" and time.monotonic() - shown_at < 40
            pause = time.monotonic() + _SAME_CODE_AGAIN
            while time.monotonic() < pause:
                yield
            if ticket:
                fresh = yield from self._fresh()
                if fresh and not _row(fresh, station, ticket):
                    return None
                if fresh and _row(fresh, station, ticket)["at_desk"]:
                    return fresh
            if not again:
                code, shown_at = (yield from self._code(family)), time.monotonic()
            self._press("清屏")
            yield
        raise AssertionError(
            f"{family.ticket or family.parent} cannot be scanned at {station}: {self.look()}"
        )

    def _code(self, family: Shown) -> Steps[str]:
        """What the family's phone shows, which has a line of its own."""
        asked = self.morning.phones.submit(family.code)
        while not asked.done():
            yield
        return asked.result()

    def _reload(self, during: str) -> Steps[bool]:
        """Now and then the page is left in the middle of something."""
        if not self.morning.calm or self.morning.reloads[during] <= 0 or not self._chance(0.2):
            return False
        self.morning.reloads[during] -= 1
        self.morning.happened[f"reloaded during {during}"] += 1
        for _ in range(8):
            with suppress(Error):  # the line is cut just now
                self.desk.page.reload(wait_until="commit")
            if (yield from self._until(lambda seen: seen["read"] > 0, 20)):
                break
        yield from self._fresh()
        return True

    def _fresh(self) -> Steps[dict[str, Any] | None]:
        """The queue as it was read after now."""
        now = time.time() * 1000
        return (yield from self._until(lambda seen: seen["read"] > now))

    def _standing(
        self, station: str, ticket: str, holds: Callable[[dict[str, Any]], bool]
    ) -> Steps[dict[str, Any] | None]:
        """The ticket's row once it is as wanted; {} where it is gone from a board that was read anew; None where neither is seen.

        A board is empty while the line is cut and when the page has just come: what is not on it may still be there.
        """
        asked, end = time.time() * 1000, time.monotonic() + 6
        while time.monotonic() < end:
            seen = self.look()
            row = _row(seen, station, ticket)
            if row and holds(row):
                return row
            if not row and seen["read"] > asked:
                return {}
            yield
        return None

    def _until(
        self, holds: Callable[[dict[str, Any]], Any], seconds: float = _PATIENCE
    ) -> Steps[dict[str, Any] | None]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = self.look()
            if holds(seen):
                return seen
            yield
        return None

    def _press(self, label: str) -> bool:
        pressed: bool = self.desk.page.evaluate(_PRESS, label)
        return pressed

    def _chance(self, of: float) -> bool:
        return self.morning.dice.random() < of


def _settled(seen: dict[str, Any]) -> bool:
    return not seen["busy"] and bool(seen["done"] or seen["problem"])


def _row(seen: dict[str, Any], station: str, ticket: str) -> dict[str, Any]:
    """The row of a ticket in a line; empty where it is not in that line."""
    return next((row for row in seen["lines"][station] if row["ticket"] == ticket), {})


def _next(seen: dict[str, Any], station: str) -> str | None:
    return next(
        (row["ticket"] for row in seen["lines"][station] if not row["desk"] and not row["at_desk"]), None
    )
