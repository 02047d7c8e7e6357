"""Clinics in DynamoDB. The form of the items is in `vaxcert.clinics.items`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from vaxcert.aws.dynamodb import Cancelled, N, S, batch_get, get, put, single, transact
from vaxcert.clinics import items
from vaxcert.clinics.ports import KnownClinic
from vaxcert.clinics.week import Clinic

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ClinicStore:
    """Ports `Clinics`, `Weeks` and `Known`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, clinic_code: str) -> Clinic | None:
        """See `Clinics.find`: one read."""
        item = get(self._client, self._table, items.clinic_key(clinic_code))
        return None if item is None else items.clinic_from_item(item)

    def several(self, clinic_codes: Iterable[str]) -> Mapping[str, Clinic]:
        """See `Clinics.several`: one round trip."""
        keys = [(self._table, items.clinic_key(code)) for code in dict.fromkeys(clinic_codes)]
        found = batch_get(self._client, keys) if keys else {}
        return {code: items.clinic_from_item(item) for (_, _, code), item in found.items()}

    def known(
        self, cities: Iterable[str], after: tuple[str, str] | None, limit: int
    ) -> tuple[Sequence[KnownClinic], bool]:
        """See `Clinics.known`: a query for each city, as far as they are needed, and none reads more than is shown."""
        found: list[KnownClinic] = []
        for city in sorted(cities):
            if len(found) > limit or (after is not None and city < after[0]):
                continue
            condition, values = "pk = :pk", {":pk": S(items.city_pk(city))}
            if after is not None and city == after[0]:
                condition, values = "pk = :pk AND sk > :after", values | {":after": S(after[1])}
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                Limit=limit + 1 - len(found),
            )
            found += map(items.known_from_item, page["Items"])
        return found[:limit], len(found) > limit

    def is_known(self, clinic_code: str, cities: Collection[str]) -> bool:
        """See `Known.is_known`: one round trip."""
        places = [items.clinic_key(clinic_code), *(items.known_key(city, clinic_code) for city in cities)]
        return bool(batch_get(self._client, [(self._table, key) for key in places]))

    def enter(self, clinic: Clinic) -> None:
        """See `Weeks.enter`: one write."""
        known = KnownClinic(clinic.clinic_code, clinic.name, clinic.city)
        with suppress(Cancelled):
            single(
                self._client, put(self._table, items.known_to_item(known, None), "attribute_not_exists(pk)")
            )

    def tell(self, clinic: KnownClinic, as_of: date) -> None:
        """Let it be known that there is this clinic, as the feed of a day names it; an older feed changes nothing. Can be repeated."""
        condition, values = (
            "attribute_not_exists(as_of) OR as_of <= :as_of",
            {":as_of": S(as_of.isoformat())},
        )
        with suppress(Cancelled):
            single(
                self._client, put(self._table, items.known_to_item(clinic, as_of), condition, values=values)
            )

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
