"""What an operator asks of `set_clinic_week`."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, TypeAdapter

from vaxcert.aws.console import Accountable, printable


def _a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _a_time(text: str) -> str:
    time.fromisoformat(text)
    return text


type Words = Annotated[str, Field(max_length=100), AfterValidator(printable)]
type Day = Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_a_day)]
type Time = Annotated[str, Field(pattern="^[0-9]{2}:[0-9]{2}$"), AfterValidator(_a_time)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Hours(_Strict):
    """One session of some weekdays (1 is Monday), cut into slots of `slot_minutes` with `capacity` seats each."""

    weekdays: Annotated[list[int], Field(min_length=1, max_length=7)]
    starts: Time
    ends: Time
    slot_minutes: int
    capacity: int


class SetWeek(Accountable):
    """The whole of a clinic's week; it replaces what was set before."""

    action: Literal["set"]
    clinic_code: str
    name: Words
    city: Annotated[str, Field(pattern="^[0-9]{6}$")]
    address: Words | None = None
    phone: Annotated[str, Field(pattern="^[0-9 +-]{3,20}$")] | None = None
    ahead_days: int
    same_day: bool
    sessions: Annotated[list[Hours], Field(max_length=50)]
    days_off: Annotated[list[Day], Field(max_length=200)] = Field(default_factory=list)
    close_booked: bool = False


class SwitchSession(Accountable):
    """Close a session, or take its closing back."""

    action: Literal["close", "reopen"]
    clinic_code: str
    date: Day
    starts: Time | None = None


class ShowWeek(Accountable):
    """Show a clinic's week as it stands."""

    action: Literal["show"]
    clinic_code: str


type Asked = SetWeek | SwitchSession | ShowWeek

WANTED: Final[TypeAdapter[Asked]] = TypeAdapter(
    Annotated[SetWeek | SwitchSession | ShowWeek, Discriminator("action")]
)
