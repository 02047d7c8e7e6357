"""Layers beside the state and not in it: MiniStack 1.5.33 keeps a function's code in a file of its own, and layers in one JSON of 200 MB.

It was read with every start and written anew with every snapshot. A layer is written once, under what it holds, and the state names it.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

LAYERS: Final = "layer-blobs"
"""The folder, in the emulator's state."""
_NAMED: Final = "layer_blob"


def apply() -> None:
    """Let MiniStack's Lambda write and read its layers so."""
    from ministack.core import persistence
    from ministack.services import lambda_svc

    # A snapshot is written elsewhere and put in the place of this one; what layers hold stays.
    folder = Path(persistence.STATE_DIR, LAYERS)
    get_state, restore = lambda_svc.get_state, lambda_svc._restore_state  # noqa: SLF001 - there is no public way

    def get_small_state() -> Any:
        state = get_state()
        set_aside(state["layers"], folder)
        return state

    def restore_whole(state: Any) -> None:
        bring_back((state or {}).get("layers"), folder)
        restore(state)

    lambda_svc.get_state, lambda_svc._restore_state = get_small_state, restore_whole  # noqa: SLF001


def set_aside(layers: Any, folder: Path) -> None:
    """Write what the versions of these layers hold into the folder, unless it is there, and leave its name in their place.

    :raises OSError: it could not be written whole
    """
    for version in _versions(layers):
        package = version.get("_zip_data")
        if isinstance(package, bytes):
            name = _digest(package)
            kept = folder / name
            if not kept.exists():
                folder.mkdir(parents=True, exist_ok=True)
                partial = kept.with_suffix(".partial")
                partial.write_bytes(package)
                partial.replace(kept)
            version["_zip_data"] = {_NAMED: name}


def bring_back(layers: Any, folder: Path) -> None:
    """Put what is named in the place of its name, and drop what nothing names any more."""
    named = set()
    for version in _versions(layers):
        package = version.get("_zip_data")
        if isinstance(package, dict) and _NAMED in package:
            named.add(package[_NAMED])
            version["_zip_data"] = (folder / package[_NAMED]).read_bytes()
    for kept in folder.glob("*"):
        if kept.name not in named:
            kept.unlink()


def _versions(layers: Any) -> Iterator[dict[str, Any]]:
    # All accounts' and regions', as MiniStack keeps them.
    for layer in getattr(layers, "_data", layers or {}).values():
        yield from layer.get("versions", ())


@cache
def _digest(package: bytes) -> str:
    return hashlib.sha256(package).hexdigest()
