"""Clinics in DynamoDB. The form of the items is in `vaxcert.clinics.items`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vaxcert.aws.dynamodb import Cancelled, N, S, get, put, query_all, transact
from vaxcert.clinics import items
from vaxcert.clinics.week import Clinic

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ClinicStore:
    """Ports `Clinics` and `Weeks`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, clinic_code: str) -> Clinic | None:
        """See `Clinics.find`: one read."""
        item = get(self._client, self._table, items.clinic_key(clinic_code))
        return None if item is None else items.clinic_from_item(item)

    def all(self) -> Sequence[Clinic]:
        """See `Clinics.all`: one query."""
        found = query_all(
            self._client,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": S(items.CLINICS)},
        )
        return [items.clinic_from_item(item) for item in found]

    def save(self, clinic: Clinic, replaces: int | None) -> bool:
        """See `Weeks.save`: one transaction. What stands there after a lost answer is ours if it says the same."""
        condition, names, values = "attribute_not_exists(pk)", None, None
        if replaces is not None:
            condition, names, values = "#v = :replaces", {"#v": "version"}, {":replaces": N(replaces)}
        try:
            transact(
                self._client,
                [
                    put(self._table, items.clinic_to_item(clinic), condition, names, values),
                    put(self._table, items.clinic_to_line(clinic), "attribute_not_exists(pk)"),
                ],
            )
        except Cancelled:
            return self.find(clinic.clinic_code) == clinic
        return True


def clinics_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> ClinicStore:
    """A function that knows clinics and their weeks has CLINICS_TABLE."""
    return ClinicStore(dynamodb, env["CLINICS_TABLE"])
