"""A clinic as an operator names it in a console event: one that a feed has brought or that has a week, or a slip."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol


class Known(Protocol):
    """Port: which clinics there are."""

    def is_known(self, clinic_code: str, cities: Collection[str]) -> bool:
        """Whether a week was set for this clinic, or a feed has told of it in one of these cities."""
        ...


class UnknownClinic(Exception):
    """There is no such clinic, or (`missing`) it lacks what the event is about. A console event's slip must not look like success."""

    def __init__(
        self, missing: str = "no feed has told of a clinic of this code, and no week was ever set for it"
    ) -> None:
        super().__init__(
            f"{missing}: the code is the one of the province's feed, as the desk's page shows it. A clinic that no feed has told of yet "
            "becomes known by its week: run SetClinicWeek with the action set first"
        )


def look_up(clinics: Known, clinic_code: str, cities: Collection[str]) -> None:
    """Nothing, where a clinic is known. Raises UnknownClinic."""
    if not clinics.is_known(clinic_code, cities):
        raise UnknownClinic
