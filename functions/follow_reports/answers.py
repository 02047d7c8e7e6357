"""What is asked of `follow_reports`, by its schedule or by an operator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints


class FollowInput(BaseModel):
    """What is asked; a case number only where one is to be closed."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    action: Literal["follow", "close"] = "follow"
    case_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}-[0-9A-Z]{6}$")] = ""
