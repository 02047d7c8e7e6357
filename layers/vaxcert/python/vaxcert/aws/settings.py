"""Settings, read once from the environment that `template.yaml` gives (D1: cut-offs, cities, ages and limits are settings)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Settings:
    """Every rule that an operator may set. Defaults are those of the notice; times are in seconds.

    A function sees only the variables that its role needs; what is not set keeps its default.
    """

    pilot_cities: frozenset[str] = frozenset({"320600", "320200"})
    child_born_from: date = date(2017, 1, 1)
    adult_dose_from: date = date(2020, 12, 1)
    adult_age: int = 18
    grant_limit: int = 10
    rabies_records: bool = False
    code_ttl_seconds: int = 60
    code_refresh_seconds: int = 30
    observation_seconds: int = 1800
    session_seconds: int = 1800
    verification_seconds: int = 900
    challenge_seconds: int = 300
    device_token_seconds: int = 900
    allowed_methods: frozenset[str] = frozenset({"face"})
    platform_issuer: str = ""
    platform_audience: str = ""
    platform_jwks_url: str = ""
    device_audience: str = ""
    feed_public_jwk: str = field(default="", repr=False)
    max_bad_rows_percent: int = 5
    max_bad_numbers_percent: int = 2
    max_bad_numbers: int = 20
    max_lost_certificates_percent: int = 1
    max_lost_certificates: int = 50
    access_log_days: int = 1095
    hotline: str = "400-101-6588"
    data_handler: str = "示范市卫生健康委员会（演示，部署时改为实际单位）"
    data_handler_contact: str = "privacy@vaxcert.invalid"
    check_url: str = "https://vaxcert.invalid/check/"
    document_issuer: str = "示范市卫生健康委员会（演示，部署时改为实际单位）"
    documents_per_day: int = 10
    service_stage: str = "local"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """The settings in `env`. Raises ValueError naming the variable that cannot be read."""
        values: dict[str, object] = {}
        for name, default in ((name, getattr(_DEFAULTS, name)) for name in cls.__slots__):
            raw = env.get(name.upper(), "")
            if raw == "":
                continue
            try:
                values[name] = _read(raw, default)
            except ValueError:
                raise ValueError(f"setting {name.upper()} cannot be read") from None
        return cls(**values)  # type: ignore[arg-type]


def _read(raw: str, default: object) -> object:
    if isinstance(default, bool):
        if raw not in {"hidden", "shown"}:
            raise ValueError
        return raw == "shown"
    if isinstance(default, int):
        number = int(raw)
        if number < 0:
            raise ValueError
        return number
    if isinstance(default, date):
        return date.fromisoformat(raw)
    if isinstance(default, frozenset):
        return frozenset(part.strip() for part in raw.split(",") if part.strip())
    return raw


_DEFAULTS = Settings()
