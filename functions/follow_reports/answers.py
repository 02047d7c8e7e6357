"""What is asked of `follow_reports` by the state machine."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class FollowInput(BaseModel):
    """What is asked."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    action: Literal["follow"] = "follow"
