"""The demonstration's private keys: made once per state, kept beside it, readable by their owner only."""

import json
import os
from pathlib import Path

from local import jws


def load_or_make(path: Path) -> jws.Jwk:
    """The private JWK in this file, made the first time."""
    try:
        key: jws.Jwk = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        key = jws.generate_jwk()
        write_private(path, json.dumps(key))
    return key


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner only."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
