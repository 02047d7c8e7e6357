"""A family that is reminded, over fakes: a booking family, its reports, its followers, and a bus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from tests.fakes.booking_desk import BookingDesk
from tests.fakes.household import RULES
from tests.fakes.people import FATHER
from tests.fakes.reminders import FakeEvents, FakeFollowers
from tests.fakes.reports import FakeReports
from vaxcert.archives.model import Dose
from vaxcert.aws.clock import shanghai_date
from vaxcert.aws.settings import Settings
from vaxcert.reminders.bus import EventBus
from vaxcert.reminders.consent import reminder_offer_of
from vaxcert.reminders.looking import Looking
from vaxcert.reminders.model import SHARES, Follow
from vaxcert.reminders.sending import SendService
from vaxcert.reminders.service import Given, ReminderService
from vaxcert.reports.model import Contact, Kind, Report, Status

OFFER = reminder_offer_of(Settings())
REPEAT_DAYS = 7
AGREED = Given(OFFER.consent.version, ("reminders",), "zh")


class ReminderDesk:
    """Time stands at 2026-07-01 10:00 in Shanghai. The child of six has a claimed certificate and no dose, so that some are due."""

    def __init__(self) -> None:
        self.booking = BookingDesk()
        self.home = home = self.booking.home
        self.clock = home.clock
        self.certificate_id = self.booking.certificate_id
        self.reports = FakeReports(home.sessions, home.answers)
        self.followers = FakeFollowers(home.sessions)
        self.events = FakeEvents()
        self.paused: list[float] = []
        self._drawn = 0
        self.service = ReminderService(
            followers=self.followers,
            certificates=home.certificates,
            rights=home.rights,
            offer=OFFER,
            random_bytes=self._draw,
        )
        self.looking = Looking(
            certificates=home.certificates,
            register=home.register,
            grants=home.grants,
            appointments=self.booking.bookings,
            clinics=self.booking.clinics,
            reports=self.reports,
            changes=home.log,
            rules=RULES,
        )
        self.sending = SendService(
            followers=self.followers,
            looking=self.looking,
            bus=EventBus(self.events.put_events, "default", sleep=self.paused.append, rng=lambda: 0.0),
            repeat_days=REPEAT_DAYS,
            random_bytes=self._draw,
        )

    def switch_on(self, who: str = FATHER, certificate_id: str | None = None) -> str:
        """Be reminded; the `reminder_id`."""
        caller = self.home.citizen(who)
        found = self.service.switch_on(caller, certificate_id or self.certificate_id, AGREED, self.clock())
        return found.reminder_id

    def switch_off(self, who: str = FATHER) -> Follow | None:
        """Be reminded no longer."""
        return self.service.switch_off(self.home.citizen(who), self.certificate_id, self.clock())

    def run(self, shares: Sequence[int] = range(SHARES)) -> list[tuple[str, str]]:
        """Send what there is on the day of the clock; ids and kinds of what has gone out in this run."""
        before, now = len(self.events.entries), self.clock()
        for share in shares:
            done = False
            while not done:
                _, done = self.sending.send(share, shanghai_date(now), now, lambda: 600.0)
        return self.sent()[before:]

    def again(self) -> list[tuple[str, str]]:
        """As `run`, as if no share had been gone through today."""
        self.followers.places.clear()
        return self.run()

    def sent(self) -> list[tuple[str, str]]:
        """Everything that has gone out."""
        details = [json.loads(entry["Detail"]) for entry in self.events.entries]
        return [(one["reminder_id"], one["kind"]) for one in details]

    def report(self, status: Status = Status.RECEIVED) -> Report:
        """A report of the certificate, at `status` now."""
        now = self.clock().replace(microsecond=0)
        report = Report(
            report_id="p1",
            case_number="20260701-AAAAAA",
            certificate_id=self.certificate_id,
            kind=Kind.OTHER,
            dose_id=None,
            about=None,
            status=status,
            received_at=datetime(2026, 6, 30, tzinfo=UTC),
            changed_at=now,
            contact=Contact("3206000001", None),
            birth_date=date(2020, 5, 1),
            text=b"",
            person=b"",
        )
        self.reports.stored[report.report_id] = report
        return report

    def gives(self, *doses: Dose) -> None:
        """The feed brings these doses of the child, and no others."""
        for key, archive in self.home.register.stored.items():
            if archive.guardians:
                self.home.register.stored[key] = replace(archive, doses=doses)

    def _draw(self, count: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(count)
