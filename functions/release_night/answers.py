"""What an operator asks of `release_night`."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from vaxcert.aws.console import Accountable


class Release(Accountable):
    """Who lets which night go on, and why."""

    manifest_sha256: Annotated[str, StringConstraints(to_lower=True, pattern="^[0-9a-fA-F]{64}$")]
