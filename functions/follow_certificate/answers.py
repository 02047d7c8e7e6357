"""What is asked and answered about reminders."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from vaxcert.aws.clock import rfc3339
from vaxcert.claims.consent import Offer
from vaxcert.http.consent import ConsentAnswer, ConsentGiven
from vaxcert.http.shapes import Shape
from vaxcert.reminders.model import Follow
from vaxcert.wording import Language


class RemindersRequest(BaseModel):
    """The consent, whose one purpose is `reminders`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    consent: ConsentGiven | None = None


class RemindersAnswer(Shape):
    """Whether the caller is reminded. `reminder_id` is what the page registers with the platform, and takes back from it once `on` is false.

    It is null where nothing was ever switched on, and from the day after it was switched off. `agreed_version` and `agreed_at` tell of
    the consent on record; `consent` is the one in force.
    """

    on: bool
    reminder_id: str | None
    agreed_version: str | None = None
    agreed_at: str | None = None
    consent: ConsentAnswer

    @classmethod
    def of(cls, follow: Follow | None, offer: Offer, spoken: Language) -> Self:
        agreement = follow.agreement if follow is not None and follow.on else None
        return cls(
            on=agreement is not None,
            reminder_id=None if follow is None else follow.reminder_id,
            agreed_version=None if agreement is None else agreement.version,
            agreed_at=None if agreement is None else rfc3339(agreement.agreed_at),
            consent=ConsentAnswer.model_validate(offer.shown(spoken)),
        )
