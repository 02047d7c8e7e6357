"""What there is in a town, in the plainest words, and the numbers of the requirements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from tests.town.register import NANTONG, WUXI, Person, birthday

LIMIT: Final = 10
"""R27."""
OF_AGE: Final = 18
"""D6, R7."""
CHILDREN_FROM: Final = date(2017, 1, 1)
"""R6."""
ADULT_DOSE_FROM: Final = date(2020, 12, 1)
"""R7."""
LIFE: Final = timedelta(seconds=60)
"""D8."""
OBSERVED: Final = timedelta(minutes=30)
PILOT: Final = frozenset({NANTONG, WUXI})
"""R8."""
NEXT: Final = {
    "waiting_registration": "registration",
    "registering": "registration",
    "waiting_vaccination": "vaccination",
    "vaccinating": "vaccination",
    "observing": "observation",
}
"""R28: which station a visit wants."""
SCANNED: Final = {
    "waiting_registration": "registering",
    "registering": "registering",
    "waiting_vaccination": "vaccinating",
    "vaccinating": "vaccinating",
    "observing": "done",
}
REPORTED: Final = {
    ("registering", "fit"): "waiting_vaccination",
    ("registering", "deferred"): "deferred",
    ("vaccinating", "vaccinated"): "observing",
    ("vaccinating", "not_vaccinated"): "not_vaccinated",
}


@dataclass(slots=True)
class Grant:
    """D7: one person by number and name, until a day, inclusive."""

    grant_id: str
    delegate: Person
    until: date | None
    mismatch: bool = False
    over: str | None = None

    def holds(self, today: date) -> bool:
        return self.over is None and (self.until is None or today <= self.until)


@dataclass(slots=True)
class Certificate:
    """A certificate as the last night or its holder left it; age comes on top."""

    certificate_id: str
    who: str
    holder: Person
    adult: bool
    born: date
    archives: frozenset[str]
    name: str
    standing: str = "active"
    grants: dict[str, Grant] = field(default_factory=dict)
    taken_back: bool = False
    """Whether its papers were withdrawn when it ended (D20)."""

    @property
    def live(self) -> bool:
        return self.standing.split()[0] in {"active", "suspended"}

    def on(self, today: date) -> str:
        """D6: a child's closes on the 18th birthday by itself."""
        of_age = self.live and not self.adult and today >= birthday(self.born, OF_AGE)
        return "closed came_of_age" if of_age else self.standing

    def usable(self, today: date) -> bool:
        return self.on(today) == "active"

    def ended(self, today: date) -> bool:
        return self.on(today).split()[0] in {"closed", "released"}

    def lent(self, today: date) -> list[Grant]:
        """What takes up one of the ten."""
        return [one for one in self.grants.values() if one.holds(today)]

    def lent_to(self, who: Person, today: date) -> Grant | None:
        return next((one for one in self.lent(today) if one.delegate.number == who.number), None)


@dataclass(slots=True)
class Visit:
    """R28: one step after another, each once."""

    visit_id: str
    clinic: str
    day: date
    state: str = "waiting_registration"
    observed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A code that is shown (D8)."""

    certificate_id: str
    grant_id: str | None
    at: datetime
    key: str


@dataclass(slots=True)
class Paper:
    """D20: a paper, and what was on record when it was issued."""

    document_id: str
    certificate_id: str
    key: str
    said: object
