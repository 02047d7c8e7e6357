"""The few intrinsic functions that stand in what `local.emulator.fixups` reads of a processed template."""

import re
from collections.abc import Mapping
from typing import Any

from tools.problems import LocalProblem

_PLACE = re.compile(r"\$\{([^!}][^}]*)\}")


def resolve(value: Any, names: Mapping[str, str]) -> Any:
    """A value with every Ref and Fn::Sub filled in.

    :param names: parameters, pseudo parameters and resources, by name
    :raises LocalProblem: another function, or a name that is not known
    """
    if isinstance(value, list):
        return [resolve(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, argument)] = value.items()
        if name == "Ref":
            return _named(argument, names)
        if name == "Fn::Sub":
            return _substituted(argument, names)
        if name.startswith("Fn::"):
            raise LocalProblem(
                f"local/emulator/intrinsics.py does not know {name}; the template uses it in {argument}"
            )
    return {key: resolve(each, names) for key, each in value.items()}


def _substituted(argument: Any, names: Mapping[str, str]) -> str:
    text, own = argument if isinstance(argument, list) else (argument, {})
    known = {**names, **resolve(own, names)}
    return _PLACE.sub(lambda place: _named(place.group(1), known), text).replace("${!", "${")


def _named(name: str, names: Mapping[str, str]) -> str:
    try:
        return names[name]
    except KeyError:
        raise LocalProblem(f"local/emulator/intrinsics.py does not know what {name} is") from None
