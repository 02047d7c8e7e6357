"""Settings, read once from the environment that `template.yaml` gives (D1: cut-offs, cities, ages and limits are settings)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from vaxcert.aws.clock import from_rfc3339
from vaxcert.aws.defaults import DEFAULTS


def _shown(raw: str) -> bool:
    if raw not in {"hidden", "shown"}:
        raise ValueError
    return raw == "shown"


def _count(raw: str) -> int:
    number = int(raw)
    if number < 0:
        raise ValueError
    return number


def _several(raw: str) -> frozenset[str]:
    return frozenset(part.strip() for part in raw.split(",") if part.strip())


_day: Final = date.fromisoformat


def _default[Kind](parameter: str, read: Callable[[str], Kind]) -> Kind:
    """What the parameter is where nobody says; it stands in template.yaml and nowhere else."""
    return read(DEFAULTS[parameter])


@dataclass(frozen=True, slots=True)
class Settings:
    """Every rule that an operator may set. Defaults are the template's, which are those of the notice; times are in seconds.

    A function sees only the variables that its role needs; what is not set keeps its default.
    """

    pilot_cities: frozenset[str] = _default("PilotCities", _several)
    child_born_from: date = _default("ChildBornFrom", _day)
    adult_dose_from: date = _default("AdultDoseFrom", _day)
    adult_age: int = _default("AdultAge", _count)
    grant_limit: int = _default("GrantLimit", _count)
    rabies_records: bool = _default("RabiesRecords", _shown)
    code_ttl_seconds: int = _default("CodeTtlSeconds", _count)
    code_refresh_seconds: int = _default("CodeRefreshSeconds", _count)
    observation_seconds: int = _default("ObservationSeconds", _count)
    session_seconds: int = _default("SessionSeconds", _count)
    verification_seconds: int = _default("VerificationSeconds", _count)
    challenge_seconds: int = _default("ChallengeSeconds", _count)
    device_token_seconds: int = _default("DeviceTokenSeconds", _count)
    refuse_issued_before: datetime = _default("RefuseIssuedBefore", from_rfc3339)
    data_key_days: int = _default("DataKeyDays", _count)
    allowed_methods: frozenset[str] = _default("AllowedMethods", _several)
    platform_issuer: str = ""
    platform_audience: str = ""
    platform_jwks_url: str = ""
    platform_entry_url: str = ""
    platform_reminder_url: str = ""
    platform_token_url: str = ""
    device_audience: str = ""
    feed_public_jwk: str = field(default="", repr=False)
    next_feed_public_jwk: str = field(default="", repr=False)
    max_bad_rows_percent: int = _default("MaxBadRowsPercent", _count)
    max_bad_numbers_percent: int = _default("MaxBadNumbersPercent", _count)
    max_bad_numbers: int = _default("MaxBadNumbers", _count)
    max_lost_certificates_percent: int = _default("MaxLostCertificatesPercent", _count)
    max_lost_certificates: int = _default("MaxLostCertificates", _count)
    access_log_days: int = _default("AccessLogDays", _count)
    feed_retention_days: int = _default("FeedRetentionDays", _count)
    reads_per_hour: int = _default("ReadsPerHour", _count)
    reminder_repeat_days: int = _default("ReminderRepeatDays", _count)
    reminder_bus_name: str = _default("ReminderBusName", str)
    hotline: str = _default("Hotline", str)
    data_handler: str = _default("DataHandler", str)
    data_handler_contact: str = _default("DataHandlerContact", str)
    check_url: str = ""
    root_thumbprint: str = _default("RootThumbprint", str)
    document_issuer: str = _default("DocumentIssuer", str)
    documents_per_day: int = _default("DocumentsPerDay", _count)
    service_stage: str = "local"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """The settings in `env`. Raises ValueError naming the variable that cannot be read."""
        values: dict[str, object] = {}
        for name in cls.__slots__:
            raw = env.get(name.upper(), "")
            if raw == "":
                continue
            try:
                values[name] = _READERS[type(getattr(_DEFAULTS, name))](raw)
            except ValueError:
                raise ValueError(f"setting {name.upper()} cannot be read") from None
        return cls(**values)  # type: ignore[arg-type]


_DEFAULTS = Settings()
_READERS: Final[Mapping[type, Callable[[str], Any]]] = {
    bool: _shown,
    int: _count,
    date: _day,
    datetime: from_rfc3339,
    frozenset: _several,
    str: str,
}
