"""What is asked and answered at stations, on the board and about devices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel

from vaxcert.aws.clock import rfc3339
from vaxcert.devices.model import Station
from vaxcert.http.fields import LINE
from vaxcert.http.shapes import Shape, described_before, one_of
from vaxcert.programme.vaccines import Vaccine
from vaxcert.visits.board import Waiting
from vaxcert.visits.model import State
from vaxcert.visits.verdicts import shown

type Text = Annotated[str, LINE, Field(min_length=1, max_length=200)]
type ShortText = Annotated[str, LINE, Field(min_length=1, max_length=64)]


class _Outcome(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fit(_Outcome):
    """Registration: may be vaccinated now."""

    station: Literal["registration"]
    outcome: Literal["fit"]


class Deferred(_Outcome):
    """Registration: not today, and why."""

    station: Literal["registration"]
    outcome: Literal["deferred"]
    reason: Text


class Vaccinated(_Outcome):
    """Vaccination: what was given. It shows in the records when the feed brings it (R1)."""

    station: Literal["vaccination"]
    outcome: Literal["vaccinated"]
    vaccine_code: Annotated[str, LINE, Field(min_length=1, max_length=32)]  # of GET /v1/vaccines
    batch: ShortText
    trace_code: ShortText
    site: Literal["left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other"]


class NotVaccinated(_Outcome):
    """Vaccination: nothing was given."""

    station: Literal["vaccination"]
    outcome: Literal["not_vaccinated"]
    reason: Text | None = None


class OutcomeRequest(
    RootModel[Annotated[Fit | Deferred | Vaccinated | NotVaccinated, Discriminator("outcome")]]
):
    """A station's outcome."""


class VisitAnswer(Shape):
    """A visit; `station` is where the person is wanted next, null once it has ended."""

    visit_id: str
    ticket: str
    state: Annotated[str, one_of(State)]
    station: Annotated[str, one_of(Station)] | None
    appointed_at: str | None = None
    observed_until: str | None = None
    minutes_left: int | None = None


class TicketAnswer(VisitAnswer):
    """One line of the board."""

    model_config = ConfigDict(json_schema_extra=described_before("name", "since"))

    since: str
    name: str | None = None

    @classmethod
    def of(cls, waiting: Waiting, now: datetime) -> Self:
        since = rfc3339(waiting.visit.changed_at)
        return cls.model_validate({**shown(waiting.visit, now), "since": since, "name": waiting.name})


class BoardAnswer(Shape):
    """Today's visits in their turn: those with an appointment by its time, then everybody by ticket."""

    clinic_code: str
    tickets: list[TicketAnswer]
    next_cursor: None = None


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
