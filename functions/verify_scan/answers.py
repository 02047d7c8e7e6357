"""What is asked and answered at a scan."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vaxcert.archives.model import Sex
from vaxcert.aws.clock import from_rfc3339
from vaxcert.devices.model import Station
from vaxcert.http.shapes import Shape, described_before, one_of
from vaxcert.programme.due import Oddity
from vaxcert.visits.model import Reason, State


def _moment(text: str) -> str:
    try:
        from_rfc3339(text)
    except OverflowError:  # the first or the last day of the calendar, in another zone
        raise ValueError("no moment of this calendar") from None
    return text


class ScanRequest(BaseModel):
    """What was scanned, as it came from the scanner, and at which station; `scanned_at` for a scan that was made offline."""

    model_config = ConfigDict(extra="forbid")

    code: str
    station: Literal["ticket", "registration", "vaccination", "observation"]
    scanned_at: (
        Annotated[
            str, AfterValidator(_moment), Field(max_length=40, json_schema_extra={"format": "date-time"})
        ]
        | None
    ) = None


class Said(Shape):
    """A title and what to do next."""

    title: str
    next_step: str


class ScannedVisit(Shape):
    """A visit; `station` is where the person is, or is wanted next; null once it has ended. `appointed_at`: goes ahead."""

    visit_id: str
    ticket: str
    state: Annotated[str, one_of(State)]
    station: Annotated[str, one_of(Station)] | None
    appointed_at: str | None = None
    observed_until: str | None = None
    minutes_left: int | None = None


class NamedDose(Shape):
    """A dose of the programme: `vaccine_code` is the first that `GET /v1/vaccines` has for it, `vaccine` its abbreviation (`DTaP`).

    `vaccine_name_en` comes where English is asked for.
    """

    model_config = ConfigDict(json_schema_extra=described_before("vaccine_name_en", "dose_no"))

    vaccine_code: str
    vaccine: str
    vaccine_name: str
    dose_no: int
    vaccine_name_en: str | None = None


class DueDose(NamedDose):
    """A dose that is due since a day. `recommended_before`: the day by which it should have been given; `until`: the last day it is given at all."""

    since: str
    recommended_before: str | None = None
    until: str | None = None
    note: str | None = None


class NextVisit(Shape):
    """What is due next, and when, where that which is due now is given today."""

    date: str
    vaccines: list[NamedDose]


class OddDose(Shape):
    """A dose on record that the nurse should look at; `counted` tells whether it counts towards what is due."""

    dose_id: str
    reason: Oddity
    counted: bool
    note: str


class AdviceAnswer(Shape):
    """By which edition of the programme, and from doses as of which feed. It is advice: the nurse decides."""

    edition: str
    programme: str | None = None
    as_of: str
    note: str


class PersonAnswer(Shape):
    """As much as the station needs: at the ticket machine a masked name alone, at observation nobody's.

    Registration and vaccination get what is due by the national childhood programme too; for an adult `due` is empty.
    """

    name: str
    sex: Annotated[str, one_of(Sex)] | None = None
    birth_date: str | None = None
    doses: list[dict[str, str | int]] | None = None
    due: list[DueDose] | None = None
    next: NextVisit | None = None
    odd_doses: list[OddDose] | None = None
    advice: AdviceAnswer | None = None


class UseAnswer(Shape):
    """When a code was used, and at which station."""

    at: str
    station: Annotated[str, one_of(Station)]


class Verdict(Shape):
    """The answer to a scan. `title` and `next_step` are the nurse's, `family` is for the screen that faces the family.

    `recorded` answers a scan that was made offline; its `reason` is what would refuse the code by now. `used` tells of the scan that
    came first, where `reason` is `already_used`.
    """

    result: Literal["accepted", "refused", "recorded"]
    reason: Reason | None
    title: str
    next_step: str
    family: Said
    used: UseAnswer | None = None
    visit: ScannedVisit | None = None
    person: PersonAnswer | None = None
