"""What a station sees of a person: as much as it needs, and no more.

The ticket machine gets a masked name, registration and vaccination get who it is, what was given and what is due, observation
nobody's name at all. Identity numbers and phones are never opened here. The masked name is what the certificate keeps, so that at the
ticket machine no archive is read, and none of the doses in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from vaxcert.archives.model import Archive, Dose
from vaxcert.archives.personal import Opener, name_of
from vaxcert.claims.eligibility import ClaimRules, chief_of
from vaxcert.claims.model import Certificate, Kind, kind_on
from vaxcert.claims.personal import kept_name
from vaxcert.devices.model import Station
from vaxcert.errors import JsonValue
from vaxcert.identity.model import mask_name
from vaxcert.programme.due import plan
from vaxcert.programme.shown import shown_doses
from vaxcert.visits.advice import advice
from vaxcert.wording import Language

_WHOLE = frozenset({Station.REGISTRATION, Station.VACCINATION})
_DOSE_FIELDS = tuple(field.name for field in fields(Dose))


@dataclass(frozen=True, slots=True)
class PersonViews:
    """Makes the views, opening the sealed name of one archive per person. `rabies_shown`: R43's setting."""

    opener: Opener
    rules: ClaimRules
    rabies_shown: bool

    def masked_name(self, archives: Sequence[Archive]) -> str | None:
        """For the ticket and the board; None where no archive is left."""
        chief = chief_of(archives, self.rules)
        return None if chief is None else mask_name(name_of(self.opener, chief))

    def kept(self, station: Station, certificate: Certificate | None) -> dict[str, JsonValue] | None:
        """The `person` that the certificate itself can tell: the ticket machine's. None elsewhere, and where it keeps no name."""
        if station is not Station.TICKET or certificate is None:
            return None
        name = kept_name(self.opener, certificate)
        return {"name": name} if name else None

    def at(
        self, station: Station, archives: Sequence[Archive], today: date, language: Language
    ) -> dict[str, JsonValue] | None:
        """The `person` of a scan's answer; None where the station needs none, or no archive is left."""
        chief = chief_of(archives, self.rules)
        if chief is None or station is Station.OBSERVATION:
            return None
        name = name_of(self.opener, chief)
        if station not in _WHOLE:
            return {"name": mask_name(name)}
        return {
            "name": name,
            "sex": str(chief.sex),
            "birth_date": chief.birth_date.isoformat(),
            "doses": [_shown(dose) for dose in shown_doses(archives, rabies=self.rabies_shown)],
            **self._advice(chief, archives, today, language),
        }

    def _advice(
        self, chief: Archive, archives: Sequence[Archive], today: date, language: Language
    ) -> dict[str, JsonValue]:
        """What is due, from the same doses. The newest feed that brought one of the archives is what they are as of."""
        as_of = max(archive.as_of for archive in archives)
        if kind_on(chief.birth_date, today, self.rules.adult_age) is Kind.ADULT:
            return advice(None, as_of, language)
        doses = shown_doses(archives, rabies=False)  # the programme has no rabies doses
        return advice(plan(chief.birth_date, chief.sex, doses, today), as_of, language)


def _shown(dose: Dose) -> dict[str, JsonValue]:
    """A dose under the feed's field names, without those it does not have."""
    values = ((name, getattr(dose, name)) for name in _DOSE_FIELDS)
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values
        if value is not None
    }
