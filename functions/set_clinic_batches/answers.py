"""What an operator asks of `set_clinic_batches`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vaxcert.aws.console import Accountable
from vaxcert.clinics.batches import MOST_BATCHES
from vaxcert.identity.model import is_clinic_code
from vaxcert.programme.vaccines import LISTED


def _clinic(text: str) -> str:
    if not is_clinic_code(text):
        raise ValueError("no clinic's code")
    return text


def _listed(text: str) -> str:
    if text not in LISTED:
        raise ValueError("not listed")
    return text


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("not as on a box")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Listed(_Strict):
    """One batch of one vaccine."""

    vaccine_code: Annotated[str, AfterValidator(_listed)]
    batch: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]


class SetBatches(Accountable):
    """The whole list of a clinic."""

    clinic_code: Annotated[str, AfterValidator(_clinic)]
    batches: Annotated[list[Listed], Field(max_length=MOST_BATCHES)]
