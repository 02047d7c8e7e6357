"""What an operator asks of `count_visits`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from vaxcert.aws.console import Accountable


class AskMonth(Accountable):
    """Write a month's figures by clinic."""

    month: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]

    @property
    def first(self) -> date:
        """The month's first day."""
        return date.fromisoformat(f"{self.month}-01")
