"""Batches that a clinic has listed as recalled or stopped (D21): its desks are warned of them, and nothing is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from vaxcert.aws.dynamodb import Item, L, M, S, get, put, single, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_BATCHES: Final = 200
"""How many batches one clinic can list."""


@dataclass(frozen=True, slots=True, order=True)
class Batch:
    """A vaccine by its code of the one list, and the batch on its box."""

    vaccine_code: str
    batch: str


def is_listed(listed: Collection[Batch], vaccine_code: str, batch: str) -> bool:
    """Whether a batch is among those listed, however it was typed: letters large or small, full-width, with or without spaces."""
    wanted = _plain(batch)
    return any(one.vaccine_code == vaccine_code and _plain(one.batch) == wanted for one in listed)


class Recalled(Protocol):
    """Port: what a clinic has listed."""

    def of(self, clinic_code: str) -> Collection[Batch]:
        """The batches as they stand."""
        ...


class BatchStore:
    """Port `Recalled`, and the operator's side of it: one item of the clinics table, `B#<clinic_code>`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def of(self, clinic_code: str) -> Collection[Batch]:
        """See `Recalled.of`: one read."""
        item = get(self._client, self._table, _key(clinic_code))
        listed = [] if item is None else item["batches"]["L"]
        return frozenset(Batch(text(one["M"], "vaccine_code"), text(one["M"], "batch")) for one in listed)

    def list(self, clinic_code: str, batches: Collection[Batch]) -> None:
        """The whole list, in place of what was listed before; the same again changes nothing."""
        listed = [
            M({"vaccine_code": S(one.vaccine_code), "batch": S(one.batch)}) for one in sorted(set(batches))
        ]
        single(self._client, put(self._table, {**_key(clinic_code), "batches": L(listed)}))


def _plain(batch: str) -> str:
    return "".join(unicodedata.normalize("NFKC", batch).upper().split())


def _key(clinic_code: str) -> Item:
    return {"pk": S(f"B#{clinic_code}"), "sk": S("RECALLED")}


def batches_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> BatchStore:
    """A function that lists batches or warns of them has CLINICS_TABLE."""
    return BatchStore(dynamodb, env["CLINICS_TABLE"])
