"""PyJWT, imported without what we never use of it: X.509, by which it would take certificates for keys, is 60 % of its import.

`importlib.util.LazyLoader` leaves `cryptography.x509` to be loaded by whoever touches it; nothing of ours does, and nothing breaks
where something does. What needs PyJWT takes it from here.
"""

from __future__ import annotations

import importlib.util
import sys


def _later(name: str) -> None:
    """Have the module `name` loaded at the first use of one of its attributes, unless it is there already."""
    spec = importlib.util.find_spec(name)
    if name in sys.modules or spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module
    package, _, last = name.rpartition(".")
    setattr(
        sys.modules[package], last, module
    )  # as an import does: `from package import last` asks no further then


_later("cryptography.x509")

from jwt import PyJWK, PyJWS, PyJWTError  # noqa: E402 - after what it would have loaded

__all__ = ["PyJWK", "PyJWS", "PyJWTError"]
