"""What is asked and answered at stations, on the board and about devices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, RootModel

from vaxcert.aws.clock import rfc3339
from vaxcert.devices.model import Station
from vaxcert.errors import FieldError, Rejected
from vaxcert.http.fields import LINE
from vaxcert.http.shapes import Shape, described_before, one_of
from vaxcert.programme.vaccines import Vaccine
from vaxcert.visits.board import Waiting
from vaxcert.visits.doses import MOST_DOSES, Given
from vaxcert.visits.model import Outcome, State
from vaxcert.visits.outcomes import Report
from vaxcert.visits.telling import station_view
from vaxcert.visits.today import REFUSALS, Expected, Figures

type Text = Annotated[str, LINE, Field(min_length=1, max_length=200)]
type Day = date
type ShortText = Annotated[str, LINE, Field(min_length=1, max_length=64)]


def day_of(text: str) -> Day:
    """The day that a text names as `YYYY-MM-DD`, the one form of a day here; ValueError for any other."""
    if _DAY_FORM.fullmatch(text) is None:
        raise ValueError("no day")
    return date.fromisoformat(text)


def _a_day(text: str) -> str:
    day_of(text)
    return text


_DAY_FORM: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
type DayText = Annotated[
    str, AfterValidator(_a_day), Field(max_length=10, json_schema_extra={"format": "date"})
]


class _Outcome(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fit(_Outcome):
    """Registration: may be vaccinated now."""

    station: Literal["registration"]
    outcome: Literal["fit"]
    corrects: bool = False


class Deferred(_Outcome):
    """Registration: not today, and why."""

    station: Literal["registration"]
    outcome: Literal["deferred"]
    reason: Text
    corrects: bool = False


type Site = Literal["left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other"]
type VaccineCode = Annotated[str, LINE, Field(min_length=1, max_length=32)]  # of GET /v1/vaccines


class GivenDose(BaseModel):
    """One vaccine that was given; `expires_on` where the scanner read it from the box (GS1, application identifier 17)."""

    model_config = ConfigDict(extra="forbid")

    vaccine_code: VaccineCode
    batch: ShortText
    trace_code: ShortText
    site: Site
    expires_on: DayText | None = None

    def value(self) -> Given:
        """As the room takes it."""
        expires_on = None if self.expires_on is None else date.fromisoformat(self.expires_on)
        return Given(self.vaccine_code, self.batch, self.trace_code, self.site, expires_on)


_FOUR: Final = ("vaccine_code", "batch", "trace_code", "site")


class Vaccinated(_Outcome):
    """Vaccination: what was given, one vaccine by the four fields or one to five by `doses`. It shows in the records when the feed brings
    it (R1). Until the person leaves, another report adds what was given later.
    """

    station: Literal["vaccination"]
    outcome: Literal["vaccinated"]
    vaccine_code: VaccineCode | None = None
    batch: ShortText | None = None
    trace_code: ShortText | None = None
    site: Site | None = None
    expires_on: DayText | None = None
    doses: Annotated[list[GivenDose], Field(min_length=1, max_length=MOST_DOSES)] | None = None
    corrects: bool = False

    def given(self) -> tuple[Given, ...]:
        """Raises `Rejected` where neither the four fields nor `doses` are there, or both."""
        four = {name: getattr(self, name) for name in _FOUR}
        if self.doses is not None:
            if faults := [name for name in (*four, "expires_on") if getattr(self, name) is not None]:
                raise Rejected(fields=tuple(FieldError(f"/{name}", "unknown_field") for name in faults))
            return tuple(dose.value() for dose in self.doses)
        if faults := [name for name, value in four.items() if value is None]:
            raise Rejected(fields=tuple(FieldError(f"/{name}", "required") for name in faults))
        return (GivenDose.model_construct(**four, expires_on=self.expires_on).value(),)


class NotVaccinated(_Outcome):
    """Vaccination: nothing was given."""

    station: Literal["vaccination"]
    outcome: Literal["not_vaccinated"]
    reason: Text | None = None
    corrects: bool = False


class Left(_Outcome):
    """The ticket is given up: drawn by mistake, or the person has gone."""

    station: Literal["ticket"]
    outcome: Literal["left"]


class Passed(_Outcome):
    """A waiting ticket is passed over: it comes again after the next three."""

    station: Literal["registration", "vaccination"]
    outcome: Literal["passed"]


class OutcomeRequest(
    RootModel[
        Annotated[Fit | Deferred | Vaccinated | NotVaccinated | Left | Passed, Discriminator("outcome")]
    ]
):
    """A station's outcome. `corrects` mends the station's own last one until the next station has scanned."""

    def report(self) -> Report:
        """As the room takes it. Raises `Rejected` for a vaccination without what was given."""
        said = self.root
        return Report(
            Station(said.station),
            Outcome(said.outcome),
            reason=getattr(said, "reason", None),
            doses=said.given() if isinstance(said, Vaccinated) else (),
            corrects=getattr(said, "corrects", False),
            one_dose=isinstance(said, Vaccinated) and said.doses is None,
        )


class CallRequest(BaseModel):
    """Which station calls, and to which desk, as the board shows and speaks it (`2号台`)."""

    model_config = ConfigDict(extra="forbid")

    station: Literal["registration", "vaccination"]
    desk: Annotated[str, LINE, Field(min_length=1, max_length=20)]


class VisitAnswer(Shape):
    """A visit; `station` is where the person is wanted next, null once it has ended; `called_at` and `desk` while it is called."""

    visit_id: str
    ticket: str
    state: Annotated[str, one_of(State)]
    station: Annotated[str, one_of(Station)] | None
    appointed_at: str | None = None
    observed_until: str | None = None
    minutes_left: int | None = None
    called_at: str | None = None
    desk: str | None = None


class ToFamily(Shape):
    """A title and what to do next, for the screen that faces the family."""

    title: str
    next_step: str


class WarningAnswer(Shape):
    """A box that should not have been used: `batch_expired` or `batch_recalled`. Nothing is refused for it."""

    code: Literal["batch_expired", "batch_recalled"]
    vaccine_code: str
    batch: str
    title: str
    next_step: str


class ToldAnswer(VisitAnswer):
    """The visit after an outcome or a call. `title` and `next_step` are the nurse's."""

    title: str
    next_step: str
    family: ToFamily
    warnings: list[WarningAnswer] | None = None


class TicketAnswer(VisitAnswer):
    """One line of the board."""

    model_config = ConfigDict(json_schema_extra=described_before("name", "since"))

    since: str
    name: str | None = None

    @classmethod
    def of(cls, waiting: Waiting, now: datetime) -> Self:
        since = rfc3339(waiting.visit.changed_at)
        return cls.model_validate({**station_view(waiting.visit, now), "since": since, "name": waiting.name})


class BoardAnswer(Shape):
    """Today's visits in their turn: those with an appointment by its time, then everybody by ticket."""

    clinic_code: str
    tickets: list[TicketAnswer]
    next_cursor: None = None


class RefusedCount(Shape):
    """How many visits ended with this outcome, or how many scans of genuine codes were refused for this reason."""

    reason: Annotated[str, one_of(REFUSALS)]
    count: int


class TodayAnswer(Shape):
    """A clinic's day in numbers. `at_desks` are being registered or vaccinated; `unfinished` ended with the day.

    `average_wait_minutes` is what those who came to a desk have waited so far, all stations together; null where nobody has.
    """

    clinic_code: str
    date: str
    waiting: int
    at_desks: int
    observing: int
    done: int
    left: int
    unfinished: int
    refused: list[RefusedCount]
    booked: int
    no_shows: int
    average_wait_minutes: int | None

    @classmethod
    def of(cls, clinic_code: str, found: Figures) -> Self:
        wait = found.average_wait
        return cls(
            clinic_code=clinic_code,
            date=found.day.isoformat(),
            waiting=found.waiting,
            at_desks=found.at_desks,
            observing=found.observing,
            done=found.done,
            left=found.left,
            unfinished=found.unfinished,
            refused=[
                RefusedCount.model_validate({"reason": reason, "count": count})
                for reason, count in found.refused
            ],
            booked=found.booked,
            no_shows=found.no_shows,
            average_wait_minutes=None if wait is None else round(wait / 60),
        )


class BookedAnswer(Shape):
    """One appointment of the day. `name` is masked."""

    starts_at: str
    ends_at: str
    status: Literal["booked", "arrived", "no_show"]
    name: str | None = None


class BookedListAnswer(Shape):
    """Who is booked on a day, by time."""

    clinic_code: str
    date: str
    appointments: list[BookedAnswer]
    next_cursor: None = None

    @classmethod
    def of(cls, clinic_code: str, day: Day, found: Sequence[Expected]) -> Self:
        appointments = [
            BookedAnswer.model_validate(
                {
                    "starts_at": rfc3339(one.booked.starts_at),
                    "ends_at": rfc3339(one.booked.ends_at),
                    "status": one.booked.status,
                    "name": one.name,
                }
            )
            for one in found
        ]
        return cls(clinic_code=clinic_code, date=day.isoformat(), appointments=appointments)


class PackAnswer(Shape):
    """A flattened JWS (RFC 7515 §7.2.2) of the root key."""

    protected: str
    payload: str
    signature: str


class VaccineAnswer(Shape):
    """One code of the list, and the vaccine that it stands for; `cvx` where one is known."""

    vaccine_code: str
    vaccine: str
    name: str
    name_en: str
    cvx: str | None = None


class VaccinesAnswer(Shape):
    """Every code, the programme's vaccines first."""

    vaccines: list[VaccineAnswer]
    next_cursor: None = None

    @classmethod
    def of(cls, listed: Mapping[str, Vaccine]) -> Self:
        vaccines = [
            VaccineAnswer(
                vaccine_code=code,
                vaccine=vaccine.key,
                name=vaccine.chinese,
                name_en=vaccine.english,
                cvx=vaccine.cvx,
            )
            for code, vaccine in listed.items()
        ]
        return cls(vaccines=vaccines)


class TokenAnswer(Shape):
    """RFC 6749 §5.1."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the type's name
    expires_in: int
