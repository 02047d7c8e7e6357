"""What an operator asks of `release_night`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from vaxcert.aws.console import printable


class Release(BaseModel):
    """Who lets which night go on, and why."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)

    manifest_sha256: Annotated[str, StringConstraints(to_lower=True, pattern="^[0-9a-fA-F]{64}$")]
    officer: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$")]
    reason: Annotated[str, StringConstraints(min_length=10, max_length=200), AfterValidator(printable)]
