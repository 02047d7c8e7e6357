"""Settings (D1): every cut-off, city, age and limit can be set; what cannot be read is named."""

from __future__ import annotations

from datetime import date

import pytest

from vaxcert.aws.settings import Settings


def test_the_defaults_are_those_of_the_notice() -> None:
    """R6, R7, R8, R27, D8."""
    settings = Settings.from_env({})
    assert settings.child_born_from == date(2017, 1, 1)
    assert settings.adult_dose_from == date(2020, 12, 1)
    assert settings.pilot_cities == {"320600", "320200"}
    assert (settings.adult_age, settings.grant_limit, settings.code_ttl_seconds) == (18, 10, 60)


def test_each_kind_of_setting_is_read() -> None:
    settings = Settings.from_env(
        {
            "PILOT_CITIES": "320600, 320500",
            "CHILD_BORN_FROM": "2018-02-03",
            "ADULT_AGE": "16",
            "RABIES_RECORDS": "shown",
        }
    )
    assert settings.pilot_cities == {"320600", "320500"}
    assert settings.child_born_from == date(2018, 2, 3)
    assert settings.adult_age == 16
    assert settings.rabies_records


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADULT_AGE", "eighteen"),
        ("ADULT_AGE", "-1"),
        ("CHILD_BORN_FROM", "2017-02-30"),
        ("RABIES_RECORDS", "true"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named_without_its_value(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^setting {name} cannot be read$"):
        Settings.from_env({name: value})
