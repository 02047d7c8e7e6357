"""Parameters become defaults, because the emulator takes nothing else."""

import pytest

from local.commands import _parameters
from local.emulator.deploy import set_defaults
from tools.problems import LocalProblem


def test_a_parameter_becomes_the_default() -> None:
    template = {"Parameters": {"ObservationSeconds": {"Type": "Number", "Default": 1800}, "Other": {}}}
    set_defaults(template, {"ObservationSeconds": "5"})
    assert template["Parameters"] == {"ObservationSeconds": {"Type": "Number", "Default": "5"}, "Other": {}}


def test_an_unknown_parameter_is_named_with_the_known_ones() -> None:
    with pytest.raises(LocalProblem, match=r"no parameter Observation\. It has: ObservationSeconds"):
        set_defaults({"Parameters": {"ObservationSeconds": {}}}, {"Observation": "5"})


def test_params_are_words_of_name_and_value() -> None:
    assert _parameters("A=1 B='x y' C=") == {"A": "1", "B": "x y", "C": ""}
    assert _parameters("") == {}


def test_params_without_a_value_are_refused() -> None:
    with pytest.raises(LocalProblem, match="Name=Value"):
        _parameters("ObservationSeconds")
